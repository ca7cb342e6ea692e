/**
 * Types of values as the verifier knows them: interned terms, so equal types are one object, with subtyping, joins and
 * the matching that instantiates a signature.
 * Invariant: values never change, so lists, maps, tuples and data are covariant in what was put in (data only where its
 * constructors say so); functions are contravariant in their parameters; upvalues are invariant.
 */
import { forAll, instantiated } from './generics.js';
import { offerOf, serves } from './offers.js';
import { reject, type Budget } from './rejection.js';
import { firstStep } from './terms.js';

export type Kind =
  | 'any'
  | 'never'
  | 'unit'
  | 'int'
  | 'float'
  | 'bool'
  | 'string'
  | 'bytes'
  | 'exn'
  | 'list'
  | 'map'
  | 'tuple'
  | 'data'
  /** A value of a data type (its argument) whose constructor (by index in the image) is known. */
  | 'case'
  /** Parameters, then the result. */
  | 'fun'
  | 'var'
  | 'reference'
  /** Inside a reference: the one so many references further out (0: the innermost), which its own messages carry. */
  | 'up'
  /** The running thread, as `push @self` gives it. */
  | 'self'
  /** Not data: ends, threads and pools by identity, upvalues, labels and payloads not known yet, nothing. */
  | 'end'
  | 'thread'
  | 'pool'
  /** Of an end that a service is sent, or sends (see terms.ts). */
  | 'protocol'
  | 'upvalue'
  | 'labels'
  | 'label'
  | 'payload'
  | 'unset';

export interface Ty {
  readonly id: number;
  readonly kind: Kind;
  /** Of data: `module::type`; of a variable: its name; of ends, threads, pools, labels: their number. */
  readonly name: string;
  readonly args: readonly Ty[];
  readonly depth: number;
  /** Its parts, each counted as often as it occurs: what a walk over it costs. */
  readonly size: number;
  /** Does a variable occur in it? */
  readonly open: boolean;
  /** Does a variable of a generic function (`'a`) occur in it? */
  readonly generic: boolean;
  /** Does it say of data in it by which constructor they were made? */
  readonly cased: boolean;
  /** How many references around it does it speak of? */
  readonly within: number;
}

const NOT_DATA: ReadonlySet<Kind> = new Set([
  'end',
  'thread',
  'pool',
  'protocol',
  'upvalue',
  'labels',
  'label',
  'payload',
  'unset',
]);
const MOST_DEPTH = 500;
/** A type that holds another twice is written down in no time and costs twice as much: this bounds what walks may cost. */
const MOST_SIZE = 100_000;

/** Which arguments of a data type may be widened. */
export type Variance = (data: Ty) => readonly boolean[];

export class Types {
  readonly #known = new Map<string, Ty>();
  readonly #below = new Map<number, boolean>();
  /** What was found on the way, while it is only taken that two references go together. */
  readonly #taken: number[] = [];
  #taking = 0;
  readonly any = this.make('any');
  readonly never = this.make('never');
  readonly unit = this.make('unit');
  readonly int = this.make('int');
  readonly float = this.make('float');
  readonly bool = this.make('bool');
  readonly string = this.make('string');
  readonly bytes = this.make('bytes');
  readonly exn = this.make('exn');
  readonly self = this.make('self');
  readonly reference = this.make('reference');
  readonly unset = this.make('unset');

  constructor(
    readonly budget: Budget,
    /** Does a value of unknown type fit everywhere? Only for modules that a trusted compiler made here. */
    readonly lenient: boolean,
    readonly covariant: Variance,
  ) {}

  make(kind: Kind, name = '', args: readonly Ty[] = []): Ty {
    if (args.length > 0) this.budget.spend(args.length);
    const key = `${kind} ${name} ${args.map((a) => a.id).join()}`;
    const found = this.#known.get(key);
    if (found !== undefined) return found;
    const depth = 1 + args.reduce((d, a) => Math.max(d, a.depth), 0);
    if (depth > MOST_DEPTH) reject('a type is nested too deeply');
    const size = args.reduce((n, a) => n + a.size, 1);
    if (size > MOST_SIZE) reject('a type is too large');
    const open = kind === 'var' || args.some((a) => a.open);
    const generic = kind === 'var' ? name.startsWith("'") : args.some((a) => a.generic);
    const cased = kind === 'case' || args.some((a) => a.cased);
    const inner = args.reduce((n, a) => Math.max(n, a.within), 0);
    const within = kind === 'up' ? Number(name) + 1 : kind === 'reference' ? Math.max(0, inner - 1) : inner;
    const made: Ty = { id: this.#known.size, kind, name, args, depth, size, open, generic, cased, within };
    this.#known.set(key, made);
    return made;
  }
  list(of: Ty): Ty {
    return this.make('list', '', [of]);
  }
  fun(params: readonly Ty[], result: Ty): Ty {
    return this.make('fun', '', [...params, result]);
  }

  isData(t: Ty): boolean {
    return !NOT_DATA.has(t.kind);
  }
  #loose(t: Ty): boolean {
    return this.lenient && (t.kind === 'any' || t.kind === 'var');
  }

  /** May a value of type `a` be used where `b` is asked for? */
  fits(a: Ty, b: Ty): boolean {
    if (a === b) return true;
    if (this.#alike(a, b)) return true;
    if (a.kind === 'protocol')
      return b.kind === a.kind && a.name === b.name && a.args.every((x, i) => this.same(x, b.args[i]!));
    if (!this.isData(a) || !this.isData(b)) return false;
    if (b.kind === 'any' || a.kind === 'never' || this.#loose(a) || this.#loose(b)) return true;
    if (b.generic) return this.fits(a, forAll(this, b));
    if (a.generic) return this.fits(instantiated(this, a, b), b);
    const key = a.id * 0x4000000 + b.id;
    const known = this.#below.get(key);
    if (known !== undefined) return known;
    this.budget.spend(1);
    // Services may carry themselves: while two are compared they are taken to go together (Amadio, Cardelli 1993).
    const taken = this.#taken.length;
    const both = a.kind === 'reference' && b.kind === 'reference';
    if (both) this.#note(key);
    if (both) this.#taking++;
    const found = this.#fits(a, b);
    if (both) this.#taking--;
    if (found && this.#taking > 0) this.#note(key);
    else this.#below.set(key, found);
    if (!found && both) for (const k of this.#taken.splice(taken)) if (k !== key) this.#below.delete(k);
    if (this.#taking === 0) this.#taken.length = 0;
    return found;
  }
  #note(key: number): void {
    this.#below.set(key, true);
    this.#taken.push(key);
  }

  /** Ends, or pools, that the compiler's own code keeps in the same place; which one it is, nobody relies on. */
  #alike(a: Ty, b: Ty): boolean {
    return this.lenient && a.kind === b.kind && (a.kind === 'end' || a.kind === 'pool');
  }

  #fits(a: Ty, b: Ty): boolean {
    if (a.kind === 'case') return this.fits(a.args[0]!, b);
    if (a.kind === 'self' || a.kind === 'reference')
      return b.kind === 'reference' && (this.lenient || serves(this, a, b, (x, y) => this.fits(x, y)));
    if (a.kind !== b.kind || a.args.length !== b.args.length) return false;
    if (a.name !== b.name) return false;
    switch (a.kind) {
      case 'list':
      case 'map':
      case 'tuple':
        return a.args.every((x, i) => this.fits(x, b.args[i]!));
      case 'data': {
        const wide = this.covariant(a);
        return a.args.every((x, i) => (wide[i] ? this.fits(x, b.args[i]!) : this.same(x, b.args[i]!)));
      }
      case 'fun': {
        const last = a.args.length - 1;
        return a.args.every((x, i) => (i === last ? this.fits(x, b.args[i]!) : this.fits(b.args[i]!, x)));
      }
      default:
        return false;
    }
  }

  same(a: Ty, b: Ty): boolean {
    return a === b || (this.fits(a, b) && this.fits(b, a));
  }

  /** The least type both fit, or undefined if they have nothing in common that could be used. */
  join(a: Ty, b: Ty): Ty | undefined {
    if (a === b) return a;
    if (a.kind === 'unset' || b.kind === 'unset') return this.unset;
    if (this.#alike(a, b)) return a;
    if (!this.isData(a) || !this.isData(b)) return undefined;
    if (this.lenient && (a.kind === 'any' || b.kind === 'any')) return this.any;
    if (this.fits(a, b)) return b;
    if (this.fits(b, a)) return a;
    this.budget.spend(1);
    const up = (t: Ty): Ty => (t.kind === 'case' ? t.args[0]! : t);
    if (a.kind === 'case' || b.kind === 'case') return this.join(up(a), up(b));
    const alike = a.kind === b.kind && a.name === b.name && a.args.length === b.args.length;
    if (alike && (a.kind === 'list' || a.kind === 'map' || a.kind === 'tuple'))
      return this.make(a.kind, '', a.args.map((x, i) => this.join(x, b.args[i]!)!)); // prettier-ignore
    if (alike && a.kind === 'data' && this.covariant(a).every((w) => w))
      return this.make('data', a.name, a.args.map((x, i) => this.join(x, b.args[i]!)!)); // prettier-ignore
    if ((a.kind === 'self' || a.kind === 'reference') && (b.kind === 'self' || b.kind === 'reference'))
      return this.reference;
    return this.any;
  }

  /**
   * The type without what it says of constructors: only such do variables stand for, or what a frame of a generic function is could
   * not be said in the words of its module.
   */
  whole(t: Ty): Ty {
    if (!t.cased) return t;
    if (t.kind === 'case') return this.whole(t.args[0]!);
    this.budget.spend(1);
    return this.make(t.kind, t.name, t.args.map((a) => this.whole(a))); // prettier-ignore
  }

  /** The type with variables replaced; those that have no value stay. */
  replace(t: Ty, values: ReadonlyMap<string, Ty>): Ty {
    if (!t.open || values.size === 0) return t;
    if (t.kind === 'var') return values.get(t.name) ?? t;
    this.budget.spend(1);
    return this.make(t.kind, t.name, t.args.map((a) => this.replace(a, values))); // prettier-ignore
  }

  /**
   * Finds what a signature's variables stand for when its parameters meet these arguments: the join of what occurs in
   * covariant places, else what the contravariant ones demand, else nothing at all (`never`). `own`: those of a function
   * value's own type, and no others.
   */
  solve(params: readonly Ty[], args: readonly Ty[], own = false): Map<string, Ty> {
    const lower = new Map<string, Ty>();
    const upper = new Map<string, Ty>();
    const walk = (p: Ty, a: Ty, up: boolean): void => {
      if (!p.open) return;
      this.budget.spend(1);
      if (p.kind === 'var') {
        if (p.name.startsWith("'") !== own) return;
        const map = up ? lower : upper;
        const before = map.get(p.name);
        const said = this.whole(a);
        if (before === undefined) map.set(p.name, said);
        else if (up) map.set(p.name, this.join(before, said) ?? this.any);
        return;
      }
      const from = a.kind === 'case' ? a.args[0]! : a;
      if (from.kind === 'never' || from.kind === 'any') {
        if (up) for (const x of p.args) walk(x, from, up);
        return;
      }
      if (p.kind === 'reference') {
        const theirs = offerOf(from, this);
        for (const [key, of] of offerOf(p) ?? [])
          theirs?.get(key)?.forEach((x, i) => of[i] && walk(of[i], x, key.startsWith('!') ? !up : up));
        return;
      }
      if (p.kind !== from.kind || p.args.length !== from.args.length) return;
      const last = p.args.length - 1;
      p.args.forEach((x, i) => walk(x, from.args[i]!, p.kind === 'fun' && i !== last ? !up : up));
    };
    params.forEach((p, i) => walk(p, args[i]!, true));
    for (const [name, t] of upper) if (!lower.has(name)) lower.set(name, t);
    return lower;
  }

  /** Text for messages. */
  show(t: Ty): string {
    const list = (ts: readonly Ty[]): string => ts.map((x) => this.show(x)).join(', ');
    switch (t.kind) {
      case 'any':
        return 'a value of unknown type';
      case 'never':
        return 'nothing';
      case 'list':
      case 'map':
        return `${t.kind}<${list(t.args)}>`;
      case 'tuple':
        return `(${list(t.args)})`;
      case 'data': {
        const short = t.name.split('::').at(-1)!;
        return t.args.length === 0 ? short : `${short}<${list(t.args)}>`;
      }
      case 'case':
        return this.show(t.args[0]!);
      case 'fun':
        return `(${list(t.args.slice(0, -1))}) -> ${this.show(t.args.at(-1)!)}`;
      case 'var':
        return t.name.split(/[#.]/)[0]!;
      case 'reference': {
        const carried = (of: readonly Ty[]): string =>
          of.map((x) => (x === this.unset ? 'end' : this.show(x))).join(', ');
        const said = [...(offerOf(t) ?? [])].map(([k, of]) => (of.length === 0 ? k : `${k}(${carried(of)})`));
        return t.name === '' ? 'a thread reference' : `service{${said.join(', ')}}`;
      }
      case 'self':
        return '@self';
      case 'up':
        return 'itself';
      case 'end':
        return 'an end';
      case 'protocol':
        return firstStep(t, list);
      case 'thread':
        return 'a thread';
      case 'pool':
        return 'a pool';
      case 'upvalue':
        return 'an upvalue';
      case 'label':
      case 'labels':
        return 'a label';
      case 'payload':
        return 'an argument whose label is not known yet';
      case 'unset':
        return 'nothing yet';
      default:
        return t.kind;
    }
  }
}
