/**
 * What leaves a thread, and what becomes of it. A value leaves its thread as the payload of a message or cast, as an
 * argument of a spawn, as the datum of a pool's member when the pool is given away, as the program of `thread::exec` or
 * the message of `thread::enqueue`, in the frames of a forked thread, and as the exception that a thread ends with (its
 * peers and watchers learn of it). Constants are read by every thread, so none may hold a captured variable at all.
 * Invariant: after each of these no two threads see the same variable; closures that shared one and leave together
 * share the copy.
 */
import { isolated } from '../values/isolate.js';
import type { Copies } from '../values/isolate.js';
import type { Value } from '../values/value.js';
import { End } from './link.js';
import { Pool } from './pool.js';

/** A value as another thread may have it. Ends and pools move as they are; what lies beside a pool's members is copied. */
export function leaving(v: Value, copies: Copies): Value {
  if (v instanceof End) return v;
  if (!(v instanceof Pool)) return isolated(v, copies);
  for (const e of v.members()) {
    const extra = e.extra!;
    if (typeof extra.datum === 'object') extra.datum = isolated(extra.datum, copies);
  }
  return v;
}

/** What several values that leave together are on the other side. */
export function leavingTogether(values: readonly Value[]): Value[] {
  const copies: Copies = new Map();
  return values.map((v) => leaving(v, copies));
}

/** The reason of a loss as its receiver may have it. */
export const leavingReason = (reason: Value): Value => isolated(reason);

/** Whether threads that read a constant of this value would share a variable. */
export const isShared = (value: Value): boolean => isolated(value) !== value;
