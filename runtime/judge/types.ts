/**
 * The type that a value has by itself: the least of which it is one, in the words of one module.
 * Invariant: what it says of a value that the machine made is a type the verifier would give it too, or a lesser one; it is
 * asked for only where a type variable leaves a place open.
 */
import { Fn, HostFn } from '../engine/function.js';
import { Reference } from '../process/thread.js';
import { PersistentMap } from '../values/map.js';
import { Cons, NIL, Partial, Upvalue, fieldsOf, isData } from '../values/value.js';
import type { Value } from '../values/value.js';
import type { FrameTypes } from '../verify/frame-types.js';
import { generalised } from '../verify/terms/generics.js';
import type { Ty } from '../verify/terms/types.js';
import type { JudgedModules } from './modules.js';
import { typeOfThread } from './service.js';
import { plainType, Unknowns, type Whole } from './unknowns.js';

/** A function value's own parameters: of what is captured, of what is left, and the result. */
export interface Signed {
  /** `certain`: its type is the function's own, not found from what is captured. */
  readonly captured: readonly { readonly type: Ty; readonly upvalue: boolean; readonly certain: boolean }[];
  readonly rest: readonly Ty[];
  readonly result: Ty;
  /** It captured what is good for many types. */
  readonly loose: boolean;
}

const MOST_DEPTH = 200;

export class ValueTypes {
  constructor(
    readonly modules: JudgedModules,
    readonly to: FrameTypes,
  ) {}

  /** Undefined for what is no data, or of no type that is known. */
  of(v: Value, depth = 0): Ty | undefined {
    const { types } = this.to.env;
    if (depth > MOST_DEPTH) return undefined;
    const plain = plainType(v, types);
    if (plain !== undefined) return plain;
    if (v instanceof Reference) return typeOfThread(v, this.modules, this.to);
    if (v instanceof Partial) return this.function(v, depth);
    if (v instanceof Cons) {
      let item: Ty | undefined = types.never;
      for (let c = v; c !== NIL && item !== undefined; c = c.tail) item = this.#join(item, c.head, depth);
      return item === undefined ? undefined : types.list(item);
    }
    if (v instanceof PersistentMap) {
      let [key, value]: [Ty | undefined, Ty | undefined] = [types.never, types.never];
      for (const e of v.entries()) {
        key = key && this.#join(key, e.key, depth);
        value = value && this.#join(value, e.value, depth);
      }
      return key === undefined || value === undefined ? undefined : types.make('map', '', [key, value]);
    }
    return isData(v) ? this.#data(v, depth) : undefined;
  }

  #join(so: Ty, v: Value, depth: number): Ty | undefined {
    const own = this.of(v, depth + 1);
    const both = own && this.to.env.types.join(so, own);
    // What has nothing in common but that it is a value says nothing of the type that its place has.
    if (both?.kind === 'any' || (both?.kind === 'reference' && both.name === '')) return undefined;
    return both;
  }

  #data(v: Parameters<typeof fieldsOf>[0], depth: number): Ty | undefined {
    const { types } = this.to.env;
    const own: Ty[] = [];
    for (const x of fieldsOf(v)) {
      const t = this.of(x, depth + 1);
      if (t === undefined) return undefined;
      own.push(t);
    }
    if (v.ctor.kind === 'tuple') return own.length === 0 ? types.unit : types.make('tuple', '', own);
    const listed = this.modules.listed(v.ctor);
    if (listed === undefined) return undefined;
    const { env } = listed.types;
    const bring = (t: Ty): Ty => this.modules.bring(t, listed.types, this.to);
    const found = types.solve(env.fieldsOf(listed.index).map(bring), own);
    const { params } = env.constructorImage(listed.index);
    const values = new Map(params.map((p) => [p, found.get(p) ?? types.never]));
    return types.replace(bring(env.dataOf(listed.index)), values);
  }

  /** What a function value takes and gives, its variables as far as what it has captured decides them. */
  signed(v: Partial, depth = 0): Signed | undefined {
    const { types } = this.to.env;
    const whole = this.signature(v);
    if (whole === undefined || v.args.length > whole.params.length) return undefined;
    const captured = whole.params.slice(0, v.args.length).map((p) => p.type);
    const own: Ty[] = [];
    if (captured.some((t) => t.open))
      for (const x of v.args) {
        const t = this.of(x instanceof Upvalue ? x.value : x, depth + 1);
        if (t === undefined) return undefined;
        own.push(t);
      }
    const values = types.solve(captured.slice(0, own.length), own);
    return this.#as(whole, v.args.length, values, own.some((t) => t.generic)); // prettier-ignore
  }
  #as({ params, result }: Whole, captured: number, values: ReadonlyMap<string, Ty>, loose: boolean): Signed {
    const { types } = this.to.env;
    const closed = (t: Ty): Ty => generalised(types, types.replace(t, values), 0);
    return {
      captured: params
        .slice(0, captured)
        .map((p) => ({ ...p, type: types.replace(p.type, values), certain: !p.type.open })),
      rest: params.slice(captured).map((p) => closed(p.type)),
      result: closed(result),
      loose,
    };
  }
  /** As `signed` for a use as `wanted`: what it captured, and what that captured in turn, is all taken into account. */
  unified(v: Partial, wanted: Ty): Signed | undefined {
    const unknowns = this.unknowns();
    const names = wanted.kind === 'fun' ? unknowns.applied(v, wanted) : undefined;
    if (names === undefined) return undefined;
    unknowns.finish();
    const values = new Map([...names].map(([n, t]) => [n, unknowns.found(t)]));
    return this.#as(this.signature(v)!, v.args.length, values, false);
  }
  unknowns(): Unknowns {
    return new Unknowns(this.modules, this.to, (v) => this.signature(v));
  }
  /** Undefined for a session, and for a function whose types cannot be read. */
  signature({ fn }: Partial): Whole | undefined {
    const { types } = this.to.env;
    if (fn instanceof Fn) {
      const from = this.modules.of(fn.instance);
      const signature = from.signature(fn.index);
      // A session is started, never called.
      if (signature === undefined || signature.session) return undefined;
      const { params, result } = signature;
      const made: { type: Ty; upvalue: boolean }[] = [];
      for (const p of params) {
        if (!('type' in p)) return undefined;
        made.push({ type: this.modules.bring(p.type, from, this.to), upvalue: p.kind === 'upvalue' });
      }
      return { params: made, result: result === undefined ? types.unit : this.modules.bring(result, from, this.to) };
    }
    const found = fn instanceof HostFn ? this.modules.host(fn) : undefined;
    if (found === undefined) return undefined;
    const read = (text: string): Ty => this.modules.bring(found.types.env.type(text), found.types, this.to);
    const params = found.host.params.map((p) => ({ type: read(p), upvalue: false }));
    return { params, result: found.host.result === 'void' ? types.unit : read(found.host.result) };
  }

  /** Is it a function that says nothing of itself that can be read? */
  isTrusted({ fn }: Partial): boolean {
    return fn instanceof Fn && this.modules.of(fn.instance).signature(fn.index) === undefined;
  }

  function(v: Partial, depth = 0): Ty | undefined {
    const signed = this.signed(v, depth);
    return signed === undefined ? undefined : this.to.env.types.fun(signed.rest, signed.result);
  }
}
