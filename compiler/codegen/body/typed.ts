/**
 * Casts: what the verifier cannot see for itself (the element of a list, what a generic function gave back) is stated
 * with the type that inference found. Invariant: a cast only ever restates what inference proved.
 */
import { TypeNames, typeText } from '../image/type-text.js';
import type { EndType, Type, TypeVariable } from '../../types/solve/type.js';
import type { Body } from './scope.js';
import { partsOf, prune } from '../../types/solve/type.js';

/** States the type of the top of the stack: that of the expression or pattern with this id. */
export function typed(b: Body, id: number): void {
  typedAs(b, b.unit.typeOf(id));
}

/** The same for a function, or data that holds some, which without it could be used at any type. */
export function typedIfOpen(b: Body, id: number): void {
  const type = b.unit.typeOf(id);
  if (type !== undefined && variablesIn(type).size > 0) typedAs(b, type);
}

export function typedAs(b: Body, type: Type | undefined): void {
  if (type === undefined) return;
  const t = prune(type);
  if (t.kind === 'end' || t.kind === 'pool') return;
  if (b.names.knows(t)) return b.frame.op('cast', typeText(t, b.names));
  // A variable that the signature does not name is known to the verifier by a name of its own, if there is more to it than data
  // that nobody looks at. What came out of nothing (the head of `[]`) is of a type too: with what captures it, it may be put where
  // a type must be exactly one.
  const free = [...variablesIn(t)].filter((v) => !b.names.knows(v));
  if (
    (t.kind !== 'var' && !holdsFunctions(t)) ||
    free.some((v) => v.level === Infinity || v.linear === true || v.peer !== undefined)
  )
    return;
  b.frame.op('cast', typeText(t, new ClosedNames(b.names)));
}

/** Variables that nothing decides stand for nothing in particular. */
class ClosedNames extends TypeNames {
  constructor(readonly inner: TypeNames) {
    super(inner.home);
  }
  override carried(label: string, place: number, end: EndType, service: EndType): string {
    return this.inner.carried(label, place, end, service);
  }
  override of(variable: Type): string {
    return this.inner.knows(variable) ? this.inner.of(variable) : '()';
  }
}

function variablesIn(type: Type): ReadonlySet<TypeVariable> {
  const found = new Set<TypeVariable>();
  const visit = (x: Type): void => {
    const t = prune(x);
    if (t.kind === 'var') found.add(t);
    else partsOf(t).forEach(visit);
  };
  visit(type);
  return found;
}

function holdsFunctions(type: Type): boolean {
  const t = prune(type);
  return t.kind === 'fun' || partsOf(t).some(holdsFunctions);
}
