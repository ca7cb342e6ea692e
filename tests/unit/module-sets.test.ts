/** A small run of `tests/fuzz/module-sets.ts`: programs of several modules, with lies about each other and about the host. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { formatVerifyError, verifyAll } from '../../runtime/verify/verify.js';
import { fuzzSets } from '../fuzz/module-sets.js';
import { moduleSets } from '../support/module-sets.js';

it('the programs to start from are accepted', () => {
  for (const set of moduleSets()) {
    const judged = verifyAll(set, 'none');
    expect(isLeft(judged) ? formatVerifyError(judged.left.error) : 'accepted').toBe('accepted');
  }
});

it('300 mutated programs of several modules', () => {
  const tally = fuzzSets(300, 11, 20_000);
  expect(tally.undecodable + tally.refused + tally.unloadable + tally.accepted).toBe(300);
  // The mutations reach past the first checks, and some leave a program that can be run.
  expect(tally.refused).toBeGreaterThan(100);
  expect(tally.changed).toBeGreaterThan(10);
  expect(tally.instructions).toBeGreaterThan(1000);
});
