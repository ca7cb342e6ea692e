/**
 * The threads of a VM that were started and have not ended. Their numbers follow each other, so they lie in blocks found by
 * number: a set would hash and rehash a million of them, and links through the threads would make each larger.
 * Invariant: a thread is there once, and its number is nobody else's in this VM; a block that is empty is given up.
 */
import type { Thread } from './thread.js';

/** Threads of a block: few enough that one long life keeps little, many enough that finding blocks costs little. */
const BITS = 6;
const MASK = (1 << BITS) - 1;

class Block {
  readonly threads = new Array<Thread | null>(MASK + 1).fill(null);
  size = 0;
  constructor(readonly number: number) {}
}

export class LiveThreads {
  readonly #blocks = new Map<number, Block>();
  /** How many there are. */
  size = 0;
  /** The block used last: threads begin and end near each other. */
  #last = new Block(-1);

  #blockOf(t: Thread): Block | undefined {
    const number = Math.floor(t.id / (MASK + 1));
    return this.#last.number === number ? this.#last : this.#blocks.get(number);
  }

  add(t: Thread): void {
    const block = this.#blockOf(t) ?? new Block(Math.floor(t.id / (MASK + 1)));
    const place = t.id & MASK;
    if (block.threads[place] !== null) return;
    block.threads[place] = t;
    this.size++;
    if (block.size++ === 0) this.#blocks.set(block.number, block);
    this.#last = block;
  }

  /** Nothing happens if it is not there. */
  delete(t: Thread): void {
    const block = this.#blockOf(t);
    const place = t.id & MASK;
    if (block === undefined || block.threads[place] !== t) return;
    block.threads[place] = null;
    this.size--;
    if (--block.size === 0) this.#blocks.delete(block.number);
    this.#last = block;
  }

  /** In the order of their numbers. */
  *[Symbol.iterator](): Generator<Thread> {
    const blocks = [...this.#blocks.values()].sort((a, b) => a.number - b.number);
    for (const { threads } of blocks) for (const t of threads) if (t !== null) yield t;
  }
}
