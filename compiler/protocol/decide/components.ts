/**
 * Splits a system into the connected components of its partner graph. Roles of different components share no queue, so each
 * component is decided by itself.
 * Invariant: every role is in exactly one component, edges are handed on untouched but for the numbers of their partners.
 */
import type { Edge, System } from './system.js';

export interface Component {
  readonly system: System;
  /** By role of the component: its number in the whole system. */
  readonly roles: readonly number[];
  /** By role and index of edge: the edge as it stands in the whole system. */
  readonly edges: readonly (readonly Edge[])[];
}

export const components = (system: System): readonly Component[] => {
  const leader = system.roles.map((_, p) => p);
  const find = (p: number): number => {
    let at = p;
    while (leader[at] !== at) at = leader[at]!;
    return at;
  };
  system.roles.forEach((role, p) => {
    for (const e of role.edges) if (e.partner >= 0) leader[find(p)] = find(e.partner);
  });
  const groups = new Map<number, number[]>();
  system.roles.forEach((_, p) => groups.set(find(p), [...(groups.get(find(p)) ?? []), p]));
  return [...groups.values()].map((roles) => {
    const local = new Map(roles.map((p, i) => [p, i]));
    const members = roles.map((p) => system.roles[p]!);
    return {
      roles,
      edges: members.map((r) => r.edges),
      system: {
        name: system.name,
        roles: members.map((r) => ({
          ...r,
          edges: r.edges.map((e) => ({ ...e, partner: local.get(e.partner) ?? -1 })),
        })),
      },
    };
  });
};
