/** A few thousand of the mutated guest programs of `tests/fuzz/guests.ts`, on every run. */
import { expect, it } from 'vitest';
import { fuzzGuests } from '../fuzz/guests.js';

it.each([1, 2, 3])('malformed guest programs give one line of error, seed %d', (seed) => {
  const { failures, slowest } = fuzzGuests(2000, seed);
  expect(failures).toEqual([]);
  expect(slowest).toBeLessThan(2000);
});
