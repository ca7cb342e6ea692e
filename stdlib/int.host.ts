/** Host half of `int`. */
import { float, type HostFunctions, option, Raise } from './support.js';

function parse(text: string, base: number): number | undefined {
  if (base < 2 || base > 36) throw new Raise('OutOfRange');
  const digits = '0123456789abcdefghijklmnopqrstuvwxyz'.slice(0, base);
  const found = /^([+-]?)([0-9a-z]+)$/i.exec(text);
  if (found === null) return undefined;
  let value = 0;
  for (const letter of found[2]!.toLowerCase()) {
    const digit = digits.indexOf(letter);
    if (digit < 0) return undefined;
    value = value * base + digit;
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return found[1] === '-' ? 0 - value : value;
}

export const host: HostFunctions = {
  parse: (text: string) => option(parse(text, 10)),
  parse_base: (text: string, base: number) => option(parse(text, base)),
  to_base: (n: number, base: number) => {
    if (base < 2 || base > 36) throw new Raise('OutOfRange');
    return n.toString(base);
  },
  to_float: (n: number) => float(n),
};
