/** Object graphs as flat data: shape, sharing, cycles, depth; what is no data is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromGraph, toGraph } from '../../runtime/guests/graph.js';

const copy = (value: object): unknown => fromGraph(structuredClone(toGraph(value)));

describe('graphs', () => {
  it('keep the shape of any plain data', () => {
    const data = fc.object({
      values: [fc.string(), fc.double(), fc.boolean(), fc.constant(null)],
      withNullPrototype: false,
    });
    fc.assert(
      fc.property(data, (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        expect(copy(value)).toEqual(value);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('keep sharing, cycles and maps', () => {
    const shared = { n: 1 };
    const map = new Map<unknown, unknown>([['a', shared]]);
    const root: Record<string, unknown> = { left: shared, right: [shared, undefined, -0, Number.NaN], map };
    root.self = root;
    const made = copy(root) as typeof root;
    expect(made.self).toBe(made);
    expect((made.right as unknown[])[0]).toBe(made.left);
    expect((made.map as Map<unknown, unknown>).get('a')).toBe(made.left);
    expect(made.left).not.toBe(shared);
    expect((made.right as unknown[]).slice(1)).toEqual([undefined, -0, Number.NaN]);
  });

  it('have no depth', () => {
    let list: object = {};
    for (let i = 0; i < 100_000; i++) list = { list };
    expect(copy(list)).toHaveProperty('list.list.list.list');
  });

  it('refuse functions and prototypes', () => {
    expect(() => toGraph({ f: () => 1 })).toThrow(TypeError);
    expect(() => fromGraph({ nodes: [{ kind: 'record', keys: ['__proto__'], values: [null] }] })).toThrow(TypeError);
  });
});
