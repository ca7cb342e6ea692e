/**
 * Questions about types that the choice of instructions depends on. Invariant: types are only read, always through
 * `prune`, so unsolved variables answer like "any data".
 */
import { prune, type Scheme, type Type } from '../../types/solve/type.js';

/** The name of a built-in type (`int`, `list` ..), or undefined for any other type. */
export function builtinName(type: Type | undefined): string | undefined {
  if (type === undefined) return undefined;
  const t = prune(type);
  return t.kind === 'con' && t.id.module === '' ? t.id.name : undefined;
}

export const isUnit = (type: Type | undefined): boolean => builtinName(type) === 'unit';

/** Are values of the type compared by identity of the host: int, bool, string? */
export const isScalar = (type: Type | undefined): boolean =>
  ['int', 'bool', 'string'].includes(builtinName(type) ?? '');

/** Parameter types of a function's scheme, and whether a call pushes a value. */
export function functionShape(scheme: Scheme): { readonly params: readonly Type[]; readonly returns: boolean } {
  const type = prune(scheme.type);
  return type.kind === 'fun'
    ? { params: type.params, returns: !isUnit(type.result) }
    : { params: [], returns: !isUnit(type) };
}
