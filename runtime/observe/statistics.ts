/**
 * Counts what a machine does: threads, messages, slices, reductions, compilation; instructions where they can be counted.
 * Invariant: the program does what it does uncounted; where nobody counts, nothing of this runs.
 */
import { tiers } from '../engine/driver.js';
import { R } from '../process/registers.js';
import type { Thread } from '../process/thread.js';
import type { Observer } from '../scheduler/scheduler.js';
import type { Vm } from '../vm.js';

export interface Statistics {
  readonly threads: {
    readonly started: number;
    readonly failed: number;
    readonly mostAtOnce: number;
    readonly left: number;
  };
  readonly messages: number;
  readonly slices: number;
  readonly reductions: number;
  /** Null where compiled code ran, which does not count them. */
  readonly instructions: number | null;
  /** Modules compiled to the host's code, and the milliseconds it took. */
  readonly compiled: { readonly modules: number; readonly milliseconds: number };
  /** Values on the heaps of the threads that are left, as last counted; null without a limit, which alone has them counted. */
  readonly heapValues: number | null;
}

/** More than any slice executes. */
const MANY = 2 ** 52;

export class Counting implements Observer {
  #messages = 0;
  #reductions = 0;
  #instructions = 0;
  #most = 0;
  #modules = 0;
  #milliseconds = 0;
  /** The thread of the slice that is not counted yet, and its reductions before. */
  #thread: Thread | null = null;
  #before = 0;
  readonly #heatUp = tiers.heatUp;

  /** `instructions`: count them; all code must be interpreted. `clock` gives milliseconds. */
  constructor(
    readonly vm: Vm,
    readonly instructions: boolean,
    clock: () => number,
  ) {
    const { events } = vm.scheduler;
    vm.events = {
      ...events,
      spawned: (t) => {
        events?.spawned?.(t);
        this.#most = Math.max(this.#most, vm.scheduler.live);
      },
    };
    tiers.heatUp = (instance): void => {
      const start = clock();
      this.#heatUp(instance);
      this.#milliseconds += clock() - start;
      this.#modules++;
    };
  }

  begin(thread: Thread): void {
    this.#count();
    this.#thread = thread;
    this.#before = thread.reductions;
    if (!this.instructions) return;
    R.counting = true;
    R.steps = MANY;
  }
  end(): void {
    if (!this.instructions) return;
    this.#instructions += MANY - R.steps;
    R.counting = false;
    R.steps = 0;
  }
  /** What a slice used is settled when the next begins: who waits for room in a mailbox gets the rest of it back. */
  #count(): void {
    if (this.#thread !== null) this.#reductions += this.#thread.reductions - this.#before;
    this.#thread = null;
  }
  sent(): void {
    this.#messages++;
  }

  /** Stops counting. */
  finish(): Statistics {
    tiers.heatUp = this.#heatUp;
    this.#count();
    const { counters, live, threadHeap, threads } = this.vm.scheduler;
    let heap = 0;
    for (const t of threads) heap += t.heap + t.allocated;
    return {
      threads: { started: counters.spawned, failed: counters.failed, mostAtOnce: this.#most, left: live },
      messages: this.#messages,
      slices: counters.slices,
      reductions: this.#reductions,
      instructions: this.instructions ? this.#instructions : null,
      compiled: { modules: this.#modules, milliseconds: this.#milliseconds },
      heapValues: threadHeap > 0 ? heap : null,
    };
  }
}
