/** The published systems with known verdicts (Lange & Yoshida, CAV 2019), where the file is present. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decide } from '../../compiler/protocol/decide/decide.js';
import { readSystems } from '../../compiler/protocol/decide/read.js';
import type { System } from '../../compiler/protocol/decide/system.js';
import { enumerate, judge } from '../support/brute-force.js';
import { refute } from '../support/simulator.js';
import { computing } from '../support/computing.js';

interface Given {
  readonly name: string;
  readonly verdict: 'OK' | 'BAD' | 'NONIBI' | 'NOTEXH';
  readonly k: number | null;
}

const file = fileURLToPath(new URL('../../../shared/verdicts/systems.json', import.meta.url));
const present = existsSync(file);
if (!present) console.warn('skipped: the published systems are not at ../shared/verdicts/systems.json');

describe.skipIf(!present)('published systems with known verdicts', () => {
  const json = present ? (JSON.parse(readFileSync(file, 'utf8')) as readonly Given[]) : [];
  const read = readSystems(json);
  const all = json.map((given, i): [string, Given, System] => [
    given.name,
    given,
    read.ok ? read.systems[i]! : { name: '', roles: [] },
  ]);

  it('are read without an error', () => {
    expect(read.ok ? [] : read.errors).toEqual([]);
    expect(json.length).toBeGreaterThan(0);
  });

  it.each(all)('%s', (_, given, system) => {
    const verdict = decide(system, { maxBound: given.k ?? 16 });
    if (verdict.verdict === 'rejected') expect(refute(system, verdict)).toBeUndefined();
    if (given.verdict === 'OK') {
      expect(verdict.verdict).toBe('safe');
      if (verdict.verdict === 'safe') expect([verdict.bound <= (given.k ?? 16), verdict.dependsOn]).toEqual([true, []]);
    }
    if (given.verdict === 'BAD') expect(verdict.verdict).toBe('rejected');
    const space = enumerate(system, 700);
    if (space.complete && verdict.verdict === 'safe') expect(judge(system, space).everybodyGoesOn).toBe(true);
    if (space.complete && verdict.verdict === 'rejected') expect(judge(system, space).everybodyGoesOn).toBe(false);
    if (given.verdict === 'NOTEXH' && verdict.verdict === 'unknown') expect(verdict.loop.length).toBeGreaterThan(0);
  });

  it('take less than 20 ms each in the median', () => {
    const times = all
      .map(([, given, system]) => {
        const took = computing();
        decide(system, { maxBound: given.k ?? 16 });
        return took();
      })
      .sort((a, b) => a - b);
    expect(times[times.length >> 1]).toBeLessThan(20);
  });
});
