/** Points of a graph that allow the same have one class, and no others: against refinement round by round. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coarsest } from '../../runtime/bytecode/coarsest.js';

interface Point {
  readonly kind: number;
  readonly to: readonly number[];
}

const word = (p: Point, classes: readonly number[]): string => `${p.kind} ${p.to.map((t) => classes[t]).join()}`;

/** Moore 1956, as it is written. */
function moore(points: readonly Point[]): readonly number[] {
  let classes = points.map(() => 0);
  for (let count = 1; ;) {
    const known = new Map<string, number>();
    const next = points.map((p) => {
      const key = word(p, classes);
      const id = known.get(key) ?? known.size;
      known.set(key, id);
      return id;
    });
    classes = next;
    if (known.size === count) return classes;
    count = known.size;
  }
}

/** Classes by the first point in each. */
const named = (classes: readonly number[]): number[] => classes.map((c) => classes.indexOf(c));

const graphs = fc.integer({ min: 1, max: 24 }).chain((n) =>
  fc.array(
    fc.record({
      kind: fc.integer({ min: 0, max: 2 }),
      to: fc.array(fc.integer({ min: 0, max: n - 1 }), { maxLength: 3 }),
    }),
    { minLength: n, maxLength: n },
  ),
);

describe('coarsest', () => {
  it('finds what refinement by rounds finds', () => {
    fc.assert(
      fc.property(graphs, (points) => {
        const found = coarsest(points.length, (at) => points[at]!.to, (at, classes) => word(points[at]!, classes)); // prettier-ignore
        expect(named(found)).toEqual(named(moore(points)));
      }),
      { numRuns: 2000 },
    );
  });

  it('reads a chain of alike points some times each, and not once for each of the others', () => {
    const n = 20_000;
    let read = 0;
    const found = coarsest(
      n,
      (at) => (at + 1 < n ? [at + 1] : []),
      (at, classes) => {
        read++;
        return at + 1 < n ? `tick ${classes[at + 1]}` : 'end';
      },
    );
    expect(new Set(found).size).toBe(n);
    expect(read).toBeLessThan(20 * n);
  });
});
