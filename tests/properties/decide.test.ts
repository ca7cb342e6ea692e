/** The decision engine against a naive explorer on random small systems. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../compiler/protocol/decide/decide.js';
import { tabulate } from '../../compiler/protocol/decide/machine.js';
import type { System } from '../../compiler/protocol/decide/system.js';
import { type Space, enumerate, judge, longestQueue, plainlyStuck } from '../support/brute-force.js';
import { interleavedSystems } from '../support/random-interleavings.js';
import { lossySystems, outsideSystems, systems } from '../support/random-systems.js';
import { refute } from '../support/simulator.js';

const MOST = 300;
/** Configurations in which a system must not be stuck already to be of interest. */
const NEAR = 12;
/** Configurations of a larger space that are looked at one by one. */
const FAR = 1000;

/** Other seeds, more runs and the numbers of each verdict: QUARTZ_SEED, QUARTZ_RUNS, QUARTZ_TALLY. */
const SEED = Number(process.env['QUARTZ_SEED'] ?? 20261);

/** Whether somebody waits where nothing but outside events can happen. */
const waitsOutside = (system: System, space: Space): boolean =>
  space.configs.some(
    (config, c) =>
      space.arcs[c]!.every((a) => a.move.edge.kind === 'outside') &&
      config.states.some((state, p) => system.roles[p]!.edges.some((e) => e.from === state)),
  );

const agrees = (system: System, tally: Record<string, number>): void => {
  const count = (what: string): void => void (tally[what] = (tally[what] ?? 0) + 1);
  // Most random systems are stuck at once; a few of those are enough.
  if (enumerate(system, NEAR).configs.some((c) => plainlyStuck(system, c))) {
    count('stuck at once');
    if (tally['stuck at once']! % 8 !== 0) return;
  }
  const verdict = decide(system, { maxBound: 5, maxStates: 20_000 });
  count(verdict.verdict);
  if (verdict.verdict === 'rejected') {
    expect(refute(system, verdict)).toBeUndefined();
    return;
  }
  const space = enumerate(system, MOST);
  if (!space.complete) {
    count(`${verdict.verdict}, large space`);
    if (verdict.verdict === 'safe')
      expect(enumerate(system, FAR).configs.some((c) => plainlyStuck(system, c))).toBe(false);
    return;
  }
  const { everybodyGoesOn, somebodyStuck } = judge(system, space);
  expect(somebodyStuck && verdict.verdict === 'safe').toBe(false);
  if (longestQueue(space) <= 5) expect(verdict.verdict).not.toBe('unknown');
  if (verdict.verdict === 'safe') {
    const outside = system.roles.some((r) => r.edges.some((e) => e.kind === 'outside'));
    // A loop that only outside events lead out of starves others too.
    if (!outside) expect(verdict.dependsOn.length === 0).toBe(everybodyGoesOn);
    else if (!everybodyGoesOn) expect(verdict.dependsOn.length + verdict.dependsOutside.length).toBeGreaterThan(0);
    if (waitsOutside(system, space)) {
      count('waits outside');
      expect(verdict.dependsOutside.length).toBeGreaterThan(0);
    }
    if (verdict.dependsOn.length > 0) count('depends on a loop');
    count(verdict.argument);
  }
};

describe('decide agrees with brute force', () => {
  it('on systems with silent steps, mixed states and several partners', () => {
    const tally: Record<string, number> = {};
    fc.assert(
      fc.property(systems, (s) => agrees(s, tally)),
      { seed: SEED, numRuns: Number(process.env['QUARTZ_RUNS'] ?? 1200) },
    );
    expect(tally['safe']).toBeGreaterThan(100);
    expect(tally['rejected']).toBeGreaterThan(100);
    expect(tally['safe, large space']).toBeGreaterThan(30);
    if (process.env['QUARTZ_TALLY'] !== undefined) console.log(tally);
  });

  it('on roles that interleave what they do with each partner, and near misses', () => {
    const tally: Record<string, number> = {};
    fc.assert(
      fc.property(interleavedSystems, (s) => {
        const splits = tabulate(s).agents.splitting.length > 0;
        agrees(s, tally);
        if (splits) tally['splits'] = (tally['splits'] ?? 0) + 1;
      }),
      { seed: SEED, numRuns: Number(process.env['QUARTZ_RUNS'] ?? 250) },
    );
    expect(tally['safe']).toBeGreaterThan(30);
    expect(tally['rejected']).toBeGreaterThan(30);
    expect(tally['splits']).toBeGreaterThan(60);
    if (process.env['QUARTZ_TALLY'] !== undefined) console.log(tally);
  });

  it('on systems that drop links and fail', () => {
    const tally: Record<string, number> = {};
    fc.assert(
      fc.property(lossySystems, (s) => agrees(s, tally)),
      { seed: SEED, numRuns: Number(process.env['QUARTZ_RUNS'] ?? 600) },
    );
    expect(tally['safe']).toBeGreaterThan(30);
    expect(tally['rejected']).toBeGreaterThan(30);
    if (process.env['QUARTZ_TALLY'] !== undefined) console.log(tally);
  });

  it('on systems with outside events', () => {
    const tally: Record<string, number> = {};
    fc.assert(
      fc.property(outsideSystems, (s) => agrees(s, tally)),
      { seed: SEED, numRuns: Number(process.env['QUARTZ_RUNS'] ?? 600) },
    );
    expect(tally['safe']).toBeGreaterThan(30);
    expect(tally['rejected']).toBeGreaterThan(30);
    expect(tally['waits outside']).toBeGreaterThan(10);
    if (process.env['QUARTZ_TALLY'] !== undefined) console.log(tally);
  });
});
