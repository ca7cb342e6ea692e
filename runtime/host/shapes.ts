/**
 * What may come back from a host function: a check per result type, made from the type's text.
 * Invariant: a value that passes is a machine value of that type as far as the text tells; a whole number for `float` is
 * boxed on the way, which is the one conversion.
 */
import { NIL, Cons, Float, Opaque, isData } from '../values/value.js';
import type { Value } from '../values/value.js';

/** Gives the value, converted, or `WRONG`. */
export type Shape = (v: Value) => Value;
export const WRONG = Symbol('wrong shape');

const int: Shape = (v) => (Number.isSafeInteger(v) ? (v as number) + 0 : WRONG);
const float: Shape = (v) => (v instanceof Float ? v : typeof v === 'number' ? new Float(v) : WRONG);
const ofType =
  (type: string): Shape =>
  (v) =>
    typeof v === type ? v : WRONG;
const unit: Shape = () => undefined;
const bytes: Shape = (v) =>
  v instanceof Uint8Array ? (Object.getPrototypeOf(v) === Uint8Array.prototype ? v : new Uint8Array(v)) : WRONG;
/** Any machine value: what the host must not hand in is its own plain objects, functions and symbols. */
const any: Shape = (v) => {
  if (typeof v === 'number') return int(v);
  if (typeof v === 'function' || typeof v === 'symbol' || typeof v === 'bigint' || v === null) return WRONG;
  return v;
};
const data =
  (type: string): Shape =>
  (v) =>
    isData(v) && v.ctor.type === type ? v : WRONG;
const tuple: Shape = (v) => (isData(v) && v.ctor.kind === 'tuple' ? v : WRONG);
const opaque: Shape = (v) => (v instanceof Opaque ? v : any(v));

function listOf(element: Shape): Shape {
  return (v) => {
    if (!(v instanceof Cons)) return WRONG;
    for (let c = v; c !== NIL; c = c.tail) {
      if (!(c instanceof Cons) || element(c.head) === WRONG) return WRONG;
    }
    return v;
  };
}

const simple: Readonly<Record<string, Shape>> = {
  int,
  float,
  bool: ofType('boolean'),
  string: ofType('string'),
  unit,
  void: unit,
  '()': unit,
  bytes,
};

/** The check for a type text. */
export function shapeOf(type: string): Shape {
  const text = type.trim();
  const known = simple[text];
  if (known !== undefined) return known;
  const list = /^list<(.*)>$/.exec(text);
  if (list) return listOf(/^(int|string|bool|bytes)$/.test(list[1]!) ? simple[list[1]!]! : any);
  if (/^option<.*>$/.test(text)) return data('option');
  if (/^result<.*>$/.test(text)) return data('result');
  if (text.startsWith('(') && text.includes(',') && !text.includes('->')) return tuple;
  return opaque;
}
