/**
 * Where a session goes on after a `try` that took part in its protocol has failed: it was at one of several points, and the
 * peers that were spoken to are lost. With those that are left it goes on where it would, whichever point that was.
 * Invariant: nobody who is still there can tell: what is passed over are actions with peers that are lost, and spawns of
 * sessions that nobody else knows.
 */
import type { Proto, Protocols } from '../terms/protocol.js';
import { samePosition, type State } from './state.js';

/** More points than this are not kept: then the session can only end. */
const MOST_PLACES = 64;

/** The points of a state; undefined where they are lost and peers are left that could tell one from another. */
export function standing(protocols: Protocols, state: State): readonly Proto[] | undefined {
  if (state.at !== 'lost') return state.at;
  if (state.places === undefined) return undefined;
  protocols.budget.spend(state.ends.size);
  const live = new Set([...state.ends.values()].flatMap((e) => (e.kind === 'peer' ? [e.peer] : [])));
  return (
    agreed(protocols, state.places, live, false) ??
    agreed(protocols, state.places, live, true) ??
    shared(protocols, state.places, live)
  );
}

/**
 * Points that all of the places come to without a word to who is left; undefined if there are none. Which way is taken is the
 * session's to choose, so it may be one that is open from everywhere.
 */
function shared(
  protocols: Protocols,
  places: readonly (readonly Proto[])[],
  live: ReadonlySet<string>,
): readonly Proto[] | undefined {
  const [first, ...rest] = places.map((p) => unseen(protocols, p, live));
  if (first === undefined) return undefined;
  const all = [...first].filter((p) => p.kind !== 'choice' && rest.every((r) => r.has(p)));
  protocols.budget.spend(first.size * places.length);
  return all.length === 0 ? undefined : all.sort((a, b) => a.id - b.id);
}

/** All points come to while nothing is done that who is left takes part in. */
function unseen(protocols: Protocols, from: readonly Proto[], live: ReadonlySet<string>): ReadonlySet<Proto> {
  const seen = new Set<Proto>(from);
  for (const p of seen) {
    protocols.budget.spend(1);
    if (p.kind === 'choice') p.ways.forEach((w) => seen.add(w));
    else if (p.kind === 'spawn' && !live.has(p.name)) seen.add(p.next);
    else if ('alts' in p) for (const a of p.alts) if (!live.has(a.peer)) seen.add(a.next);
  }
  return seen;
}

function agreed(
  protocols: Protocols,
  places: readonly (readonly Proto[])[],
  live: ReadonlySet<string>,
  spawns: boolean,
): readonly Proto[] | undefined {
  const all = places.map((p) => passed(protocols, p, live, spawns));
  const [first] = all;
  return first !== undefined && all.every((x) => x.length === first.length && x.every((p, i) => p === first[i]))
    ? first
    : undefined;
}

/** The points come to by doing nothing more with who is not there. */
function passed(
  protocols: Protocols,
  from: readonly Proto[],
  live: ReadonlySet<string>,
  spawns: boolean,
): readonly Proto[] {
  const found = new Set<Proto>();
  const seen = new Set<Proto>(from);
  for (const p of seen) {
    protocols.budget.spend(1);
    if (p.kind === 'choice') p.ways.forEach((w) => seen.add(w));
    else if (p.kind === 'spawn' && spawns && !live.has(p.name)) seen.add(p.next);
    else if ('alts' in p && p.alts.length > 0 && p.alts.every((a) => isGone(a, live)))
      p.alts.forEach((a) => seen.add(a.next));
    else found.add(p);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

const isGone = (a: { readonly peer: string; readonly accept: boolean }, live: ReadonlySet<string>): boolean =>
  !a.accept && a.peer !== '' && a.peer !== 'service' && !live.has(a.peer);

/** All points that a region may have failed at. */
export function placesOf(before: State | undefined, inside: State): State['places'] {
  const known = before === undefined ? [] : before.places;
  const more = inside.at === 'lost' ? inside.places : [inside.at];
  if (known === undefined || more === undefined) return undefined;
  const news = more.filter((p) => !known.some((q) => samePosition(p, q)));
  if (news.length === 0) return known;
  return known.length + news.length > MOST_PLACES ? undefined : [...known, ...news];
}
