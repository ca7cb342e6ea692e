/**
 * Copying a thread's program: data, code position and queue go over; captured variables are copied once each; links
 * stay with the original, so the copy's ends are lost from the start.
 * Invariant: original and copy share nothing that can change.
 */
import { End, LOST, OPEN, extraOf } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { leaving } from '../process/leaving.js';
import type { Thread } from '../process/thread.js';
import { exception } from '../values/exceptions.js';
import type { Copies } from '../values/isolate.js';
import type { Value } from '../values/value.js';
import { Chunk, programOf } from './program.js';
import type { CodeProgram } from './program.js';

function lostCopy(t: Thread, copies: Copies, e: End): End {
  let made = copies.get(e) as End | undefined;
  if (made === undefined) {
    made = new End(t, null, OPEN);
    copies.set(e, made);
    if (e.state <= LOST) {
      extraOf(made).reason = exception('Dropped');
      made.state = LOST;
    } else made.state = e.state;
  }
  return made;
}

function copySlot(t: Thread, copies: Copies, v: Value): Value {
  if (v instanceof End) return lostCopy(t, copies, v);
  if (v instanceof Pool) {
    let made = copies.get(v) as Pool | undefined;
    if (made === undefined) {
      copies.set(v, (made = new Pool()));
      for (const e of v.members()) made.put(lostCopy(t, copies, e), leaving(e.extra!.datum, copies));
    }
    return made;
  }
  return leaving(v, copies);
}

/** Sets thread t, which has no program, to run a copy of a program. */
export function forkProgram(original: CodeProgram, t: Thread): CodeProgram {
  const copies: Copies = new Map();
  const made = programOf(t);
  made.program = made;
  const copyWords = (words: readonly unknown[], from: number): unknown[] =>
    words.slice(from).map((w) => copySlot(t, copies, w));
  if (original.solo !== null) made.solo = copyWords(original.solo, 0);
  const parts: unknown[][] = [];
  let at = original.position;
  for (let c = original.chunk; c !== null; c = c.older) {
    parts.push(copyWords(c.words, at));
    at = c.olderAt;
  }
  if (parts.length > 0) {
    const words: unknown[] = [null];
    for (const part of parts) for (const w of part) words.push(w);
    made.chunk = new Chunk(words, null, 0);
    made.position = 1;
  }
  if (original.answer !== undefined) made.answer = leaving(original.answer, copies);
  if (original.raised !== null) made.raised = leaving(original.raised, copies) as typeof original.raised;
  return made;
}
