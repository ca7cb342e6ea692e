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

/** p roles, each of which sends k messages to every other role in turn and then receives k from each. Needs bound k. */
export const exchange = (k: number, p: number): System => ({
  name: `exchange(${String(k)}, ${String(p)})`,
  roles: Array.from({ length: p }, (_, i) => {
    const others = Array.from({ length: p }, (_o, q) => q).filter((q) => q !== i);
    const part = (kind: 'send' | 'receive') => others.flatMap((partner) => times(k, { kind, partner, labels: ['m'] }));
    return chain(`E${String(i)}`, [...part('send'), ...part('receive')]);
  }),
});
