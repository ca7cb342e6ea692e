/**
 * Decides whether a system of communicating automata is safe: no role ever waits in vain, no message stays unread for ever
 * but for endless loops and outside events, which are named. Each connected component is tried at bounds 1, 2, .. until a
 * graph of bounded configurations is shown to speak for the unbounded system, or something stuck is reached.
 * Invariant: `safe` only with a checked argument, `rejected` only with a real schedule; everything else is `unknown`.
 */
import { components } from './components.js';
import { CoverageCheck } from './coverage.js';
import type { Ended, Limits } from './graph.js';
import { Graph } from './graph.js';
import { halfDuplex } from './half-duplex.js';
import type { Machine } from './machine.js';
import { GENERAL, tabulate } from './machine.js';
import { growingLoop } from './growth.js';
import { starvation } from './starvation.js';
import { rejectionAt } from './rejection.js';
import { isPlainlyStuck, isStuck } from './stuck.js';
import { Steps, UNBOUNDED } from './steps.js';
import type { System } from './system.js';
import { problemsOf } from './system.js';
import { combine } from './combine.js';
import type { Verdict } from './verdict.js';

export interface Options {
  /** Largest bound on a queue to try; default 16. */
  readonly maxBound?: number;
  /** Seconds for the whole system; default 10. */
  readonly timeout?: number;
  /** Configurations held at once; default 1,000,000. */
  readonly maxStates?: number;
}

/** Configurations spent on looking for a shorter schedule than the one found, or for any while no bound suffices. */
const HUNT = 20_000;
/** Configurations a bound may cost before the next one is tried; more are spent once all bounds had a try. */
const FIRST_TRY = 50_000;

interface Search {
  readonly machine: Machine;
  readonly limits: Limits;
  states: number;
}

const rejection = (search: Search, graph: Graph, shortest: boolean): Verdict => ({
  ...rejectionAt(graph, graph.stuckAt),
  shortest,
  states: search.states,
});

/** Breadth-first through the whole space: the first configuration that is plainly stuck is a nearest one. */
const hunt = (search: Search, bound: number, states: number, goal = isPlainlyStuck): { graph: Graph; ended: Ended } => {
  const graph = new Graph(new Steps(search.machine), bound, true, goal);
  const ended = graph.explore({ deadline: search.limits.deadline, states: Math.min(states, search.limits.states) });
  search.states += graph.count;
  return { graph, ended };
};

/** Something stuck was found; shows it by the plainest and shortest schedule that can be had. */
const reject = (search: Search, found: Graph): Verdict => {
  const near = hunt(search, UNBOUNDED, HUNT * 5);
  if (near.ended === 'stuck') return rejection(search, near.graph, true);
  const bounded = hunt(search, found.bound, HUNT * 5);
  if (bounded.ended === 'stuck') return rejection(search, bounded.graph, false);
  const future = hunt(search, UNBOUNDED, HUNT * 5, isStuck);
  return rejection(search, future.ended === 'stuck' ? future.graph : found, near.ended === 'complete');
};

const decideComponent = (system: System, maxBound: number, limits: Limits): Verdict => {
  const search: Search = { machine: tabulate(system), limits, states: 0 };
  let why = 'no bound was tried';
  let tried = 0;
  let late: number[] = [];
  const attempt = (bound: number, states: number, whole: boolean): Verdict | undefined => {
    const graph = new Graph(new Steps(search.machine), bound, whole);
    const result = new CoverageCheck(graph).run({ deadline: limits.deadline, states: Math.min(states, limits.states) });
    search.states += graph.count;
    if (result.answer === 'stuck') return reject(search, graph);
    if (result.answer === 'covered') {
      const argument = !result.heldBack && graph.isComplete() ? 'exhausted' : 'exhaustive';
      return { verdict: 'safe', bound, argument, ...starvation(graph), states: search.states, milliseconds: 0 };
    }
    if (whole) return undefined;
    if (result.answer !== 'blocked') {
      late.push(bound);
      why = `the configurations with at most ${String(bound)} messages in a queue were too many`;
    } else {
      tried = bound;
      const { name } = system.roles[result.role]!;
      const to = system.roles[search.machine.channels[result.channel]!.to]!.name;
      why = `with at most ${String(bound)} messages in a queue, ${name} may never be able to send to ${to}`;
    }
    return undefined;
  };
  const general = search.machine.shape.includes(GENERAL);
  for (let bound = 1; bound <= maxBound && performance.now() < limits.deadline; bound++) {
    const verdict = attempt(bound, FIRST_TRY, false) ?? (general ? attempt(bound, HUNT, true) : undefined);
    if (verdict !== undefined) return verdict;
    if (bound === 1) {
      const exact = halfDuplex(search.machine, limits);
      if (exact !== undefined) return { ...exact, states: exact.states + search.states };
    }
    if (bound === 2 || bound === maxBound) {
      const near = hunt(search, UNBOUNDED, bound === maxBound ? HUNT * 5 : HUNT);
      if (near.ended === 'stuck') return rejection(search, near.graph, true);
    }
  }
  for (const again = late; again.length > 0 && performance.now() < limits.deadline;) {
    late = [];
    const verdict = attempt(again.shift()!, limits.states, false);
    if (verdict !== undefined) return verdict;
  }
  for (let bound = 1; bound <= maxBound && performance.now() < limits.deadline; bound *= 2) {
    const { graph, ended } = hunt(search, bound, HUNT * 5, isStuck);
    if (ended === 'stuck') return reject(search, graph);
  }
  if (performance.now() >= limits.deadline) why = `time ran out: ${why}`;
  return {
    verdict: 'unknown',
    reason: why,
    bound: tried,
    ...growingLoop(search.machine),
    states: search.states,
    milliseconds: 0,
  };
};

/**
 * The verdict on a system. Ill-formed systems (`problemsOf`) are `unknown`. Steps, roles and edges in the answer are those
 * of `system`; nothing is thrown.
 */
export const decide = (system: System, options: Options = {}): Verdict => {
  const started = performance.now();
  const problems = problemsOf(system);
  if (problems.length > 0) {
    return { verdict: 'unknown', reason: problems[0]!, bound: 0, prefix: [], loop: [], states: 0, milliseconds: 0 };
  }
  const maxBound = options.maxBound ?? 16;
  const limits = { deadline: started + (options.timeout ?? 10) * 1000, states: options.maxStates ?? 1_000_000 };
  const parts = components(system);
  const verdicts: Verdict[] = [];
  for (const part of parts) {
    const verdict = decideComponent(part.system, maxBound, limits);
    verdicts.push(verdict);
    if (verdict.verdict === 'rejected') break;
  }
  return { ...combine(system, parts, verdicts), milliseconds: performance.now() - started };
};
