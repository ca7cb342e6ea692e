/**
 * The two ways into interpreted code: the driver goes on with a frame, compiled code calls a function.
 * Invariant: the builds of the interpreter share nothing but the registers; `run(n)` uses the counted one.
 */
import type { Value } from '../values/value.js';
import { R } from '../process/registers.js';
import { SITES } from './function.js';
import type { Fast, Fn, Instance, Resume } from './function.js';
import { createInterpreter } from './interpreter.js';

/** Reductions a module runs interpreted before it is compiled. */
const HOT = 4_000;
/** Compiles a hot module. The JIT installs itself here; without it everything stays interpreted. */
export const tiers: { heatUp(instance: Instance): void } = {
  heatUp: (instance) => {
    instance.settled = true;
  },
};

let unmetered: Resume | null = null;
let metered: Resume | null = null;
let counted: Resume | null = null;
let fused: Resume | null = null;
let stepped: Resume | null = null;

const plain: Resume = (frames, at, answer) => {
  if (!R.metering) {
    unmetered ??= createInterpreter('plain');
    return unmetered(frames, at, answer);
  }
  metered ??= createInterpreter('metered');
  return metered(frames, at, answer);
};

/** For code that stays interpreted. */
const settled: Resume = (frames, at, answer) => {
  if (R.metering) return plain(frames, at, answer);
  fused ??= createInterpreter('fused');
  return fused(frames, at, answer);
};

/** Goes on with the frame at a place of an array; counts instructions while `R.counting`. */
export const interpret: Resume = (frames, at, answer) => {
  if (!R.counting) {
    const { instance } = SITES[frames[at] as number]!.fn;
    if (instance.tier !== 'auto' || instance.settled) return settled(frames, at, answer);
    const before = R.fuel;
    const value = plain(frames, at, answer);
    instance.heat += 8 + before - R.fuel;
    if (instance.heat > HOT) tiers.heatUp(instance);
    return value;
  }
  if (R.stepping) {
    stepped ??= createInterpreter('stepped');
    return stepped(frames, at, answer);
  }
  counted ??= createInterpreter('counted');
  return counted(frames, at, answer);
};

/** Most entries of the interpreter from compiled code at once: 48 of some kilobytes each fit any host stack. */
const DEEPEST = 48;

/** How compiled code enters a function that is interpreted: charged as any entry, its work counted as any other. */
export function enterByDriver(fn: Fn): Fast {
  return (...args: Value[]): Value => {
    const frame: unknown[] = [fn.site(0, false).id, ...args];
    while (frame.length < 1 + fn.entryDepth) frame.push(undefined);
    R.fuel -= fn.weight;
    if (R.fuel < 0 || R.nesting >= DEEPEST) {
      R.spilling = R.fuel >= 0;
      R.flag = 1;
      for (let i = 0; i < 1 + fn.entryDepth; i++) R.out[R.top++] = frame[i];
      return undefined;
    }
    R.nesting++;
    const value = interpret(frame, 0, undefined);
    R.nesting--;
    return value;
  };
}
