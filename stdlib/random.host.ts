/** Host half of `random`: SplitMix32 (Steele, Lea & Flood, OOPSLA 2014, with 32-bit words). */
import { float, type HostFunctions, tuple } from './support.js';

const GOLDEN = 0x9e3779b9;

function mix(z: number): number {
  let x = z;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

export const host: HostFunctions = {
  _mix: (seed: number) => mix((seed % 0x100000000) + Math.floor(seed / 0x100000000)),
  _step: (state: number) => {
    const next = (state + GOLDEN) >>> 0;
    return tuple(mix(next) * 0x200000 + (mix(next ^ 0x5bf03635) >>> 11), next);
  },
  _unit: (n: number) => float(n / 0x20000000000000),
};
