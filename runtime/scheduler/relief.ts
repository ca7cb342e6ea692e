/**
 * Recursion without end, where threads have no limits of their own: when the host's memory runs low, between two turns, the thread with
 * the longest stack gets HeapExhausted. Nothing is counted while code runs.
 * Invariant: a thread whose stack is not extraordinarily long is left alone, whatever else takes the memory.
 */
import { CodeProgram } from '../engine/program.js';
import type { Thread } from '../process/thread.js';
import { ALIVE } from '../process/thread.js';
import { exception } from '../values/exceptions.js';

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
