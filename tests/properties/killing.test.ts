/**
 * Each thread of the protocol programs killed at some of its steps (`tests/fuzz/killing.ts` tries all): its peers learn it
 * once, after what it sent, and where everything is proved nobody waits for ever.
 */
import { describe, expect, it } from 'vitest';
import { killAll } from '../fuzz/killing.js';

describe('a thread that is killed', () => {
  const killed = killAll('examples/protocols', 12);

  it('is one of at least twenty protocols', () => {
    expect(killed.filter((k) => k.proved).length).toBeGreaterThanOrEqual(20);
    expect(killed.reduce((n, k) => n + k.kills, 0)).toBeGreaterThan(1000);
  });

  it.each(killed)('$file', ({ wrong }) => expect(wrong).toEqual([]));
});
