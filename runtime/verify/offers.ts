/**
 * Types of references to services as terms: the name lists the messages with their sizes, the arguments their payloads.
 * Invariant: using a reference as another type never allows a message, in either direction, with another payload than the
 * service was checked with, however often it is done.
 */
import type { Ty, Types } from './types.js';

/** What clients say (`!Label`) and hear (`?Label`), and what these messages carry. */
export type Offer = ReadonlyMap<string, readonly Ty[]>;

export function offerType(types: Types, said: Offer): Ty {
  const keys = [...said.keys()].sort();
  const name = `{${keys.map((k) => `${k}/${said.get(k)!.length}`).join(' ')}}`;
  return types.make('reference', name, keys.flatMap((k) => said.get(k)!)); // prettier-ignore
}

/** The messages of the service a reference is of; undefined of one of which nothing is known. */
export function offerOf(t: Ty): Offer | undefined {
  if (t.kind === 'self') return t.args[0] === undefined ? undefined : offerOf(t.args[0]);
  if (t.kind !== 'reference' || t.name === '') return undefined;
  const found = new Map<string, readonly Ty[]>();
  let at = 0;
  for (const part of t.name
    .slice(1, -1)
    .split(' ')
    .filter((x) => x !== '')) {
    // prettier-ignore
    const cut = part.lastIndexOf('/');
    const count = Number(part.slice(cut + 1));
    found.set(part.slice(0, cut), t.args.slice(at, at + count));
    at += count;
  }
  return found;
}

/**
 * May a reference be used where another is asked for? There less may be said and more may be heard, so that nothing that
 * is forgotten of a service can come back with another type.
 */
export function serves(types: Types, a: Ty, b: Ty, fits: (x: Ty, y: Ty) => boolean): boolean {
  const theirs = offerOf(b);
  if (theirs === undefined) return b.name === '';
  const ours = offerOf(a);
  if (ours === undefined) return false;
  types.budget.spend(1 + ours.size + theirs.size);
  const all = (xs: readonly Ty[], ys: readonly Ty[] | undefined): boolean =>
    ys !== undefined && xs.length === ys.length && xs.every((x, i) => fits(x, ys[i]!));
  for (const [key, carried] of theirs) {
    const mine = ours.get(key);
    if (key.startsWith('!') && (mine === undefined || !all(carried, mine))) return false;
  }
  for (const [key, carried] of ours) if (key.startsWith('?') && !all(carried, theirs.get(key))) return false;
  return true;
}
