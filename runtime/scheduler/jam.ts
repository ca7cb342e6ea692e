/**
 * Senders that wait because what they send cannot go on its way: the network to another node takes no more for now. A sender's
 * slice ends at its next safe point after the send, so it may go beyond by what it sends until then.
 * Invariant: a sender is held only as long as the very way it sent on is blocked; ways of other threads are not its concern.
 */
import { wake } from '../process/home.js';
import type { End } from '../process/link.js';
import { R } from '../process/registers.js';
import { ALIVE, Waiting } from '../process/thread.js';
import type { Thread } from '../process/thread.js';

export class Jam {
  /** Senders that wait, by the way that is blocked. */
  readonly #held = new Map<object, Set<Thread>>();
  /** The way on which the running thread is to wait, with so many reductions left. */
  #way: object | null = null;
  #unused = 0;

  /** `blocked`: the way of what is sent to an end, if it is blocked now. */
  constructor(readonly blocked: (to: End) => object | null) {}

  /** The running thread sent a message to an end. */
  sent(to: End): void {
    if (this.#way !== null) return;
    this.#way = this.blocked(to);
    if (this.#way === null) return;
    this.#unused = R.fuel;
    R.fuel = 0;
  }
  /** After a slice of t that ended with its fuel: has it to wait? Then it is marked so. */
  holds(t: Thread): boolean {
    const way = this.#way;
    if (way === null || t.waiting !== null || t.status !== ALIVE) return false;
    t.waiting = Waiting.ROOM;
    let held = this.#held.get(way);
    if (held === undefined) this.#held.set(way, (held = new Set()));
    held.add(t);
    return true;
  }
  /** After a slice of t: what it did not use is not counted. */
  after(t: Thread): void {
    if (this.#way === null) return;
    t.reductions -= this.#unused;
    this.#way = null;
  }

  /** A way is free again. */
  open(way: object): void {
    const held = this.#held.get(way);
    if (held === undefined) return;
    this.#held.delete(way);
    for (const t of held) if (t.waiting === Waiting.ROOM && t.status === ALIVE) wake(t);
  }
  openAll(): void {
    for (const way of [...this.#held.keys()]) this.open(way);
  }
  /** Ways on which somebody waits. */
  ways(): object[] {
    return [...this.#held.keys()];
  }
}
