/** Host half of `float`. */
import type { Float } from '../runtime/values/value.js';
import { showFloat } from '../runtime/values/show.js';
import { exact, float, type HostFunctions, option, own, Raise } from './support.js';

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const NAMED: Readonly<Record<string, number>> = { inf: Infinity, '+inf': Infinity, '-inf': -Infinity, nan: NaN };

const parse = (text: string): number | undefined => (NUMBER.test(text) ? Number(text) : own(NAMED, text));

/** With so many digits after the point; what has none is written as everywhere else. */
function format(x: number, digits: number): string {
  if (digits < 0 || digits > 20) throw new Raise('OutOfRange');
  if (!Number.isFinite(x)) return showFloat(x);
  // Numbers this large are whole; the host would write them with an exponent.
  const text =
    Math.abs(x) < 1e21
      ? Math.abs(x).toFixed(digits)
      : `${BigInt(Math.abs(x))}${digits === 0 ? '' : '.'.padEnd(digits + 1, '0')}`;
  return x < 0 || Object.is(x, -0) ? `-${text}` : text;
}

export const host: HostFunctions = {
  parse: (text: string) => {
    const value = parse(text);
    return option(value === undefined ? undefined : float(value));
  },
  format: (x: Float, digits: number) => format(x.value, digits),
  round: (x: Float) => exact(x.value < 0 ? 0 - Math.round(-x.value) : Math.round(x.value)),
  floor: (x: Float) => exact(Math.floor(x.value)),
  ceiling: (x: Float) => exact(Math.ceil(x.value)),
  truncate: (x: Float) => exact(Math.trunc(x.value)),
  is_nan: (x: Float) => Number.isNaN(x.value),
  is_finite: (x: Float) => Number.isFinite(x.value),
};
