/**
 * Runs a program one instruction at a time and follows every thread along the checker's automata: what is wrong with the run
 * comes back as a sentence.
 * Invariant: the same program and seed give the same run, unless it waits for the world outside.
 */
import type { Built } from '../../compiler/modules/build.js';
import type { Protocols } from '../../compiler/protocol/check.js';
import type { Thread } from '../../runtime/process/thread.js';
import { placeOf } from '../../runtime/scheduler/steering.js';
import { generator } from '../../runtime/scheduler/strategy.js';
import type { Vm } from '../../runtime/vm.js';
import { Observed } from './observed.js';
import { Known, Paths } from './paths.js';

export interface Followed {
  /** The first deed that no automaton allows, if there is one. */
  readonly wrong: string | undefined;
  /** The first message to a service that has ended. */
  readonly lost: string | undefined;
  /** Deeds that were on a path. */
  readonly deeds: number;
}

export interface HowFar {
  readonly seed?: number;
  /** Instructions after which it is enough. */
  readonly most?: number;
}

/** What the checker knows of the modules of a program, those out of a cache left out. */
export const knownOf = (built: Built): Known =>
  new Known(built.modules.flatMap(({ protocols }): Protocols[] => (protocols === undefined ? [] : [protocols])));

class Follower {
  readonly #paths: Paths;
  readonly #observed: Observed;
  readonly #random: () => number;
  /** How likely the turn stays with a thread: some seeds change it at each instruction, others seldom. */
  readonly #stays: number;
  #last: Thread | undefined;
  #left: number;

  constructor(
    readonly vm: Vm,
    known: Known,
    { seed = 0, most = 20_000 }: HowFar,
  ) {
    this.#paths = new Paths(known, placeOf);
    this.#observed = new Observed(vm.scheduler, this.#paths);
    this.#random = generator(seed);
    this.#stays = [0.9, 0, 0.5, 0.98][seed % 4]!;
    this.#left = most;
  }

  get over(): boolean {
    return this.#left <= 0 || this.#paths.wrong !== undefined || this.vm.scheduler.halted;
  }
  get followed(): Followed {
    return { wrong: this.#paths.wrong, lost: this.#paths.lost, deeds: this.#paths.followed };
  }

  /** Goes on until nothing is ready, through timers if time costs nothing. */
  run(): void {
    const { scheduler } = this.vm;
    while (!this.over) {
      scheduler.fireTimers();
      const ready = scheduler.readyThreads();
      if (ready.length === 0) {
        if (!scheduler.advance()) return;
        continue;
      }
      const last = this.#last !== undefined && this.#random() < this.#stays ? this.#last : undefined;
      const next = ready.find((t) => t === last) ?? ready[Math.floor(this.#random() * ready.length)]!;
      this.#last = next;
      this.#left--;
      this.#observed.step(next);
    }
  }
}

/** Follows all threads of a machine whose main thread was just started. */
export function follow(vm: Vm, known: Known, how: HowFar = {}): Followed {
  const follower = new Follower(vm, known, how);
  follower.run();
  return follower.followed;
}

/** The same for programs that wait for what is outside. */
export async function followOutside(vm: Vm, known: Known, how: HowFar = {}): Promise<Followed> {
  const follower = new Follower(vm, known, how);
  for (follower.run(); !follower.over && vm.scheduler.outstanding > 0; follower.run()) await vm.something();
  return follower.followed;
}
