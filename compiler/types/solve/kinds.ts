/**
 * Kinds found late. A parameter or payload of which a body only says that it is handed on, or nothing at all, may be data, an
 * end or a pool. It is generalised as what it is, a variable, and the first use that tells decides for all uses, since a body
 * is compiled once. What no use tells of is data.
 * Invariant: a variable of open kind, what it was made of and all that was made of it are of one kind, or a clash is reported.
 */
import { prune, type Clash, type EndType, type Type, type TypeVariable } from './type.js';

/** What deciding needs of the unifier. */
interface Unifying {
  /** The kind of something generalised was only told by a use. */
  decidedLate: boolean;
  readonly instances: {
    readonly ends: Map<EndType, EndType[]>;
    readonly variables: ReadonlyMap<TypeVariable, readonly Type[]>;
  };
  end(level: number): EndType;
  unify(a: Type, b: Type): Clash | undefined;
}

/** In one use `made` stands for `origin`, whose kind is still open. */
export function inherit(origin: TypeVariable, made: TypeVariable): void {
  if (origin.openKind !== true) return;
  made.linear = true;
  made.kin = [origin];
}

/** `one` became `other`: what was said of the kind of either holds of both. */
export function joinKin(one: TypeVariable, other: TypeVariable): void {
  if (one.kin !== undefined) other.kin = [...new Set([...(other.kin ?? []), ...one.kin])];
}

/** A use of what `v` was made of turned out to be this end or pool, so all uses are. */
export function decideKin(u: Unifying, v: TypeVariable, found: Type): Clash | undefined {
  let clash: Clash | undefined;
  for (const origin of v.kin ?? []) clash ??= decide(u, origin, found);
  return clash;
}

function decide(u: Unifying, origin: TypeVariable, found: Type): Clash | undefined {
  if (origin.instance !== undefined) {
    const known = prune(origin);
    return known.kind === found.kind ? undefined : { why: 'differ', a: known, b: found };
  }
  u.decidedLate = true;
  const general: EndType = u.end(Infinity);
  const like = (end: EndType): Type =>
    found.kind === 'pool' ? { kind: 'pool', end, datum: found.datum } : { kind: 'end', end };
  origin.instance = like(general);
  origin.openKind = false;
  let clash = decideKin(u, origin, found);
  for (const use of u.instances.variables.get(origin) ?? []) {
    const t = prune(use);
    const level = t.kind === 'var' ? t.level : 1;
    const made = u.end(level);
    const known = u.instances.ends.get(general);
    if (known === undefined) u.instances.ends.set(general, [made]);
    else known.push(made);
    clash ??= u.unify(use, like(made));
  }
  return clash;
}
