/**
 * What a Quartz value is to the host. ints, bools and strings are the host's own; unit is `undefined`; everything else
 * is an instance of a class below, so that a value shows, compares and travels the same whatever its static type.
 * Invariant: values are never changed after they were made, but for `Upvalue` (a captured `var`) and an exception's trace.
 *
 * Floats are boxed so that 3.0 stays apart from 3 wherever a type variable hides the type; ints stay unboxed.
 */

export type Value = unknown;

/** An IEEE 754 binary64 number. */
export class Float {
  static readonly kept = new Float(0.5);
  constructor(readonly value: number) {}
}

/** The label of a message, interned: two of one name are the same object. */
export class Label {
  static readonly #known = new Map<string, Label>();
  private constructor(readonly name: string) {}
  static of(name: string): Label {
    let found = Label.#known.get(name);
    if (found === undefined) Label.#known.set(name, (found = new Label(name)));
    return found;
  }
}

export type ConstructorKind = 'variant' | 'record' | 'exception' | 'tuple';

/**
 * What a structured value was made with. Interned by module (name and hash), type, name and field names: what two modules of
 * one name declare is never the same.
 */
export class Constructor {
  static readonly #known = new Map<string, Constructor>();
  /** The one value of a constructor without fields. */
  readonly constant: Data | undefined;
  /** Does it make exceptions? */
  readonly raises: boolean;

  private constructor(
    readonly kind: ConstructorKind,
    readonly module: string,
    readonly type: string,
    readonly name: string,
    /** Number among the constructors of its type. */
    readonly tag: number,
    readonly fields: readonly string[],
    /** Content hash of the module that declares it; empty for the machine's own. */
    readonly hash: string,
  ) {
    this.raises = kind === 'exception';
    this.constant = kind === 'exception' || fields.length > 0 ? undefined : new Data0(this);
  }

  get arity(): number {
    return this.fields.length;
  }

  static of(
    kind: ConstructorKind,
    module: string,
    type: string,
    name: string,
    tag: number,
    fields: readonly string[],
    hash = '',
  ): Constructor {
    // No two are one: names of hostile modules hold any character.
    const key = JSON.stringify([kind, hash, module, type, name, tag, fields]);
    let found = Constructor.#known.get(key);
    if (found === undefined) {
      found = new Constructor(kind, module, type, name, tag, [...fields], hash);
      Constructor.#known.set(key, found);
    }
    return found;
  }
}

/** A tuple, variant or record. Fields past the fourth are in `rest`; each arity up to four has its own shape. */
export type Data = Data0 | Data1 | Data2 | Data3 | Data4 | DataN;

/**
 * For one object of each class of values, which is kept: V8 forgets the shape of a class when none of its objects is alive, and
 * all code that it optimised for it (docs/decisions/032).
 */
const KEPT = Constructor.of('record', '', '', '', 0, ['kept']);

export class Data0 {
  constructor(readonly ctor: Constructor) {}
}
export class Data1 {
  static readonly kept: Data1 = new Data1(KEPT, 0);
  constructor(
    readonly ctor: Constructor,
    readonly f0: Value,
  ) {}
}
export class Data2 {
  static readonly kept: Data2 = new Data2(KEPT, 0, 0);
  constructor(
    readonly ctor: Constructor,
    readonly f0: Value,
    readonly f1: Value,
  ) {}
}
export class Data3 {
  static readonly kept: Data3 = new Data3(KEPT, 0, 0, 0);
  constructor(
    readonly ctor: Constructor,
    readonly f0: Value,
    readonly f1: Value,
    readonly f2: Value,
  ) {}
}
export class Data4 {
  static readonly kept: Data4 = new Data4(KEPT, 0, 0, 0, 0);
  constructor(
    readonly ctor: Constructor,
    readonly f0: Value,
    readonly f1: Value,
    readonly f2: Value,
    readonly f3: Value,
  ) {}
}
export class DataN {
  static readonly kept: DataN = new DataN(KEPT, 0, 0, 0, 0, []);
  constructor(
    readonly ctor: Constructor,
    readonly f0: Value,
    readonly f1: Value,
    readonly f2: Value,
    readonly f3: Value,
    readonly rest: readonly Value[],
  ) {}
}

const noFields: readonly Value[] = [];

/** An exception: a constructor, its fields, and the sites it was raised at and passed through (null until it is raised). */
export class Exn {
  static readonly kept: Exn = new Exn(KEPT, 0, 0);
  trace: readonly number[] | null = null;
  constructor(
    readonly ctor: Constructor,
    readonly f0?: Value,
    readonly f1?: Value,
    readonly f2?: Value,
    readonly f3?: Value,
    readonly rest: readonly Value[] = noFields,
  ) {}
}

const tupleConstructors: Constructor[] = [];
/** The constructor of tuples of n fields. */
export function tupleConstructor(n: number): Constructor {
  for (let i = tupleConstructors.length; i <= n; i++) {
    const fields = Array.from({ length: i }, (_, k) => String(k));
    tupleConstructors.push(Constructor.of('tuple', '', 'tuple', '', 0, fields));
  }
  return tupleConstructors[n]!;
}

/** A structured value from its fields. */
export function makeData(ctor: Constructor, f: readonly Value[]): Data | Exn {
  if (ctor.raises) return new Exn(ctor, f[0], f[1], f[2], f[3], f.length > 4 ? f.slice(4) : noFields);
  switch (f.length) {
    case 0:
      return ctor.constant!;
    case 1:
      return new Data1(ctor, f[0]);
    case 2:
      return new Data2(ctor, f[0], f[1]);
    case 3:
      return new Data3(ctor, f[0], f[1], f[2]);
    case 4:
      return new Data4(ctor, f[0], f[1], f[2], f[3]);
    default:
      return new DataN(ctor, f[0], f[1], f[2], f[3], f.slice(4));
  }
}

/** Field i of a structured value. */
export function fieldOf(v: Data | Exn, i: number): Value {
  const d = v as DataN;
  switch (i) {
    case 0:
      return d.f0;
    case 1:
      return d.f1;
    case 2:
      return d.f2;
    case 3:
      return d.f3;
    default:
      return d.rest[i - 4];
  }
}

/** All fields of a structured value. */
export function fieldsOf(v: Data | Exn): Value[] {
  return Array.from({ length: v.ctor.arity }, (_, i) => fieldOf(v, i));
}

export const isData = (v: Value): v is Data =>
  v instanceof Data2 ||
  v instanceof Data1 ||
  v instanceof Data0 ||
  v instanceof Data3 ||
  v instanceof Data4 ||
  v instanceof DataN;

/** A list: its first element and the rest. `NIL` is the one empty list. */
export class Cons {
  constructor(
    readonly head: Value,
    readonly tail: Cons,
  ) {}
}
/** The empty list; its own tail. */
export const NIL: Cons = new Cons(undefined, null as unknown as Cons);

/** A captured `var`: the one kind of cell. Shared by closures of one thread, copied when a closure leaves it. */
export class Upvalue {
  static readonly kept: Upvalue = new Upvalue(0);
  constructor(public value: Value) {}
}

/** What a function value needs to know of its function. */
export interface Callable {
  readonly name: string;
  readonly arity: number;
}

/** A function value: a function and its first arguments (captured variables first). */
export class Partial {
  constructor(
    readonly fn: Callable,
    readonly args: readonly Value[],
  ) {}
}

/** A value that programs can only pass around: ends, pools, references, objects of the host. */
export abstract class Opaque {
  /** How it prints. */
  abstract describe(): string;
}
