/**
 * Bounded mailboxes: who sends to a thread that leaves too much unread waits until there is room. The sender's slice ends at
 * its next safe point after the send, so it may go over the limit by what it sends until then.
 * Invariant: a sender is held only while the receiver is alive, has as many unread messages as the limit or has not come
 * down to half of it since, and does not wait for that very sender; so a receiver that waits for one peer in particular is
 * never kept from hearing it.
 */
import { wake } from '../process/home.js';
import { End } from '../process/link.js';
import { R } from '../process/registers.js';
import { ALIVE, Waiting } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { endsOf } from './operations.js';
import { nextDeed } from './steering.js';

function unread(t: Thread): number {
  let n = 0;
  for (const e of endsOf(t)) for (let m = e.head; m !== null; m = m.next) n++;
  return n;
}

/** Does a thread wait for something that only this one, perhaps among others, can send? */
function waitsFor(t: Thread, sender: Thread): boolean {
  const { waiting } = t;
  if (waiting instanceof End) return waiting.peer?.owner === sender;
  if (waiting === Waiting.SELECT) return nextDeed(t)?.ends.some((e) => e.peer?.owner === sender) ?? true;
  return waiting === Waiting.OTHER;
}

export class Room {
  /** At most so many messages are unread; counted again only when this says that there are too many. */
  readonly #atMost = new WeakMap<Thread, number>();
  /** Senders that wait, by whose mailbox is full. */
  readonly #held = new Map<Thread, Set<Thread>>();
  /** The running thread is to wait for room in this one's mailbox, with so many reductions left. */
  #full: Thread | null = null;
  #unused = 0;

  constructor(readonly limit: number) {}

  /** The running thread sent a message to t. */
  delivered(t: Thread): void {
    const n = (this.#atMost.get(t) ?? 0) + 1;
    this.#atMost.set(t, n);
    if (n < this.limit || t === R.thread) return;
    const exact = unread(t);
    this.#atMost.set(t, exact);
    if (exact < this.limit || this.#full !== null) return;
    this.#full = t;
    this.#unused = R.fuel;
    R.fuel = 0;
  }

  /** After a slice of t that ended with its fuel: has it to wait for room? Then it is marked so. */
  holds(t: Thread): boolean {
    const full = this.#full;
    if (full === null || t.waiting !== null || t.status !== ALIVE) return false;
    if (full.status !== ALIVE || waitsFor(full, t)) return false;
    t.waiting = Waiting.ROOM;
    let waiting = this.#held.get(full);
    if (waiting === undefined) this.#held.set(full, (waiting = new Set()));
    waiting.add(t);
    return true;
  }

  /** After a slice of t, or when it has ended: it may have read or come to wait, so its senders go on if they can. */
  look(t: Thread): void {
    if (this.#full !== null && t === R.thread) {
      t.reductions -= this.#unused;
      this.#full = null;
    }
    const waiting = this.#held.get(t);
    if (waiting === undefined) return;
    const all = t.status !== ALIVE || unread(t) * 2 <= this.limit;
    for (const sender of waiting) {
      if (!all && !waitsFor(t, sender)) continue;
      waiting.delete(sender);
      if (sender.waiting === Waiting.ROOM && sender.status === ALIVE) wake(sender);
    }
    if (waiting.size === 0) this.#held.delete(t);
  }

  /** Whose mailbox a thread waits for. */
  blocking(sender: Thread): Thread | undefined {
    for (const [t, waiting] of this.#held) if (waiting.has(sender)) return t;
    return undefined;
  }

  /** Lets everybody go on. */
  open(): void {
    for (const waiting of this.#held.values())
      for (const sender of waiting) if (sender.waiting === Waiting.ROOM && sender.status === ALIVE) wake(sender);
    this.#held.clear();
  }
}
