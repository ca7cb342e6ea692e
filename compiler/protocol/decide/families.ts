/**
 * Families of systems that grow with parameters, for measurements and tests.
 * Invariant: every system here is safe and needs exactly the bound stated.
 */
import type { Edge, Role, System } from './system.js';

/** A chain of steps, each with one edge per label, all to the next state. */
const chain = (
  name: string,
  steps: readonly { kind: 'send' | 'receive'; partner: number; labels: readonly string[] }[],
): Role => ({
  name,
  init: 0,
  states: steps.length + 1,
  edges: steps.flatMap((step, i) =>
    step.labels.map((label): Edge => ({ from: i, kind: step.kind, partner: step.partner, label, to: i + 1 })),
  ),
});

const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
const labels = (count: number): string[] => Array.from({ length: count }, (_, i) => `m${String(i)}`);

/**
 * p/2 independent pairs; both machines of a pair first send k messages, each any of n labels, then receive k. Needs bound k.
 * The scaling family of Lange & Yoshida (CAV 2019, section 5).
 */
export const pairs = (n: number, k: number, p: number): System => {
  const all = labels(n);
  const role = (i: number): Role => {
    const partner = i ^ 1;
    return chain(`P${String(i)}`, [
      ...times(k, { kind: 'send' as const, partner, labels: all }),
      ...times(k, { kind: 'receive' as const, partner, labels: all }),
    ]);
  };
  return {
    name: `pairs(${String(n)}, ${String(k)}, ${String(p)})`,
    roles: Array.from({ length: p - (p % 2) }, (_, i) => role(i)),
  };
};

/** p roles in a circle, each sends k messages to its right neighbour and then receives k from its left one. Needs bound k. */
export const ring = (k: number, p: number, n = 1): System => {
  const all = labels(n);
  return {
    name: `ring(${String(k)}, ${String(p)})`,
    roles: Array.from({ length: p }, (_, i) =>
      chain(`R${String(i)}`, [
        ...times(k, { kind: 'send' as const, partner: (i + 1) % p, labels: all }),
        ...times(k, { kind: 'receive' as const, partner: (i + p - 1) % p, labels: all }),
      ]),
    ),
  };
};

/**
 * n writers and one log, which takes what comes from whoever it is. Endless writers never stop; else each says so, and the log
 * goes on with the others. The log is the interleaving of one automaton a writer. Needs bound 1.
 */
export const sharedLog = (n: number, endless = false): System => {
  const writers = Array.from({ length: n }, (_, i) => i + 1);
  const heard = (state: number, i: number): Edge[] => {
    const write: Edge = { from: state, kind: 'receive', partner: i, label: 'write', to: state };
    return endless ? [write] : [write, { ...write, label: 'done', to: state | (1 << (i - 1)) }];
  };
  const open = (state: number): number[] => writers.filter((i) => (state & (1 << (i - 1))) === 0);
  const states = endless ? 1 : 1 << n;
  const edges = Array.from({ length: states }, (_, s) => open(s).flatMap((i) => heard(s, i))).flat();
  const writer = (i: number): Role => {
    const write: Edge = { from: 0, kind: 'send', partner: 0, label: 'write', to: 0 };
    const all = endless ? [write] : [write, { ...write, label: 'done', to: 1 }];
    return { name: `W${String(i)}`, init: 0, states: endless ? 1 : 2, edges: all };
  };
  return { name: `sharedLog(${String(n)})`, roles: [{ name: 'Log', init: 0, states, edges }, ...writers.map(writer)] };
};

/**
 * n workers that bring one result each to one collector, in any order; as a barrier it then lets all of them go on, again and
 * again. Needs bound 1.
 */
export const gathering = (n: number, barrier = false): System => {
  const full = (1 << n) - 1;
  const workers = Array.from({ length: n }, (_, i) => i);
  const gather = Array.from({ length: full }, (_, s) =>
    workers
      .filter((i) => (s & (1 << i)) === 0)
      .map((i): Edge => ({ from: s, kind: 'receive', partner: i + 1, label: 'result', to: s | (1 << i) })),
  ).flat();
  const told = (i: number): number => (i === n - 1 ? 0 : full + 1 + i);
  const tell = workers.map((i): Edge => {
    return { from: i === 0 ? full : told(i - 1), kind: 'send', partner: i + 1, label: 'go', to: told(i) };
  });
  const result: Edge = { from: 0, kind: 'send', partner: 0, label: 'result', to: 1 };
  const go: Edge = { from: 1, kind: 'receive', partner: 0, label: 'go', to: 0 };
  const worker = (i: number): Role => {
    return { name: `W${String(i + 1)}`, init: 0, states: 2, edges: barrier ? [result, go] : [result] };
  };
  const centre = { name: 'C', init: 0, states: full + n, edges: barrier ? [...gather, ...tell] : gather };
  return { name: `${barrier ? 'barrier' : 'collector'}(${String(n)})`, roles: [centre, ...workers.map(worker)] };
};

/** p roles, each of which sends k messages to every other role in turn and then receives k from each. Needs bound k. */
export const exchange = (k: number, p: number): System => ({
  name: `exchange(${String(k)}, ${String(p)})`,
  roles: Array.from({ length: p }, (_, i) => {
    const others = Array.from({ length: p }, (_o, q) => q).filter((q) => q !== i);
    const part = (kind: 'send' | 'receive') => others.flatMap((partner) => times(k, { kind, partner, labels: ['m'] }));
    return chain(`E${String(i)}`, [...part('send'), ...part('receive')]);
  }),
});
