/**
 * Ends in a fixed order, taken nearly always from the front: connections to accept, members with something to say. Most
 * queues never hold more than one, so the first stays outside the array, which is made when there is a second.
 * Invariant: `first` is null only if the queue is empty; those behind it lie in `items` from `front` up to `back`, null where
 * one was removed from the middle, never null at `front`; taking the first costs the same however many follow, and an array
 * that is empty begins again at 0.
 */
import type { End } from './link.js';

/** An empty queue keeps no longer array than this for what comes next. */
const LONG = 1024;
/** Shared by the queues that need no array: nothing is written to it. */
const NONE: (End | null)[] = [];

export class EndQueue {
  /** These four are read by loops that must not pay for an iterator; changed only here. */
  first: End | null = null;
  items = NONE;
  front = 0;
  back = 0;

  push(e: End): void {
    if (this.first === null) this.first = e;
    else {
      if (this.items === NONE) this.items = [];
      this.items[this.back++] = e;
    }
  }

  /** Before the first one for which `after` holds, else at the end. */
  insert(e: End, after: (other: End) => boolean): void {
    if (this.first !== null && after(this.first)) {
      // It goes where the second begins, before all others.
      this.#put(this.front, this.first);
      this.first = e;
      return;
    }
    for (let i = this.front; i < this.back; i++) {
      const other = this.items[i]!;
      if (other !== null && after(other)) return this.#put(i, e);
    }
    this.push(e);
  }

  /** At a place of the array, before what lies there. */
  #put(place: number, e: End): void {
    if (this.items === NONE) this.items = [];
    this.items[this.back] = null;
    this.items.copyWithin(place + 1, place, this.back++);
    this.items[place] = e;
  }

  get empty(): boolean {
    return this.first === null;
  }

  /** Nothing happens if it is not there. */
  remove(e: End): void {
    if (this.first !== e) {
      const at = this.items.indexOf(e, this.front);
      if (at < 0 || at >= this.back) return;
      this.items[at] = null;
      if (at === this.front) this.#skip();
      return;
    }
    if (this.front === this.back) {
      this.first = null;
      return;
    }
    this.first = this.items[this.front]!;
    this.items[this.front++] = null;
    this.#skip();
  }

  /** All of them, in order; none are left. */
  drain(): End[] {
    const all = [...this];
    this.first = null;
    this.items = NONE;
    this.front = this.back = 0;
    return all;
  }

  /** Makes `front` the first that is there. */
  #skip(): void {
    while (this.front < this.back && this.items[this.front] === null) this.front++;
    if (this.front === this.back) {
      this.front = this.back = 0;
      if (this.items.length > LONG) this.items = NONE;
    } else if (this.front > 32 && this.front * 2 > this.back) this.#close();
  }

  /** Moves the rest to the beginning once more than half is behind. */
  #close(): void {
    this.items = this.items.slice(this.front, this.back);
    this.back -= this.front;
    this.front = 0;
  }

  *[Symbol.iterator](): Generator<End> {
    if (this.first !== null) yield this.first;
    for (let i = this.front; i < this.back; i++) {
      const e = this.items[i]!;
      if (e !== null) yield e;
    }
  }
}
