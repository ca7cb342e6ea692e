/**
 * What may come back from a host function: a check of its result type, to the last element.
 * Invariant: a value that passes is a machine value of that type as far as the text tells (a type variable and a type of the
 * host's own say only that it is a value of the machine); a whole number for `float` is boxed on the way, wherever it lies.
 */
import { isRight } from 'fp-ts/lib/Either.js';
import { ERR, NONE, OK, SOME } from '../values/exceptions.js';
import { list, toArray } from '../values/list.js';
import { PersistentMap } from '../values/map.js';
import { Cons, Exn, Float, NIL, Opaque, Partial, fieldOf, fieldsOf, isData, makeData } from '../values/value.js';
import type { Constructor, Value } from '../values/value.js';
import { Reference } from '../process/thread.js';
import { parseType, type Notation } from '../verify/terms/session-type.js';

/** Gives the value, converted, or `WRONG`. */
export type Shape = (v: Value) => Value;
export const WRONG = Symbol('wrong shape');

const int: Shape = (v) => (Number.isSafeInteger(v) ? (v as number) + 0 : WRONG);
const ofType =
  (type: string): Shape =>
  (v) =>
    typeof v === type ? v : WRONG;
const bytes: Shape = (v) =>
  v instanceof Uint8Array ? (Object.getPrototypeOf(v) === Uint8Array.prototype ? v : new Uint8Array(v)) : WRONG;
/** Any machine value: what the host must not hand in is its own objects, functions and symbols. */
const any: Shape = (v) => {
  if (typeof v === 'number') return int(v);
  if (typeof v === 'string' || typeof v === 'boolean' || v === undefined) return v;
  const known =
    isData(v) ||
    v instanceof Cons ||
    v instanceof Float ||
    v instanceof PersistentMap ||
    v instanceof Opaque ||
    v instanceof Partial ||
    v instanceof Exn ||
    v instanceof Uint8Array;
  return known ? v : WRONG;
};

const simple: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['int', int],
  ['float', (v) => (v instanceof Float ? v : typeof v === 'number' ? new Float(v) : WRONG)],
  ['bool', ofType('boolean')],
  ['string', ofType('string')],
  ['unit', () => undefined],
  ['void', () => undefined],
  ['bytes', bytes],
  ['exn', (v) => (v instanceof Exn ? v : WRONG)],
]);

/** The values, converted; as they were if none was, so that what is large is not copied for nothing. */
function each(values: readonly Value[], shape: (i: number) => Shape): readonly Value[] | undefined {
  let made: Value[] | undefined;
  for (let i = 0; i < values.length; i++) {
    const v = shape(i)(values[i]);
    if (v === WRONG) return undefined;
    if (v !== values[i]) (made ??= [...values])[i] = v;
  }
  return made ?? values;
}

function listOf(element: Shape): Shape {
  return (v) => {
    if (!(v instanceof Cons)) return WRONG;
    let same = true;
    for (let c = v; c !== NIL; c = c.tail) {
      if (!(c instanceof Cons)) return WRONG;
      const made = element(c.head);
      if (made === WRONG) return WRONG;
      same &&= made === c.head;
    }
    return same ? v : list(toArray(v).map(element));
  };
}

function mapOf(key: Shape, value: Shape): Shape {
  return (v) => {
    if (!(v instanceof PersistentMap)) return WRONG;
    // What came in through a type variable is a value of the machine already.
    if (key === any && value === any) return v;
    const parts = [...v.entries()].flatMap((e) => [e.key, e.value]);
    const made = each(parts, (i) => (i % 2 === 0 ? key : value));
    return made === undefined ? WRONG : made === parts ? v : PersistentMap.of(made);
  };
}

/** Data of a constructor each of the language's own: with the shape of its one field, or none. */
function oneOf(ways: readonly (readonly [Constructor, Shape | undefined])[]): Shape {
  return (v) => {
    if (!isData(v)) return WRONG;
    const way = ways.find(([ctor]) => ctor === v.ctor);
    if (way === undefined) return WRONG;
    if (way[1] === undefined) return v;
    const inside = way[1](fieldOf(v, 0));
    return inside === WRONG ? WRONG : inside === fieldOf(v, 0) ? v : makeData(v.ctor, [inside]);
  };
}

function tupleOf(items: readonly Shape[]): Shape {
  return (v) => {
    if (!isData(v) || v.ctor.kind !== 'tuple' || v.ctor.arity !== items.length) return WRONG;
    const parts = fieldsOf(v);
    const made = each(parts, (i) => items[i]!);
    return made === undefined ? WRONG : made === parts ? v : makeData(v.ctor, made);
  };
}

const reference: Shape = (v) => (v instanceof Reference ? v : WRONG);

/** A type of the host's own, or data of a module, of which the text says the name alone. */
const named =
  (type: string): Shape =>
  (v) =>
    (v instanceof Opaque && !(v instanceof Reference)) || (isData(v) && v.ctor.kind !== 'tuple' && v.ctor.type === type)
      ? v
      : WRONG;

function shapeFor(n: Notation): Shape {
  if (n.kind === 'fun') return (v) => (v instanceof Partial ? v : WRONG);
  if (n.kind === 'tuple') return n.items.length === 0 ? () => undefined : tupleOf(n.items.map(shapeFor));
  if (n.kind !== 'name') return (v) => (v instanceof Opaque ? v : WRONG);
  const known = simple.get(n.name);
  if (known !== undefined) return known;
  const [first = any, second = any] = n.args.map(shapeFor);
  if (n.name === 'list') return listOf(first);
  if (n.name === 'map') return mapOf(first, second);
  if (n.name === 'option') return oneOf([[NONE, undefined], [SOME, first]]); // prettier-ignore
  if (n.name === 'result') return oneOf([[OK, first], [ERR, second]]); // prettier-ignore
  const type = n.name.split('::').at(-1)!;
  if (n.name === 'service' || n.name === 'thread' || n.name === 'reference') return reference;
  return /^[A-Z]/.test(type) ? named(type) : any;
}

/** The check for a type text. Nothing passes for a text that is none. */
export function shapeOf(type: string): Shape {
  const simply = simple.get(type.trim());
  if (simply !== undefined) return simply;
  // Most functions of a program's modules are never called: their types are read when they are.
  let made: Shape | undefined;
  return (v) => (made ??= read(type))(v);
}

function read(type: string): Shape {
  const parsed = parseType(type);
  return isRight(parsed) ? shapeFor(parsed.right) : () => WRONG;
}
