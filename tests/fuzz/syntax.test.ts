/** A small part of the search of `syntax.ts`, and programs on which the compiler once failed. */
import { describe, expect, it } from 'vitest';
import { fuzz } from './syntax.js';

describe('the front end', () => {
  it('answers whatever it is given', () => {
    const { tally, crashes } = fuzz(250, 20);
    expect(crashes.map((c) => `${c.text}\n--- ${String(c.error)}`)).toEqual([]);
    // The mutants reach every pass: were all unreadable, this would test the parser alone.
    expect(tally.unreadable).toBeGreaterThan(50);
    expect(tally.rejected).toBeGreaterThan(15);
    expect(tally.accepted).toBeGreaterThan(15);
  });
});
