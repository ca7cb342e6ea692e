/**
 * Random small systems for property tests: projections of random protocols (mostly safe), damaged ones, and plain noise.
 */
import * as fc from 'fast-check';
import type { Edge, EdgeKind, Role, System } from '../../compiler/protocol/decide/system.js';

export type Protocol =
  | { readonly tag: 'end' }
  | { readonly tag: 'loop' }
  | {
      readonly tag: 'choice';
      readonly from: number;
      readonly to: number;
      readonly branches: readonly { readonly label: string; readonly then: Protocol }[];
    };

const LABELS = ['a', 'b', 'c'];

export const protocol = (roles: number, depth: number): fc.Arbitrary<Protocol> => {
  const leaf = fc.constantFrom<Protocol>({ tag: 'end' }, { tag: 'loop' });
  if (depth === 0) return leaf;
  const pair = fc
    .tuple(fc.nat(roles - 1), fc.integer({ min: 1, max: roles - 1 }))
    .map(([p, d]) => [p, (p + d) % roles] as const);
  const labels = fc.oneof(
    { weight: 3, arbitrary: fc.subarray(LABELS, { minLength: 1, maxLength: 1 }) },
    fc.subarray(LABELS, { minLength: 2, maxLength: 2 }),
  );
  const node = fc.tuple(pair, labels).chain(([[from, to], chosen]) =>
    fc.tuple(...chosen.map(() => protocol(roles, depth - 1))).map((rest): Protocol => ({
      tag: 'choice',
      from,
      to,
      branches: chosen.map((label, i) => ({ label, then: rest[i]! })),
    })),
  );
  return fc.oneof({ weight: 1, arbitrary: leaf }, { weight: 6, arbitrary: node });
};

/** The part of one role. A role that learns of a choice by its next message waits for either; else it guesses silently. */
export const project = (whole: Protocol, role: number): Role => {
  const edges: Edge[] = [];
  let states = 0;
  const build = (p: Protocol, root: number | undefined): number => {
    if (p.tag === 'loop' && root !== undefined) return root;
    const from = states++;
    const top = root ?? from;
    if (p.tag !== 'choice') return from;
    const arms = p.branches.map((b) => {
      if (role === p.from) edges.push({ from, kind: 'send', partner: p.to, label: b.label, to: build(b.then, top) });
      else if (role === p.to)
        edges.push({ from, kind: 'receive', partner: p.from, label: b.label, to: build(b.then, top) });
      else return build(b.then, top);
      return -1;
    });
    if (role === p.from || role === p.to) return from;
    const first = arms.map((a) => edges.filter((e) => e.from === a));
    const merge = arms.every(
      (a, i) => a !== from && first[i]!.length > 0 && first[i]!.every((e) => e.kind === 'receive'),
    );
    if (merge || arms.length === 1) first.forEach((list) => list.forEach((e) => edges.push({ ...e, from })));
    else arms.forEach((to) => edges.push({ from, kind: 'silent', partner: -1, label: '', to }));
    return from;
  };
  const init = build(whole, undefined);
  return { name: `R${String(role)}`, init, states, edges };
};

const noisyEdge = (roles: number, role: number, states: number, kinds: readonly EdgeKind[]): fc.Arbitrary<Edge> =>
  fc
    .record({
      from: fc.nat(states - 1),
      to: fc.nat(states - 1),
      kind: fc.constantFrom(...kinds),
      d: fc.integer({ min: 1, max: roles - 1 }),
      label: fc.constantFrom(...LABELS),
    })
    .map(({ from, to, kind, d, label }) =>
      kind === 'silent' || kind === 'fail' || kind === 'outside'
        ? { from, kind, partner: -1, label: '', to }
        : { from, kind, partner: (role + d) % roles, label, to },
    );

const COMMON: readonly EdgeKind[] = ['send', 'receive', 'send', 'receive', 'silent'];

const noise = (kinds: readonly EdgeKind[]): fc.Arbitrary<System> =>
  fc
    .integer({ min: 2, max: 3 })
    .chain((roles) =>
      fc
        .tuple(
          ...Array.from({ length: roles }, (_, role) =>
            fc
              .integer({ min: 1, max: 3 })
              .chain((states) =>
                fc
                  .array(noisyEdge(roles, role, states, kinds), { maxLength: 4 })
                  .map((edges): Role => ({ name: `R${String(role)}`, init: 0, states, edges })),
              ),
          ),
        )
        .map((list) => ({ name: 'noise', roles: list })),
    );

/** Lets a role send before it receives where the protocol had it the other way round: `?a !b` becomes `!b ?a`. */
export const hurried = (role: Role, at: number): Role => {
  const single = (state: number): Edge | undefined => {
    const [edge, ...more] = role.edges.filter((e) => e.from === state);
    return more.length === 0 ? edge : undefined;
  };
  const spots = role.edges.filter((e) => {
    const next = single(e.to);
    const entries = role.edges.filter((x) => x.to === e.to).length;
    return (
      e.kind === 'receive' &&
      single(e.from) === e &&
      next?.kind === 'send' &&
      entries === 1 &&
      e.to !== role.init &&
      e.to !== e.from
    );
  });
  const first = spots[at % Math.max(1, spots.length)];
  const second = first === undefined ? undefined : single(first.to);
  if (first === undefined || second === undefined) return role;
  const change = (e: Edge): Edge =>
    e === first
      ? { ...second, from: first.from, to: first.to }
      : e === second
        ? { ...first, from: first.to, to: second.to }
        : e;
  return { ...role, edges: role.edges.map(change) };
};

const projected: fc.Arbitrary<System> = fc
  .tuple(fc.integer({ min: 2, max: 4 }), fc.array(fc.tuple(fc.nat(3), fc.nat(9)), { maxLength: 4 }))
  .chain(([roles, hurries]) =>
    protocol(roles, 5).map((whole) => ({
      name: 'projected',
      roles: Array.from({ length: roles }, (_, r) =>
        hurries.filter(([who]) => who === r).reduce((role, [, at]) => hurried(role, at), project(whole, r)),
      ),
    })),
  );

/** Roles whose states each have one direction, but perhaps several partners, so that runs get longer before anything goes wrong. */
const orderly: fc.Arbitrary<System> = fc.integer({ min: 2, max: 3 }).chain((roles) =>
  fc
    .tuple(
      ...Array.from({ length: roles }, (_, role) =>
        fc
          .array(
            fc.record({
              kind: fc.constantFrom<EdgeKind>('send', 'receive'),
              arms: fc.array(
                fc.record({
                  d: fc.integer({ min: 1, max: roles - 1 }),
                  label: fc.constantFrom('a', 'b'),
                  to: fc.nat(4),
                }),
                {
                  minLength: 1,
                  maxLength: 2,
                },
              ),
            }),
            { minLength: 1, maxLength: 4 },
          )
          .map((list): Role => ({
            name: `R${String(role)}`,
            init: 0,
            states: list.length + 1,
            edges: list.flatMap(({ kind, arms }, from) =>
              arms.map(({ d, label, to }): Edge => ({
                from,
                kind,
                partner: (role + d) % roles,
                label,
                to: to % (list.length + 1),
              })),
            ),
          })),
      ),
    )
    .map((list) => ({ name: 'orderly', roles: list })),
);

/** One edge of one role taken out, turned round, relabelled, redirected or doubled by a rival of any kind. */
export const damaged = (kinds: readonly EdgeKind[], whole = projected, most = Infinity): fc.Arbitrary<System> =>
  whole.chain((system) => {
    const last = Math.min(most, system.roles.length) - 1;
    return fc.record({ role: fc.nat(last), at: fc.nat(20), how: fc.nat(4) }).chain(({ role, at, how }) => {
      const old = system.roles[role]!;
      const rebuilt = (edges: readonly Edge[]): System => ({
        ...system,
        roles: system.roles.map((r, p) => (p === role ? { ...old, edges } : r)),
      });
      const i = old.edges.length === 0 ? 0 : at % old.edges.length;
      const swap = (change: (e: Edge) => Edge): System => rebuilt(old.edges.map((e, j) => (j === i ? change(e) : e)));
      switch (how) {
        case 0:
          return fc.constant(rebuilt(old.edges.filter((_, j) => j !== i)));
        case 1:
          return fc.constant(swap((e) => ({ ...e, label: e.label === 'a' ? 'b' : 'a' })));
        case 2:
          return fc.constant(swap((e) => ({ ...e, to: (e.to + 1) % old.states })));
        case 3:
          return fc.constant(
            swap((e) =>
              e.kind === 'send' ? { ...e, kind: 'receive' } : e.kind === 'receive' ? { ...e, kind: 'send' } : e,
            ),
          );
        default:
          return noisyEdge(system.roles.length, role, old.states, kinds).map((e) => rebuilt([...old.edges, e]));
      }
    });
  });

/** Systems with sends, receives and silent steps, mixed states and several partners at a state included. */
export const systems: fc.Arbitrary<System> = fc.oneof(
  { weight: 3, arbitrary: projected },
  { weight: 4, arbitrary: damaged(COMMON) },
  { weight: 3, arbitrary: orderly },
  noise(COMMON),
);

/** The same with dropped links and failures. */
export const lossySystems: fc.Arbitrary<System> = fc.oneof(
  damaged(['drop', 'fail', 'lost']),
  noise(['send', 'receive', 'send', 'receive', 'silent', 'drop', 'fail', 'lost', 'lost']),
);

/** The same with events from outside, which may come but cannot be counted on. */
export const outsideSystems: fc.Arbitrary<System> = fc.oneof(
  damaged(['outside']),
  noise(['send', 'receive', 'send', 'receive', 'silent', 'outside', 'outside']),
);
