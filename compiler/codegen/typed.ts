/**
 * Casts: what the verifier cannot see for itself (the element of a list, what a generic function gave back) is stated
 * with the type that inference found. Invariant: a cast only ever restates what inference proved.
 */
import { typeText } from './type-text.js';
import type { Type } from '../types/type.js';
import type { Body } from './scope.js';
import { prune } from '../types/type.js';

/** States the type of the top of the stack: that of the expression or pattern with this id. */
export function typed(b: Body, id: number): void {
  typedAs(b, b.unit.typeOf(id));
}

export function typedAs(b: Body, type: Type | undefined): void {
  if (type === undefined) return;
  const t = prune(type);
  if (t.kind === 'end' || t.kind === 'pool') return;
  // A variable that the signature does not name is known to the verifier by a name of its own.
  if (!b.names.knows(t)) return;
  b.frame.op('cast', typeText(t, b.names));
}
