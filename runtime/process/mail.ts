/**
 * Sending, receiving, connecting and losing: what the rows of the instruction table and foreign programs alike do with
 * links. Functions named by rows run in the current thread, `R.thread`.
 * Invariant: a send never blocks and to a lost end does nothing; after a loss each peer learns of it exactly once.
 */
import { builtinExceptions, exception } from '../values/exceptions.js';
import { Exn } from '../values/value.js';
import type { Label, Value } from '../values/value.js';
import { notify, ready } from './home.js';
import { leavingReason } from './leaving.js';
import { End, FINISHED, LOST, Message, OPEN, PENDING, extraOf, isUnjudged, link, payload } from './link.js';
import { handOver, loseOwned } from './owned.js';
import { Pool } from './pool.js';
import { R, raiseNow } from './registers.js';
import { ALIVE, DONE, EMPTY, Told, Waiting, extraOfThread } from './thread.js';
import type { Reference, Thread } from './thread.js';

/** Sends a message of up to three payload values; `end` is the sender's. */
export function send(end: End, label: Label, a?: Value, b?: Value, c?: Value): void {
  const to = end.peer;
  if (to === null || to.state > PENDING) return;
  const m = new Message(label, a, b, c, null, R.clock);
  R.clock = (R.clock + 1) | 0;
  deliver(to, m);
}
/** As `send`, for any number of values. */
export function sendMany(end: End, label: Label, ...values: Value[]): void {
  const to = end.peer;
  if (to === null || to.state > PENDING) return;
  const m = new Message(label, values[0], values[1], values[2], values.length > 3 ? values.slice(3) : null, R.clock);
  R.clock = (R.clock + 1) | 0;
  deliver(to, m);
}

/** Puts a message at the end of an end's queue and wakes its owner if it waits for it. */
export function deliver(to: End, m: Message): void {
  const t = to.owner;
  if (to.head === null) {
    to.head = m;
    to.tail = m;
    if (to.extra !== null || to.state === PENDING) announce(to);
  } else {
    to.tail!.next = m;
    to.tail = m;
  }
  if (R.accounting !== null) R.accounting(to);
  const w = t.waiting;
  if (w !== null && (w === to || w === Waiting.SELECT || w === Waiting.OTHER)) {
    t.waiting = null;
    ready(t);
  }
}

/** An end that is a pool's member or a connection to accept has something to read. */
export function announce(e: End): void {
  if (e.state === PENDING) {
    const extra = extraOfThread(e.owner);
    extra.silent.delete(e);
    extra.ready.push(e);
  } else if (e.extra!.pool !== null) e.extra!.pool.announce(e);
}

/** The next message of an end; null if the thread must wait (then it is marked so) or PeerLost was raised. */
export function receive(end: End): Message | null {
  const m = end.head;
  if (m !== null) {
    if (end.extra !== null && isUnjudged(end)) return judgeFirst(end, end);
    end.head = m.next;
    return m;
  }
  if (end.state >= LOST) {
    raiseNow(exception('PeerLost', takeLoss(end)));
    return null;
  }
  R.thread.waiting = end;
  return null;
}

/** The current thread waits until the message it is about to take was judged; then it comes to the same wait again. */
export function judgeFirst(end: End, waiting: End | Waiting): null {
  const t = R.thread;
  t.waiting = waiting;
  t.home.onOutside!(t, end);
  return null;
}

/** Why the peer was lost; from now on the end is finished. */
export function takeLoss(end: End): Value {
  end.state = FINISHED;
  return end.extra === null ? exception('Ended') : (end.extra.reason ?? exception('Ended'));
}

/** The end is over for its owner: what is unread is discarded and the peer sees it lost. */
export function lose(end: End, reason: Value): void {
  const peer = end.peer;
  let unread = end.head;
  if (unread !== null) end.owner.home.events?.discarded?.(end, unread);
  end.head = end.tail = null;
  end.peer = null;
  if (end.state === PENDING) {
    end.owner.extra?.silent.delete(end);
    if (unread !== null) end.owner.extra?.ready.remove(end);
  }
  end.state = FINISHED;
  if (end.extra?.watched) extraOfThread(end.extra.watched).watchers.delete(end);
  for (; unread !== null; unread = unread.next) losePayload(unread, reason, end.owner);
  if (peer !== null) {
    tell(end.owner, peer.owner, reason);
    markLost(peer, reason);
  }
}

/** So many peers are named in the report of a failure. */
const MOST_PEERS = 8;
/** So many exceptions are remembered: while one is handled others may be, each within the handlers of the one before. */
const MOST_TOLD = 8;

/** Was the link given up, and nothing failed? */
const isDrop = (reason: Value): boolean =>
  reason instanceof Exn && reason.ctor === builtinExceptions.Dropped && reason.trace === null && reason !== R.exn;

/** A peer learns an exception that the thread is handling, or ends with. */
function tell(t: Thread, peer: Thread, reason: Value): void {
  if (isDrop(reason)) return;
  const extra = extraOfThread(t);
  let told = Told.of(extra.told, reason);
  if (told === null) {
    extra.told = told = new Told(reason, [], extra.told);
    for (let at: Told | null = told, n = 1; at !== null; at = at.older) if (n++ === MOST_TOLD) at.older = null;
  }
  if (told.whom.length < MOST_PEERS) told.whom.push(peer.id);
}

/** This end's peer is lost: its owner learns of it after the messages sent before. */
export function markLost(end: End, reason: Value): void {
  if (end.state >= LOST) return;
  const pending = end.state === PENDING;
  extraOf(end).reason = leavingReason(reason);
  end.peer = null;
  if (pending) {
    if (end.head === null) {
      end.state = FINISHED;
      end.owner.extra?.silent.delete(end);
    }
    return;
  }
  end.state = LOST;
  end.extra!.pool?.announce(end);
  notify(end.owner, end);
}

function losePayload(m: Message, reason: Value, owner: Thread): void {
  const n = 3 + (m.rest?.length ?? 0);
  for (let i = 0; i < n; i++) {
    loseHeld(payload(m, i), reason);
    loseOwned(owner, payload(m, i));
  }
}

/** Loses what a slot or payload holds, if it is an end or a pool. */
export function loseHeld(v: Value, reason: Value): void {
  if (v instanceof End) lose(v, reason);
  else if (v instanceof Pool) {
    for (const e of [...v.members()]) {
      v.remove(e);
      lose(e, reason);
    }
  }
}

/** Loses an end or pool found in a slot the current thread drops; what it gave away or finished is left alone. */
export function loseSlot(v: Value, t: Thread, reason: Value): void {
  if (
    v instanceof End
      ? v.owner === t && v.state !== FINISHED && (v.extra === null || v.extra.pool === null)
      : v instanceof Pool
  ) {
    loseHeld(v, reason);
  }
}

/** Gives an end (or a pool's members) to another thread, with the unread messages and the ends that lie in them. */
export function give(v: Value, to: Thread): void {
  if (v instanceof End) {
    const from = v.owner;
    v.owner = to;
    for (let m = v.head; m !== null; m = m.next) givePayload(m, from, to);
    notify(to, v);
  } else if (v instanceof Pool) for (const e of v.members()) give(e, to);
}

function givePayload(m: Message, from: Thread, to: Thread): void {
  handOver(from, to, [m.a, m.b, m.c, ...(m.rest ?? [])]);
  const n = 3 + (m.rest?.length ?? 0);
  for (let i = 0; i < n; i++) give(payload(m, i), to);
}

/** A new link to the thread a reference names: the client's end. Lost from the start if that thread is no more. */
export function connect(ref: Reference): End {
  const t = ref.target;
  const client = link(R.thread, t ?? R.thread, PENDING);
  if (R.metering) R.allocated += 2;
  const served = client.peer!;
  if (t === null || (t.status !== ALIVE && t.status !== EMPTY)) {
    served.peer = null;
    served.state = FINISHED;
    markLost(client, exception('Ended'));
    return client;
  }
  const extra = extraOfThread(t);
  extra.silent.add(served);
  // It may never be accepted: it is memory of the service too.
  if (R.metering && t !== R.thread) t.allocated += 2;
  // Who holds a reference to a thread that came from elsewhere may take it for another service.
  if (extra.unproven) extraOf(client).outside = extraOf(served).outside = true;
  return client;
}

/** Takes a connection that is ready: from now on it is an ordinary end. */
export function acceptConnection(e: End): void {
  e.owner.extra!.ready.remove(e);
  e.state = e.peer === null ? LOST : OPEN;
}

/** A whole conversation of one message: the client keeps no end of it. Gives whether there was anyone to send it to. */
export function castTo(
  ref: Reference,
  label: Label,
  a?: Value,
  b?: Value,
  c?: Value,
  rest: readonly Value[] | null = null,
): boolean {
  const t = ref.target;
  if (t === null || t.status > ALIVE) return false;
  const served = new End(t, null, PENDING);
  served.head = served.tail = new Message(label, a, b, c, rest, R.clock);
  R.clock = (R.clock + 1) | 0;
  const extra = extraOfThread(t);
  if (extra.unproven) extraOf(served).outside = true;
  extra.ready.push(served);
  if (R.accounting !== null) R.accounting(served);
  notify(t, served);
  return true;
}

/** An end that is lost when the thread a reference names ends. */
export function watchThread(ref: Reference): End {
  const e = new End(R.thread, null, OPEN);
  const t = ref.target;
  if (R.metering) R.allocated += 2;
  if (t === null || t.status >= DONE) markLost(e, t === null ? exception('Ended') : endReason(t));
  else {
    extraOf(e).watched = t;
    extraOfThread(t).watchers.add(e);
  }
  return e;
}

/** What watchers and peers learn of a thread's end. */
export function endReason(t: Thread): Value {
  return t.status === DONE || t.status === ALIVE ? exception('Ended') : t.result;
}
