/**
 * The one source of choice in a run: which ready thread goes next.
 * Invariant: a strategy sees the ready threads in queue order and gives one of them; nothing else decides.
 */
import type { Thread } from '../process/thread.js';

export interface Strategy {
  pick(ready: readonly Thread[]): Thread;
}

/** One decision among several options; decisions with a single option are not logged. */
export interface Choice {
  readonly kind: 'thread';
  /** Addresses of the threads there were, in queue order. */
  readonly among: readonly number[];
  readonly taken: number;
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

/** Picks at random from a seed. */
export class Seeded implements Strategy {
  readonly #random: () => number;
  constructor(seed: number) {
    this.#random = generator(seed);
  }
  pick(ready: readonly Thread[]): Thread {
    return ready.length === 1 ? ready[0]! : ready[Math.floor(this.#random() * ready.length)]!;
  }
}

/** Logs what another strategy decides (queue order if none). */
export class Recording implements Strategy {
  readonly log: Choice[] = [];
  constructor(readonly inner: Strategy | null = null) {}
  pick(ready: readonly Thread[]): Thread {
    const taken = this.inner === null ? ready[0]! : this.inner.pick(ready);
    if (ready.length > 1) this.log.push({ kind: 'thread', among: ready.map((t) => t.id), taken: taken.id });
    return taken;
  }
}

/** Follows a log; where it ends or does not fit, goes on in queue order and says so in `diverged`. */
export class Replaying implements Strategy {
  #next = 0;
  diverged = false;
  constructor(readonly log: readonly Choice[]) {}
  pick(ready: readonly Thread[]): Thread {
    if (ready.length === 1) return ready[0]!;
    const choice = this.log[this.#next++];
    const found = choice === undefined ? undefined : ready.find((t) => t.id === choice.taken);
    if (choice !== undefined && found === undefined) this.diverged = true;
    return found ?? ready[0]!;
  }
}
