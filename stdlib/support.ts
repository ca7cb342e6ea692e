/**
 * What the host halves of the library share: the shape of a host function, and the values of `option`, `result` and
 * lists made from the host's own. Invariant: a host function gets values of the types its `extern fun` declares and
 * returns one; it never calls back into a program and never changes what it was given.
 */
import type { HostFunction } from '../runtime/host/registry.js';
import { list, toArray } from '../runtime/values/list.js';
import { ERR, OK, SOME, none } from '../runtime/values/exceptions.js';
import { type Cons, Float, makeData, tupleConstructor, type Value } from '../runtime/values/value.js';

/** Functions of one module by name. A promise suspends the calling thread alone (only where declared `async`). */
export type HostFunctions = Readonly<Record<string, HostFunction>>;

export const some = (value: Value): Value => makeData(SOME, [value]);
export const option = (value: Value | undefined): Value => (value === undefined ? none : some(value));
export const ok = (value: Value): Value => makeData(OK, [value]);
export const err = (why: Value): Value => makeData(ERR, [why]);
export const tuple = (...values: Value[]): Value => makeData(tupleConstructor(values.length), values);
export const float = (value: number): Float => new Float(value);
export const fromList = <T>(values: Cons): T[] => toArray(values) as T[];
export const toList = (values: readonly Value[]): Cons => list(values);

/** What an object of the host has under a name that a program chose: its own, never what every object inherits. */
export const own = <T>(of: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(of, name) ? of[name] : undefined;

/** What a host function throws to raise a built-in exception of the language, such as `OutOfRange`. */
export class Raise extends Error {
  constructor(readonly exception: 'OutOfRange' | 'Overflow' | 'DivideByZero') {
    super(exception);
  }
}

const MAX_INT = Number.MAX_SAFE_INTEGER;

/** An exact int; raises `Overflow` for what is none. */
export function exact(n: number): number {
  if (!(n >= -MAX_INT && n <= MAX_INT)) throw new Raise('Overflow');
  return n + 0;
}

/** Runs what may fail for reasons outside the program; the reason becomes an `Err`. */
export async function attempt(action: () => Promise<Value>, explain: (error: unknown) => string): Promise<Value> {
  try {
    return ok(await action());
  } catch (error) {
    return err(explain(error));
  }
}
