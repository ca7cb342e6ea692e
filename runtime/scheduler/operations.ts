/**
 * Threads from outside: kill, enqueue, clear, exec, fork, pause, resume, info. The eight operations of the machine's first
 * description, but for migration, which belongs to links between VMs.
 * Invariant: an operation takes effect between slices of the thread it is about; done on itself, after the slice.
 */
import { CodeProgram } from '../engine/program.js';
import { forkProgram } from '../engine/fork.js';
import { startWith } from '../engine/spawning.js';
import type { Fn } from '../engine/function.js';
import { End, LOST, PENDING } from '../process/link.js';
import { leavingTogether } from '../process/leaving.js';
import { castTo, lose, markLost } from '../process/mail.js';
import { ready, start, unqueue } from '../process/home.js';
import { Pool } from '../process/pool.js';
import { R } from '../process/registers.js';
import { ALIVE, DONE, EMPTY, FAILED, Waiting, extraOfThread, isImmigrant, referenceTo } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { exception } from '../values/exceptions.js';
import type { Label, Partial, Value } from '../values/value.js';
import type { Scheduler } from './scheduler.js';

export type Status = 'empty' | 'running' | 'ready' | 'waiting' | 'paused' | 'ended' | 'failed';

export interface ThreadInfo {
  readonly status: Status;
  /** Messages it has not read. */
  readonly queue: number;
  /** Values on the heap, as last counted; 0 without metering. */
  readonly heap: number;
  readonly reductions: number;
}

/** Every end a thread owns: in its frames, its pools, connections to accept, and ends handed to it. */
export function endsOf(t: Thread): Set<End> {
  const found = new Set<End>();
  const look = (v: Value): void => {
    if (v instanceof End && v.owner === t) found.add(v);
    else if (v instanceof Pool) for (const e of v.members()) found.add(e);
  };
  if (t.program instanceof CodeProgram) {
    for (const { site, words, at } of t.program.frames()) for (let i = 1; i <= site.depth; i++) look(words[at + i]);
  }
  if (t.extra !== null) {
    t.extra.unaccepted.forEach(look);
    t.extra.held.forEach(look);
    t.extra.group?.forEach(look);
  }
  return found;
}

const queueLength = (e: End): number => {
  let n = 0;
  for (let m = e.head; m !== null; m = m.next) n++;
  return n;
};

export function statusOf(t: Thread): Status {
  if (t.status === EMPTY) return 'empty';
  if (t.status === DONE) return 'ended';
  if (t.status === FAILED) return 'failed';
  if (t.extra?.paused === true) return 'paused';
  if (t === R.thread && !t.queued && t.waiting === null) return 'running';
  return t.waiting === null ? 'ready' : 'waiting';
}

export function infoOf(t: Thread): ThreadInfo {
  let queue = 0;
  for (const e of endsOf(t)) queue += queueLength(e);
  return { status: statusOf(t), queue, heap: t.heap, reductions: t.reductions };
}

/** From now on the thread gets no slices; messages to it queue. */
export function pause(t: Thread): void {
  if (t.status !== ALIVE) return;
  const extra = extraOfThread(t);
  extra.paused = true;
  if (t.queued) {
    unqueue(t);
    extra.owed = true;
  }
}
/** Undoes `pause`. */
export function resume(t: Thread): void {
  const extra = t.extra;
  if (extra === null || !extra.paused) return;
  extra.paused = false;
  if (extra.owed) {
    extra.owed = false;
    ready(t);
  }
}

/** A first message of a new conversation with the thread, which may be empty still. */
export function enqueue(t: Thread, label: Label, values: readonly Value[]): void {
  const sent = leavingTogether(values);
  castTo(referenceTo(t), label, sent[0], sent[1], sent[2], sent.length > 3 ? sent.slice(3) : null);
}

/** Discards every unread message; the links so emptied are lost to both sides. */
export function clear(t: Thread): void {
  for (const e of endsOf(t)) {
    if (e.head === null) continue;
    const { peer } = e;
    if (e.state === PENDING) {
      lose(e, exception('Dropped'));
      continue;
    }
    e.head = e.tail = null;
    e.peer = null;
    if (peer !== null) markLost(peer, exception('Dropped'));
    if (e.state < LOST) markLost(e, exception('Dropped'));
  }
  (t.home as Scheduler).room?.look(t);
}

/** Sets the program of an empty thread: a function value applied to nothing more. Gives whether it was empty. */
export function execute(t: Thread, program: Partial): boolean {
  if (t.status !== EMPTY || t.program !== null || program.args.length !== program.fn.arity) return false;
  startWith(t, program.fn as Fn, leavingTogether(program.args));
  return true;
}

/** A thread that goes on as this one would, without its links. A host call that is under way fails in the copy. */
export function fork(t: Thread): Thread {
  const copy = t.home.newThread();
  if (isImmigrant(t)) extraOfThread(copy).outside = true;
  if (t.status !== ALIVE || t.program === null) {
    copy.status = t.status;
    copy.result = t.result;
    return copy;
  }
  if (t.program instanceof CodeProgram) {
    const program = forkProgram(t.program, copy);
    if (t.waiting === Waiting.HOST)
      program.raised = exception('HostError', 'the call belongs to the thread this is a copy of');
  } else copy.program = t.program.fork();
  start(copy);
  return copy;
}
