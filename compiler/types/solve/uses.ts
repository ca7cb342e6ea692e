/**
 * Which types are linear (each value is used up exactly once) or affine (at most once): those declared so, and all that
 * are made of them. Functions are not, since nothing linear may be captured by one, nor pools, which keep nothing linear beside a member.
 * Invariant: decided by the type alone, so every pass that asks is told the same; a type variable is plain data unless the caller
 * says that something linear stands for it.
 */
import type { Use } from '../../ast/ast.js';
import type { GlobalId } from '../../resolve/resolution.js';
import { partsOf, prune, type Type } from './type.js';

/** That a type is linear or affine, and why. */
export interface Held {
  readonly use: Use;
  /** The type that is declared so, as it is called. */
  readonly name: string;
  /** What it means to forget one, as a sentence. */
  readonly forgotten?: string;
}

/** What is declared of a type. */
export type UseOf = (id: GlobalId) => Held | undefined;

const NONE: ReadonlySet<Type> = new Set();

/** What a value of the type is held for; undefined for plain data. `variables` count as linear. */
export function heldIn(type: Type, declared: UseOf, variables: ReadonlySet<Type> = NONE): Held | undefined {
  let found: Held | undefined;
  const seen = new Set<Type>();
  const open: Type[] = [type];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const t = prune(next);
    if (seen.has(t)) continue;
    seen.add(t);
    if (t.kind === 'fun' || t.kind === 'end' || t.kind === 'service' || t.kind === 'pool') continue;
    const here =
      t.kind === 'con' ? declared(t.id) : variables.has(t) ? { use: 'linear' as const, name: '' } : undefined;
    if (here !== undefined) found = stronger(found, here);
    open.push(...partsOf(t));
  }
  return found;
}

/** Of two reasons the one that asks for more; the first where they ask for the same. */
export const stronger = (a: Held | undefined, b: Held | undefined): Held | undefined =>
  a === undefined || (a.use === 'affine' && b?.use === 'linear') ? (b ?? a) : a;
