/**
 * Values that may be used at any type: a type with variables of its own (`'a`), as a generic function has as a value, and
 * data made of such. What a value is used as chooses what its variables stand for.
 * Invariant: only what is a value already has variables of its own. What a call gives is of one type, whichever that is,
 * since the call may have made something that all who use the result share.
 */
import type { Ty, Types } from './types.js';

const own = (name: string): boolean => name.startsWith("'");

/** The type with every variable renamed. */
function renamed(types: Types, t: Ty, name: (old: string) => string): Ty {
  const names = new Map<string, Ty>();
  const visit = (x: Ty): void => {
    if (!x.open) return;
    types.budget.spend(1);
    if (x.kind === 'var') names.set(x.name, types.make('var', name(x.name)));
    else x.args.forEach(visit);
  };
  visit(t);
  return types.replace(t, names);
}

/** The type of a value whose variables are its own, and no other value's: `at` names the place it comes from. */
export const generalised = (types: Types, t: Ty, at: number): Ty =>
  renamed(types, t, (n) => (own(n) ? n : `'${n}.${at}`));

/** The type as who must have it for all that its variables may stand for: each is like nothing else. */
export const forAll = (types: Types, t: Ty): Ty => renamed(types, t, (n) => (own(n) ? `^${n.slice(1)}` : n));

/** The value's type with its own variables standing for what `wanted` asks; for nothing where it does not say. */
export function instantiated(types: Types, generic: Ty, wanted: Ty): Ty {
  if (!generic.generic) return generic;
  return types.replace(generic, new Map([...nothing(types, generic, own), ...choice(types, generic, wanted, own)]));
}

/** What a call gave, at one type: that of `hint` where it fits. */
export function settled(types: Types, t: Ty, hint?: Ty): Ty {
  if (!t.generic) return t;
  if (hint !== undefined) {
    const found = instantiated(types, t, hint);
    if (types.fits(found, hint)) return found;
  }
  return types.replace(t, nothing(types, t, own));
}

/** Variables standing for nothing at all: no value of them can be there. */
function nothing(types: Types, t: Ty, which: (name: string) => boolean): Map<string, Ty> {
  const found = new Map<string, Ty>();
  const visit = (x: Ty): void => {
    if (!x.open) return;
    types.budget.spend(1);
    if (x.kind === 'var') {
      if (which(x.name)) found.set(x.name, types.never);
    } else x.args.forEach(visit);
  };
  visit(t);
  return found;
}

/**
 * What variables of `t` must stand for to be used as `wanted`: the join of what is handed to them, or exactly what stands in a
 * place that cannot be widened. Nothing is chosen where all that is asked is that little comes out.
 */
function choice(types: Types, t: Ty, wanted: Ty, which: (name: string) => boolean): Map<string, Ty> {
  const chosen = new Map<string, Ty>();
  const exact = new Set<string>();
  const note = (name: string, w: Ty, way: Way): void => {
    if (!types.isData(w) || exact.has(name)) return;
    const said = types.whole(w);
    const before = chosen.get(name);
    if (way === 'exact' || before === undefined) chosen.set(name, said);
    else chosen.set(name, types.join(before, said) ?? types.any);
    if (way === 'exact') exact.add(name);
  };
  const visit = (x: Ty, w: Ty, way: Way): void => {
    if (!x.open) return;
    types.budget.spend(1);
    if (x.kind === 'var') {
      if (way !== 'out' && which(x.name)) note(x.name, w, way);
      return;
    }
    const [from, to] = [x, w].map((y) => (y.kind === 'case' ? y.args[0]! : y)) as [Ty, Ty];
    if (from.kind !== to.kind || from.name !== to.name || from.args.length !== to.args.length) return;
    const wide = from.kind === 'data' ? types.covariant(from) : undefined;
    const last = from.args.length - 1;
    from.args.forEach((y, i) => {
      const turned = from.kind === 'fun' && i !== last;
      const fixed = from.kind === 'reference' || wide?.[i] === false;
      visit(y, to.args[i]!, way === 'exact' || fixed ? 'exact' : turned ? opposite(way) : way);
    });
  };
  visit(t, wanted, 'out');
  return chosen;
}
/** Is a value of the place handed out, handed in, or both? */
type Way = 'out' | 'in' | 'exact';
const opposite = (way: Way): Way => (way === 'out' ? 'in' : way === 'in' ? 'out' : 'exact');

/** Parameters of what is called, and what they are given. */
export interface Meeting {
  readonly wanted: readonly Ty[];
  readonly given: readonly Ty[];
  readonly result: Ty;
  /** Whose variables are sought: those of a value's type (`'a`), or those of a signature (`a`). */
  readonly own: boolean;
}

/** What the variables stand for, and the arguments at the types they are used as. */
export interface Met {
  readonly values: ReadonlyMap<string, Ty>;
  readonly given: readonly Ty[];
}

/**
 * Finds what the variables of a signature or of a function value stand for in one call. Any choice under which the arguments
 * fit is a right one; that by which the result has the type of `hint` is tried first.
 */
export function met(types: Types, m: Meeting, hint?: Ty): Met {
  const which = (name: string): boolean => own(name) === m.own;
  const said = hint === undefined ? undefined : asked(types, m.result, hint, which);
  if (said !== undefined && said.size > 0) {
    const found = meeting(types, m, said, which);
    if (m.wanted.every((w, i) => types.fits(found.given[i]!, types.replace(w, found.values)))) return found;
  }
  return meeting(types, m, new Map(), which);
}

/** What the result's variables must stand for so that it has the type asked for, wherever that says. */
function asked(types: Types, result: Ty, hint: Ty, which: (name: string) => boolean): Map<string, Ty> {
  const found = new Map<string, Ty>();
  const visit = (x: Ty, w: Ty): void => {
    if (!x.open) return;
    types.budget.spend(1);
    if (x.kind === 'var') {
      if (which(x.name) && types.isData(w) && !found.has(x.name)) found.set(x.name, types.whole(w));
    } else if (x.kind === w.kind && x.name === w.name && x.args.length === w.args.length)
      x.args.forEach((y, i) => visit(y, w.args[i]!));
  };
  visit(result, hint);
  return found;
}

/** `said` is what some variables stand for. */
export function meeting(
  types: Types,
  m: Omit<Meeting, 'result'>,
  said: ReadonlyMap<string, Ty>,
  which = (name: string): boolean => own(name) === m.own,
): Met {
  const plain = m.given.flatMap((g, i) => (g.generic && !m.wanted[i]!.generic ? [] : [i]));
  const of = (list: readonly number[], given: readonly Ty[]): Map<string, Ty> =>
    types.solve(list.map((i) => m.wanted[i]!), list.map((i) => given[i]!), m.own); // prettier-ignore
  const given = [...m.given];
  const values = new Map([...of(plain, given), ...said]);
  // A generic value is used at the types that the others ask for; what it gives then decides about the next.
  m.given.forEach((g, i) => {
    const wanted = m.wanted[i]!;
    if (!g.generic || wanted.generic) return;
    const open = nothing(types, wanted, (n) => which(n) && !values.has(n));
    for (const name of open.keys()) open.set(name, types.unset);
    const asks = types.replace(types.replace(wanted, values), open);
    given[i] = types.replace(g, choice(types, g, asks, own));
    for (const [name, t] of of([i], given)) if (!values.has(name)) values.set(name, t);
  });
  const all = new Map([...of(m.wanted.map((_, i) => i), given), ...said]); // prettier-ignore
  return { values: all, given };
}
