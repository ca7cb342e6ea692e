/**
 * Decides whether a system of communicating automata is safe: no role ever waits in vain, no message stays unread for ever
 * but for endless loops and outside events, which are named. Connected components are decided apart and take turns, the
 * cheapest first: all get a try at a small bound, and a look for something stuck near by, before any gets a larger one.
 * Invariant: `safe` only with a checked argument, `rejected` only with a real schedule; everything else is `unknown`. The
 * answer depends on the system and the options alone: what is spent is counted in configurations, never in time, unless a
 * timeout was asked for.
 */
import { combine } from './combine.js';
import { components } from './components.js';
import { searchComponent, type Limits, type Search } from './bounds.js';
import type { System } from './system.js';
import { problemsOf } from './system.js';
import type { Verdict } from './verdict.js';

export interface Options {
  /** Largest bound on a queue to answer `safe` with. Absent: 16, and more where no queue grows without end. */
  readonly maxBound?: number;
  /** Seconds for the whole system, after which it is `unknown`; absent: none, so that the answer is always the same. */
  readonly timeout?: number;
  /** Configurations held at once; default 1,000,000. */
  readonly maxStates?: number;
}

const MAX_STATES = 1_000_000;

/** Milliseconds spent on each system: no part of the verdict, which is the same each time. */
const spent = new WeakMap<System, number>();
export const millisecondsFor = (system: System): number => spent.get(system) ?? 0;
export const noteMilliseconds = (system: System, milliseconds: number): void =>
  void spent.set(system, millisecondsFor(system) + milliseconds);

/**
 * The verdict on a system. Ill-formed systems (`problemsOf`) are `unknown`. Steps, roles and edges in the answer are those
 * of `system`; nothing is thrown.
 */
export const decide = (system: System, options: Options = {}): Verdict => {
  const problems = problemsOf(system);
  if (problems.length > 0)
    return { verdict: 'unknown', reason: problems[0]!, cause: 'malformed', bound: 0, prefix: [], loop: [], states: 0 };
  const started = performance.now();
  const verdict = decideParts(system, {
    ...(options.timeout !== undefined && { deadline: started + options.timeout * 1000 }),
    ...(options.maxBound !== undefined && { maxBound: options.maxBound }),
    states: options.maxStates ?? MAX_STATES,
  });
  noteMilliseconds(system, performance.now() - started);
  return verdict;
};

const decideParts = (system: System, limits: Limits): Verdict => {
  const parts = components(system);
  const size = (i: number): number => parts[i]!.system.roles.reduce((sum, r) => sum + r.edges.length, 0);
  const order = parts.map((_, i) => i).sort((a, b) => size(a) - size(b) || a - b);
  const searches = parts.map((part): Search => searchComponent(part.system, limits));
  const verdicts = new Map<number, Verdict>();
  while (verdicts.size < parts.length) {
    for (const i of order) {
      if (verdicts.has(i)) continue;
      const verdict = searches[i]!.turn();
      if (verdict === undefined) continue;
      verdicts.set(i, verdict);
      if (verdict.verdict === 'rejected') break;
    }
    if ([...verdicts.values()].some((v) => v.verdict === 'rejected')) break;
  }
  const states = searches.reduce((sum, s) => sum + s.states, 0);
  const decided = [...verdicts].sort(([a], [b]) => a - b);
  return combine(
    system,
    decided.map(([i]) => parts[i]!),
    decided.map(([, v]) => v),
    states,
  );
};
