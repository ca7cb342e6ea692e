/** Host half of `int`. */
import { exact, float, type HostFunctions, option, Raise } from './support.js';

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

const HALF = 2 ** 32;

/**
 * Bit by bit, as of two's complement without end. The host's own operators know 32 bits, so halves are combined: those above,
 * which have the sign, and the 32 below.
 */
const bitwise =
  (of: (a: number, b: number) => number) =>
  (a: number, b: number): number =>
    exact(of(Math.floor(a / HALF), Math.floor(b / HALF)) * HALF + (of(a, b) >>> 0));

/** As many places as there are; beyond these all are shifted out. */
function places(by: number): number {
  if (by < 0) throw new Raise('OutOfRange');
  return Math.min(by, 64);
}

function ones(n: number): number {
  if (n < 0) throw new Raise('OutOfRange');
  let count = 0;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

export const host: HostFunctions = {
  parse: (text: string) => option(parse(text, 10)),
  parse_base: (text: string, base: number) => option(parse(text, base)),
  to_base: (n: number, base: number) => {
    if (base < 2 || base > 36) throw new Raise('OutOfRange');
    return n.toString(base);
  },
  to_float: (n: number) => float(n),
  bit_and: bitwise((a, b) => a & b),
  bit_or: bitwise((a, b) => a | b),
  bit_xor: bitwise((a, b) => a ^ b),
  shift_left: (n: number, by: number) => exact(n * 2 ** places(by)),
  shift_right: (n: number, by: number) => Math.floor(n / 2 ** places(by)) + 0,
  bit_count: ones,
};
