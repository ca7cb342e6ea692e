/**
 * What the compiler makes of a program that is four times as long is about four times as much: bytes of the image, states of automata and of
 * compositions, ends held in states. Counted, and never timed, so that a busy machine changes nothing (bench/compile.ts measures times).
 * Invariant: a family that grows faster is named here with how fast, and no other does.
 */
import { describe, expect, it } from 'vitest';
import { encode, sealed } from '../../runtime/bytecode/encode.js';
import { compileOne } from '../support/compile.js';
import { LONG } from '../support/large-programs.js';

interface Work {
  readonly bytes: number;
  readonly states: number;
  readonly held: number;
  readonly systems: number;
}

/** Families of which something grows as the square, and why. */
const SQUARES: Readonly<Record<string, string>> = {
  'closures of closures': 'each closure has the types of all inside of it; refused soon (Q0016)',
  'sessions, each goes on as the next': 'each session has a protocol of its own, with all that it goes on as (Q0322)',
  'sessions, each goes on as the last': 'the same',
  'sessions in a ring': 'the same',
  'helpers, each calls the next': 'each function is written out in the one before (Q0323)',
  'helpers, each sends and calls the next': 'the same',
  'spawns held at once': 'each end is followed through all that is done meanwhile (Q0324)',
  'a pool filled by hand': 'what is in the pool is any of those put into it',
};

const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);

function workOf(text: string): Work {
  const { images, modules } = compileOne(text);
  const own = modules.at(-1)?.protocols;
  const automata = [...(own?.automata.values() ?? [])];
  return {
    bytes: sum(images.slice(-1).map((image) => encode(sealed(image)).length)),
    states: sum(automata.map((a) => a.states.length)),
    held: sum(automata.flatMap((a) => a.states.map((s) => s.held.length))),
    systems: sum((own?.compositions ?? []).map((c) => ('states' in c.verdict ? c.verdict.states : 0))),
  };
}

const [SHORT, FACTOR] = [30, 4];

describe('what is made grows as the program does', () => {
  it.each(Object.entries(LONG))('%s', (family, { make }) => {
    const [short, long] = [workOf(make(SHORT)), workOf(make(FACTOR * SHORT))];
    const most = family in SQUARES ? FACTOR ** 2 : FACTOR;
    for (const of of ['bytes', 'states', 'held', 'systems'] as const)
      expect.soft(long[of], of).toBeLessThanOrEqual(1.25 * most * short[of] + 40);
  });

  it('no family is called a square that is none', () => {
    for (const family of Object.keys(SQUARES)) {
      const { make } = LONG[family]!;
      const [short, long] = [workOf(make(SHORT)), workOf(make(FACTOR * SHORT))];
      const grows = (['bytes', 'states', 'held', 'systems'] as const).some(
        (of) => long[of] > 1.25 * FACTOR * short[of] + 40,
      );
      expect(grows, family).toBe(true);
    }
  });
});
