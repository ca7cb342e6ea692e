/** The engines against each other on random programs; `npx tsx tests/fuzz/differential.ts` does more of them. */
import { describe, expect, it } from 'vitest';
import { compare } from '../fuzz/differential.js';
import { randomSource } from '../support/random-sources.js';

const COUNT = Number(process.env['QUARTZ_FUZZ'] ?? 30);

describe('engines agree on random programs', () => {
  it.each(Array.from({ length: COUNT }, (_, i) => i))('seed %d', (seed) => {
    expect(compare(randomSource(seed), seed)).toBeUndefined();
  });
});
