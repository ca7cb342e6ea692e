/**
 * What the host gave a program, as JSON: data by its constructors, objects of the host as numbered handles.
 * Invariant: what `encode` made, `decode` makes equal to what it was (a handle shows as the object did); anything else that
 * claims to be such a value is a `NoValue`, never an exception of the host's.
 */
import { list, toArray } from '../values/list.js';
import { PersistentMap } from '../values/map.js';
import { show } from '../values/show.js';
import { Constructor, Cons, Exn, Float, NIL, Opaque, fieldsOf, isData, makeData } from '../values/value.js';
import type { ConstructorKind, Value } from '../values/value.js';

/** A value that cannot be written down, or a text that is none. */
export class NoValue extends Error {}

/** Values nested deeper than this are not for a log. */
const DEEPEST = 500;
const KINDS: readonly unknown[] = ['variant', 'record', 'exception', 'tuple'] satisfies ConstructorKind[];

/** In a replayed run: stands for an object of the host that is not there. */
class Handle extends Opaque {
  constructor(readonly text: string) {
    super();
  }
  describe(): string {
    return this.text;
  }
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

export class Encoder {
  readonly #numbers = new Map<Opaque, number>();

  /** JSON for a value. Throws `NoValue` for functions, links and what is nested too deep. */
  encode(v: Value, depth = 0): unknown {
    if (depth > DEEPEST) throw new NoValue('a value is nested too deep');
    const inner = (x: Value): unknown => this.encode(x, depth + 1);
    if (v === undefined) return null;
    if (typeof v === 'string' || typeof v === 'boolean' || typeof v === 'number') return v;
    if (v instanceof Float) return { f: Object.is(v.value, -0) ? '-0' : String(v.value) };
    if (v instanceof Uint8Array) return { b: hexOf(v) };
    if (v instanceof Cons) return { l: toArray(v).map(inner) };
    if (v instanceof PersistentMap) return { m: [...v.entries()].flatMap((e) => [inner(e.key), inner(e.value)]) };
    if (isData(v) || v instanceof Exn) {
      const { kind, module, type, name, tag, fields, hash } = v.ctor;
      return { d: [kind, module, type, name, tag, fields, hash], v: fieldsOf(v).map(inner) };
    }
    if (v instanceof Opaque) {
      let number = this.#numbers.get(v);
      if (number === undefined) this.#numbers.set(v, (number = this.#numbers.size));
      return { o: number, s: v.describe() };
    }
    throw new NoValue(`${show(v)} cannot be written down`);
  }
}

const isObject = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x);
const isText = (x: unknown): x is string => typeof x === 'string';

export class Decoder {
  readonly #handles = new Map<number, Handle>();

  /** The value that a JSON value stands for. Throws `NoValue`. */
  decode(x: unknown, depth = 0): Value {
    if (depth > DEEPEST) throw new NoValue('a value is nested too deep');
    if (x === null) return undefined;
    if (typeof x === 'string' || typeof x === 'boolean') return x;
    if (typeof x === 'number') {
      if (!Number.isSafeInteger(x)) throw new NoValue(`${x} is no int`);
      return x + 0;
    }
    if (!isObject(x)) throw new NoValue('a list where there should be a value');
    const all = (items: unknown): Value[] => {
      if (!Array.isArray(items)) throw new NoValue('there should be a list of values');
      return items.map((i: unknown) => this.decode(i, depth + 1));
    };
    if ('f' in x) return new Float(this.#number(x['f']));
    if ('b' in x) return this.#bytes(x['b']);
    if ('l' in x) return x['l'] === undefined ? NIL : list(all(x['l']));
    if ('m' in x) return PersistentMap.of(all(x['m']));
    if ('d' in x) return this.#data(x['d'], all(x['v']));
    if ('o' in x) return this.#handle(x['o'], x['s']);
    throw new NoValue(`${JSON.stringify(x).slice(0, 60)} is no value`);
  }

  #number(x: unknown): number {
    const n = isText(x) && /^(NaN|-?Infinity|-?\d+(\.\d+)?(e[+-]?\d+)?)$/.test(x) ? Number(x) : undefined;
    if (n === undefined) throw new NoValue('a float is written as a text');
    return n;
  }

  #bytes(x: unknown): Uint8Array {
    if (!isText(x) || !/^([0-9a-f]{2})*$/.test(x)) throw new NoValue('bytes are written in hexadecimal');
    return Uint8Array.from({ length: x.length / 2 }, (_, i) => Number.parseInt(x.slice(2 * i, 2 * i + 2), 16));
  }

  #data(made: unknown, fields: readonly Value[]): Value {
    const [kind, module, type, name, tag, names, hash] = Array.isArray(made) ? (made as unknown[]) : [];
    const fits =
      KINDS.includes(kind) &&
      [module, type, name, hash].every(isText) &&
      Number.isSafeInteger(tag) &&
      Array.isArray(names) &&
      names.length === fields.length &&
      names.every(isText);
    if (!fits) throw new NoValue('a constructor is [kind, module, type, name, tag, fields, hash of its module]');
    const [m, t, n, h] = [module, type, name, hash] as string[];
    return makeData(Constructor.of(kind as ConstructorKind, m!, t!, n!, tag as number, names as string[], h), fields);
  }

  #handle(number: unknown, text: unknown): Handle {
    if (!Number.isSafeInteger(number) || !isText(text)) throw new NoValue('an object of the host is {o, s}');
    let handle = this.#handles.get(number as number);
    if (handle === undefined) this.#handles.set(number as number, (handle = new Handle(text)));
    return handle;
  }
}
