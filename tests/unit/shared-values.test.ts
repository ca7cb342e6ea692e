/**
 * Comparing and showing values in which parts are shared: a thing of 40 cells that stands for a tree of 2^40, and the like.
 * Equality and order of random such things are held against the plain definition.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { compare, equal, order } from '../../runtime/values/compare.js';
import { list } from '../../runtime/values/list.js';
import { PersistentMap } from '../../runtime/values/map.js';
import { Pairs } from '../../runtime/values/pairs.js';
import { inspect } from '../../runtime/values/show.js';
import { type Cons, Constructor, Exn, Float, makeData, NIL, type Value } from '../../runtime/values/value.js';
import { UNLIMITED, bounds } from '../../runtime/values/work.js';

const LEAF = makeData(Constructor.of('variant', 'm', 'T', 'L', 0, []), []);
const N = Constructor.of('variant', 'm', 'T', 'N', 1, ['0', '1']);
afterEach(() => void (bounds.most = UNLIMITED));

/** A tree of 2^depth leaves, in so many cells. */
function tree(depth: number, leaf: Value = LEAF): Value {
  let t = leaf;
  for (let i = 0; i < depth; i++) t = makeData(N, [t, t]);
  return t;
}
const nested = (depth: number): Value => {
  let l: Value = NIL;
  for (let i = 0; i < depth; i++) l = list([l, l, l]);
  return l;
};
const keyed = (depth: number): Value => {
  let m: Value = PersistentMap.EMPTY;
  for (let i = 0; i < depth; i++) m = PersistentMap.of([1, m, 2, m]);
  return m;
};

describe('values that share', () => {
  it.each([
    ['data', tree],
    ['lists', nested],
    ['maps', keyed],
  ])('%s are compared in steps of what there is', (_what, make) => {
    expect(equal(make(40), make(40))).toBe(true);
    expect(compare(make(40), make(40))).toBe(0);
    expect(order(make(40), make(40))).toBe(0);
    expect(equal(make(40), make(41))).toBe(false);
    const smaller = make(40);
    expect(Math.sign(compare(smaller, make(41)))).toBe(-Math.sign(compare(make(41), smaller)));
  });

  it('tell a difference at the very end', () => {
    const [a, b] = [tree(40, makeData(N, [LEAF, 1])), tree(40, makeData(N, [LEAF, 2]))];
    expect([equal(a, b), compare(a, b) < 0, compare(b, a) > 0]).toEqual([false, true, true]);
  });

  it('may hold what equals nothing', () => {
    const nan = tree(40, new Float(NaN));
    expect([equal(nan, nan), compare(nan, nan), Number.isNaN(order(nan, nan))]).toEqual([false, 0, true]);
  });

  it('are compared where one long list stands in many places', () => {
    const long = (): Cons => list(Array.from({ length: 100_000 }, (_, i) => i));
    const [a, b] = [long(), long()];
    const many = (l: Cons): Cons => list(Array.from({ length: 5_000 }, () => l));
    expect([equal(many(a), many(b)), compare(many(a), many(b))]).toEqual([true, 0]);
  });

  it.each([
    ['data', tree],
    ['lists', nested],
    ['maps', keyed],
  ])('%s are shown as far as there is room', (_what, make) => {
    bounds.most = 10_000;
    expect(() => inspect(make(40))).toThrow(Exn);
    expect(inspect(make(5)).length).toBeGreaterThan(100);
  });

  it('compare as if nothing was shared', () => {
    const rows = fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { minLength: 1, maxLength: 9 });
    const build = (from: readonly (readonly [number, number])[]): Value => {
      const made: Value[] = [LEAF];
      for (const [i, j] of from)
        made.push(makeData(N, [made[Math.max(0, made.length - 1 - i)]!, made[Math.max(0, made.length - 1 - j)]!]));
      return made.at(-1)!;
    };
    // What is shared is looked for only after many steps; before them these are plain comparisons.
    const after = (x: Value): Value => makeData(N, [tree(18), makeData(N, [x, x])]);
    fc.assert(
      fc.property(rows, rows, (a, b) => {
        const [x, y] = [build(a), build(b)];
        const same = inspect(x) === inspect(y);
        expect([equal(x, y), equal(after(x), after(y)), equal(after(x), after(build(a)))]).toEqual([same, same, true]);
        expect(Math.sign(compare(after(x), after(y)))).toBe(Math.sign(compare(x, y)));
      }),
      { numRuns: 8 },
    );
  });

  it('are known after they were met, and not before', () => {
    for (const merging of [true, false]) {
      const pairs = new Pairs(merging);
      const things = Array.from({ length: 400 }, (_, i) => ({ i }));
      for (const x of things) expect(pairs.known(x, { x })).toBe(false);
      const [a, b] = things as [object, object];
      let asked = 1;
      while (!pairs.known(a, b)) asked++;
      expect(asked).toBeGreaterThan(1);
      expect(pairs.known(b, things[2]!)).toBe(false);
    }
  });
});
