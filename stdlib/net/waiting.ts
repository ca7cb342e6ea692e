/** A queue between events and programs that pull: what comes waits for a taker, or a taker for what comes. */
export class Waiting<T> {
  readonly #items: T[] = [];
  readonly #takers: { readonly resolve: (item: T) => void; readonly reject: (error: Error) => void }[] = [];
  #closed = false;

  /** `reason` is what takers are told once the queue is closed and empty. */
  constructor(readonly reason: string) {}

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker.resolve(item);
  }

  take(): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    if (this.#closed) return Promise.reject(new Error(this.reason));
    return new Promise((resolve, reject) => this.#takers.push({ resolve, reject }));
  }

  close(): void {
    this.#closed = true;
    for (const taker of this.#takers.splice(0)) taker.reject(new Error(this.reason));
  }
}
