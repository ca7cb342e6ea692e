/**
 * What the lists of one image mean to the verifier: callees with their types, constructors with their fields, type
 * texts as types. Each text is read once.
 * Invariant: a text of the image that cannot be read rejects the module the first time it matters, never before.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { ConstructorImage, ModuleImage, Param } from '../../bytecode/module.js';
import { Names } from '../../bytecode/disassemble.js';
import { calleeName } from '../../bytecode/module.js';
import { Protocols, type Proto } from '../terms/protocol.js';
import { reject, type Budget } from '../terms/rejection.js';
import { parseType, type Notation } from '../terms/session-type.js';
import { Terms } from '../terms/terms.js';
import { TypeTexts } from '../terms/type-texts.js';
import { Types, type Ty, type Variance } from '../terms/types.js';

/** A parameter as callers and the body see it. */
export type ParamType =
  | { readonly kind: 'data' | 'reference' | 'upvalue'; readonly type: Ty }
  /** What each member does and the datum that comes with it; undefined if the type does not say. */
  | { readonly kind: 'pool'; readonly name: string; readonly member: MemberType | undefined }
  /** The protocol that is followed, with the name of what a function gives back; of a session without one it is a peer. */
  | { readonly kind: 'end'; readonly name: string; readonly proto: Proto | undefined };

export interface MemberType {
  readonly proto: Proto;
  readonly datum: Ty;
}

export interface Signature {
  readonly name: string;
  readonly session: boolean;
  readonly params: readonly ParamType[];
  /** What a call pushes; undefined for nothing. */
  readonly result: Ty | undefined;
  /** Ends a function gives back, by parameter name. */
  readonly back: ReadonlyMap<string, Proto>;
  /** A session's body; undefined if its type is not read (trusted module) or it is a function. */
  readonly body: Proto | undefined;
}

export class Environment {
  readonly types: Types;
  readonly protocols: Protocols;
  readonly terms: Terms;
  #names: Names | undefined;
  readonly #texts: TypeTexts;
  readonly #signatures = new Map<string, Signature>();
  readonly #constructorsOf = new Map<string, number[]>();
  #variance: Map<string, boolean[]> | undefined;
  readonly #fields = new Map<number, readonly Ty[]>();

  constructor(
    readonly image: ModuleImage,
    readonly budget: Budget,
    readonly lenient: boolean,
    /** Which arguments of a type that this image does not list may be widened; none, if nobody knows. */
    readonly elsewhere: Variance = (data) => data.args.map(() => false),
  ) {
    image.constructors.forEach((c, i) => {
      if (c.kind === 'exception') return;
      const full = `${c.module}::${c.type}`;
      this.#constructorsOf.set(full, [...(this.#constructorsOf.get(full) ?? []), i]);
    });
    this.types = new Types(budget, lenient, (t) => this.covariant(t));
    this.protocols = new Protocols(budget, (n) => this.#texts.data(n));
    this.terms = new Terms(this.types, this.protocols);
    this.#texts = new TypeTexts(image, lenient, this);
  }

  /** Names for messages, made when the first is needed. */
  get names(): Names {
    return (this.#names ??= new Names(this.image));
  }

  // ---------------------------------------------------------------- type texts

  type(text: string): Ty {
    return this.#texts.type(text);
  }

  /** Reads what is said of something in a module. */
  #said<T>(module: string, read: () => T): T {
    const before = [this.#texts.elsewhere, this.protocols.elsewhere] as const;
    this.#texts.elsewhere = !this.lenient && module !== this.image.name;
    this.protocols.elsewhere = module === this.image.name ? undefined : module;
    try {
      return read();
    } finally {
      [this.#texts.elsewhere, this.protocols.elsewhere] = before;
    }
  }

  // ---------------------------------------------------------------- constructors

  constructorImage(index: number): ConstructorImage {
    return this.image.constructors[index]!;
  }
  /** The type a constructor's values have, its parameters as variables. */
  dataOf(index: number): Ty {
    const c = this.constructorImage(index);
    if (c.kind === 'exception') return this.types.exn;
    return this.types.make('data', `${c.module}::${c.type}`, c.params.map((p) => this.types.make('var', p))); // prettier-ignore
  }
  fieldsOf(index: number): readonly Ty[] {
    const known = this.#fields.get(index);
    if (known !== undefined) return known;
    const { module, fields } = this.constructorImage(index);
    const made = this.#said(module, () => fields.map((f) => this.type(f.type)));
    this.#fields.set(index, made);
    return made;
  }
  /** Fields of a constructor of a value of the type. */
  fieldsAt(index: number, data: Ty): readonly Ty[] {
    const { params } = this.constructorImage(index);
    const values = new Map(params.map((p, i) => [p, data.args[i] ?? this.types.any]));
    return this.fieldsOf(index).map((f) => this.types.replace(f, values));
  }
  /** The constructors of a data type that this image lists. */
  constructorsOf(data: Ty): readonly number[] {
    return this.#constructorsOf.get(data.name) ?? [];
  }

  /**
   * An argument may be widened unless a listed constructor has it left of an arrow or inside an argument that may not.
   * The greatest solution for all data types together, found from above.
   */
  covariant(data: Ty): readonly boolean[] {
    this.#variance ??= this.#variances();
    return this.#variance.get(data.name) ?? this.elsewhere(data);
  }
  #variances(): Map<string, boolean[]> {
    const all = new Map<string, boolean[]>();
    const most = (of: readonly number[]): number => Math.max(...of.map((i) => this.constructorImage(i).params.length));
    for (const [name, of] of this.#constructorsOf) all.set(name, new Array<boolean>(most(of)).fill(true));
    for (let changed = true; changed;) {
      changed = false;
      for (const [name, of] of this.#constructorsOf)
        for (const i of of)
          for (const field of this.fieldsOf(i))
            for (const [p, param] of this.constructorImage(i).params.entries())
              if (all.get(name)![p] && !this.#positive(field, param, true, all)) {
                all.get(name)![p] = false;
                changed = true;
              }
    }
    return all;
  }
  #positive(t: Ty, name: string, up: boolean, all: ReadonlyMap<string, readonly boolean[]>): boolean {
    this.budget.spend(1);
    if (!t.open) return true;
    if (t.kind === 'var') return t.name !== name || up;
    const last = t.args.length - 1;
    return t.args.every((a, i) => {
      if (t.kind === 'reference' || (t.kind === 'data' && all.get(t.name)?.[i] !== true)) return !this.#occurs(a, name);
      return this.#positive(a, name, t.kind === 'fun' && i !== last ? !up : up, all);
    });
  }
  #occurs(t: Ty, name: string): boolean {
    this.budget.spend(1);
    return t.kind === 'var' ? t.name === name : t.open && t.args.some((a) => this.#occurs(a, name));
  }

  // ---------------------------------------------------------------- callees

  signature(callee: number): Signature {
    const c = this.image.callees[callee]!;
    if (c.kind === 'function') return this.ofFunction(c.index);
    return this.#once(`callee ${callee}`, () => {
      const name = calleeName(this.image, callee);
      if (c.kind === 'import')
        return this.#said(this.image.requires[c.module]!.name, () => this.#signature(name, c.signature));
      const h = this.image.hosts[c.index]!;
      const params = h.params.map((p): ParamType => ({ kind: 'data', type: this.type(p) }));
      const result = h.result === 'void' ? undefined : this.type(h.result);
      return { name, session: false, params, result, back: new Map(), body: undefined };
    });
  }
  ofFunction(index: number): Signature {
    return this.#once(`function ${index}`, () =>
      this.#signature(this.image.functions[index]!.name, this.image.functions[index]!),
    );
  }
  #once(key: string, make: () => Signature): Signature {
    const known = this.#signatures.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#signatures.set(key, made);
    return made;
  }

  #signature(
    name: string,
    f: {
      readonly params: readonly Param[];
      readonly returns: boolean;
      readonly session: boolean;
      readonly type: string;
    },
  ): Signature {
    const parsed = parseType(f.type);
    this.budget.spend(f.type.length);
    if (isLeft(parsed) && !this.lenient)
      reject(`the type of ${name} cannot be read at ${parsed.left.offset}: ${parsed.left.message}`);
    let n = isLeft(parsed) ? undefined : parsed.right;
    const quantified = new Set<string>();
    for (; n?.kind === 'exists'; n = n.body) quantified.add(n.name);
    const back = new Map<string, Proto>();
    const params = f.params.map((p) => this.#param(p, f.session));
    let result: Ty | undefined;
    let body: Proto | undefined;
    if (f.session) {
      for (const p of f.params) {
        if (n?.kind === 'fun' && n.params.length === 1 && n.params[0]!.name === p.name) n = n.result;
        else if (n?.kind === 'spawn' && n.name === p.name) n = n.next;
      }
      // What a quantifier names and no parameter is of, comes as a client.
      const named = new Set(f.params.flatMap((p) => [p.type, p.name.charAt(0).toUpperCase() + p.name.slice(1)]));
      for (const name of quantified) if (n !== undefined && !named.has(name)) n = { kind: 'exists', name, body: n };
      body = n === undefined || this.lenient ? undefined : this.protocols.graph(n, false);
    } else {
      if (n?.kind === 'fun') for (const r of n.results) back.set(r.name, this.protocols.graph(r.type));
      if (f.returns)
        // A helper that talks has its protocol where the result would stand, one arrow a parameter.
        result = n?.kind === 'fun' && n.params.length === f.params.length ? this.#texts.data(n.result) : this.types.any;
      if (!f.returns && !this.lenient && n?.kind === 'fun' && saysData(n))
        reject(`${name} is said to give a value, and returns none`);
      if (f.returns && n?.kind !== 'fun' && !this.lenient)
        result = n === undefined ? this.types.any : this.#texts.data(n);
    }
    return { name, session: f.session, params, result, back, body };
  }

  #param(p: Param, session: boolean): ParamType {
    if (p.kind === 'pool')
      return { kind: 'pool', name: p.name, member: this.lenient ? undefined : this.#member(p.type) };
    if (p.kind === 'reference')
      return { kind: 'reference', type: this.lenient ? this.types.reference : this.type(p.type) };
    if (p.kind === 'upvalue') return { kind: p.kind, type: this.type(p.type) };
    if (p.kind === 'data') return { kind: p.kind, type: session ? this.type(p.type) : this.#texts.generic(p.type) };
    this.budget.spend(p.type.length);
    const parsed = this.lenient ? undefined : parseType(p.type);
    const said = parsed !== undefined && !isLeft(parsed) && p.type !== 'end' ? parsed.right : undefined;
    // Of a session: a quantified name is a peer, a protocol is an end of its own.
    const own = said !== undefined && (!session || this.protocols.carriesEnd(said));
    return { kind: 'end', name: p.name, proto: own ? this.protocols.graph(said, !session) : undefined };
  }

  /** `pool<!{Go ~> End}, int>`. */
  #member(text: string): MemberType | undefined {
    this.budget.spend(text.length);
    const parsed = parseType(text);
    if (isLeft(parsed)) return reject(`the type \`${clip(text)}\` cannot be read: ${parsed.left.message}`);
    const n = parsed.right;
    if (n.kind !== 'name' || n.name !== 'pool' || n.args.length === 0) return undefined;
    const [proto, datum] = n.args;
    return {
      proto: this.protocols.graph(proto!, false),
      datum: datum === undefined ? this.types.unit : this.#texts.data(datum),
    };
  }
}

/** Is it of a function that gives a value? One that talks has its protocol where the result would stand, one arrow a parameter. */
const saysData = (n: Notation): boolean =>
  n.kind === 'fun' ? saysData(n.result) : n.kind === 'tuple' || (n.kind === 'name' && n.name !== 'void');

const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}..` : text);
