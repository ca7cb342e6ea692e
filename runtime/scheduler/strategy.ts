/**
 * The one source of choice in a run: which ready thread goes next, and for how long.
 * Invariant: a strategy sees the ready threads in queue order and gives one of them; nothing else decides.
 */
import type { Thread } from '../process/thread.js';

export interface Strategy {
  /** Most ready threads it wants to see, from the head of the queue; default all. */
  readonly sees?: number;
  pick(ready: readonly Thread[]): Thread;
  /** Reductions of the slice of the thread just picked; default as many as there may be. */
  fuel?(most: number): number;
  /** Some thread was given a priority. */
  prioritise?(): void;
}

/** Mulberry32: a small generator with a 32-bit state. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 4294967296;
  };
}

/** As `generator`, in whole numbers from 0 up to but not including what each call asks for. */
export function picker(seed: number): (below: number) => number {
  const random = generator(seed);
  return (below) => (random() * 4294967296) % below;
}

/** Picks at random from a seed, and lets a thread run for a random time, short ones as likely as long ones. */
export class Seeded implements Strategy {
  readonly #random: () => number;
  constructor(seed: number) {
    this.#random = generator(seed);
  }
  pick(ready: readonly Thread[]): Thread {
    return ready.length === 1 ? ready[0]! : ready[Math.floor(this.#random() * ready.length)]!;
  }
  fuel(most: number): number {
    return Math.ceil(most ** this.#random());
  }
}

const priorityOf = (t: Thread): number => (t.extra === null ? 0 : t.extra.priority);

/**
 * The thread of the highest priority among the first in the queue, in queue order among equals; every eighth slice goes to
 * the head of the queue whatever its priority, so that nobody starves.
 */
export class Prioritised implements Strategy {
  readonly sees = 64;
  #slices = 0;
  pick(ready: readonly Thread[]): Thread {
    let best = ready[0]!;
    if ((++this.#slices & 7) === 0) return best;
    for (const t of ready) if (priorityOf(t) > priorityOf(best)) best = t;
    return best;
  }
}
