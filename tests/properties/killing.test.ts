/**
 * Each thread of the protocol programs killed at each step, of long ones at some (`tests/fuzz/killing.ts` tries all): its
 * peers learn it once, after what it sent, and where everything is proved nobody waits for ever.
 */
import { describe, expect, it } from 'vitest';
import { killAll } from '../fuzz/killing.js';

describe('a thread that is killed', () => {
  const killed = killAll('examples/protocols', (length) => (length <= 300 ? length : 12));

  it('is each thread at each step of at least twenty protocols', () => {
    expect(killed.filter((k) => k.proved && k.whole).length).toBeGreaterThanOrEqual(20);
    expect(killed.reduce((n, k) => n + k.kills, 0)).toBeGreaterThan(14_000);
  });

  it.each(killed)('$file', ({ wrong }) => expect(wrong).toEqual([]));
});

describe('a thread that is killed while others run in another order', () => {
  it.each([1, 2, 3])('seed %i', (seed) => {
    const killed = killAll('examples/protocols', () => 8, seed);
    expect(killed.flatMap((k) => k.wrong.map((w) => `${k.file}: ${w}`))).toEqual([]);
  });
});
