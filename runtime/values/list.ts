/**
 * Lists, and what is common to lists, strings, bytes and maps: length, indexing, slices, joining.
 * Invariant: iterative throughout, so a list of any length is safe; strings count code points, never UTF-16 units.
 */
import { PersistentMap } from './map.js';
import { Cons, NIL, tupleConstructor, makeData } from './value.js';
import type { Value } from './value.js';
import { room, spend, spendText, textRoom } from './work.js';

export function list(elements: readonly Value[], tail: Cons = NIL): Cons {
  let made = tail;
  for (let i = elements.length - 1; i >= 0; i--) made = new Cons(elements[i], made);
  return made;
}

export function toArray(l: Cons): Value[] {
  const out: Value[] = [];
  for (let c = l; c !== NIL; c = c.tail) out.push(c.head);
  return out;
}

export function reverse(l: Cons): Cons {
  let made = NIL;
  let n = 0;
  for (let c = l; c !== NIL; c = c.tail) {
    made = new Cons(c.head, made);
    n++;
  }
  spend(n);
  return made;
}

/** x followed by y: two lists, or two bytes. */
export function append(x: Value, y: Value): Value {
  if (x instanceof Uint8Array) {
    const second = y as Uint8Array;
    textRoom(x.length + second.length);
    spendText(x.length + second.length);
    const joined = new Uint8Array(x.length + second.length);
    joined.set(x);
    joined.set(second, x.length);
    return joined;
  }
  if (y === NIL) return x;
  // What is made is the left one again; what comes of both together is looked at when the thread is counted.
  const left = toArray(x as Cons);
  room(2 * left.length);
  spend(left.length);
  return list(left, y as Cons);
}

/** ints from .. to, both included. */
export function range(from: number, to: number): Cons {
  let made = NIL;
  room(2 * (to - from + 1));
  spend(Math.max(0, to - from));
  for (let i = to; i >= from; i--) made = new Cons(i, made);
  return made;
}

const surrogates = /[\ud800-\udfff]/;

/** Code points in a string. */
export function codePoints(s: string): number {
  spendText(s.length);
  if (!surrogates.test(s)) return s.length;
  let n = 0;
  for (let i = 0; i < s.length; n++) i += s.codePointAt(i)! > 0xffff ? 2 : 1;
  return n;
}

export function lengthOf(c: Value): number {
  if (typeof c === 'string') return codePoints(c);
  if (c instanceof Uint8Array) return c.length;
  if (c instanceof PersistentMap) return c.size;
  let n = 0;
  for (let l = c as Cons; l !== NIL; l = l.tail) n++;
  spend(n);
  return n;
}

/** Answer of `indexed` and `sliced` for a place that is not there. */
export const MISSING = Symbol('missing');

/** Element i, or what a map holds under i; MISSING if it is not there. */
export function indexed(c: Value, i: Value): Value {
  if (c instanceof PersistentMap) {
    const found = c.find(i);
    return found === undefined ? MISSING : found.value;
  }
  const n = i as number;
  if (n < 0) return MISSING;
  if (typeof c === 'string') {
    if (!surrogates.test(c)) {
      spendText(c.length);
      return n < c.length ? c[n] : MISSING;
    }
    spend(c.length);
    const points = [...c];
    return n < points.length ? points[n] : MISSING;
  }
  if (c instanceof Uint8Array) return n < c.length ? c[n] : MISSING;
  let l = c as Cons;
  let k = 0;
  for (; k < n && l !== NIL; k++) l = l.tail;
  spend(k);
  return l === NIL ? MISSING : l.head;
}

/** Elements from .. to - 1; MISSING unless 0 <= from <= to <= length. */
export function sliced(c: Value, from: number, to: number): Value {
  if (from < 0 || to < from) return MISSING;
  if (typeof c === 'string') {
    spendText(c.length);
    const points = surrogates.test(c) ? [...c] : undefined;
    if (to > (points ?? c).length) return MISSING;
    return points === undefined ? c.slice(from, to) : points.slice(from, to).join('');
  }
  if (c instanceof Uint8Array) return to > c.length ? MISSING : c.slice(from, to);
  let l = c as Cons;
  for (let k = 0; k < from; k++) {
    if (l === NIL) return MISSING;
    l = l.tail;
  }
  spend(from);
  const taken: Value[] = [];
  for (let k = from; k < to; k++) {
    if (l === NIL) return MISSING;
    taken.push(l.head);
    l = l.tail;
  }
  spend(taken.length);
  return list(taken);
}

/** What `for` runs over. */
export function items(c: Value): Cons {
  if (c instanceof Cons) return c;
  if (typeof c === 'string' || c instanceof Uint8Array) {
    room(2 * c.length);
    spend(c.length);
    return typeof c === 'string' ? list([...c]) : list([...c]);
  }
  const pair = tupleConstructor(2);
  spend((c as PersistentMap).size);
  return list([...(c as PersistentMap).entries()].map((e) => makeData(pair, [e.key, e.value])));
}
