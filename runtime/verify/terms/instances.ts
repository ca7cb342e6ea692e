/**
 * Type variables of spawned sessions: each spawn is an instance of its own, whose variables stand for one type each,
 * found by unification as arguments and links are met (Robinson 1965).
 * Invariant: a variable of an instance is bound once and never to a type that holds it; those of the verified function
 * itself are rigid.
 */
import { serves } from './offers.js';
import type { Ty, Types } from './types.js';

export class Instances {
  readonly #bound = new Map<string, Ty>();
  /** Pairs of references that are being compared: services may carry themselves. */
  readonly #taken = new Set<string>();

  constructor(readonly types: Types) {}

  /** A type of a signature as instance `of` has it; the empty name leaves it as it is. */
  rename(t: Ty, of: string): Ty {
    if (!t.open || of === '') return t;
    const values = new Map<string, Ty>();
    const visit = (x: Ty): void => {
      if (!x.open) return;
      this.types.budget.spend(1);
      if (x.kind === 'var') values.set(x.name, this.types.make('var', `${x.name}#${of}`));
      else x.args.forEach(visit);
    };
    visit(t);
    return this.types.replace(t, values);
  }

  #value(t: Ty): Ty {
    let found = t;
    while (found.kind === 'var') {
      this.types.budget.spend(1);
      const next = this.#bound.get(found.name);
      if (next === undefined) break;
      found = next;
    }
    return found;
  }

  /** May a value of type `a` be used as `b`, with variables of instances chosen so that it may? */
  fits(a: Ty, b: Ty, exact = false): boolean {
    const x = this.#value(a);
    const y = this.#value(b);
    this.types.budget.spend(1);
    if (x === y) return true;
    if (this.types.lenient && (x.kind === 'any' || y.kind === 'any')) return true;
    if (free(x)) return this.#bind(x, y);
    if (free(y)) return this.#bind(y, x);
    if (!x.open && !y.open) return exact ? this.types.same(x, y) : this.types.fits(x, y);
    if (x.kind === 'case') return this.fits(x.args[0]!, y, exact);
    if (y.kind === 'any') return !exact && this.types.isData(x);
    if ((x.kind === 'reference' || x.kind === 'self') && y.kind === 'reference') {
      const pair = `${x.id} ${y.id} ${exact}`;
      if (this.#taken.has(pair)) return true;
      this.#taken.add(pair);
      const fit = (p: Ty, q: Ty): boolean => this.fits(p, q);
      const found = serves(this.types, x, y, fit) && (!exact || serves(this.types, y, x, fit));
      this.#taken.delete(pair);
      return found;
    }
    if (x.kind !== y.kind || x.name !== y.name || x.args.length !== y.args.length) return false;
    if (x.kind === 'var') return false;
    const covariant = x.kind === 'list' || x.kind === 'map' || x.kind === 'tuple';
    const wide = x.kind === 'data' ? this.types.covariant(x) : undefined;
    return x.args.every((t, i) => this.fits(t, y.args[i]!, exact || !(wide?.[i] ?? covariant)));
  }

  /** The type with variables of instances replaced by what they stand for. */
  resolve(t: Ty): Ty {
    const x = this.#value(t);
    if (!x.open || x.kind === 'var') return x;
    this.types.budget.spend(1);
    return this.types.make(x.kind, x.name, x.args.map((a) => this.resolve(a))); // prettier-ignore
  }
  /** The type where variables that nothing decided stand for nothing: no value of them can be there. */
  settled(t: Ty): Ty {
    const found = this.resolve(t);
    const rest = new Map<string, Ty>();
    const visit = (x: Ty): void => {
      if (!x.open) return;
      this.types.budget.spend(1);
      if (free(x)) rest.set(x.name, this.types.never);
      else x.args.forEach(visit);
    };
    visit(found);
    return this.types.replace(found, rest);
  }
  #bind(v: Ty, t: Ty): boolean {
    const whole = t.kind === 'case' ? t.args[0]! : t;
    if (!this.types.isData(whole) || this.#holds(whole, v)) return false;
    this.#bound.set(v.name, whole);
    return true;
  }
  #holds(t: Ty, v: Ty): boolean {
    const x = this.#value(t);
    this.types.budget.spend(1);
    return x === v || (x.open && x.args.some((a) => this.#holds(a, v)));
  }
}

const free = (t: Ty): boolean => t.kind === 'var' && t.name.includes('#');
