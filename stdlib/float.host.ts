/** Host half of `float`. */
import type { Float } from '../runtime/values/value.js';
import { exact, float, type HostFunctions, option, Raise } from './support.js';

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

export const host: HostFunctions = {
  parse: (text: string) => option(NUMBER.test(text) ? float(Number(text)) : undefined),
  format: (x: Float, digits: number) => {
    if (digits < 0 || digits > 20) throw new Raise('OutOfRange');
    return x.value.toFixed(digits);
  },
  round: (x: Float) => exact(x.value < 0 ? 0 - Math.round(-x.value) : Math.round(x.value)),
  floor: (x: Float) => exact(Math.floor(x.value)),
  ceiling: (x: Float) => exact(Math.ceil(x.value)),
  truncate: (x: Float) => exact(Math.trunc(x.value)),
  is_nan: (x: Float) => Number.isNaN(x.value),
  is_finite: (x: Float) => Number.isFinite(x.value),
};
