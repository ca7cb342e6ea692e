/**
 * Whether an immigrant's frames hold what the code at their places relies on: each slot is a value of the verifier's type
 * there, the answer waited for too, and each frame gives its caller what the call promises.
 * Invariant: nothing honest is refused; where the verifier knows no more of a slot than that it is a value (a type variable, a
 * module that the compiler vouched for), any value is accepted.
 */
import type { Fn, Instance, Site } from '../engine/function.js';
import { ROWS } from '../bytecode/isa.js';
import { Fn as LoadedFn } from '../engine/function.js';
import { End } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { Reference } from '../process/thread.js';
import { PersistentMap } from '../values/map.js';
import { Cons, Exn, NIL, Partial, Upvalue, isData } from '../values/value.js';
import type { Value } from '../values/value.js';
import { FrameTypes } from '../verify/frame-types.js';
import { Rejection } from '../verify/rejection.js';
import type { Ty } from '../verify/types.js';
import { Asked, fields, simple } from './expectations.js';

/** Instructions after which nothing in the frame is looked at. */
const ENDINGS: ReadonlySet<string> = new Set(['close_err', 'halt', 'raise_text']);

/** A value, its type, and the module whose type it is. */
type Question = readonly [Value, Ty, FrameTypes];

const judges: Readonly<Record<string, (v: Value) => boolean>> = {
  ...simple,
  end: (v) => v instanceof End,
  pool: (v) => v instanceof Pool,
  reference: (v) => v instanceof Reference,
  self: (v) => v instanceof Reference,
  thread: (v) => v instanceof Reference || v instanceof End,
  never: () => false,
  payload: () => true,
  unset: () => true,
};

const WIDE: ReadonlySet<Ty['kind']> = new Set(['any', 'var', 'never']);

/** May a value of one type be there where another module's text asks for the other? */
function alike(a: Ty, b: Ty): boolean {
  const [x, y] = [a, b].map((t) => (t.kind === 'case' ? t.args[0]! : t)) as [Ty, Ty];
  if (WIDE.has(x.kind) || WIDE.has(y.kind)) return true;
  if (x.kind === 'reference' || x.kind === 'self') return y.kind === 'reference' || y.kind === 'self';
  if (x.kind !== y.kind || (x.kind === 'data' && lastName(x) !== lastName(y))) return false;
  return x.args.length === y.args.length && x.args.every((t, i) => alike(t, y.args[i]!));
}
const lastName = (t: Ty): string => t.name.split('::').at(-1)!;

export class Frames {
  readonly #known = new WeakMap<Instance, FrameTypes>();

  #types(module: Instance): FrameTypes {
    const known = this.#known.get(module);
    if (known !== undefined) return known;
    const made = new FrameTypes(module.image);
    this.#known.set(module, made);
    return made;
  }

  /** Why a frame cannot rest there with these slots, or null. */
  slots({ fn, pc, depth }: Site, slots: readonly Value[]): string | null {
    const types = this.#types(fn.instance);
    const at = types.at(fn.index, pc);
    if (at === undefined) {
      const row = pc < fn.image.code.length ? ROWS[fn.code[pc]!]!.name : 'halt';
      return ENDINGS.has(row) ? null : `no path leads to ${fn.name}+${pc}`;
    }
    const wrong = slots.findIndex((v, i) => i >= depth || at[i] === undefined || !this.#fits([v, at[i], types]));
    return wrong < 0 ? null : `slot ${wrong} of ${fn.name} holds something else`;
  }

  /** Why a call cannot have given that, or null. */
  answer(site: Site, answer: Value): string | null {
    const wanted = this.#awaited(site);
    if (wanted === undefined || this.#fits([answer, wanted, this.#types(site.fn.instance)])) return null;
    return `what ${site.fn.name} waits for is something else`;
  }

  /** Why a frame of `callee` cannot give its result to a frame at `site`, or null. */
  call(callee: Fn, site: Site): string | null {
    const wrong = `${callee.name} is not what ${site.fn.name} called`;
    const applied = ROWS[site.fn.code[site.pc]!]!.meaning;
    const always = applied.kind === 'flow' && applied.flow === 'apply';
    if (callee.image.session || (!always && callee.returns !== site.pushes)) return wrong;
    const wanted = this.#awaited(site);
    const result = this.#types(callee.instance).signature(callee.index).result;
    return wanted === undefined || result === undefined || alike(result, wanted) ? null : wrong;
  }

  /** The type of what is pushed when the call at a site is over. */
  #awaited(site: Site): Ty | undefined {
    return site.pushes ? this.#types(site.fn.instance).at(site.fn.index, site.next)?.[site.depth] : undefined;
  }

  #fits(first: Question): boolean {
    const todo: Question[] = [first];
    const asked = new Map<FrameTypes, Asked<Ty>>();
    while (todo.length > 0) {
      const question = todo.pop()!;
      const [v, t, types] = question;
      if (!asked.has(types)) asked.set(types, new Asked());
      if (!asked.get(types)!.isNew(v, t)) continue;
      const more = this.#judged(question);
      if (more === null) return false;
      for (const q of more) todo.push(q);
    }
    return true;
  }

  /** As `#judge`; a type that is too large to be worked out is none. */
  #judged(question: Question): readonly Question[] | null {
    try {
      return this.#judge(question);
    } catch (error) {
      if (error instanceof Rejection) return null;
      throw error;
    }
  }

  /** Gives what else has to be looked at, or null if the value is not of the type. */
  #judge([v, t, types]: Question): readonly Question[] | null {
    const test = judges[t.kind];
    if (test !== undefined) return test(v) ? [] : null;
    const of = (values: readonly Value[], type: (i: number) => Ty): Question[] =>
      values.map((x, i) => [x, type(i), types]);
    switch (t.kind) {
      case 'list':
        if (!(v instanceof Cons)) return null;
        return v === NIL ? [] : of([v.head, v.tail], (i) => (i === 0 ? t.args[0]! : t));
      case 'map':
        if (!(v instanceof PersistentMap)) return null;
        return [...v.entries()].flatMap((e) => of([e.key, e.value], (i) => t.args[i]!));
      case 'tuple':
        if (!isData(v) || v.ctor.kind !== 'tuple' || v.ctor.arity !== t.args.length) return null;
        return of(fields(v), (i) => t.args[i]!);
      case 'case': {
        const name = types.env.constructorImage(Number(t.name)).name;
        return (isData(v) || v instanceof Exn) && v.ctor.name === name ? [[v, t.args[0]!, types]] : null;
      }
      case 'data':
        return this.#data(v, t, types);
      case 'fun':
        return v instanceof Partial ? this.#function(v, t) : null;
      case 'upvalue':
        return v instanceof Upvalue ? [[v.value, t.args[0]!, types]] : null;
      case 'label':
      case 'labels':
        return null;
      default:
        return v instanceof End || v instanceof Pool || v instanceof Upvalue ? null : [];
    }
  }

  #data(v: Value, t: Ty, types: FrameTypes): readonly Question[] | null {
    const listed = types.env.constructorsOf(t);
    // A type of the host, or one of another module whose constructors are not named here.
    if (!isData(v)) return listed.length === 0 && typeof v === 'object' && !(v instanceof End) ? [] : null;
    if (v.ctor.type !== lastName(t)) return null;
    const index = listed.find((i) => types.env.constructorImage(i).name === v.ctor.name);
    if (index === undefined) return [];
    const at = types.env.fieldsAt(index, t);
    return fields(v).map((x, i): Question => [x, at[i]!, types]);
  }

  /** What is captured has the function's own types; what is left of its signature is what was asked for. */
  #function(v: Partial, t: Ty): readonly Question[] | null {
    const left = v.fn.arity - v.args.length;
    if (left !== t.args.length - 1) return null;
    if (!(v.fn instanceof LoadedFn)) return [];
    const types = this.#types(v.fn.instance);
    const { params, result } = types.signature(v.fn.index);
    const questions: Question[] = [];
    for (const [i, p] of params.entries()) {
      const type = 'type' in p ? p.type : undefined;
      if (i >= v.args.length) {
        if (type === undefined || !alike(t.args[i - v.args.length]!, type)) return null;
      } else if (type === undefined) return null;
      else if (p.kind !== 'upvalue') questions.push([v.args[i], type, types]);
      else if (v.args[i] instanceof Upvalue) questions.push([v.args[i].value, type, types]);
      else return null;
    }
    return result === undefined || alike(result, t.args.at(-1)!) ? questions : null;
  }
}
