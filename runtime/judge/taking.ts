/**
 * Messages over links that are not this machine's own work: they are judged when they are taken, by the wait that takes them.
 * Invariant: such a message reaches code only if its values are what that code was verified with; a link that brought anything
 * else is lost, and its owner learns of it as of any loss.
 */
import { CodeProgram } from '../engine/program.js';
import { LOST, PENDING, extraOf, type End } from '../process/link.js';
import { lose } from '../process/mail.js';
import { ready } from '../process/home.js';
import { ALIVE, Waiting, extraOfThread, type Thread } from '../process/thread.js';
import { exception } from '../values/exceptions.js';
import { payloadOf } from '../snapshot/graph.js';
import type { Judge } from './frames.js';

/** The message that a thread at rest is about to take from an end; `refused` hears why it may not. */
export function judgeHead(judge: Judge, t: Thread, e: End, refused: (e: End, why: string) => void): void {
  const m = e.head;
  if (m !== null && t.status === ALIVE && t.program instanceof CodeProgram) {
    for (const { site, words, at } of t.program.frames()) {
      const slots = words.slice(at + 1, at + 1 + site.depth);
      const why = judge.message({ site, slots }, e, m.label.name, payloadOf(m), t);
      if (why === null) clear(t, e);
      else refuse(e, why, refused);
      break;
    }
  }
  if (t.waiting !== e && t.waiting !== Waiting.SELECT) return;
  t.waiting = null;
  ready(t);
}

/** The next message of an end may be taken by the wait at which a thread rests. */
export function clear(t: Thread, e: End): void {
  extraOf(e).cleared = e.head;
  extraOfThread(t).cleared = e;
}

function refuse(e: End, why: string, refused: (e: End, why: string) => void): void {
  const pending = e.state === PENDING;
  refused(e, why);
  const reason = e.extra?.reason ?? exception('HostError', why);
  const { pool } = extraOf(e);
  lose(e, reason);
  // A client that nobody has accepted yet is forgotten; whoever holds an end learns of its loss.
  if (pending) return;
  e.state = LOST;
  extraOf(e).reason = reason;
  pool?.announce(e);
}
