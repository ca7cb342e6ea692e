/**
 * The search for the verdict on one component, in turns: bounds 1, 2, .. until a graph of bounded configurations is shown to
 * speak for the unbounded system, or something stuck is reached.
 * Invariant: a bound that fails for its size is tried with a larger budget before any larger bound; no turn looks at the
 * clock, unless there is a deadline.
 */
import { CoverageCheck, type Coverage } from './coverage.js';
import type { Ended } from './graph.js';
import { Graph, isLate, type Limits as Budget } from './graph.js';
import { growingLoop, growthBefore, growthText, type Growth } from './growth.js';
import { halfDuplex } from './half-duplex.js';
import { tabulate } from './machine.js';
import { GENERAL, type Machine } from './tables.js';
import { rejectionAt } from './rejection.js';
import { starvation } from './starvation.js';
import { Steps, UNBOUNDED } from './steps.js';
import { isPlainlyStuck, isStuck } from './stuck.js';
import type { System } from './system.js';
import { safeWhateverIsQueued } from './unbounded.js';
import type { UnknownCause, Verdict } from './verdict.js';

export interface Limits extends Budget {
  /** The largest bound to answer `safe` with, if one was given. */
  readonly maxBound?: number;
}

export interface Search {
  /** Goes on for a while: the verdict, once there is one. */
  readonly turn: () => Verdict | undefined;
  /** Configurations explored so far. */
  readonly states: number;
}

/** The largest bound tried before it is asked whether some queue grows without end. */
const USUAL_BOUND = 16;
/** Configurations spent on looking for a shorter schedule than the one found, or for any while no bound suffices. */
const HUNT = 20_000;
/** The same in the first turn, at least, and for each configuration that bound 1 took. */
const SHORT_HUNT = 64;
/** Configurations a bound may cost at first. */
const FIRST_TRY = 50_000;
/** Numbers that all configurations held at once may consist of. */
const CELLS = 50_000_000;

export const searchComponent = (system: System, limits: Limits): Search => new ComponentSearch(system, limits);

class ComponentSearch implements Search {
  states = 0;
  private readonly machine: Machine;
  private readonly general: boolean;
  /** Configurations held at once, and how many more may be spent on bounds above the usual ones. */
  private readonly most: number;
  private readonly turns: Iterator<undefined, Verdict>;
  /** The last that was found about a bound that did not do. */
  private failed: { readonly result: Coverage; readonly graph: Graph; readonly check: CoverageCheck } | undefined;
  private readonly tooLarge: number[] = [];
  private tried = 0;
  /** What was found about growth among the nearest configurations, once that was asked. */
  private nearGrowth: readonly [Growth | undefined] | undefined;

  constructor(
    private readonly system: System,
    private readonly limits: Limits,
  ) {
    this.machine = tabulate(system);
    this.general = this.machine.shape.includes(GENERAL);
    const width = this.machine.roles + this.machine.channels.length;
    this.most = Math.min(limits.states, Math.ceil(CELLS / width));
    this.turns = this.steps();
  }

  turn(): Verdict | undefined {
    const next = this.turns.next();
    return next.done === true ? next.value : undefined;
  }

  private *steps(): Generator<undefined, Verdict> {
    const { limits } = this;
    const first = this.attempt(1, FIRST_TRY, false) ?? this.exact() ?? this.nearBy();
    if (first !== undefined) return first;
    const most = limits.maxBound ?? USUAL_BOUND;
    for (let bound = 1; bound <= most && !isLate(limits); bound++) {
      yield undefined;
      const verdict = this.atBound(bound, bound === most);
      if (verdict !== undefined) return verdict;
    }
    for (let bound = 1; bound <= most && !isLate(limits); bound *= 2) {
      yield undefined;
      const { graph, ended } = this.hunt(bound, HUNT * 5, isStuck);
      if (ended === 'stuck') return this.reject(graph);
    }
    yield undefined;
    return this.beyond(most);
  }

  /** The whole effort for one bound. The first one was tried in the first turn already. */
  private atBound(bound: number, last: boolean): Verdict | undefined {
    const verdict =
      (bound === 1 ? undefined : this.attempt(bound, FIRST_TRY, false)) ??
      (this.general ? this.attempt(bound, HUNT, true) : undefined) ??
      this.withMore(bound);
    if (verdict !== undefined) return verdict;
    if (bound !== 2 && !last) return undefined;
    const near = this.hunt(UNBOUNDED, last ? HUNT * 5 : HUNT);
    return near.ended === 'stuck' ? this.rejection(near.graph, true) : undefined;
  }

  /** A bound that failed for its size is gone on with as far as is allowed, once: a larger bound is hardly smaller. */
  private withMore(bound: number): Verdict | undefined {
    const { failed } = this;
    if (failed?.result.answer !== 'limit' || failed.graph.bound !== bound || this.tooLarge.length > 0) return undefined;
    const verdict = this.judged(failed.graph, failed.check, this.most);
    if (verdict === undefined && this.failed?.result.answer === 'limit') this.tooLarge.push(bound);
    return verdict;
  }

  private attempt(bound: number, states: number, whole: boolean): Verdict | undefined {
    const graph = new Graph(new Steps(this.machine), bound, whole);
    return this.judged(graph, new CoverageCheck(graph), states);
  }

  private judged(graph: Graph, check: CoverageCheck, states: number): Verdict | undefined {
    const { bound, whole } = graph;
    const before = graph.count;
    const result = check.run({ ...this.limits, states: Math.min(states, this.most) });
    this.states += graph.count - (before === 1 ? 0 : before);
    if (result.answer === 'stuck') return this.reject(graph);
    if (result.answer === 'covered') {
      const argument = !result.heldBack && graph.isComplete() ? 'exhausted' : 'exhaustive';
      return { verdict: 'safe', bound, argument, ...starvation(graph), states: this.states };
    }
    if (whole) return undefined;
    this.failed = { result, graph, check };
    if (result.answer === 'blocked') this.tried = bound;
    return undefined;
  }

  /** Arguments that need no bound. */
  private exact(): Verdict | undefined {
    const found = halfDuplex(this.machine, { ...this.limits, states: this.most });
    return found && { ...found, states: found.states + this.states };
  }

  /** A short look for something stuck, so that no component waits for the others' larger bounds. */
  private nearBy(): Verdict | undefined {
    const near = this.hunt(UNBOUNDED, Math.min(HUNT, SHORT_HUNT + this.states));
    return near.ended === 'stuck' ? this.rejection(near.graph, true) : undefined;
  }

  /** Breadth-first through the whole space: the first configuration that is plainly stuck is a nearest one. */
  private hunt(bound: number, states: number, goal = isPlainlyStuck): { graph: Graph; ended: Ended } {
    const graph = new Graph(new Steps(this.machine), bound, true, goal);
    const ended = graph.explore({ ...this.limits, states: Math.min(states, this.most) });
    this.states += graph.count;
    return { graph, ended };
  }

  /** Something stuck was found; shows it by the plainest and shortest schedule that can be had. */
  private reject(found: Graph): Verdict {
    const near = this.hunt(UNBOUNDED, HUNT * 5);
    if (near.ended === 'stuck') return this.rejection(near.graph, true);
    const bounded = this.hunt(found.bound, HUNT * 5);
    if (bounded.ended === 'stuck') return this.rejection(bounded.graph, false);
    const future = this.hunt(UNBOUNDED, HUNT * 5, isStuck);
    return this.rejection(future.ended === 'stuck' ? future.graph : found, near.ended === 'complete');
  }

  private rejection(graph: Graph, shortest: boolean): Verdict {
    return { ...rejectionAt(graph, graph.stuckAt), shortest, states: this.states };
  }

  /** No bound up to `most` did: because a queue grows without end, because more is needed, or because there is too much. */
  private beyond(most: number): Verdict {
    if (isLate(this.limits)) return this.unknown('time', 'time ran out');
    const growth = this.growth();
    if (growth !== undefined) return this.withoutBound(growth);
    if (this.tooLarge.length > 0) return this.tooMany(this.tooLarge[0]!);
    const start = this.states;
    let bound = most;
    while (this.states - start < this.most) {
      if (isLate(this.limits)) return this.unknown('time', 'time ran out');
      bound += bound < 64 ? 1 : bound >> 3;
      const verdict = this.attempt(bound, this.most - (this.states - start), false);
      if (verdict?.verdict === 'safe' && this.limits.maxBound !== undefined) return this.tooSmall(most, bound);
      if (verdict !== undefined) return verdict;
      const found = this.growth();
      if (found !== undefined) return this.withoutBound(found);
    }
    return this.tooMany(bound);
  }

  /** Where a queue grows without end: an argument about all lengths at once. */
  private withoutBound(growth: Growth): Verdict {
    const found = safeWhateverIsQueued(this.machine, growth.loop);
    if (found !== undefined) return { ...found, states: found.states + this.states };
    return this.unknown('growth', growthText(this.machine, growth), growth);
  }

  private growth(): Growth | undefined {
    const { failed } = this;
    this.nearGrowth ??= [growingLoop(this.machine)];
    if (this.nearGrowth[0] !== undefined) return this.nearGrowth[0];
    return failed?.result.answer === 'blocked' ? growthBefore(failed.graph, failed.result.at) : undefined;
  }

  private tooSmall(most: number, bound: number): Verdict {
    const few = most === 1 ? 'one message in a queue is not enough' : `${most} messages in a queue are not enough`;
    return this.unknown('bound', `${few}: ${bound} would do`, { prefix: [], loop: [], enough: bound });
  }

  private tooMany(bound: number): Verdict {
    const few = bound === 1 ? 'one message' : `${bound} messages`;
    return this.unknown('size', `there are too many configurations with at most ${few} in a queue to look at them all`);
  }

  private unknown(
    cause: UnknownCause,
    reason: string,
    more: Growth & { readonly enough?: number } = { prefix: [], loop: [] },
  ): Verdict {
    return { verdict: 'unknown', cause, reason, bound: this.tried, ...more, states: this.states };
  }
}
