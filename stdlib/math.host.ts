/** Host half of `math`. */
import type { Float } from '../runtime/values/value.js';
import { float, type HostFunctions } from './support.js';

const one =
  (f: (x: number) => number) =>
  (x: Float): Float =>
    float(f(x.value));
const two =
  (f: (x: number, y: number) => number) =>
  (x: Float, y: Float): Float =>
    float(f(x.value, y.value));

export const host: HostFunctions = {
  sqrt: one(Math.sqrt),
  pow: two(Math.pow),
  exp: one(Math.exp),
  log: one(Math.log),
  log10: one(Math.log10),
  log2: one(Math.log2),
  sin: one(Math.sin),
  cos: one(Math.cos),
  tan: one(Math.tan),
  asin: one(Math.asin),
  acos: one(Math.acos),
  atan: one(Math.atan),
  atan2: two(Math.atan2),
  hypot: two(Math.hypot),
  floor: one(Math.floor),
};
