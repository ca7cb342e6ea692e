/**
 * Types of values and of link ends, as inference sees them.
 * Variables are mutable cells owned by inference; outside the types pass a type is read through `prune` only.
 * Invariant: ends never occur inside data types except as direct payloads, parameters and pool members.
 */
import type { GlobalId } from '../../resolve/resolution.js';

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
  /** May still turn out to be an end or a pool; false (or absent) for variables that range over data. */
  linear?: boolean;
  /** What the host makes of it is not known here: nothing that is handed to it tells. */
  foreign?: boolean;
  /** Generalised before its kind was known: the first use that tells decides it for all (`kinds.ts`). */
  openKind?: boolean;
  /** What it was made of in this use, where that has an open kind: both are of one kind. */
  kin?: readonly TypeVariable[];
  /** The subject of `!` or `on`: an end, or a reference to a service, whose messages these are. */
  peer?: EndType | undefined;
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
  /** As of a type variable: how far out it is known; Infinity once generalised. */
  level: number;
  /** Known to other modules as it is: no label may be added (two modules could add it with different payloads). */
  closed?: boolean;
  /** For a client's end: the sessions (by `globalKey`) whose service it may be an end of, as far as inference knows; `?` for others. */
  readonly services: Set<string>;
}

export interface Scheme {
  readonly variables: readonly TypeVariable[];
  readonly type: Type;
  /** Nothing in it was generalised, ends included: all uses share the type. */
  readonly mono?: boolean;
}

/** Built-in type constructors live in module `` (the empty name): int float bool string bytes unit list map exn option result thread. */
export const builtin = (name: string): GlobalId => ({ module: '', name });

/** Stands among the sessions of an end for any session at all. */
export const ANYBODY = '?';

/** The type a chain of bound variables leads to. */
export function prune(type: Type): Type {
  let t = type;
  while (t.kind === 'var' && t.instance !== undefined) t = t.instance;
  return t;
}

/** The representative of an end. */
export function endOf(end: EndType): EndType {
  let e = end;
  while (e.forward !== undefined) e = e.forward;
  return e;
}

const constant = (name: string): Type => ({ kind: 'con', id: builtin(name), args: [] });

export const INT = constant('int');
export const FLOAT = constant('float');
export const BOOL = constant('bool');
export const STRING = constant('string');
export const BYTES = constant('bytes');
export const UNIT = constant('unit');
export const EXN = constant('exn');
export const THREAD = constant('thread');
export const listOf = (element: Type): Type => ({ kind: 'con', id: builtin('list'), args: [element] });
export const mapOf = (key: Type, value: Type): Type => ({ kind: 'con', id: builtin('map'), args: [key, value] });

/** Whether a pruned type is the built-in constructor of that name. */
export const isBuiltin = (t: Type, name: string): boolean =>
  t.kind === 'con' && t.id.module === '' && t.id.name === name;

/** What a type is made of, ends left out. */
export function partsOf(t: Type): readonly Type[] {
  switch (t.kind) {
    case 'con':
      return t.args;
    case 'tuple':
      return t.elements;
    case 'fun':
      return [...t.params, t.result];
    case 'pool':
      return [t.datum];
    default:
      return [];
  }
}

/** Why two types do not agree; `a` and `b` are the innermost parts that differ. */
export interface Clash {
  readonly why: 'differ' | 'occurs' | 'linear' | 'rigid' | 'number' | 'peer' | 'reference' | 'count' | 'closed';
  readonly a: Type;
  readonly b: Type;
  /** The label whose payloads disagree, with both places. */
  readonly payload?: Payload;
}

export interface Payload {
  readonly label: string;
  readonly here: readonly Type[];
  readonly there: readonly Type[];
}
