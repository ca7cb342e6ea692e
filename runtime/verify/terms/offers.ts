/**
 * Types of references to services as terms: the name lists the messages with their sizes, the arguments their payloads.
 * One that was read from the service itself is `closed`: it says all that clients can hear. Any other may have forgotten
 * messages, so a client may wait for no more than it lists.
 * Invariant: using a reference as another type never allows a message, in either direction, with another payload than the
 * service was checked with, however often it is done.
 */
import type { Ty, Types } from './types.js';

/** What clients say (`!Label`) and hear (`?Label`), and what these messages carry. */
export type Offer = ReadonlyMap<string, readonly Ty[]>;

export function offerType(types: Types, said: Offer, closed = false): Ty {
  const keys = [...said.keys()].sort();
  const name = `${closed ? '=' : ''}{${keys.map((k) => `${k}/${said.get(k)!.length}`).join(' ')}}`;
  return types.make('reference', name, keys.flatMap((k) => said.get(k)!)); // prettier-ignore
}

/** Does the type say all that clients of the service can hear? */
export const isClosed = (t: Ty): boolean =>
  t.kind === 'self' ? t.args[0] !== undefined && isClosed(t.args[0]) : t.name.startsWith('=');

/**
 * The messages of the service a reference is of; undefined of one of which nothing is known. With `types`, as they stand by
 * themselves: the service itself where they carry it.
 */
export function offerOf(t: Ty, types?: Types): Offer | undefined {
  if (t.kind === 'self') return t.args[0] === undefined ? undefined : offerOf(t.args[0], types);
  if (t.kind !== 'reference' || t.name === '') return undefined;
  const found = new Map<string, readonly Ty[]>();
  let at = 0;
  for (const part of t.name
    .slice(t.name.indexOf('{') + 1, -1)
    .split(' ')
    .filter((x) => x !== '')) {
    // prettier-ignore
    const cut = part.lastIndexOf('/');
    const count = Number(part.slice(cut + 1));
    const of = t.args.slice(at, at + count);
    found.set(part.slice(0, cut), types === undefined ? of : of.map((x) => alone(types, x, t, 0)));
    at += count;
  }
  return found;
}

/** A part of a reference's type, with the reference where it speaks of it. */
function alone(types: Types, part: Ty, whole: Ty, level: number): Ty {
  if (part.within <= level) return part;
  types.budget.spend(1);
  if (part.kind === 'up') return Number(part.name) === level ? whole : part;
  const inner = part.kind === 'reference' ? level + 1 : level;
  return types.make(part.kind, part.name, part.args.map((x) => alone(types, x, whole, inner))); // prettier-ignore
}

/**
 * May a reference be used where another is asked for? What is asked for may list less, of what is said and of what is
 * heard: what is forgotten cannot be waited for again, since only a closed type answers for messages it does not list.
 */
export function serves(types: Types, a: Ty, b: Ty, fits: (x: Ty, y: Ty) => boolean): boolean {
  const theirs = offerOf(b, types);
  if (theirs === undefined) return b.name === '';
  const ours = offerOf(a, types);
  if (ours === undefined) return false;
  types.budget.spend(1 + ours.size + theirs.size);
  // Of an end that is not known there nothing can be said or heard.
  const all = (xs: readonly Ty[], ys: readonly Ty[], asked: readonly Ty[]): boolean =>
    xs.length === ys.length && xs.every((x, i) => asked[i]!.kind === 'unset' || fits(x, ys[i]!));
  for (const [key, carried] of theirs) {
    const mine = ours.get(key);
    if (mine === undefined) {
      if (key.startsWith('!') || !isClosed(a)) return false;
    } else if (!(key.startsWith('!') ? all(carried, mine, carried) : all(mine, carried, carried))) return false;
  }
  return !isClosed(b) || (isClosed(a) && [...ours.keys()].every((key) => key.startsWith('!') || theirs.has(key)));
}
