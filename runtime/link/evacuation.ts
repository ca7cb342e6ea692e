/**
 * A node that is told to end: the threads that live here and began elsewhere are sent home, or back to where they came from.
 * Invariant: one that cannot be moved now is tried again until the time is up; no thread is taken in meanwhile; a thread that
 * nobody takes ends with the node, which is said.
 */
import { ALIVE } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { STATUS } from './frame.js';
import { shown } from './hello.js';
import type { LinkNode } from './node.js';

/** Milliseconds in which guests have to be gone, and between two attempts. */
const LIMIT = 5000;
const AGAIN = 100;

export class Evacuation {
  readonly #until: number;
  #next = 0;
  /** On their way, and whom nobody takes. */
  readonly #under = new Set<Thread>();
  readonly #given = new Set<Thread>();

  constructor(readonly node: LinkNode) {
    this.#until = node.options.now() + LIMIT;
    node.moving.closed = true;
    const guests = this.#guests().length;
    if (guests > 0) node.options.onEvent?.(`sends ${guests} thread${guests === 1 ? '' : 's'} home`);
  }

  #guests(): Thread[] {
    return [...this.node.vm.scheduler.threads].filter(
      (t) => t.status === ALIVE && !this.#given.has(t) && !this.node.isOurs(t),
    );
  }
  /** Sends whoever can go now. Gives whether that is all. */
  step(): boolean {
    const now = this.node.options.now();
    const guests = this.#guests();
    if (now >= this.#until) {
      for (const t of guests) this.#lost(t, 'it could not be moved in time');
      return true;
    }
    if (now < this.#next) return guests.length === 0;
    this.#next = now + AGAIN;
    for (const t of guests) if (!this.#under.has(t)) this.#send(t);
    return this.#guests().length === 0;
  }
  #send(t: Thread): void {
    const home = this.node.wayHome(t);
    if (home === undefined) {
      this.#lost(t, 'neither its home nor the node it came from is connected');
      return;
    }
    this.#under.add(t);
    this.node.moving.migrate(t, home, false, (status) => {
      this.#under.delete(t);
      if (status !== STATUS.ok && status !== STATUS.busy) this.#lost(t, `${shown(home)} did not take it`);
    });
  }
  #lost(t: Thread, why: string): void {
    if (this.#given.has(t)) return;
    this.#given.add(t);
    this.node.options.onEvent?.(`${shown(this.node.addressOf(t))} ends with this node: ${why}`, true);
  }
}
