/**
 * Sizes in values: what metering counts. A structured value counts 1 and its fields, a list cell 2, a string 1 and an
 * eighth of its length; bools, ints and unit are part of what holds them.
 * Invariant: iterative; counts what is shared once; stops as soon as the limit is passed.
 */
import { PersistentMap } from './map.js';
import { Cons, Exn, Float, NIL, Partial, Upvalue, fieldsOf, isData } from './value.js';
import type { Value } from './value.js';

/** What one value takes itself, without what it refers to. */
export function own(v: Value): number {
  if (typeof v === 'string') return 1 + (v.length >> 3);
  if (typeof v !== 'object' || v === null || v === NIL) return 0;
  if (v instanceof Cons) return 2;
  if (v instanceof Float || v instanceof Upvalue) return 1;
  if (v instanceof Uint8Array) return 1 + (v.length >> 3);
  if (v instanceof Partial) return 1 + v.args.length;
  if (v instanceof PersistentMap) return 1 + 3 * v.size;
  if (v instanceof Exn || isData(v)) return v.ctor.arity === 0 ? 0 : 1 + v.ctor.arity;
  return 1;
}

/** What a library operation made, counted cheaply: the cells of a list, the entries of a map, the length of a string. */
export function extent(v: Value): number {
  if (!(v instanceof Cons)) return own(v);
  let n = 0;
  for (let c = v; c !== NIL; c = c.tail) n += 2;
  return n;
}

function partsOf(v: object): readonly Value[] {
  if (v instanceof Cons) return [v.head, v.tail];
  if (v instanceof Partial) return v.args;
  if (v instanceof Upvalue) return [v.value];
  if (v instanceof PersistentMap) return [...v.entries()].flatMap((e) => [e.key, e.value]);
  return v instanceof Exn || isData(v) ? fieldsOf(v) : [];
}

/** Counts values reachable from roots, up to the first past `limit`. `more` gives what else an object refers to. */
export function reachable(roots: Iterable<Value>, limit: number, more: (v: object) => readonly Value[]): number {
  const seen = new Set<object>();
  const todo: Value[] = [...roots];
  let n = 0;
  while (todo.length > 0 && n <= limit) {
    const v = todo.pop();
    if (typeof v === 'string') n += own(v);
    if (typeof v !== 'object' || v === null || v === NIL || seen.has(v)) continue;
    seen.add(v);
    n += own(v);
    for (const p of partsOf(v)) todo.push(p);
    for (const p of more(v)) todo.push(p);
  }
  return n;
}
