/**
 * Generalisation and instantiation. Ends that were generalised are copied with their rows and duals, so that two uses of
 * a session or function do not learn from each other; an end known further out is shared.
 * Invariant: only variables and ends deeper than `level` are generalised, and those get level Infinity.
 */
import { inherit } from './kinds.js';
import { endOf, prune, type EndType, type Scheme, type Type, type TypeVariable } from './type.js';
import type { Unifier } from './unify.js';

export const monomorphic = (type: Type): Scheme => ({ variables: [], type, mono: true });

/** Variables of several types that belong together (a session's parameters and its service). */
export function generaliseAll(u: Unifier, types: readonly Type[], level: number, ends?: Set<EndType>): TypeVariable[] {
  const found = new Set<TypeVariable>();
  const visited = new Set<Type>();
  const walk = (type: Type): void => {
    const t = prune(type);
    if (visited.has(t)) return;
    visited.add(t);
    switch (t.kind) {
      case 'var':
        if (t.level <= level) return;
        // What is not decided yet stays one type for all uses.
        if (t.constraint === 'number' || t.peer !== undefined) return u.lower(t, level);
        t.level = Infinity;
        if (t.linear === true) t.openKind = true;
        t.linear = false;
        found.add(t);
        return;
      case 'con':
        return t.args.forEach(walk);
      case 'tuple':
        return t.elements.forEach(walk);
      case 'fun':
        t.params.forEach(walk);
        return walk(t.result);
      case 'pool':
        walk(t.datum);
        return walkEnd(t.end);
      case 'end':
      case 'service':
        return walkEnd(t.end);
    }
  };
  const seen = new Set<EndType>();
  const walkEnd = (end: EndType): void => {
    const e = endOf(end);
    if (e.level <= level || seen.has(e)) return;
    seen.add(e);
    e.level = Infinity;
    ends?.add(e);
    for (const list of [...e.sends.values(), ...e.receives.values()]) list.forEach(walk);
    if (e.dual !== undefined) walkEnd(e.dual);
  };
  types.forEach(walk);
  return [...found];
}

export function generalise(u: Unifier, type: Type, level: number): Scheme {
  const ends = new Set<EndType>();
  const variables = generaliseAll(u, [type], level, ends);
  return { variables, type, mono: variables.length === 0 && ends.size === 0 };
}

/** A copier for one use: the same variable or end is the same fresh one in all types it is given. */
export function instantiator(u: Unifier, level: number, variables: readonly Type[]): (type: Type) => Type {
  const fresh = new Map<Type, Type>();
  for (const v of variables) {
    const old = prune(v);
    if (old.kind !== 'var') continue;
    const made = u.variable(level, old.hint === undefined ? {} : { hint: old.hint });
    inherit(old, made);
    fresh.set(old, made);
    note(u.instances.variables, old, made);
  }
  return copier(u, level, fresh);
}

function note<K, V>(instances: Map<K, V[]>, old: K, made: V): void {
  const known = instances.get(old);
  if (known === undefined) instances.set(old, [made]);
  else known.push(made);
}

/** Replaces variables by the types given for them, and copies generalised ends. */
export function copier(u: Unifier, level: number, types: ReadonlyMap<Type, Type>): (type: Type) => Type {
  const ends = new Map<EndType, EndType>();
  const copyEnd = (end: EndType): EndType => {
    const old = endOf(end);
    if (old.level !== Infinity) return old;
    const known = ends.get(old);
    if (known !== undefined) return known;
    const made = u.end(level);
    ends.set(old, made);
    note(u.instances.ends, old, made);
    old.services.forEach((s) => made.services.add(s));
    for (const rows of ['sends', 'receives'] as const)
      for (const [label, list] of old[rows]) {
        const copied = list.map(copy);
        const place = u.places.get(list);
        if (place !== undefined) u.places.set(copied, place);
        if (u.sent.has(list)) u.sent.add(copied);
        made[rows].set(label, copied);
      }
    if (old.dual !== undefined) made.dual = copyEnd(old.dual);
    return made;
  };
  const copies = new Map<Type, Type>();
  const copy = (type: Type): Type => {
    const t = prune(type);
    const known = copies.get(t);
    if (known !== undefined) return known;
    const made = u.spend() ? copyOf(t) : u.variable(level);
    copies.set(t, made);
    return made;
  };
  const copyOf = (t: Type): Type => {
    switch (t.kind) {
      case 'var':
        return types.get(t) ?? t;
      case 'con':
        return t.args.length === 0 ? t : { ...t, args: t.args.map(copy) };
      case 'tuple':
        return { ...t, elements: t.elements.map(copy) };
      case 'fun':
        return { ...t, params: t.params.map(copy), result: copy(t.result) };
      case 'pool':
        return { ...t, end: copyEnd(t.end), datum: copy(t.datum) };
      case 'end':
      case 'service':
        return { ...t, end: copyEnd(t.end) };
    }
  };
  return copy;
}

export const instantiate = (u: Unifier, level: number, scheme: Scheme): Type =>
  scheme.mono === true ? scheme.type : instantiator(u, level, scheme.variables)(scheme.type);
