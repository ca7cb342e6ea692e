/**
 * The argument about queues that grow, against the bounded ones and a naive explorer: on random systems, which mostly have a
 * bound, it may say less than they do, never something else; and on systems that were made so that it must not say `safe`.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../compiler/protocol/decide/decide.js';
import { tabulate } from '../../compiler/protocol/decide/machine.js';
import type { Edge, EdgeKind, Role, System } from '../../compiler/protocol/decide/system.js';
import { safeWhateverIsQueued } from '../../compiler/protocol/decide/unbounded.js';
import type { Verdict } from '../../compiler/protocol/decide/verdict.js';
import { enumerate, judge, plainlyStuck } from '../support/brute-force.js';
import { interleavedSystems } from '../support/random-interleavings.js';
import { lossySystems, outsideSystems, systems } from '../support/random-systems.js';

const SEED = Number(process.env['QUARTZ_SEED'] ?? 20262);
const RUNS = Number(process.env['QUARTZ_RUNS'] ?? 100);
const PATIENCE = 300_000;
/** Configurations that are looked at one by one. */
const MOST = 400;

/** A loop that is only shown. */
const argued = (system: System): Verdict | undefined => safeWhateverIsQueued(tabulate(system), []);

const agrees = (system: System, tally: Record<string, number>): void => {
  const found = argued(system);
  if (found?.verdict !== 'safe') return;
  const bounded = decide(system, { maxBound: 4, maxStates: 5000 });
  const what = bounded.verdict === 'safe' ? bounded.argument : bounded.verdict;
  tally[what] = (tally[what] ?? 0) + 1;
  expect(bounded.verdict).not.toBe('rejected');
  if (bounded.verdict === 'safe') {
    if (found.dependsOn.length === 0) expect(bounded.dependsOn).toEqual([]);
    const waits = (v: Extract<Verdict, { verdict: 'safe' }>): string[] =>
      v.dependsOutside.map((d) => `${d.role} ${d.state}`);
    expect(waits(found)).toEqual(expect.arrayContaining(waits(bounded)));
  }
  const space = enumerate(system, MOST);
  expect(space.configs.some((c) => plainlyStuck(system, c))).toBe(false);
  if (!space.complete) return;
  const { everybodyGoesOn, somebodyStuck } = judge(system, space);
  expect(somebodyStuck).toBe(false);
  if (found.dependsOn.length + found.dependsOutside.length === 0) expect(everybodyGoesOn).toBe(true);
};

describe('what is said of queues of any length agrees with what is said of short ones', () => {
  it.each([
    ['silent steps and several partners', systems],
    ['dropped links', lossySystems],
    ['outside events', outsideSystems],
    ['roles that interleave', interleavedSystems],
  ] as const)(
    'on systems with %s',
    (_name, any) => {
      const tally: Record<string, number> = {};
      fc.assert(
        fc.property(any, (s) => agrees(s, tally)),
        { seed: SEED, numRuns: RUNS },
      );
      expect((tally['exhausted'] ?? 0) + (tally['exhaustive'] ?? 0)).toBeGreaterThan(5);
    },
    PATIENCE,
  );
});

type Written = readonly [from: number, kind: EdgeKind, partner: number, label: string, to: number];
const role = (name: string, ...edges: readonly Written[]): Role => ({
  name,
  init: 0,
  states: 1 + Math.max(...edges.flatMap(([from, , , , to]) => [from, to])),
  edges: edges.map(([from, kind, partner, label, to]): Edge => ({ from, kind, partner, label, to })),
});
const system = (...roles: Role[]): System => ({ name: 'pushes', roles });

/** Ticks as often as it likes, and is paused by the reader; `more` of each. */
const ticker = (...more: readonly Written[]): Role =>
  role(
    'Ticker',
    ...([
      [0, 'receive', 1, 'Pause', 1],
      [1, 'receive', 1, 'Resume', 0],
      [0, 'silent', -1, '', 2],
      [2, 'send', 1, 'Tick', 0],
    ] as const),
    ...more,
  );
const reader = role('Reader', [0, 'receive', 0, 'Tick', 1], [1, 'send', 0, 'Pause', 2], [2, 'send', 0, 'Resume', 0]);

describe('a ticker that is not asked', () => {
  it('is safe', () => {
    const verdict = decide(system(ticker(), reader));
    expect(verdict).toMatchObject({
      verdict: 'safe',
      argument: 'regular',
      bound: 0,
      dependsOn: [],
      dependsOutside: [],
    });
  });

  it('is refused if the reader says what is not taken there, however late', () => {
    const slow = role(
      'Reader',
      ...Array.from({ length: 5 }, (_, i): Written[] => [
        [3 * i, 'receive', 0, 'Tick', 3 * i + 1],
        [3 * i + 1, 'send', 0, 'Pause', 3 * i + 2],
        [3 * i + 2, 'send', 0, i === 4 ? 'Pause' : 'Resume', i === 4 ? 0 : 3 * i + 3],
      ]).flat(),
    );
    expect(argued(system(ticker(), slow))).toBeUndefined();
    expect(decide(system(ticker(), slow)).verdict).toBe('rejected');
  });

  it('keeps those waiting who hear nothing of it', () => {
    // The reader never says Stop.
    const stoppable = ticker([0, 'receive', 1, 'Stop', 3], [3, 'send', 2, 'Over', 4]);
    const friend = role('Friend', [0, 'receive', 0, 'Over', 1]);
    const verdict = decide(system(stoppable, reader, friend));
    expect(verdict).toMatchObject({ verdict: 'safe', dependsOn: [{ role: 2, state: 0 }], dependsOutside: [] });
  });

  it('may never read again, though it could if it were told to', () => {
    // In its state 3 it only sends, unless it gets what nobody sends; then it would take what lies there.
    const deaf = ticker([0, 'silent', -1, '', 3], [3, 'send', 1, 'Tick', 3], [3, 'receive', 1, 'Wake', 0]);
    const verdict = decide(system(deaf, reader));
    expect(verdict).toMatchObject({ verdict: 'safe', dependsOn: [{ role: 0, unreadFrom: 1 }] });
  });

  it('depends on the outside where only that wakes it', () => {
    const asleep = ticker([0, 'silent', -1, '', 3], [3, 'outside', -1, 'a key', 0]);
    const verdict = decide(system(asleep, reader));
    expect(verdict).toMatchObject({ verdict: 'safe', dependsOutside: [{ role: 0, state: 3 }] });
  });

  it('is not judged where what must be counted keeps it from getting stuck', () => {
    // Two Ticks for each Tock: enough, but that is told by no description of one queue alone.
    const left = role(
      'Left',
      [0, 'send', 1, 'Tick', 1],
      [1, 'receive', 1, 'Tock', 2],
      [2, 'send', 1, 'Tick', 3],
      [3, 'send', 1, 'Tick', 1],
    );
    const right = role('Right', [0, 'send', 0, 'Tock', 1], [1, 'receive', 0, 'Tick', 0]);
    expect(decide(system(left, right))).toMatchObject({ verdict: 'unknown', cause: 'growth' });
  });
});
