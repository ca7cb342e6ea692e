/**
 * The threads of a VM that were started and have not ended, oldest first, linked through themselves: a set would hash and
 * rehash a million of them.
 * Invariant: a thread is in the list of its own VM only, and `older` and `newer` are null unless it is.
 */
import type { Thread } from './thread.js';

export class LiveThreads {
  #oldest: Thread | null = null;
  #newest: Thread | null = null;

  add(t: Thread): void {
    if (this.#newest === null) this.#oldest = t;
    else {
      this.#newest.newer = t;
      t.older = this.#newest;
    }
    this.#newest = t;
  }

  /** Nothing happens if it is not there. */
  delete(t: Thread): void {
    const { older, newer } = t;
    if (older === null && this.#oldest !== t) return;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    t.older = t.newer = null;
  }

  *[Symbol.iterator](): Generator<Thread> {
    for (let t = this.#oldest; t !== null; t = t.newer) yield t;
  }
}
