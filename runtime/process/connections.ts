/**
 * Connections to a service on which nothing was said yet. Most clients speak as soon as they have connected, so the last
 * one stays outside the set.
 * Invariant: an end is in it at most once; in the order they were made.
 */
import type { End } from './link.js';

export class Connections {
  #last: End | null = null;
  #others: Set<End> | null = null;

  add(e: End): void {
    if (this.#last !== null) (this.#others ??= new Set()).add(this.#last);
    this.#last = e;
  }

  /** Nothing happens if it is not there. */
  delete(e: End): void {
    if (this.#last === e) this.#last = null;
    else this.#others?.delete(e);
  }

  *[Symbol.iterator](): Generator<End> {
    if (this.#others !== null) yield* this.#others;
    if (this.#last !== null) yield this.#last;
  }
}
