/**
 * Memory limits per thread: allocation is counted as code runs, and when enough was allocated since the last time the
 * thread's reachable data is counted, at the end of a slice.
 * Invariant: a thread over its limit, and no other, gets HeapExhausted; it overshoots by a quarter of the limit and one
 * slice at most.
 */
import { CodeProgram } from '../engine/program.js';
import { End, payload } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { R } from '../process/registers.js';
import { ALIVE } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { exception } from '../values/exceptions.js';
import { reachable } from '../values/extent.js';
import type { Value } from '../values/value.js';

/** Told about each counting: `heap` values before it (an estimate) and after. */
export type HeapEvent = (thread: Thread, before: number, after: number) => void;

function* roots(t: Thread): Generator<Value> {
  if (t.program instanceof CodeProgram) {
    for (const { site, words, at } of t.program.frames()) for (let i = 1; i <= site.depth; i++) yield words[at + i];
    yield t.program.answer;
  }
  if (t.extra !== null) {
    yield* t.extra.unaccepted;
    yield* t.extra.held;
  }
}

/** What ends and pools hold for their owner: unread messages, members. */
const holdings =
  (t: Thread) =>
  (v: object): readonly Value[] => {
    if (v instanceof Pool) return [...v.members()];
    if (!(v instanceof End) || v.owner !== t) return [];
    const queued: Value[] = [];
    for (let m = v.head; m !== null; m = m.next) {
      for (let i = 0; i < 3 + (m.rest?.length ?? 0); i++) queued.push(payload(m, i));
    }
    return queued;
  };

/** Slots of frames count too: a deep recursion is memory like any other. */
function frameSlots(t: Thread): number {
  let n = 0;
  if (t.program instanceof CodeProgram) for (const { site } of t.program.frames()) n += 1 + site.depth;
  return n;
}

/** What a thread holds, up to the first value past the limit. */
export function heldBy(t: Thread, limit: number): number {
  const frames = frameSlots(t);
  return frames > limit ? frames : frames + reachable(roots(t), limit - frames, holdings(t));
}

/** At the end of a slice of a metered thread. */
export function meter(t: Thread, limit: number, onCount: HeapEvent | null): void {
  t.allocated += R.allocated;
  R.allocated = 0;
  if (t.status !== ALIVE || t.allocated < Math.max(limit - t.heap, limit / 4)) return;
  const before = t.heap + t.allocated;
  t.heap = heldBy(t, limit);
  t.allocated = 0;
  onCount?.(t, before, t.heap);
  if (t.heap > limit && t.program instanceof CodeProgram) {
    t.program.raised = exception('HeapExhausted');
    t.heap = 0;
  }
}
