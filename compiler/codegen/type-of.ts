/**
 * Questions about types that the choice of instructions depends on. Invariant: types are only read, always through
 * `prune`, so unsolved variables answer like "any data".
 */
import type { EndType, Type } from '../types/type.js';

/** The type a chain of bound variables leads to. */
export function prune(type: Type): Type {
  let t = type;
  while (t.kind === 'var' && t.instance !== undefined) t = t.instance;
  return t;
}

export function pruneEnd(end: EndType): EndType {
  let e = end;
  while (e.forward !== undefined) e = e.forward;
  return e;
}

/** The name of a built-in type (`int`, `list` ..), or undefined for any other type. */
export function builtinName(type: Type | undefined): string | undefined {
  if (type === undefined) return undefined;
  const t = prune(type);
  return t.kind === 'con' && t.id.module === '' ? t.id.name : undefined;
}

export const isUnit = (type: Type | undefined): boolean => {
  if (type === undefined) return false;
  const t = prune(type);
  return builtinName(t) === 'unit' || (t.kind === 'tuple' && t.elements.length === 0);
};

/** Are values of the type compared by identity of the host: int, bool, string? */
export const isScalar = (type: Type | undefined): boolean =>
  ['int', 'bool', 'string'].includes(builtinName(type) ?? '');

/** The words a verifier knows a value by; anything else is `data`. */
export function resultOf(type: Type | undefined): Type | undefined {
  if (type === undefined) return undefined;
  const t = prune(type);
  return t.kind === 'fun' ? prune(t.result) : undefined;
}
