/**
 * Memory limits per thread: allocation is counted as code runs, and when enough was allocated since the last time the
 * thread's reachable data is counted, at the end of a slice.
 * Invariant: a thread over its limit, and no other, gets HeapExhausted; it overshoots by a quarter of the limit and one
 * slice at most.
 */
import { CodeProgram } from '../engine/program.js';
import { End, payload } from '../process/link.js';
import type { Message } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { R } from '../process/registers.js';
import { ALIVE } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { exception } from '../values/exceptions.js';
import { reachable } from '../values/extent.js';
import type { Value } from '../values/value.js';
import { spend } from '../values/work.js';

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

const payloads = (m: Message): Value[] =>
  Array.from({ length: 3 + (m.rest?.length ?? 0) }, (_, i) => payload(m, i)).filter((v) => v !== undefined);

/** What ends and pools hold for their owner, or for whoever it is: unread messages, members. */
const holdings =
  (t?: Thread) =>
  (v: object): readonly Value[] => {
    if (v instanceof Pool) return [...v.members()];
    if (!(v instanceof End) || (t !== undefined && v.owner !== t)) return [];
    const queued: Value[] = [];
    for (let m = v.head; m !== null; m = m.next) queued.push(...payloads(m));
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

/** What threads hold together, up to the first value past the limit: what they share counts once. */
export function heldTogether(threads: Iterable<Thread>, limit: number): number {
  let frames = 0;
  function* all(): Generator<Value> {
    for (const t of threads) yield* roots(t);
  }
  for (const t of threads) frames += frameSlots(t);
  return frames > limit ? frames : frames + reachable(all(), limit - frames, holdings());
}

/** What the newest message of an end brings its owner, which may not run for a long time. To look takes steps from the sender. */
export function brought(to: End, limit: number): number {
  const values =
    to.tail === null ? [] : payloads(to.tail).filter((v) => typeof v === 'object' || typeof v === 'string');
  if (values.length === 0) return 0;
  const n = reachable(values, limit, holdings(to.owner));
  spend(n);
  return n;
}
/** What a thread has when it begins. */
export function begunWith(t: Thread, limit: number): number {
  const n = heldBy(t, limit);
  spend(n);
  return n;
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
