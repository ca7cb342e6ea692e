/**
 * Structural equality and order of two values of one type.
 * Invariant: iterative, so depth is limited by memory alone; `equal` holds exactly when `compare` gives 0, but for NaN,
 * which equals nothing. `order` is what `<`, `<=`, `>` and `>=` say of values of every type: NaN stands in no order to any
 * number, itself included, exactly as the rows for floats have it. `compare` is the total order of sorting and of keys,
 * where NaN comes after every number. Functions, ends and references compare by identity. What is shared is compared once: two
 * things of 40 cells each that stand for trees of 2^40 take 40 steps.
 */
import { Cons, Exn, Float, NIL, Upvalue, fieldsOf, isData } from './value.js';
import type { Value } from './value.js';
import { PersistentMap } from './map.js';
import { Pairs } from './pairs.js';
import { room, spend } from './work.js';

/** Are two values of one type equal? */
export function equal(x: Value, y: Value): boolean {
  if (x === y) return !(x instanceof Float && Number.isNaN(x.value)) && (typeof x !== 'object' || same(x, y));
  if (typeof x !== 'object' || typeof y !== 'object') return false;
  return same(x, y);
}

const same = (x: Value, y: Value): boolean => walk(x, y, 'equality') === 0;

/** What is asked of two values: are they equal, which comes first, or how do the comparing operators see them. */
type Question = 'equality' | 'total' | 'operators';

/** As `compare`, but NaN where what decides is a NaN: then none of `<`, `<=`, `>`, `>=` holds. */
export function order(x: Value, y: Value): number {
  return typeof x === 'number' ? x - (y as number) : walk(x, y, 'operators');
}

/** Negative, zero or positive as x is before, like or after y. */
export function compare(x: Value, y: Value): number {
  return typeof x === 'number' ? x - (y as number) : walk(x, y, 'total');
}

/** Strings by code points: UTF-16 order differs for characters beyond the basic plane. */
export function compareStrings(x: string, y: string): number {
  if (x === y) return 0;
  const n = Math.min(x.length, y.length);
  for (let i = 0; i < n; i++) {
    const a = x.charCodeAt(i);
    const b = y.charCodeAt(i);
    if (a !== b) {
      const high = (c: number): number => (c >= 0xd800 && c <= 0xdfff ? c + 0x10000 : c);
      return high(a) - high(b);
    }
  }
  return x.length - y.length;
}

function compareBytes(x: Uint8Array, y: Uint8Array): number {
  const n = Math.min(x.length, y.length);
  for (let i = 0; i < n; i++) if (x[i] !== y[i]) return x[i]! - y[i]!;
  return x.length - y.length;
}

function compareFloats(a: number, b: number, asked: Question): number {
  if (a === b) return 0;
  if (asked === 'operators' && (Number.isNaN(a) || Number.isNaN(b))) return NaN;
  if (Number.isNaN(a)) return Number.isNaN(b) && asked === 'total' ? 0 : 1;
  return Number.isNaN(b) || a < b ? -1 : 1;
}

/** Order of two scalars or opaque values, or undefined if they have parts to look into. */
function scalar(x: Value, y: Value, asked: Question): number | undefined {
  if (typeof x === 'number') return x - (y as number);
  if (typeof x === 'string') return compareStrings(x, y as string);
  if (typeof x === 'boolean') return Number(x) - Number(y);
  if (x instanceof Float) return compareFloats(x.value, (y as Float).value, asked);
  if (x instanceof Uint8Array) return compareBytes(x, y as Uint8Array);
  if (x instanceof Cons || x instanceof PersistentMap || x instanceof Exn || isData(x)) return undefined;
  return x === y ? 0 : identity(x) - identity(y);
}

const identities = new WeakMap<object, number>();
let nextIdentity = 0;
function identity(x: Value): number {
  if (typeof x !== 'object' || x === null) return -1;
  let found = identities.get(x);
  if (found === undefined) identities.set(x, (found = nextIdentity++));
  return found;
}

/** Steps of a comparison after which it looks for what is shared. */
const SIMPLE = 1 << 16;
/** Steps after which it is looked whether there is room for so much. */
const LONG = 1 << 20;

function walk(x0: Value, y0: Value, asked: Question): number {
  const todo: Value[] = [y0, x0];
  let steps = 0;
  let pairs: Pairs | null = null;
  while (todo.length > 0) {
    const x = todo.pop();
    const y = todo.pop();
    const found = scalar(x, y, asked);
    if (found !== undefined) {
      if (found === 0) continue;
      spend(steps);
      return found;
    }
    if (x === y && asked === 'total') continue;
    if (++steps > SIMPLE) {
      pairs ??= new Pairs(asked === 'equality');
      // A cell of a flat list leads to one other: to look now and then is enough.
      const flat = x instanceof Cons && typeof x.head !== 'object';
      if ((!flat || (steps & 15) === 0) && pairs.known(x as object, y as object)) continue;
      if ((steps & (LONG - 1)) === 0) room(steps >> 8);
    }
    if (x instanceof Cons) {
      const other = y as Cons;
      if (x === NIL || other === NIL) {
        if (x === other) continue;
        spend(steps);
        return x === NIL ? -1 : 1;
      }
      todo.push(other.tail, x.tail, other.head, x.head);
    } else if (x instanceof PersistentMap) {
      const other = y as PersistentMap;
      const a = [...x.entries()];
      const b = [...other.entries()];
      steps += a.length + b.length;
      if (asked === 'equality' && a.length !== b.length) return 1;
      todo.push(b.length, a.length);
      for (let i = Math.min(a.length, b.length) - 1; i >= 0; i--) {
        todo.push(b[i]!.value, a[i]!.value, b[i]!.key, a[i]!.key);
      }
    } else if (x instanceof Exn || isData(x)) {
      const other = y as typeof x;
      if (x.ctor !== other.ctor) {
        spend(steps);
        const tags = x.ctor.tag - other.ctor.tag;
        return tags !== 0 ? tags : compareStrings(x.ctor.name, other.ctor.name) || -1;
      }
      const a = fieldsOf(x);
      const b = fieldsOf(other);
      for (let i = a.length - 1; i >= 0; i--) todo.push(b[i], a[i]);
    } else if (x instanceof Upvalue) return x === y ? 0 : 1;
  }
  spend(steps);
  return 0;
}
