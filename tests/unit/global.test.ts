/** Global types: random ones are projected, synthesised again and compared; known systems with and without one. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../compiler/protocol/decide/decide.js';
import { ring } from '../../compiler/protocol/decide/families.js';
import { readSystems } from '../../compiler/protocol/decide/read.js';
import type { Role, System } from '../../compiler/protocol/decide/system.js';
import { follows, type GlobalNode, type GlobalType, projectGlobal } from '../../compiler/protocol/global/global.js';
import { type Local, localOf } from '../../compiler/protocol/global/local.js';
import { showGlobal } from '../../compiler/protocol/global/show.js';
import { synthesise } from '../../compiler/protocol/global/synthesise.js';

type Tree =
  | { readonly tag: 'end' }
  /** Back to the ancestor so many choices up; the end where there is none. */
  | { readonly tag: 'back'; readonly up: number }
  | {
      readonly tag: 'choice';
      readonly from: number;
      readonly branches: readonly { readonly to: number; readonly label: string; readonly then: Tree }[];
    };

const tree = (roles: number, depth: number): fc.Arbitrary<Tree> => {
  const leaf = fc.oneof(
    fc.constant<Tree>({ tag: 'end' }),
    fc.nat(3).map((up): Tree => ({ tag: 'back', up })),
  );
  if (depth === 0) return leaf;
  const choice = fc
    .tuple(fc.nat(roles - 1), fc.subarray(['a', 'b', 'c'], { minLength: 1, maxLength: 2 }), fc.boolean())
    .chain(([from, labels, several]) =>
      fc
        .tuple(...labels.map(() => fc.tuple(fc.integer({ min: 1, max: roles - 1 }), tree(roles, depth - 1))))
        .map((then): Tree => ({
          tag: 'choice',
          from,
          branches: labels.map((label, i) => ({
            to: (from + then[several ? i : 0]![0]) % roles,
            label,
            then: then[i]![1],
          })),
        })),
    );
  return fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 5, arbitrary: choice });
};

const names = ['P', 'Q', 'R', 'S'];

function globalOf(root: Tree, roles: number): GlobalType {
  const nodes: GlobalNode[] = [{ kind: 'end' }];
  const build = (t: Tree, above: readonly number[]): number => {
    if (t.tag === 'end') return 0;
    if (t.tag === 'back') return above[above.length - 1 - t.up] ?? 0;
    const node = nodes.push({ kind: 'end' }) - 1;
    const branches = t.branches.map((b) => ({ to: b.to, label: b.label, next: build(b.then, [...above, node]) }));
    nodes[node] = { kind: 'choice', from: t.from, branches };
    return node;
  };
  const start = build(root, []);
  return { names: names.slice(0, roles), nodes, start };
}

const roleOf = (name: string, local: Local): Role => ({
  name,
  init: 0,
  states: local.states.length,
  edges: local.states.flatMap((s, from) =>
    [...s.moves.values()].map(({ partner, label, to }) => ({
      from,
      kind: s.kind === 'send' ? ('send' as const) : ('receive' as const),
      partner,
      label,
      to,
    })),
  ),
});

/** The projections as a system, if all roles have one. */
function systemOf(type: GlobalType): System | undefined {
  const locals = type.names.map((_, p) => projectGlobal(type, p));
  const roles = locals.flatMap((l, p) => (l.ok ? [roleOf(type.names[p]!, l.value)] : []));
  return roles.length === type.names.length ? { name: 'random', roles } : undefined;
}

const read = (roles: object): System => {
  const found = readSystems({ name: 'test', roles });
  if (!found.ok) throw new Error(found.errors.join());
  return found.systems[0]!;
};

const reasonOf = (system: System): string => {
  const made = synthesise(system);
  return made.ok ? 'it has one' : made.reason;
};

describe('random global types', () => {
  const random = fc.integer({ min: 2, max: 4 }).chain((roles) => tree(roles, 5).map((t) => globalOf(t, roles)));

  it('come back from their projections, up to the order of what is independent', () => {
    let compared = 0;
    fc.assert(
      fc.property(random, (type) => {
        const system = systemOf(type);
        if (system === undefined || decide(system, { timeout: 1 }).verdict !== 'safe') return;
        if (type.nodes.length > 3) compared++;
        const made = synthesise(system);
        if (!made.ok) throw new Error(`${made.reason}\n${showGlobal(type).join('\n')}`);
        // Equal both ways: nothing is waited for in vain and nothing is missing.
        expect(made.value.unused).toEqual([]);
        system.roles.forEach((_, p) => {
          const own = localOf(system, p);
          const projected = projectGlobal(made.value.type, p);
          if (!own.ok || !projected.ok) throw new Error('no local type');
          expect(follows(own.value, projected.value, p, names)).toEqual({ ok: true, value: [] });
          expect(follows(projected.value, own.value, p, names)).toEqual({ ok: true, value: [] });
        });
      }),
      { seed: 2013, numRuns: 1500 },
    );
    expect(compared).toBeGreaterThan(200);
  });
});

const shown = (system: System): string[] => {
  expect(decide(system).verdict).toBe('safe');
  const made = synthesise(system);
  if (!made.ok) throw new Error(made.reason);
  return showGlobal(made.value.type);
};

describe('global types of known systems', () => {
  it('shows loops, choices and where branches meet', () => {
    const system = read({
      C: {
        init: 0,
        edges: [
          [0, '!', 'S', 'get', 1],
          [0, '!', 'S', 'bye', 3],
          [1, '?', 'S', 'yes', 2],
          [1, '?', 'S', 'no', 2],
          [2, '!', 'S', 'ack', 0],
        ],
      },
      S: {
        init: 0,
        edges: [
          [0, '?', 'C', 'get', 1],
          [0, '?', 'C', 'bye', 3],
          [1, '!', 'C', 'yes', 2],
          [1, '!', 'C', 'no', 2],
          [2, '?', 'C', 'ack', 0],
        ],
      },
    });
    expect(shown(system)).toEqual([
      'rec X {',
      '  choice at C {',
      '    C -> S : get;',
      '    choice at S {',
      '      S -> C : yes;',
      '    } or {',
      '      S -> C : no;',
      '    }',
      '    C -> S : ack;',
      '    X',
      '  } or {',
      '    C -> S : bye;',
      '    end',
      '  }',
      '}',
    ]);
  });

  it('puts side by side what never meets again', () => {
    const send = (to: string, label: string, from: number): unknown[] => [from, '!', to, label, from + 1];
    const take = (of: string, label: string, from: number): unknown[] => [from, '?', of, label, from + 1];
    const system = read({
      A: { init: 0, edges: [send('B', 'go', 0), send('C', 'go', 1)] },
      B: { init: 0, edges: [take('A', 'go', 0), send('D', 'x', 1)] },
      C: { init: 0, edges: [take('A', 'go', 0), send('E', 'y', 1)] },
      D: { init: 0, edges: [take('B', 'x', 0)] },
      E: { init: 0, edges: [take('C', 'y', 0)] },
    });
    expect(shown(system)).toEqual([
      'A -> B : go;',
      'par {',
      '  A -> C : go;',
      '  C -> E : y;',
      '  end',
      '} and {',
      '  B -> D : x;',
      '  end',
      '}',
    ]);
  });

  it('lists what is waited for and never sent', () => {
    const system = read({
      P: { init: 0, edges: [[0, '!', 'Q', 'a', 1]] },
      Q: {
        init: 0,
        edges: [
          [0, '?', 'P', 'a', 1],
          [0, '?', 'P', 'never', 1],
        ],
      },
    });
    const made = synthesise(system);
    expect(made.ok && made.value.unused).toEqual([{ role: 1, partner: 0, label: 'never' }]);
  });

  it('names who blocks whom where messages cross', () => {
    expect(decide(ring(1, 2)).verdict).toBe('safe');
    expect(reasonOf(ring(1, 2))).toBe(
      'at the start no message can be the next for both its sides: R0 sends m0 to R1, R1 sends m0 to R0',
    );
  });

  it('has no word for losses, nor for roles that send and wait at once', () => {
    const lossy = read({
      P: { init: 0, edges: [[0, 'drop', 'Q', '', 1]] },
      Q: { init: 0, edges: [[0, 'lost', 'P', '', 1]] },
    });
    expect(reasonOf(lossy)).toContain('P may drop a link');
    const mixed = read({
      P: {
        init: 0,
        edges: [
          [0, '!', 'Q', 'a', 1],
          [0, '?', 'Q', 'b', 1],
        ],
      },
      Q: { init: 0, edges: [[0, '?', 'P', 'a', 1]] },
    });
    expect(reasonOf(mixed)).toContain('P may both send and wait');
  });

  it('does not merge waits that a role chooses between by itself', () => {
    const guess = read({
      P: { init: 0, edges: [[0, '!', 'Q', 'a', 1]] },
      Q: {
        init: 0,
        edges: [
          [0, 'silent', '', '', 1],
          [0, 'silent', '', '', 2],
          [1, '?', 'P', 'a', 3],
          [2, '?', 'P', 'b', 3],
        ],
      },
    });
    expect(reasonOf(guess)).toContain('decides by itself which messages to wait for');
  });

  it('refuses a type that a role does not follow', () => {
    const pq = read({
      P: {
        init: 0,
        edges: [
          [0, '!', 'Q', 'a', 1],
          [1, '!', 'Q', 'b', 2],
        ],
      },
      Q: { init: 0, edges: [[0, '?', 'P', 'a', 1]] },
    });
    const [p, q] = [localOf(pq, 0), localOf(pq, 1)];
    if (!p.ok || !q.ok) throw new Error('no local type');
    const nodes: GlobalNode[] = [
      { kind: 'end' },
      { kind: 'choice', from: 0, branches: [{ to: 1, label: 'a', next: 0 }] },
    ];
    const type = { names: ['P', 'Q'], nodes, start: 1 };
    const [forP, forQ] = [projectGlobal(type, 0), projectGlobal(type, 1)];
    if (!forP.ok || !forQ.ok) throw new Error('no projection');
    expect(follows(q.value, forQ.value, 1, names).ok).toBe(true);
    expect(follows(p.value, forP.value, 0, names)).toEqual({
      ok: false,
      reason: 'P, after Q!a, sends, where the others leave it to end',
    });
  });

  it('cannot project a choice that a third role would have to guess', () => {
    const nodes: GlobalNode[] = [
      { kind: 'end' },
      {
        kind: 'choice',
        from: 0,
        branches: [
          { to: 1, label: 'a', next: 2 },
          { to: 1, label: 'b', next: 0 },
        ],
      },
      { kind: 'choice', from: 2, branches: [{ to: 1, label: 'c', next: 0 }] },
    ];
    expect(projectGlobal({ names: ['P', 'Q', 'R'], nodes, start: 1 }, 2).ok).toBe(false);
  });
});
