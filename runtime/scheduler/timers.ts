/**
 * Timers as a binary heap ordered by time, then by number: two of one time fire in the order they were set.
 * Invariant: a cancelled timer never fires; cancelling costs nothing until the timer comes to the top.
 */
export interface Timer<T> {
  readonly at: number;
  readonly number: number;
  readonly item: T;
}

export class Timers<T> {
  readonly #heap: Timer<T>[] = [];
  readonly #cancelled = new Set<number>();
  #next = 1;

  get size(): number {
    return this.#heap.length;
  }

  /** Sets a timer; gives its number, which is never 0. */
  set(at: number, item: T): number {
    const number = this.#next++;
    this.#heap.push({ at, number, item });
    this.#up(this.#heap.length - 1);
    return number;
  }
  cancel(number: number): void {
    this.#cancelled.add(number);
    if (this.#cancelled.size > 64 && this.#cancelled.size > this.#heap.length / 2) this.#sweep();
  }
  /** All timers that are set, soonest first. */
  pending(): Timer<T>[] {
    return this.#heap.filter((t) => !this.#cancelled.has(t.number)).sort((a, b) => a.at - b.at || a.number - b.number);
  }

  /** The time of the next timer, or undefined. */
  nextAt(): number | undefined {
    this.#skip();
    return this.#heap[0]?.at;
  }
  /** Takes the next timer if it is due. */
  takeDue(now: number): Timer<T> | undefined {
    this.#skip();
    const first = this.#heap[0];
    if (first === undefined || first.at > now) return undefined;
    this.#removeFirst();
    return first;
  }

  #skip(): void {
    while (this.#heap.length > 0 && this.#cancelled.delete(this.#heap[0]!.number)) this.#removeFirst();
  }
  #sweep(): void {
    const kept = this.pending();
    this.#heap.length = 0;
    this.#heap.push(...kept);
    this.#cancelled.clear();
  }
  #removeFirst(): void {
    const last = this.#heap.pop()!;
    if (this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#down(0);
  }
  #less(i: number, j: number): boolean {
    const a = this.#heap[i]!;
    const b = this.#heap[j]!;
    return a.at < b.at || (a.at === b.at && a.number < b.number);
  }
  #swap(i: number, j: number): void {
    const x = this.#heap[i]!;
    this.#heap[i] = this.#heap[j]!;
    this.#heap[j] = x;
  }
  #up(from: number): void {
    for (let i = from; i > 0;) {
      const parent = (i - 1) >> 1;
      if (!this.#less(i, parent)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }
  #down(from: number): void {
    for (let i = from; ;) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < this.#heap.length && this.#less(child, least)) least = child;
      }
      if (least === i) return;
      this.#swap(i, least);
      i = least;
    }
  }
}
