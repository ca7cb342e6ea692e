/** The decision engine against a naive explorer on random small systems. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../compiler/protocol/decide/decide.js';
import type { System } from '../../compiler/protocol/decide/system.js';
import { enumerate, judge, longestQueue } from '../support/brute-force.js';
import { lossySystems, systems } from '../support/random-systems.js';
import { refute } from '../support/simulator.js';

const MOST = 400;

const agrees = (system: System, tally: Record<string, number>): void => {
  const verdict = decide(system, { maxBound: 5, maxStates: 20_000 });
  const space = enumerate(system, MOST);
  const count = (what: string): void => void (tally[what] = (tally[what] ?? 0) + 1);
  count(`${verdict.verdict}${space.complete ? '' : ', large space'}`);
  if (verdict.verdict === 'rejected') expect(refute(system, verdict)).toBeUndefined();
  if (!space.complete) {
    if (verdict.verdict === 'safe') expect(partlyRefuted(system)).toBe(false);
    return;
  }
  const { everybodyGoesOn, somebodyStuck } = judge(system, space);
  if (longestQueue(space) <= 5) expect(verdict.verdict).not.toBe('unknown');
  if (everybodyGoesOn) expect(verdict.verdict).not.toBe('rejected');
  if (somebodyStuck) expect(verdict.verdict).not.toBe('safe');
  if (verdict.verdict === 'safe') {
    expect(verdict.dependsOn.length === 0).toBe(everybodyGoesOn);
    if (verdict.dependsOn.length > 0) count('depends on a loop');
    count(verdict.argument);
  }
};

/** Whether some near configuration of a large space has a small future in which somebody is stuck. */
const partlyRefuted = (system: System): boolean =>
  enumerate(system, 150).configs.some((config) => {
    const future = enumerate(system, 60, config);
    return future.complete && judge(system, future).somebodyStuck;
  });

describe('decide agrees with brute force', () => {
  it('on systems with silent steps, mixed states and several partners', () => {
    const tally: Record<string, number> = {};
    fc.assert(
      fc.property(systems, (s) => agrees(s, tally)),
      { seed: 20261, numRuns: Number(process.env['QUARTZ_RUNS'] ?? 1500) },
    );
    expect(tally['safe']).toBeGreaterThan(100);
    expect(tally['rejected']).toBeGreaterThan(100);
    expect(tally['safe, large space']).toBeGreaterThan(10);
    if (process.env['QUARTZ_TALLY'] !== undefined) console.log(tally);
  });

  it('on systems that drop links and fail', () => {
    const tally: Record<string, number> = {};
    fc.assert(
      fc.property(lossySystems, (s) => agrees(s, tally)),
      { seed: 20262, numRuns: Number(process.env['QUARTZ_RUNS'] ?? 800) },
    );
    expect(tally['safe']).toBeGreaterThan(50);
    expect(tally['rejected']).toBeGreaterThan(50);
    if (process.env['QUARTZ_TALLY'] !== undefined) console.log(tally);
  });
});
