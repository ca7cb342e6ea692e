/**
 * Unification of types and of link ends (Robinson 1965; levels after Rémy 1992). Ends are compared by what their labels
 * carry, lazily through `dual`; a type may contain itself through an end or a service, but not otherwise.
 * Invariant: a variable that ranges over data is never bound to an end or a pool, and a rigid one never to anything.
 */
import { globalKey } from '../../resolve/resolution.js';
import type { Span } from '../../source/source.js';
import { decideKin, joinKin } from './kinds.js';
import type { Clash, Payload } from './type.js';
import { ANYBODY, endOf, isBuiltin, partsOf, prune, type EndType, type Type, type TypeVariable } from './type.js';

type Rows = 'sends' | 'receives';
const OPPOSITE: Record<Rows, Rows> = { sends: 'receives', receives: 'sends' };

export class Unifier {
  private ids = 0;
  /** Where a variable was bound: what made it that type. */
  readonly because = new Map<TypeVariable, Span>();
  /** Where a payload was written, by its list of types. */
  readonly places = new Map<readonly Type[], Span>();
  /** Lists of payload types that were written at a send. */
  readonly sent = new WeakSet<readonly Type[]>();
  /** The `unit` of each `if` without `else` whose value is used. */
  readonly elseless = new WeakMap<Type, { readonly header: Span; readonly whole: Span }>();
  /** Those that a disagreement was said to come from. */
  readonly blamed: Span[] = [];
  /** The place that is being checked. */
  at: Span | undefined;
  readonly peers: TypeVariable[] = [];
  /** The kind of something generalised was only told by a use. */
  decidedLate = false;
  /** What became of what was generalised where it was used. */
  readonly instances = { ends: new Map<EndType, EndType[]>(), variables: new Map<TypeVariable, Type[]>() };

  /** Copies of parts of types left. Types can be exponentially larger than the program (Mairson 1990). */
  private copies: number;
  /** What was looked at when there were none left. */
  exhaustedAt: Span | undefined;

  /** `size`: number of nodes of the program; ordinary programs copy less than ten times as much. */
  constructor(size: number) {
    this.copies = 500_000 + 100 * size;
  }

  /** Whether one more part of a type may be copied. */
  spend(): boolean {
    if (this.copies-- > 0) return true;
    this.exhaustedAt ??= this.at;
    return false;
  }

  get exhausted(): boolean {
    return this.copies < 0;
  }

  variable(level: number, more: Partial<TypeVariable> = {}): TypeVariable {
    return { kind: 'var', id: this.ids++, level, instance: undefined, constraint: 'none', ...more };
  }

  end(level: number): EndType {
    return {
      id: this.ids++,
      forward: undefined,
      sends: new Map(),
      receives: new Map(),
      dual: undefined,
      level,
      services: new Set(),
    };
  }

  unify(a: Type, b: Type): Clash | undefined {
    const x = prune(a);
    const y = prune(b);
    if (x === y) return undefined;
    if (x.kind === 'var' && y.kind === 'var') return this.join(x, y);
    if (x.kind === 'var') return this.bind(x, y, a, b, false);
    if (y.kind === 'var') return this.bind(y, x, b, a, true);
    const differ: Clash = { why: 'differ', a, b };
    switch (x.kind) {
      case 'con':
        if (y.kind !== 'con' || globalKey(x.id) !== globalKey(y.id) || x.args.length !== y.args.length)
          return isReference(x, y) ? { why: 'reference', a, b } : differ;
        return this.unifyAll(x.args, y.args);
      case 'tuple':
        if (y.kind !== 'tuple' || x.elements.length !== y.elements.length) return differ;
        return this.unifyAll(x.elements, y.elements);
      case 'fun':
        if (y.kind !== 'fun' || x.params.length !== y.params.length) return differ;
        return this.unifyAll(x.params, y.params) ?? this.unify(x.result, y.result);
      case 'end':
      case 'service':
        if (y.kind !== x.kind) return isReference(x, y) ? { why: 'reference', a, b } : differ;
        return this.unifyEnds(x.end, y.end);
      case 'pool':
        if (y.kind !== 'pool') return differ;
        return this.unifyEnds(x.end, y.end) ?? this.unify(x.datum, y.datum);
    }
  }

  unifyAll(as: readonly Type[], bs: readonly Type[]): Clash | undefined {
    for (let i = 0; i < as.length; i++) {
      const clash = this.unify(as[i]!, bs[i]!);
      if (clash !== undefined) return clash;
    }
    return undefined;
  }

  /** Two variables become one, with the restrictions of both. */
  private join(x: TypeVariable, y: TypeVariable): Clash | undefined {
    if (x.rigid === true && y.rigid === true) return { why: 'rigid', a: x, b: y };
    if (x.rigid === true) return this.join(y, x);
    if (y.rigid === true && x.constraint === 'number') return { why: 'rigid', a: y, b: x };
    if (x.constraint === 'number' && y.peer !== undefined) return { why: 'peer', a: y, b: x };
    if (y.constraint === 'number' && x.peer !== undefined) return { why: 'peer', a: x, b: y };
    if (y.rigid === true && x.peer !== undefined) return { why: 'peer', a: x, b: y };
    this.lower(y, x.level);
    if (x.constraint === 'number') y.constraint = 'number';
    if (x.linear !== true && y.rigid !== true) y.linear = false;
    if (x.foreign === true) y.foreign = true;
    joinKin(x, y);
    const { peer } = x;
    this.set(x, y);
    if (peer === undefined) return undefined;
    if (y.peer !== undefined) return this.unifyEnds(peer, y.peer);
    y.peer = peer;
    this.peers.push(y);
    return undefined;
  }

  private bind(v: TypeVariable, t: Type, was: Type, to: Type, swapped: boolean): Clash | undefined {
    const clash = (why: Clash['why']): Clash => (swapped ? { why, a: to, b: was } : { why, a: was, b: to });
    if (v.rigid === true) return clash('rigid');
    if (v.constraint === 'number' && !isBuiltin(t, 'int') && !isBuiltin(t, 'float')) return clash('number');
    if (v.peer !== undefined && t.kind !== 'end' && t.kind !== 'service') return clash('peer');
    if (v.linear !== true && (t.kind === 'end' || t.kind === 'pool')) return clash('linear');
    if (occurs(v, t)) return clash('occurs');
    this.lower(t, v.level);
    const { peer } = v;
    if (v.foreign === true && 'end' in t) endOf(t.end).services.add(ANYBODY);
    this.set(v, t);
    const told = peer === undefined || !('end' in t) ? undefined : this.unifyEnds(peer, t.end);
    return told ?? (t.kind === 'end' || t.kind === 'pool' ? decideKin(this, v, t) : undefined);
  }

  private set(v: TypeVariable, t: Type): void {
    v.instance = t;
    if (this.at !== undefined) this.because.set(v, this.at);
  }

  /** The variable is the subject of `!` or `on`. */
  makePeer(v: TypeVariable, end: EndType): Clash | undefined {
    if (v.rigid === true || v.constraint === 'number') return { why: 'peer', a: v, b: v };
    if (v.peer !== undefined) return this.unifyEnds(v.peer, end);
    this.lowerEnd(end, v.level);
    v.peer = end;
    this.peers.push(v);
    return undefined;
  }

  /** Records that `label` goes over the end in one direction and carries `types`. */
  addRow(end: EndType, rows: Rows, label: string, types: readonly Type[]): Clash | undefined {
    const e = endOf(end);
    if (rows === 'sends') this.sent.add(types);
    const known = e[rows].get(label);
    if (known !== undefined) return this.unifyPayload(label, known, types);
    if (e.closed === true) return closed(e, label, types);
    types.forEach((t) => this.lower(t, e.level));
    e[rows].set(label, types);
    const opposite = e.dual && endOf(e.dual)[OPPOSITE[rows]].get(label);
    return opposite === undefined ? undefined : this.unifyPayload(label, opposite, types);
  }

  unifyPayload(label: string, there: readonly Type[], here: readonly Type[]): Clash | undefined {
    const payload: Payload = { label, here, there };
    if (there.length !== here.length) return { why: 'count', a: { kind: 'tuple', elements: there }, b: { kind: 'tuple', elements: here }, payload }; // prettier-ignore
    const clash = this.unifyAll(there, here);
    return clash && { ...clash, payload: clash.payload ?? payload };
  }

  /** The two become the same end: what is known of one holds of the other, and of what is opposite. */
  unifyEnds(a: EndType, b: EndType): Clash | undefined {
    const x = endOf(a);
    const y = endOf(b);
    if (x === y) return undefined;
    this.lowerEnd(x, y.level);
    this.lowerEnd(y, x.level);
    y.forward = x;
    y.services.forEach((s) => x.services.add(s));
    let clash: Clash | undefined;
    for (const rows of ['sends', 'receives'] as const)
      for (const [label, types] of y[rows]) {
        const known = x[rows].get(label);
        if (known === undefined) {
          if (x.closed === true) clash ??= closed(x, label, types);
          x[rows].set(label, types);
        } else clash ??= this.unifyPayload(label, known, types);
      }
    if (y.closed === true) {
      for (const rows of ['sends', 'receives'] as const)
        for (const [label, types] of x[rows]) if (!y[rows].has(label)) clash ??= closed(y, label, types);
      x.closed = true;
    }
    const dual = x.dual ?? y.dual;
    if (x.dual !== undefined && y.dual !== undefined) clash ??= this.unifyEnds(x.dual, y.dual);
    return clash ?? (dual === undefined ? undefined : this.link(x, dual));
  }

  /** The two become the two ends of one link. */
  link(a: EndType, b: EndType): Clash | undefined {
    const x = endOf(a);
    const y = endOf(b);
    let clash: Clash | undefined;
    if (x.dual !== undefined && endOf(x.dual) !== y) clash = this.unifyEnds(x.dual, y);
    if (y.dual !== undefined && endOf(y.dual) !== endOf(x)) clash ??= this.unifyEnds(y.dual, x);
    const p = endOf(x);
    const q = endOf(y);
    p.dual = q;
    q.dual = p;
    this.lowerEnd(p, q.level);
    this.lowerEnd(q, p.level);
    for (const rows of ['sends', 'receives'] as const)
      for (const [label, types] of [...p[rows]]) {
        const opposite = q[OPPOSITE[rows]].get(label);
        if (opposite !== undefined) clash ??= this.unifyPayload(label, opposite, types);
      }
    return clash;
  }

  /**
   * Everything in the type becomes known at least as far out as `level`. Types share their parts, so a part is looked at
   * once: `let b = (a, a)`, repeated, would take exponential time otherwise.
   */
  lower(type: Type, level: number, seen?: Set<Type>): void {
    const t = prune(type);
    if (t.kind === 'var') {
      if (t.level <= level) return;
      t.level = level;
      if (t.peer !== undefined) this.lowerEnd(t.peer, level);
      return;
    }
    if (t.kind === 'end' || t.kind === 'service') return this.lowerEnd(t.end, level);
    if (t.kind === 'con' && t.args.length === 0) return;
    const done = seen ?? new Set<Type>();
    if (done.has(t)) return;
    done.add(t);
    if (t.kind === 'con') t.args.forEach((x) => this.lower(x, level, done));
    else if (t.kind === 'tuple') t.elements.forEach((x) => this.lower(x, level, done));
    else if (t.kind === 'fun') [...t.params, t.result].forEach((x) => this.lower(x, level, done));
    else {
      this.lower(t.datum, level, done);
      this.lowerEnd(t.end, level);
    }
  }

  lowerEnd(end: EndType, level: number): void {
    const e = endOf(end);
    if (e.level <= level) return;
    e.level = level;
    for (const types of [...e.sends.values(), ...e.receives.values()]) types.forEach((t) => this.lower(t, level));
    if (e.dual !== undefined) this.lowerEnd(e.dual, level);
  }
}

const closed = (end: EndType, label: string, here: readonly Type[]): Clash => {
  const type: Type = { kind: 'end', end };
  return { why: 'closed', a: type, b: type, payload: { label, here, there: [] } };
};

const isThread = (t: Type): boolean => t.kind === 'service' || isBuiltin(t, 'thread');
/** An end on one side, a reference to a thread on the other: the usual confusion, worth a message of its own. */
const isReference = (x: Type, y: Type): boolean =>
  (x.kind === 'end' && isThread(y)) || (y.kind === 'end' && isThread(x));

function occurs(v: TypeVariable, type: Type, seen?: Set<Type>): boolean {
  const t = prune(type);
  if (t.kind === 'var') return t === v;
  const parts = partsOf(t);
  if (parts.length === 0) return false;
  const done = seen ?? new Set<Type>();
  if (done.has(t)) return false;
  done.add(t);
  return parts.some((x) => occurs(v, x, done));
}
