/**
 * A queue between events and programs that pull: what comes waits for a taker, or a taker for what comes.
 * Invariant: what came goes to one taker that still wants it, or to `refuse`: if too much waits, or nobody can take it any more.
 */
import { Pending } from '../../runtime/process/owned.js';

interface Taker<T> {
  readonly resolve: (item: T) => void;
  readonly reject: (error: Error) => void;
}

export class Waiting<T> {
  readonly #items = new Set<T>();
  readonly #takers = new Set<Taker<T>>();
  #closed = false;

  /** `reason` is what takers are told once the queue is closed; `most` may wait. */
  constructor(
    readonly reason: string,
    private readonly most: number,
    private readonly refuse: (item: T) => void,
  ) {}

  /** Is there room for one more that nobody waits for? */
  get isFull(): boolean {
    return this.#items.size >= this.most;
  }

  put(item: T): void {
    const [taker] = this.#takers;
    if (taker !== undefined) {
      this.#takers.delete(taker);
      taker.resolve(item);
    } else if (this.#closed || this.isFull) this.refuse(item);
    else this.#items.add(item);
  }

  /** Takes back what nobody has taken; gives whether it was there. */
  withdraw(item: T): boolean {
    return this.#items.delete(item);
  }

  take(): Pending {
    let taker: Taker<T> | undefined;
    const answer = new Promise<T>((resolve, reject) => {
      const [item] = this.#items;
      if (item !== undefined) {
        this.#items.delete(item);
        resolve(item);
      } else if (this.#closed) reject(new Error(this.reason));
      else this.#takers.add((taker = { resolve, reject }));
    });
    return new Pending(answer, () => {
      if (taker !== undefined && this.#takers.delete(taker)) taker.reject(new Error('nobody waits for it any more'));
    });
  }

  close(): void {
    this.#closed = true;
    const takers = [...this.#takers];
    this.#takers.clear();
    for (const taker of takers) taker.reject(new Error(this.reason));
    const items = [...this.#items];
    this.#items.clear();
    for (const item of items) this.refuse(item);
  }
}
