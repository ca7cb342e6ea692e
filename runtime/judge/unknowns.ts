/**
 * What type variables stand for where values are of types in which they occur, found by unification (Robinson 1965): of each
 * function value by itself, since a value may be of many types, and of all frames of a thread together.
 * Invariant: only proposes. Whether everything is of its type then is judged by values.ts, so a wrong guess refuses what is
 * right but never lets through what is not; it ends after a bounded number of steps, whatever the values are.
 */
import { Reference } from '../process/thread.js';
import { PersistentMap } from '../values/map.js';
import { Cons, Exn, Float, NIL, Partial, Upvalue, fieldsOf, isData } from '../values/value.js';
import type { Value } from '../values/value.js';
import type { FrameTypes } from '../verify/frame-types.js';
import type { Ty, Types } from '../verify/terms/types.js';
import type { JudgedModules } from './modules.js';
import { typeOfThread } from './service.js';

/** What a function value takes, what it has captured included, and what it gives. */
export interface Whole {
  readonly params: readonly { readonly type: Ty; readonly upvalue: boolean }[];
  readonly result: Ty;
}

const MOST_STEPS = 50_000;

export class Unknowns {
  readonly #types: Types;
  readonly #bound = new Map<string, Ty>();
  /** Shared variables are of one type, whoever has them. */
  readonly #upvalues = new Map<Upvalue, Ty>();
  #made = 0;
  #steps = 0;
  /** What is still to be looked at. */
  readonly #todo: (readonly [Value, Ty])[] = [];

  constructor(
    readonly modules: JudgedModules,
    /** In whose words the types are. */
    readonly of: FrameTypes,
    readonly signature: (v: Partial) => Whole | undefined,
  ) {
    this.#types = of.env.types;
  }

  /** Unknowns for the variables of types. */
  apart(types: readonly Ty[]): Map<string, Ty> {
    const names = new Map<string, Ty>();
    const visit = (t: Ty): void => {
      if (!t.open) return;
      this.#steps++;
      if (t.kind !== 'var') t.args.forEach(visit);
      else if (!names.has(t.name)) names.set(t.name, this.#unknown());
    };
    types.forEach(visit);
    return names;
  }
  #unknown(): Ty {
    return this.#types.make('var', `?${this.#made++}`);
  }

  /** The value is of the type. */
  value(v: Value, t: Ty): void {
    this.#todo.push([v, t]);
    this.finish();
  }
  /** Looks at all that was met. */
  finish(): void {
    while (this.#todo.length > 0 && this.#steps++ < MOST_STEPS) {
      const [x, of] = this.#todo.pop()!;
      this.#look(x, this.#head(of));
    }
    this.#todo.length = 0;
  }

  #look(v: Value, t: Ty): void {
    const types = this.#types;
    if (t.kind === 'var') {
      if (!isUnknown(t)) return;
      const shape = this.#shape(v);
      if (shape === undefined) return;
      this.#bind(t, shape);
      t = shape;
    }
    if (t.kind === 'upvalue' && v instanceof Upvalue) return this.#upvalue(v, t.args[0]!);
    if (t.kind === 'case') t = t.args[0]!;
    if (!t.open && t.kind !== 'fun') return;
    if (v instanceof Partial) {
      if (t.kind === 'fun') this.applied(v, t);
      return;
    }
    if (v instanceof Reference) {
      const own = typeOfThread(v, this.modules, this.of);
      if (own !== undefined) this.below(own, t);
    } else if (v instanceof Cons && t.kind === 'list') {
      for (let c = v; c !== NIL && this.#steps++ < MOST_STEPS; c = c.tail) this.#todo.push([c.head, t.args[0]!]);
    } else if (v instanceof PersistentMap && t.kind === 'map') {
      for (const e of v.entries()) this.#todo.push([e.key, t.args[0]!], [e.value, t.args[1]!]);
    } else if (isData(v) && v.ctor.kind === 'tuple' && t.kind === 'tuple') {
      fieldsOf(v).forEach((x, i) => t.args[i] !== undefined && this.#todo.push([x, t.args[i]!]));
    } else if (isData(v) && t.kind === 'data') {
      const listed = this.modules.listed(v.ctor);
      if (listed === undefined) {
        // Constructors of the machine itself: one field, of the type's only parameter or of the second.
        const own = v.ctor.module === '' ? t.args[v.ctor.name === 'Err' ? 1 : 0] : undefined;
        if (own !== undefined) fieldsOf(v).forEach((x) => this.#todo.push([x, own]));
        return;
      }
      const { env } = listed.types;
      const { params } = env.constructorImage(listed.index);
      const values = new Map(params.map((p, i): [string, Ty] => [p, t.args[i] ?? types.any]));
      const fields = env
        .fieldsOf(listed.index)
        .map((f) => types.replace(this.modules.bring(f, listed.types, this.of), values));
      fieldsOf(v).forEach((x, i) => fields[i] !== undefined && this.#todo.push([x, fields[i]!]));
    }
  }

  /** The type a value has, as far as a look at it alone tells. */
  #shape(v: Value): Ty | undefined {
    const types = this.#types;
    const some = (n: number): Ty[] => Array.from({ length: n }, () => this.#unknown());
    const plain = plainType(v, types);
    if (plain !== undefined) return plain;
    // Of a generic service each client knows more: who knows nothing of it may say that it is one.
    if (v instanceof Reference) return typeOfThread(v, this.modules, this.of) ?? types.reference;
    if (v instanceof Cons) return types.make('list', '', some(1));
    if (v instanceof PersistentMap) return types.make('map', '', some(2));
    if (v instanceof Partial) return types.make('fun', '', some(v.fn.arity - v.args.length + 1));
    if (!isData(v)) return undefined;
    if (v.ctor.kind === 'tuple') return v.ctor.arity === 0 ? types.unit : types.make('tuple', '', some(v.ctor.arity));
    const listed = this.modules.listed(v.ctor);
    if (listed === undefined) return undefined;
    const data = this.modules.bring(listed.types.env.dataOf(listed.index), listed.types, this.of);
    return types.make('data', data.name, some(data.args.length));
  }

  #upvalue(u: Upvalue, t: Ty): void {
    const before = this.#upvalues.get(u);
    if (before === undefined) {
      this.#upvalues.set(u, t);
      this.#todo.push([u.value, t]);
    } else {
      this.below(before, t);
      this.below(t, before);
    }
  }

  /** A function value is used as a function of the type. Gives what its own variables are called here. */
  applied(v: Partial, t: Ty): Map<string, Ty> | undefined {
    const types = this.#types;
    const whole = this.signature(v);
    if (whole === undefined || v.args.length > whole.params.length) return undefined;
    const names = this.apart([...whole.params.map((p) => p.type), whole.result]);
    const own = (x: Ty): Ty => types.replace(x, names);
    const rest = whole.params.slice(v.args.length).map((p) => own(p.type));
    this.below(types.fun(rest, own(whole.result)), t);
    for (const [i, x] of v.args.entries()) {
      const { type, upvalue } = whole.params[i]!;
      if (!upvalue) this.#todo.push([x, own(type)]);
      else if (x instanceof Upvalue) this.#upvalue(x, own(type));
    }
    return names;
  }

  /** What is of type `a` is used as one of type `b`. */
  below(a: Ty, b: Ty): void {
    if (this.#steps++ > MOST_STEPS) return;
    const types = this.#types;
    [a, b] = [this.#head(a), this.#head(b)];
    if (a === b || a.kind === 'never' || b.kind === 'any') return;
    if (isUnknown(b)) return this.#bind(b, a);
    if (isUnknown(a)) return this.#bind(a, b);
    [a, b] = [a, b].map((t) => (t.kind === 'case' ? t.args[0]! : t)) as [Ty, Ty];
    if (a.kind !== b.kind || a.name !== b.name || a.args.length !== b.args.length || !(a.open || b.open)) return;
    const wide = a.kind === 'data' ? types.covariant(a) : undefined;
    const last = a.args.length - 1;
    a.args.forEach((x, i) => {
      const y = b.args[i]!;
      const turned = a.kind === 'fun' && i !== last;
      if (!turned) this.below(x, y);
      if (turned || wide?.[i] === false) this.below(y, x);
    });
  }

  /** The type with what is known of the variable it is, if it is one. */
  #head(t: Ty): Ty {
    while (t.kind === 'var') {
      const found = this.#bound.get(t.name);
      if (found === undefined) return t;
      t = found;
    }
    return t;
  }
  #bind(unknown: Ty, t: Ty): void {
    const to = t.kind === 'case' ? t.args[0]! : t;
    if (this.#types.isData(to) && !this.#occurs(unknown.name, to)) this.#bound.set(unknown.name, to);
  }
  #occurs(name: string, t: Ty): boolean {
    if (!t.open || this.#steps++ > MOST_STEPS) return t.open;
    const head = this.#head(t);
    return head.kind === 'var' ? head.name === name : head.args.some((x) => this.#occurs(name, x));
  }

  /** The type, with what was found; where nothing decides, any type will do. */
  found(t: Ty): Ty {
    if (!t.open || this.#steps++ > MOST_STEPS) return t;
    const head = this.#head(t);
    if (isUnknown(head)) return this.#types.unit;
    return head.args.length === 0
      ? head
      : this.#types.make(
          head.kind,
          head.name,
          head.args.map((x) => this.found(x)),
        );
  }
}

const isUnknown = (t: Ty): boolean => t.kind === 'var' && t.name.startsWith('?');

/** The type of a value that has no parts; undefined for any other. */
export function plainType(v: Value, types: Types): Ty | undefined {
  if (v === undefined) return types.unit;
  if (typeof v === 'number') return types.int;
  if (typeof v === 'string') return types.string;
  if (typeof v === 'boolean') return types.bool;
  if (v instanceof Float) return types.float;
  if (v instanceof Uint8Array) return types.bytes;
  if (v instanceof Exn) return types.exn;
  return undefined;
}
