/**
 * Threads without limits of their own, when the host's memory runs low, between two turns: the one with the longest stack gets
 * HeapExhausted, or, when it runs out, one that holds very much. Nothing is counted while code runs.
 * Invariant: a thread whose stack is not extraordinarily long and that holds no extraordinary number of values is left alone,
 * whatever else takes the memory.
 */
import { CodeProgram } from '../engine/program.js';
import type { Thread } from '../process/thread.js';
import { ALIVE } from '../process/thread.js';
import { exception } from '../values/exceptions.js';
import { heldBy } from './metering.js';

/** Words of a stack that may be the reason: some millions of calls inside each other. */
export const LONG_STACK = 10_000_000;

/** How long a stack is, a chunk of it at a time. */
function stackWords(t: CodeProgram): number {
  let words = t.solo?.length ?? 0;
  let until = t.position;
  for (let { chunk } = t; chunk !== null; until = chunk.olderAt, chunk = chunk.older)
    words += chunk.words.length - until;
  return words;
}

/** The thread that was told to give its stack up, if one was that long. */
export function relieve(threads: Iterable<Thread>, longest = LONG_STACK): Thread | undefined {
  let found: CodeProgram | undefined;
  let most = longest;
  for (const t of threads) {
    if (!(t instanceof CodeProgram) || t.status !== ALIVE) continue;
    const words = stackWords(t);
    if (words < most) continue;
    most = words;
    found = t;
  }
  if (found !== undefined) found.raised = exception('HeapExhausted');
  return found;
}

/** Values that a thread may hold at such a time: more than a hundred million bytes. */
export const MANY_VALUES = 10_000_000;

/** The first thread that holds that much, which is told to give up what it does. */
export function relieveValues(threads: Iterable<Thread>, most = MANY_VALUES): Thread | undefined {
  for (const t of threads) {
    if (!(t instanceof CodeProgram) || t.status !== ALIVE || heldBy(t, most) <= most) continue;
    t.raised = exception('HeapExhausted');
    return t;
  }
  return undefined;
}
