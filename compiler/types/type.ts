/**
 * Types of values and of link ends, as inference sees them.
 * Variables are mutable cells owned by inference; outside the types pass a type is read through `resolve` only.
 * Invariant: ends never occur inside data types except as direct payloads, parameters and pool members.
 */
import type { GlobalId } from '../resolve/resolution.js';

export type Type =
  | TypeVariable
  | { readonly kind: 'con'; readonly id: GlobalId; readonly args: readonly Type[] } // int, list<a>, user types
  | { readonly kind: 'tuple'; readonly elements: readonly Type[] }
  | { readonly kind: 'fun'; readonly params: readonly Type[]; readonly result: Type }
  | { readonly kind: 'end'; readonly end: EndType }
  | { readonly kind: 'service'; readonly end: EndType } // a reference; `end` is what a client gets from `connect`
  | { readonly kind: 'pool'; readonly end: EndType; readonly datum: Type };

export interface TypeVariable {
  readonly kind: 'var';
  readonly id: number;
  /** Generalisation level (Rémy 1992); Infinity once generalised. */
  level: number;
  /** Bound by unification. */
  instance: Type | undefined;
  /** Restriction: operators on numbers are int or float, never both. */
  constraint: 'none' | 'number';
  /** A name from an annotation. */
  readonly hint?: string;
  /** Rigid (from an annotation): unifies only with itself. */
  readonly rigid?: boolean;
}

/**
 * One end of a link as far as payloads go: for each label sent or received over it, the payload types. What may be
 * sent when is the protocol pass's matter. Union-find through `forward`; `dual` is the other end of the same link.
 */
export interface EndType {
  readonly id: number;
  forward: EndType | undefined;
  readonly sends: Map<string, readonly Type[]>;
  readonly receives: Map<string, readonly Type[]>;
  dual: EndType | undefined;
}

export interface Scheme {
  readonly variables: readonly TypeVariable[];
  readonly type: Type;
}

/** Built-in type constructors live in module `` (the empty name): int float bool string bytes unit list map exn option result thread. */
export const builtin = (name: string): GlobalId => ({ module: '', name });
