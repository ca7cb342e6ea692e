/**
 * Clusters: what is checked as one system of automata. A link made by `self` (two roles), a group (its members, and the
 * spawner where a member took `self`), a client's conversation with a service (two roles), a `protocol` item.
 * Invariant: two roles of a cluster share at most one link, so an edge of the system needs no more than its partner.
 */
import type { Span } from '../../source/source.js';
import type { Automaton, EndId } from '../automaton/automaton.js';

/** A place from which a role starts: an automaton's state, with the cluster's links among its ends. */
export interface Start {
  readonly automaton: Automaton;
  readonly state: number;
  /** By link of the cluster: the end that is this role's. */
  readonly ends: ReadonlyMap<number, EndId>;
}

export interface ClusterRole {
  readonly name: string;
  /** More than one: any of them. */
  readonly starts: readonly Start[];
  /** The role is a service's side of a conversation: it starts at any accepting edge of these automata. */
  readonly serves?: readonly Automaton[];
}

export interface ClusterLink {
  readonly roles: readonly [number, number];
}

export interface Cluster {
  readonly kind: 'link' | 'group' | 'service' | 'protocol' | 'watch';
  readonly name: string;
  /** Key of the code that makes it. */
  readonly owner: string;
  readonly roles: readonly ClusterRole[];
  readonly links: readonly ClusterLink[];
  /** Of a client's conversation: the reference used, and what it may say first. */
  readonly client?: { readonly service: string; readonly labels: ReadonlySet<string> };
  /** It is not sure which sessions offer the service. */
  readonly guessed?: boolean;
  /** The spawn, connection or item that makes it. */
  readonly span: Span;
}

/** Names for the roles of one cluster: the sessions' own, numbered where one occurs twice. */
export function roleNames(names: readonly string[]): string[] {
  const count = new Map<string, number>();
  return names.map((name) => {
    if (names.filter((n) => n === name).length === 1) return name;
    const n = (count.get(name) ?? 0) + 1;
    count.set(name, n);
    return `${name}#${n}`;
  });
}
