/**
 * What a machine may use in all, and what it has used: the same for programs, connections, nodes and machines of an embedder.
 * Invariant: looked at between any two slices; a machine that goes beyond is halted and says why, and nothing else is touched. What
 * single threads may hold, and how much they may leave unread, are limits of theirs (`metering.ts`, `room.ts`).
 */
import type { LiveThreads } from '../process/live.js';
import { heldTogether } from './metering.js';
import type { Thread } from '../process/thread.js';

export interface Limits {
  /** Reductions. */
  readonly fuel?: number;
  /** Values that its threads hold together; no thread may hold more. */
  readonly values?: number;
  /** Bytes of output, a unit of text counted as one. */
  readonly bytes?: number;
  /** Threads that live at a time. */
  readonly threads?: number;
  /** Messages that a thread may leave unread before its senders have to wait. */
  readonly messages?: number;
  /** Milliseconds that its threads run. */
  readonly time?: number;
}

/** What a thread itself takes, in values. */
const PER_THREAD = 64;

export class Spending {
  fuel: number;
  /** What the machine has used up, which halted it. */
  exceeded: string | null = null;
  #bytes = 0;
  #time = 0;
  #looks = 0;
  /** What threads seemed to hold when all of it was counted together last, and the reductions used since. */
  #counted = -Infinity;
  #since = 0;
  #begun = 0;

  constructor(readonly limits: Limits) {
    this.fuel = limits.fuel ?? Number.POSITIVE_INFINITY;
  }

  /** From now on there is no more than this. */
  leave(fuel: number): void {
    this.fuel = Math.min(this.fuel, fuel);
  }
  wrote(units: number): void {
    this.#bytes += units;
  }
  /** A slice begins; the fuel it may have. */
  begin(most: number): number {
    if (this.limits.time !== undefined) this.#begun = performance.now();
    return Math.max(1, Math.min(most, this.fuel));
  }
  /** A slice is over: has the machine used up something? */
  end(used: number, threads: LiveThreads): boolean {
    this.exceeded ??= this.#over(used, threads) ?? null;
    return this.exceeded !== null;
  }

  #over(used: number, threads: LiveThreads): string | undefined {
    const { values, bytes = Infinity, threads: most = Infinity, time } = this.limits;
    this.fuel -= used;
    this.#since += used;
    if (time !== undefined) this.#time += performance.now() - this.#begun;
    if (this.fuel <= 0) return 'used up its fuel';
    if (this.#bytes > bytes) return 'wrote more than it may';
    if (threads.size > most) return 'has more threads than it may';
    if (time !== undefined && this.#time > time) return 'used up its time';
    if (values !== undefined && (++this.#looks & 15) === 0 && this.#holdTooMuch(threads, values))
      return 'used up its memory';
    return undefined;
  }

  /**
   * Each thread alone may seem to hold what many share, and what it has given up since: before a machine is halted, everything is
   * counted together. That is done again when what they seem to hold has grown by a quarter of the limit, or as much work was done.
   */
  #holdTooMuch(threads: LiveThreads, values: number): boolean {
    const seems = held(threads);
    if (seems <= values) {
      this.#counted = -Infinity;
      return false;
    }
    if (seems - this.#counted < values / 4 && this.#since < values / 4) return false;
    this.#counted = seems;
    this.#since = 0;
    const rest = values - PER_THREAD * threads.size;
    return rest < 0 || heldTogether(threads, rest) > rest;
  }
}

function held(threads: Iterable<Thread>): number {
  let n = 0;
  for (const t of threads) n += PER_THREAD + t.heap + t.allocated;
  return n;
}
