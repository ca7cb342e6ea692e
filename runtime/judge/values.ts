/**
 * Is a value of a type, to the last field? The one answer for whatever was not made here: frames and mailboxes of snapshots and
 * immigrants, messages of other nodes, arguments that the host hands in; and for the tests that compare running code with what
 * the verifier knows of it.
 * Invariant: nothing that verified code made is refused; a value that passes has, wherever one looks, what code that was verified
 * with this type relies on. What no value shows (protocols of ends) is judged when a message is taken from one.
 */
import { End } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { Reference } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { PersistentMap } from '../values/map.js';
import { Cons, Exn, Float, Label, NIL, Opaque, Partial, Upvalue, fieldsOf, isData } from '../values/value.js';
import type { Value } from '../values/value.js';
import type { FrameTypes } from '../verify/frame-types.js';
import { meeting } from '../verify/terms/generics.js';
import { Rejection } from '../verify/terms/rejection.js';
import type { Ty } from '../verify/terms/types.js';
import { fullName, type JudgedModules } from './modules.js';
import { isReferenceTo } from './service.js';
import { type Signed, ValueTypes } from './types.js';

/** Types that a look at the value alone decides. */
const simple: ReadonlyMap<string, (v: Value) => boolean> = new Map<string, (v: Value) => boolean>([
  ['int', (v) => Number.isSafeInteger(v) && !Object.is(v, -0)],
  ['float', (v) => v instanceof Float],
  ['bool', (v) => typeof v === 'boolean'],
  ['string', (v) => typeof v === 'string'],
  ['bytes', (v) => v instanceof Uint8Array],
  ['unit', (v) => v === undefined],
  ['end', (v) => v instanceof End],
  ['protocol', (v) => v instanceof End],
  ['pool', (v) => v instanceof Pool],
  ['thread', (v) => v instanceof Reference || v instanceof End],
  ['never', () => false],
  // Nothing reads these: of a payload not before its label is known, when it is judged as what it is then (frames.ts).
  ['payload', () => true],
  ['unset', () => true],
  ['labels', (v) => v instanceof Label],
]);

/** Values of the machine that programs can keep. */
const isValue = (v: Value): boolean =>
  v === undefined ||
  ['string', 'boolean'].includes(typeof v) ||
  Number.isSafeInteger(v) ||
  isData(v) ||
  [Float, Uint8Array, Cons, PersistentMap, Partial, Exn, Reference].some((c) => v instanceof c) ||
  (v instanceof Opaque && !(v instanceof End) && !(v instanceof Pool));

/** In the words of a judge's module; without one, in those of the judge who is asked. */
type Question = readonly [Value, Ty, ValueJudge?];

/** What was judged together: shared variables keep one type, whoever has them. */
export class Together {
  /** The type of each captured variable that was met, in words that every module shares. */
  upvalues = new Map<Upvalue, string>();
  /** Whose each pool is: nobody else may hold it. */
  pools = new Map<Pool, Thread>();

  constructor(
    /** Is an end a thread's? Those of a thread that is still to be made are nobody's yet. */
    readonly owns: (t: Thread, e: End) => boolean = (t, e) => e.owner === t,
  ) {}

  copy(): Together {
    const made = new Together(this.owns);
    made.restore(this);
    return made;
  }
  /** Forgets what was met since a copy was made. */
  restore({ upvalues, pools }: Together): void {
    this.upvalues = new Map(upvalues);
    this.pools = new Map(pools);
  }
}

/** What variables stand for as far as functions say. */
function functionsAlone(types: FrameTypes['env']['types'], wanted: readonly Ty[], own: readonly Ty[]): Map<string, Ty> {
  const which = own.flatMap((t, i) => (t.kind === 'fun' ? [i] : []));
  return types.solve(which.map((i) => wanted[i]!), which.map((i) => own[i]!)); // prettier-ignore
}

export class ValueJudge {
  readonly types: ValueTypes;
  readonly #asked = new Map<Ty, Set<Value>>();
  /** For what is said in the words of other modules. */
  readonly #others = new Map<FrameTypes, ValueJudge>();

  constructor(
    readonly modules: JudgedModules,
    readonly of: FrameTypes,
    readonly together: Together,
    /** The thread whose values these are, as far as one is meant. */
    readonly self: Thread | null = null,
  ) {
    this.types = new ValueTypes(modules, of);
  }

  /** Is a slot's value of its type, once the variables of the frame are found? */
  slot(v: Value, t: Ty, variables: ReadonlyMap<string, Ty>): boolean {
    const { types } = this.of.env;
    if (t.kind !== 'upvalue' || !t.open) return this.fits(v, types.replace(t, variables));
    return v instanceof Upvalue && this.fits(v.value, types.replace(t.args[0]!, variables));
  }

  /** A type that is too large to be worked out is none. */
  fits(v: Value, t: Ty): boolean {
    try {
      return this.#all([v, t]);
    } catch (error) {
      if (error instanceof Rejection) return false;
      throw error;
    }
  }

  /**
   * One type for each variable of a generic function, such that all values may be of their types; undefined if there is none.
   * `more` are types of values that are not there yet, `known` is what some variables stand for.
   */
  solve(
    values: readonly Question[],
    more: readonly (readonly [Ty, Ty])[] = [],
    known: ReadonlyMap<string, Ty> = new Map(),
  ): ReadonlyMap<string, Ty> | undefined {
    const { types } = this.of.env;
    const pairs = more.filter(([t]) => t.open);
    for (const [v, t] of values) {
      // Of what lives elsewhere nothing is known, and nothing is found.
      const own = !t.open || t.kind === 'upvalue' ? undefined : this.types.of(v);
      if (own !== undefined) pairs.push([t, own]);
    }
    const wanted = pairs.map(([t]) => t);
    const { values: all, given } = meeting(types, { wanted, given: pairs.map(([, own]) => own), own: false }, known);
    const found = new Map(all);
    // An empty list says nothing, and of some values nothing is known: then the functions that take them decide.
    if ([...found.values()].includes(types.never))
      for (const [name, t] of functionsAlone(types, wanted, given))
        if (found.get(name) === types.never && t !== types.any) found.set(name, t);
    return [...found.values()].includes(types.any) ? undefined : found;
  }

  #all(first: Question): boolean {
    const todo: Question[] = [first];
    while (todo.length > 0) {
      const question = todo.pop()!;
      const by = question[2] ?? this;
      if (!by.#isNew(question)) continue;
      const more = by.#judge(question);
      if (more === null) return false;
      for (const [v, t, other] of more) todo.push([v, t, other ?? by]);
    }
    return true;
  }
  /** An object that is reached in many ways is looked at once for each type. */
  #isNew([v, t]: Question): boolean {
    if (typeof v !== 'object' || v === null) return true;
    const known = this.#asked.get(t);
    if (known === undefined) this.#asked.set(t, new Set([v]));
    else if (known.has(v)) return false;
    else known.add(v);
    return true;
  }

  /** Gives what else has to be looked at, or null if the value is not of the type. */
  #judge([v, t]: Question): readonly Question[] | null {
    const test = simple.get(t.kind);
    if (test !== undefined) return test(v) ? [] : null;
    switch (t.kind) {
      case 'any':
      case 'var':
        return isValue(v) ? this.#parts(v) : null;
      case 'label':
        return v instanceof Label && (t.name === '' || v.name === t.name) ? [] : null;
      case 'list':
        if (!(v instanceof Cons)) return null;
        return v === NIL ? [] : [[v.tail, t], [v.head, t.args[0]!]]; // prettier-ignore
      case 'map':
        if (!(v instanceof PersistentMap)) return null;
        return [...v.entries()].flatMap((e): Question[] => [[e.key, t.args[0]!], [e.value, t.args[1]!]]); // prettier-ignore
      case 'tuple':
        if (!isData(v) || v.ctor.kind !== 'tuple' || v.ctor.arity !== t.args.length) return null;
        return fieldsOf(v).map((x, i): Question => [x, t.args[i]!]);
      case 'exn':
        return v instanceof Exn ? this.#fields(v, undefined) : null;
      case 'case': {
        const { name } = this.of.env.constructorImage(Number(t.name));
        return (isData(v) || v instanceof Exn) && v.ctor.name === name ? [[v, t.args[0]!]] : null;
      }
      case 'data':
        return this.#data(v, t);
      case 'fun':
        return v instanceof Partial ? this.#function(v, t) : null;
      case 'self':
        if (!(v instanceof Reference) || (this.self !== null && v.target !== this.self)) return null;
        return [];
      case 'reference':
        return v instanceof Reference && isReferenceTo(v, t, this.modules, this.of) ? [] : null;
      case 'upvalue':
        return v instanceof Upvalue ? this.#upvalue(v, t.args[0]!) : null;
      default:
        return null;
    }
  }

  #upvalue(u: Upvalue, t: Ty): readonly Question[] | null {
    const said = this.#words(t);
    const before = this.together.upvalues.get(u);
    if (before !== undefined && before !== said) return null;
    this.together.upvalues.set(u, said);
    return [[u.value, t]];
  }
  #words(t: Ty): string {
    const name = t.kind === 'data' ? fullName(t, this.of) : t.kind === 'case' ? '' : t.name;
    return `${t.kind} ${name}(${t.args.map((a) => this.#words(a)).join()})`;
  }

  #data(v: Value, t: Ty): readonly Question[] | null {
    const full = fullName(t, this.of);
    if (isData(v)) {
      if (v.ctor.kind === 'tuple' || v.ctor.kind === 'exception') return null;
      const own = `${v.ctor.module}::${v.ctor.type}` === full && this.modules.means(this.of, v.ctor);
      return own ? this.#fields(v, t) : null;
    }
    // A type of the host's own: nobody lists how it is made.
    const hosted = v instanceof Opaque && !(v instanceof End) && !(v instanceof Pool) && !(v instanceof Reference);
    return hosted && this.of.env.constructorsOf(t).length === 0 ? [] : null;
  }

  /** A value of which nothing is said still is as its own constructors, and the functions in it, have it. */
  #parts(v: Value): readonly Question[] | null {
    const { any } = this.of.env.types;
    if (v instanceof Cons) return v === NIL ? [] : [[v.tail, any], [v.head, any]]; // prettier-ignore
    if (v instanceof PersistentMap) return [...v.entries()].flatMap((e): Question[] => [[e.key, any], [e.value, any]]); // prettier-ignore
    if (v instanceof Partial) return this.#captured(v);
    if (!isData(v) && !(v instanceof Exn)) return [];
    return v.ctor.kind === 'tuple' ? fieldsOf(v).map((x): Question => [x, any]) : this.#fields(v, undefined);
  }

  #inWordsOf(of: FrameTypes): ValueJudge {
    if (of === this.of) return this;
    let found = this.#others.get(of);
    if (found === undefined) this.#others.set(of, (found = new ValueJudge(this.modules, of, this.together, this.self)));
    return found;
  }

  /** The fields of data or an exception, with their types. */
  #fields(v: Parameters<typeof fieldsOf>[0], t: Ty | undefined): readonly Question[] | null {
    if (v.ctor.arity === 0) return [];
    const listed = this.modules.listed(v.ctor);
    const { types } = this.of.env;
    if (listed === undefined) return this.#machine(v, t);
    const { env } = listed.types;
    const { params } = env.constructorImage(listed.index);
    if (t === undefined) {
      // The module that declares it may mean another than this one by the same name.
      const by = this.#inWordsOf(listed.types);
      const unknown = new Map(params.map((p): [string, Ty] => [p, env.types.any]));
      const own = env.fieldsOf(listed.index).map((f) => env.types.replace(f, unknown));
      return fieldsOf(v).map((x, i): Question => [x, own[i]!, by]);
    }
    const values = new Map(params.map((p, i): [string, Ty] => [p, t.args[i] ?? types.any]));
    const own = env
      .fieldsOf(listed.index)
      .map((f) => types.replace(this.modules.bring(f, listed.types, this.of), values));
    return fieldsOf(v).map((x, i): Question => [x, own[i]!]);
  }
  /** Constructors of the machine itself, which modules list only if they name them. */
  #machine(v: Parameters<typeof fieldsOf>[0], t: Ty | undefined): readonly Question[] | null {
    const { types } = this.of.env;
    if (v.ctor.module !== '') return null;
    const of = v.ctor.raises
      ? v.ctor.fields.map((f) => (f === 'reason' ? types.exn : types.string))
      : [t?.args[v.ctor.name === 'Err' ? 1 : 0] ?? types.any];
    return fieldsOf(v).map((x, i): Question => [x, of[i]!]);
  }

  /** What is captured has the function's own types; the function is of the type that is asked for. */
  #function(v: Partial, t: Ty): readonly Question[] | null {
    if (v.fn.arity - v.args.length !== t.args.length - 1) return null;
    const { types } = this.of.env;
    // What it captured may be good for more types than it is used as: then those it is used as decide.
    const used = (signed: Signed): boolean => types.fits(types.fun(signed.rest, signed.result), t);
    // What cannot be read was accepted only as the compiler's own.
    if (this.types.signature(v) === undefined) return this.types.isTrusted(v) ? [] : null;
    const alone = this.types.signed(v);
    if (alone !== undefined && !alone.loose && used(alone)) return this.#captured(v, alone);
    const wanted = this.types.unified(v, t);
    return wanted !== undefined && used(wanted) ? this.#captured(v, wanted) : null;
  }
  #captured(v: Partial, signed = this.types.signed(v)): readonly Question[] | null {
    if (signed === undefined) return this.types.isTrusted(v) ? [] : null;
    const { types } = this.of.env;
    const questions: Question[] = [];
    for (const [i, x] of v.args.entries()) {
      const { type, upvalue, certain } = signed.captured[i]!;
      if (!upvalue) questions.push([x, type]);
      else if (!(x instanceof Upvalue)) return null;
      else questions.push(certain ? [x, types.make('upvalue', '', [type])] : [x.value, type]);
    }
    return questions;
  }
}
