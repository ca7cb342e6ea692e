/**
 * Between the host's values and the machine's, by declared type: what crosses the border of a VM is judged here.
 * Invariant: `toValue` gives a machine value of the type or throws `WrongValue`; it never hands in an object that the host
 * could still change. Depth is limited, so that a cyclic object is refused and not followed for ever.
 *
 * | type | host value |
 * |---|---|
 * | `int`, `float` | number (`int`: whole and exact) |
 * | `bool`, `string`, `bytes`, `unit` | boolean, string without lone surrogates, Uint8Array, undefined |
 * | `list<a>`, `map<k, v>`, `(a, b)` | array, Map, array of that length |
 * | `option<a>` | undefined for `None`, else the value of `Some` (`{ some: x }` where x may itself be undefined) |
 * | `result<a, e>` | `{ ok: x }` or `{ err: x }` |
 * | record | object with its fields; variant: `{ tag: 'Circle', fields: [2] }` |
 * | a type variable | whatever it looks like: number, string, boolean, bytes, array, Map |
 * | `extern type` | an object of the host, passed through |
 */
import { isRight } from 'fp-ts/lib/Either.js';
import type { ConstructorImage } from '../bytecode/module.js';
import type { Instance } from '../engine/function.js';
import { ERR, NONE, none, OK, SOME } from '../values/exceptions.js';
import { list, toArray } from '../values/list.js';
import { PersistentMap } from '../values/map.js';
import {
  Cons,
  type Constructor,
  Exn,
  fieldsOf,
  Float,
  isData,
  makeData,
  Opaque,
  Partial,
  tupleConstructor,
  type Value,
} from '../values/value.js';
import { type Notation, parseType } from '../verify/terms/session-type.js';

/** A value from the host that is not of the type it must have. */
export class WrongValue extends TypeError {
  override readonly name = 'WrongValue';
}

/** An object of the host inside the machine: what an `extern type` stands for. */
export class HostObject extends Opaque {
  constructor(
    readonly type: string,
    readonly object: unknown,
  ) {
    super();
  }
  describe(): string {
    return `<${this.type}>`;
  }
}

/** The constructors of a data type of some loaded module, and their declarations. */
export type DataTypes = (name: string) => readonly { readonly made: Constructor; readonly image: ConstructorImage }[];

export const noData: DataTypes = () => [];

/** Data types that the given modules know, by name with or without their module. */
export const dataTypesOf =
  (modules: () => readonly Instance[]): DataTypes =>
  (name) =>
    modules().flatMap((m) =>
      m.image.constructors.flatMap((image, i) =>
        image.kind !== 'exception' && (image.type === name || `${image.module}::${image.type}` === name)
          ? [{ image, made: m.constructors[i]! }]
          : [],
      ),
    );

/** Those that a module's types can mean: its own, and those of the modules it is made from. */
export function typesWithin(from: Instance): DataTypes {
  const found = new Set([from]);
  for (const m of found) for (const below of m.required.values()) found.add(below);
  return dataTypesOf(() => [...found]);
}

const MOST_DEPTH = 500;
const parsed = new Map<string, Notation | undefined>();

/** A type text as notation; undefined if it is none. */
export function notationOf(text: string): Notation | undefined {
  if (!parsed.has(text)) {
    const made = parseType(text);
    // Texts come from loaded modules: few of them, but a host may load modules for ever.
    if (parsed.size > 10_000) parsed.clear();
    parsed.set(text, isRight(made) ? made.right : undefined);
  }
  return parsed.get(text);
}

const show = (v: unknown): string => {
  const text =
    typeof v === 'string' ? JSON.stringify(v) : typeof v === 'object' && v !== null ? 'an object' : String(v);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
};

type Bindings = ReadonlyMap<string, Notation>;

/** The machine value of a type for a value of the host. Throws WrongValue. */
export function toValue(
  type: Notation,
  v: unknown,
  types: DataTypes = noData,
  from: 'peer' | 'function' = 'peer',
): Value {
  return new Inward(types, from === 'function').value(type, v, new Map(), 0);
}

class Inward {
  constructor(
    readonly types: DataTypes,
    /** Results of host functions: objects stand for extern types, and what a type variable stands for came from the machine. */
    readonly foreign: boolean,
  ) {}

  value(type: Notation, v: unknown, bound: Bindings, depth: number): Value {
    if (depth > MOST_DEPTH) throw new WrongValue('the value is nested too deeply, or contains itself');
    const next = (t: Notation, x: unknown): Value => this.value(t, x, bound, depth + 1);
    if (type.kind === 'tuple') {
      if (type.items.length === 0) return need(v === undefined, undefined, 'unit', v);
      if (!Array.isArray(v) || v.length !== type.items.length) throw mismatch(`${type.items.length} values`, v);
      return makeData(
        tupleConstructor(v.length),
        type.items.map((t, i) => next(t, v[i])),
      );
    }
    // Which function it may be, and which data, whoever calls the function of the host knows (`runtime/host/handed.ts`).
    if (type.kind === 'fun' && this.foreign && v instanceof Partial) return v;
    if (type.kind !== 'name') throw new WrongValue('a function or an end cannot come from the host');
    const [first, second] = type.args;
    switch (type.name) {
      case 'int':
        return need(Number.isSafeInteger(v), (v as number) + 0, 'int', v);
      case 'float':
        return need(typeof v === 'number', new Float(v as number), 'float', v);
      case 'bool':
        return need(typeof v === 'boolean', v, 'bool', v);
      case 'string':
        return need(typeof v === 'string' && isWellFormed(v), v, 'string', v);
      case 'unit':
      case 'void':
        return need(v === undefined, undefined, 'unit', v);
      case 'bytes':
        if (!(v instanceof Uint8Array)) throw mismatch('bytes', v);
        return new Uint8Array(v);
      case 'list':
        if (!Array.isArray(v)) throw mismatch('a list', v);
        return list(v.map((x: unknown) => next(first ?? ANY, x)));
      case 'map':
        if (!(v instanceof Map)) throw mismatch('a map', v);
        return PersistentMap.of([...v].flatMap(([k, x]) => [next(first ?? ANY, k), next(second ?? ANY, x)]));
      case 'option': {
        if (v === undefined || v === null) return none;
        const nested = first !== undefined && isOptional(first) && typeof v === 'object' && 'some' in v;
        return makeData(SOME, [next(first ?? ANY, nested ? v.some : v)]);
      }
      case 'result': {
        if (typeof v !== 'object' || v === null || 'ok' in v === 'err' in v) throw mismatch('{ ok } or { err }', v);
        return 'ok' in v
          ? makeData(OK, [next(first ?? ANY, v.ok)])
          : makeData(ERR, [next(second ?? ANY, (v as { err: unknown }).err)]);
      }
      default: {
        const meant = bound.get(type.name);
        if (meant !== undefined) return this.value(meant, v, new Map(), depth + 1);
        if (/^[a-z]\w*$/.test(type.name)) return this.foreign ? raw(v) : guess(v, depth);
        return this.data(type, v, bound, depth);
      }
    }
  }

  private data(type: Notation & { readonly kind: 'name' }, v: unknown, bound: Bindings, depth: number): Value {
    const all = this.types(type.name);
    if (v instanceof HostObject || isData(v)) {
      const own = isData(v)
        ? // What its fields hold is not asked, so of data with arguments nobody knows but whoever handed it to the host.
          all.some(({ made }) => made === v.ctor) && (this.foreign || type.args.length === 0)
        : all.length === 0 && v.type === type.name;
      return need(own, v, type.name, v);
    }
    if (typeof v !== 'object' || v === null) throw mismatch(type.name, v);
    if (all.length === 0) {
      if (!this.foreign) throw new WrongValue(`${type.name} is not known here`);
      return new HostObject(type.name, v);
    }
    const given = v as Readonly<Record<string, unknown>>;
    const found = all.find(({ image }) => image.kind === 'record' || image.name === given.tag);
    if (found === undefined) throw mismatch(type.name, v);
    const { image, made } = found;
    const inside: Bindings = new Map(image.params.map((p, i) => [p, close(type.args[i] ?? ANY, bound)]));
    const fields = image.kind === 'record' ? image.fields.map((f) => member(given, f.name)) : (given.fields ?? []);
    if (!Array.isArray(fields) || fields.length !== image.fields.length)
      throw mismatch(`${image.name} with ${image.fields.length} fields`, v);
    return makeData(
      made,
      image.fields.map((f, i) => this.value(notationOf(f.type) ?? NOTHING, fields[i], inside, depth + 1)),
    );
  }
}

/** A field of an object of the host, but nothing that every object has. */
const member = (of: Readonly<Record<string, unknown>>, name: string): unknown =>
  name in Object.prototype && !Object.hasOwn(of, name) ? undefined : of[name];

const ANY: Notation = { kind: 'name', name: 'a', args: [] };
const NOTHING: Notation = { kind: 'cut' };

/** A type argument with what is bound around it put in. */
function close(type: Notation, bound: Bindings): Notation {
  if (type.kind === 'tuple') return { ...type, items: type.items.map((t) => close(t, bound)) };
  if (type.kind !== 'name') return type;
  return bound.get(type.name) ?? { ...type, args: type.args.map((t) => close(t, bound)) };
}

/** What a type variable stands for: the value decides. */
function guess(v: unknown, depth: number): Value {
  if (depth > MOST_DEPTH) throw new WrongValue('the value is nested too deeply, or contains itself');
  if (v === undefined || typeof v === 'boolean' || v instanceof Opaque || v instanceof Float || isData(v)) return v;
  if (typeof v === 'string') return need(isWellFormed(v), v, 'string', v);
  if (typeof v === 'number') return Number.isSafeInteger(v) ? v + 0 : new Float(v);
  if (v instanceof Uint8Array) return new Uint8Array(v);
  if (Array.isArray(v)) return list(v.map((x) => guess(x, depth + 1)));
  if (v instanceof Map) return PersistentMap.of([...v].flatMap(([k, x]) => [guess(k, depth + 1), guess(x, depth + 1)]));
  throw new WrongValue(`${show(v)} is no value of the machine`);
}

/** A machine value that the host was given as it is, and gives back. */
function raw(v: unknown): Value {
  const own =
    v === undefined ||
    typeof v === 'boolean' ||
    typeof v === 'string' ||
    Number.isSafeInteger(v) ||
    [Float, Cons, PersistentMap, Opaque, Partial, Exn, Uint8Array].some((c) => v instanceof c) ||
    isData(v);
  return need(own, v, 'a value of the machine', v);
}

const mismatch = (wanted: string, v: unknown): WrongValue => new WrongValue(`${show(v)} is not ${wanted}`);

function need(holds: boolean, made: Value, wanted: string, v: unknown): Value {
  if (!holds) throw mismatch(wanted, v);
  return made;
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}

/** As `fromValue`, but what a type variable stands for stays as it is, so that it can be given back unchanged. */
export function fromTyped(type: Notation, v: Value): unknown {
  if (type.kind === 'tuple' && isData(v)) return fieldsOf(v).map((x, i) => fromTyped(type.items[i] ?? ANY, x));
  if (type.kind !== 'name') return v;
  const [first = ANY, second = ANY] = type.args;
  if (v instanceof Cons && type.name === 'list') return toArray(v).map((x) => fromTyped(first, x));
  if (v instanceof PersistentMap && type.name === 'map')
    return new Map([...v.entries()].map((e) => [fromTyped(first, e.key), fromTyped(second, e.value)]));
  if (isData(v) && (type.name === 'option' || type.name === 'result')) {
    const inside = (t: Notation): unknown => fromTyped(t, fieldsOf(v)[0]);
    if (v.ctor === OK) return { ok: inside(first) };
    if (v.ctor === ERR) return { err: inside(second) };
    if (v.ctor === NONE) return undefined;
    return isOptional(first) ? { some: inside(first) } : inside(first);
  }
  if (/^[a-z]\w*$/.test(type.name) && !KNOWN.has(type.name)) return v;
  return type.args.length > 0 ? v : fromValue(v);
}

const KNOWN: ReadonlySet<string> = new Set(['int', 'float', 'bool', 'string', 'bytes', 'unit', 'exn']);
const isOptional = (t: Notation): boolean =>
  t.kind === 'name' &&
  (t.name === 'option' || t.name === 'unit' || (/^[a-z]/.test(t.name) && !KNOWN.has(t.name) && t.args.length === 0));

/** The host's view of a machine value; functions, references and the like are passed through as they are. */
export function fromValue(v: Value): unknown {
  if (v instanceof Float) return v.value;
  if (v instanceof Cons) return toArray(v).map(fromValue);
  if (v instanceof PersistentMap) return new Map([...v.entries()].map((e) => [fromValue(e.key), fromValue(e.value)]));
  if (v instanceof HostObject) return v.object;
  if (v instanceof Uint8Array) return new Uint8Array(v);
  if (!isData(v) && !(v instanceof Exn)) return v;
  const { ctor } = v;
  if (ctor === NONE) return undefined;
  const fields = fieldsOf(v).map(fromValue);
  if (ctor === SOME) return isNestedOption(fieldsOf(v)[0]) ? { some: fields[0] } : fields[0];
  if (ctor === OK) return { ok: fields[0] };
  if (ctor === ERR) return { err: fields[0] };
  if (ctor.kind === 'tuple') return fields;
  if (ctor.kind === 'record') return Object.fromEntries(ctor.fields.map((name, i) => [name, fields[i]]));
  return { tag: ctor.name, fields };
}

const isNestedOption = (v: Value): boolean => v === undefined || (isData(v) && (v.ctor === NONE || v.ctor === SOME));
