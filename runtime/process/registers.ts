/**
 * The registers of the realm: what running code and the machinery around it share. One set for all VMs of a realm, so
 * that optimised code is shared between them; only one thread runs at a time.
 * Invariant: between slices `flag` is 0, `exn` is null, `top` is 1 and `out` holds nothing.
 */
import type { Exn } from '../values/value.js';
import { bounds } from '../values/work.js';
import type { End } from './link.js';
import type { Thread } from './thread.js';

/** Values of `flag`. */
export const NORMAL = 0;
/** The slice ended: every active function appends its frame to `out` and returns. */
export const SUSPENDED = 1;
/** `exn` is being raised. */
export const RAISING = 2;
/** The thread has ended in the middle of its frames, which are dropped. */
export const ENDED = 3;

/** Places of a trace that are kept. */
const LONGEST_TRACE = 32;

export class Registers {
  /** Reductions left in this slice. */
  fuel = 0;
  flag = NORMAL;
  exn: Exn | null = null;
  /** Does the exception in flight collect its trace? Then these are the sites it passed so far; it gets them when caught. */
  tracing = false;
  readonly passed = new Int32Array(LONGEST_TRACE);
  passedSites = 0;
  /** The last site that the exception in flight passed, kept or not; -1 if none: where a thread that fails began. */
  outermost = -1;
  thread: Thread = null as unknown as Thread;
  /** Number of the next message; orders arrivals (compared as a 32-bit difference, so it may wrap). */
  clock = 0;
  /** Frames of a suspension from word 1 on, newest first: site number, slots. `top` is the next free word. */
  out: unknown[] = [null];
  top = 1;
  /** A frame that was suspended in place, or null. */
  solo: unknown[] | null = null;
  /** Is this slice part of `run(n)`? Then all code is interpreted and `steps` counts the instructions left. */
  counting = false;
  steps = 0;
  /** While counting: are steps what other threads can notice, and not instructions? */
  stepping = false;
  /** Entries of the interpreter from compiled code that are active: each costs host stack that no reduction pays for. */
  nesting = 0;
  /** This suspension only moves frames from the host's stack to the heap; the slice goes on. */
  spilling = false;
  /** The interpreter's arrays are in use up to here by calls further out. */
  stackTop = 0;
  callTop = 0;
  /** Does this VM limit its threads' memory? Then metered builds of both engines run. */
  metering = false;
  /** Told of every message that is delivered; null where nobody counts. */
  accounting: ((to: End) => void) | null = null;
  /** Values allocated in this slice, if metering is on. */
  allocated = 0;
}

export const R = new Registers();

bounds.charge = (steps: number): void => {
  R.fuel -= steps;
};

/** Puts the registers as they are between slices: after an exception of the host got through. */
export function resetRegisters(): void {
  R.flag = NORMAL;
  R.exn = null;
  R.tracing = false;
  R.outermost = -1;
  R.top = 1;
  R.solo = null;
  R.nesting = R.stackTop = R.callTop = R.allocated = 0;
  R.spilling = false;
}

/** Raises an exception from host code: the engine sees the flag. Gives what a value row gives then. */
export function raiseNow(e: Exn): undefined {
  R.exn = e;
  R.flag = RAISING;
  R.tracing = e.trace === null;
  R.passedSites = 0;
  R.outermost = -1;
  return undefined;
}

/** The exception in flight passes a site, as an instruction's or after it. Traces keep the first places. */
export function passed(site: number): void {
  // A function's sites begin at an even number, two for each word of code.
  R.outermost = site & -2;
  if (R.tracing && R.passedSites < R.passed.length) R.passed[R.passedSites++] = site & -2;
}

/** The sites passed, as short arrays are made fastest. */
function passedSites(): number[] {
  const { passed: p, passedSites: n } = R;
  if (n === 1) return [p[0]!];
  if (n === 2) return [p[0]!, p[1]!];
  if (n === 3) return [p[0]!, p[1]!, p[2]!];
  if (n === 4) return [p[0]!, p[1]!, p[2]!, p[3]!];
  const sites: number[] = [];
  for (let i = 0; i < n; i++) sites.push(p[i]!);
  return sites;
}

/** Takes the exception in flight, which has arrived somewhere: its trace is complete. */
export function caught(): Exn {
  const e = R.exn!;
  R.exn = null;
  R.flag = NORMAL;
  if (R.tracing) {
    e.trace = passedSites();
    R.tracing = false;
  }
  return e;
}
