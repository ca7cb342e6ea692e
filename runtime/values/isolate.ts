/**
 * Copying what must not be shared when a value leaves its thread: captured variables.
 * Invariant: within one copy each `Upvalue` is copied once, so closures that share a variable still share it on the
 * other side; everything without an upvalue below it is passed as it is. Iterative: depth is limited by memory alone.
 */
import { PersistentMap } from './map.js';
import { Cons, Exn, NIL, Partial, Upvalue, fieldsOf, isData, makeData } from './value.js';
import type { Value } from './value.js';

const hasParts = (v: Value): v is object =>
  typeof v === 'object' &&
  (v instanceof Cons ||
    v instanceof Partial ||
    v instanceof Upvalue ||
    v instanceof PersistentMap ||
    v instanceof Exn ||
    isData(v));

function partsOf(v: object): readonly Value[] {
  if (v instanceof Cons) return v === NIL ? [] : [v.head, v.tail];
  if (v instanceof Partial) return v.args;
  if (v instanceof Upvalue) return [v.value];
  if (v instanceof PersistentMap) return [...v.entries()].flatMap((e) => [e.key, e.value]);
  return fieldsOf(v as Exn);
}

function rebuilt(v: object, parts: readonly Value[]): Value {
  if (v instanceof Cons) return new Cons(parts[0], parts[1] as Cons);
  if (v instanceof Partial) return new Partial(v.fn, parts);
  if (v instanceof PersistentMap) return PersistentMap.of(parts);
  const made = makeData((v as Exn).ctor, parts);
  if (v instanceof Exn) (made as Exn).trace = v.trace;
  return made;
}

/** Values without parts that are met all the time: the end of a list, most reasons of a loss. */
const isEmpty = (v: object): boolean => v === NIL || (v instanceof Exn && v.ctor.arity === 0);

/** A walk's memory: share one between the values of one message. */
export type Copies = Map<object, Value>;

/** The value with every upvalue below it copied. */
export function isolated(value: Value, known?: Copies): Value {
  if (!hasParts(value) || isEmpty(value)) return value;
  const copies: Copies = known ?? new Map<object, Value>();
  const todo: object[] = [value];
  while (todo.length > 0) {
    const v = todo.at(-1)!;
    const parts = partsOf(v);
    if (v instanceof Upvalue) {
      let copy = copies.get(v) as Upvalue | undefined;
      if (copy === undefined) {
        copies.set(v, (copy = new Upvalue(undefined)));
        if (hasParts(v.value) && !copies.has(v.value)) {
          todo.push(v.value);
          continue;
        }
      }
      copy.value = copies.get(v.value as object) ?? v.value;
      todo.pop();
      continue;
    }
    if (copies.has(v)) {
      todo.pop();
      continue;
    }
    const missing = parts.filter((p): p is object => hasParts(p) && !copies.has(p));
    if (missing.length > 0) {
      todo.push(...missing);
      continue;
    }
    const next = parts.map((p) => (hasParts(p) ? copies.get(p) : p));
    copies.set(v, next.every((p, i) => p === parts[i]) ? v : rebuilt(v, next));
    todo.pop();
  }
  return copies.get(value);
}
