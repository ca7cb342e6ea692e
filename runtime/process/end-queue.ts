/**
 * Ends in a fixed order, taken nearly always from the front: connections to accept, members with something to say.
 * Invariant: what is in the queue lies in `items` from `front` up to `back`, null where one was removed from the middle,
 * never null at `front`; taking the first costs the same however many follow, and an empty queue begins again at 0, so a
 * queue that never grows long allocates nothing.
 */
import type { End } from './link.js';

/** An empty queue keeps no longer array than this for what comes next. */
const LONG = 1024;

export class EndQueue {
  /** Read by loops that must not pay for an iterator; changed only here. */
  items: (End | null)[] = [];
  front = 0;
  back = 0;

  push(e: End): void {
    this.items[this.back++] = e;
  }

  /** Before the first one for which `after` holds, else at the end. */
  insert(e: End, after: (other: End) => boolean): void {
    for (let i = this.front; i < this.back; i++) {
      const other = this.items[i]!;
      if (other !== null && after(other)) {
        this.items[this.back] = null;
        this.items.copyWithin(i + 1, i, this.back++);
        this.items[i] = e;
        return;
      }
    }
    this.push(e);
  }

  get empty(): boolean {
    return this.front === this.back;
  }

  /** Nothing happens if it is not there. */
  remove(e: End): void {
    if (this.items[this.front] !== e) {
      const at = this.items.indexOf(e, this.front);
      if (at < 0 || at >= this.back) return;
      this.items[at] = null;
      return;
    }
    this.items[this.front++] = null;
    while (this.front < this.back && this.items[this.front] === null) this.front++;
    if (this.front === this.back) {
      this.front = this.back = 0;
      if (this.items.length > LONG) this.items = [];
    } else if (this.front > 32 && this.front * 2 > this.back) this.#close();
  }

  /** All of them, in order; none are left. */
  drain(): End[] {
    const all = [...this];
    this.items = [];
    this.front = this.back = 0;
    return all;
  }

  /** Moves the rest to the beginning once more than half is behind. */
  #close(): void {
    this.items = this.items.slice(this.front, this.back);
    this.back -= this.front;
    this.front = 0;
  }

  *[Symbol.iterator](): Generator<End> {
    for (let i = this.front; i < this.back; i++) {
      const e = this.items[i]!;
      if (e !== null) yield e;
    }
  }
}
