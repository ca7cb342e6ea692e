/**
 * Ends in a fixed order, taken nearly always from the front: connections to accept, members with something to say, members
 * in the order they were put in. Invariant: taking the first costs the same however many follow, where an array would
 * move all the others and a set would step over everything removed before.
 */
import type { End } from './link.js';

export class EndQueue {
  #items: (End | null)[] = [];
  #head = 0;

  push(e: End): void {
    this.#items.push(e);
  }

  /** Before the first one for which `after` holds, else at the end. */
  insert(e: End, after: (other: End) => boolean): void {
    for (let i = this.#head; i < this.#items.length; i++) {
      const other = this.#items[i];
      if (other !== null && other !== undefined && after(other)) {
        this.#items.splice(i, 0, e);
        return;
      }
    }
    this.push(e);
  }

  get empty(): boolean {
    return this.first() === undefined;
  }

  first(): End | undefined {
    this.#settle();
    return this.#items[this.#head] ?? undefined;
  }

  /** Nothing happens if it is not there. */
  remove(e: End): void {
    this.#settle();
    const at = this.#items[this.#head] === e ? this.#head : this.#items.indexOf(e, this.#head);
    if (at < 0) return;
    this.#items[at] = null;
    this.#settle();
  }

  /** All of them, in order; none are left. */
  drain(): End[] {
    const all = [...this];
    this.#items = [];
    this.#head = 0;
    return all;
  }

  /** Steps over what was removed, and forgets it once it is the greater part. */
  #settle(): void {
    while (this.#head < this.#items.length && this.#items[this.#head] === null) this.#head++;
    if (this.#head > 32 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
  }

  *[Symbol.iterator](): Generator<End> {
    for (let i = this.#head; i < this.#items.length; i++) {
      const e = this.#items[i];
      if (e !== null && e !== undefined) yield e;
    }
  }
}
