/**
 * Whether two descriptions of one link, or of one end, go together.
 * Invariant: coinductive walks over finite graphs; `follows` says yes only where each step is certain.
 */
import { nextOf, type Alt, type Carried, type Proto } from '../terms/protocol.js';
import type { Flow } from './flow.js';
import { retypedCarried } from '../terms/protocol-made.js';
import { reject } from '../terms/rejection.js';
import type { Ty } from '../terms/types.js';

/** One end at some points of a type: the parts that concern `peer`, seen from the other side if `dual`. */
export interface View {
  readonly at: readonly Proto[];
  readonly peer: string;
  readonly dual: boolean;
}

/**
 * May what is left of one end (`a`) be given to who does `b` with it? Of messages it may send, `b` may leave some out, and
 * it may be ready for more than can arrive. `b` may be somewhere in what it does with others meanwhile: all its points are
 * followed together.
 */
export function follows(f: Flow, a: View, b: View): boolean {
  const seen = new Set<string>();
  const work: [readonly Proto[], readonly Proto[]][] = [[a.at, b.at]];
  for (let pair; (pair = work.pop());) {
    const xs = talking(f, f.env.protocols.project(pair[0], a.peer));
    const ys = actions(f, pair[1], b.peer).filter((p) => p.kind !== 'fail');
    const key = `${xs.map((p) => p.id).join()} ${ys.map((p) => p.id).join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    f.env.budget.spend(8);
    if (xs.includes(f.env.protocols.anywhere)) {
      const loose = inAnyOrder(f, xs, a, ys, b);
      if (loose === undefined) return false;
      work.push(...loose);
      continue;
    }
    const [x] = xs;
    if (x === undefined || xs.length !== 1 || ('alts' in x && ys.length === 0)) return false;
    // One that is over may go where others are spoken to for ever.
    const next = 'alts' in x ? followed(f, x, a, ys, b) : ys.every(isOver) && isOver(x) ? [] : undefined;
    if (next === undefined) return false;
    work.push(...next);
  }
  return true;
}

/** Who may say or hear something, or be over or fail instead, is followed where it talks: if it is over, nothing comes of that. */
function talking(f: Flow, points: readonly Proto[]): readonly Proto[] {
  if (points.includes(f.env.protocols.anywhere)) return points;
  const talk = points.filter((p) => 'alts' in p);
  return talk.length > 0 && points.every((p) => 'alts' in p || isOver(p) || p.kind === 'fail') ? talk : points;
}

const isOver = (p: Proto): boolean => p.kind === 'end' || p.kind === 'ret';

/** What is left after each message that may pass at a point of one end; undefined if who gets it does something else. */
function followed(
  f: Flow,
  x: Extract<Proto, { alts: unknown }>,
  a: View,
  ys: readonly Proto[],
  b: View,
): [readonly Proto[], readonly Proto[]][] | undefined {
  // A point that also waits for others is no step of this end alone.
  if (x.alts.some((alt) => alt.peer !== a.peer || alt.accept)) return undefined;
  const sends = (x.kind === 'send') !== a.dual;
  const taken: Alt[] = [];
  for (const y of ys) {
    if (!('alts' in y) || ((y.kind === 'send') !== b.dual) !== sends) return undefined;
    const alts = y.alts.filter((alt) => alt.peer === b.peer && !alt.accept);
    const [asked, offered] = sends ? [alts, x.alts] : [x.alts, alts];
    if (!asked.every((alt) => offered.some((o) => o.label === alt.label))) return undefined;
    taken.push(...alts);
  }
  const next: [readonly Proto[], readonly Proto[]][] = [];
  for (const alt of x.alts) {
    const same = taken.filter((o) => o.label === alt.label);
    const fits = (o: Alt): boolean =>
      o.payload.length === alt.payload.length && alt.payload.every((c, i) => sameCarried(f, c, o.payload[i]!));
    if (!same.every(fits)) return undefined;
    if (same.length > 0) next.push([[alt.next], same.map((o) => o.next)]);
  }
  return next;
}

/**
 * An end of which only the messages are known, in any order: what is done with it says and takes no others. What comes
 * besides is told apart from these when it is taken, as it is where the order is not known either.
 */
function inAnyOrder(
  f: Flow,
  xs: readonly Proto[],
  a: View,
  ys: readonly Proto[],
  b: View,
): [readonly Proto[], readonly Proto[]][] | undefined {
  const next: [readonly Proto[], readonly Proto[]][] = [];
  for (const y of ys) {
    if (isOver(y) || y.kind === 'fail') continue;
    if (!('alts' in y)) return undefined;
    const sends = (y.kind === 'send') !== b.dual;
    const known = xs.flatMap((x) => ('alts' in x && ((x.kind === 'send') !== a.dual) === sends ? x.alts : []));
    f.env.budget.spend(known.length);
    for (const alt of y.alts) {
      if (alt.peer !== b.peer || alt.accept) continue;
      const found = known.find((k) => k.label === alt.label);
      const fits =
        found?.payload.length === alt.payload.length &&
        found.payload.every((c, i) => sameCarried(f, c, alt.payload[i]!));
      if (!fits) return undefined;
      next.push([[found.next], [alt.next]]);
    }
  }
  return next;
}

/** The points at which a peer may be spoken to or waited for next, whatever happens with others before. */
function actions(f: Flow, from: readonly Proto[], peer: string): readonly Proto[] {
  const found = new Set<Proto>();
  const all = new Set<Proto>(from);
  for (const p of all) {
    f.env.budget.spend(1);
    const alts = 'alts' in p ? p.alts : [];
    const own = alts.filter((a) => a.peer === peer);
    if (own.some((a) => a.accept) || (p.kind === 'spawn' && p.name === peer)) {
      // From there on the name is another's.
      found.add(f.env.protocols.end);
      continue;
    }
    if (own.length > 0 || nextOf(p).length === 0) found.add(p);
    if ('alts' in p) alts.filter((a) => a.peer !== peer).forEach((a) => all.add(a.next));
    else nextOf(p).forEach((n) => all.add(n));
  }
  return [...found].sort((p, q) => p.id - q.id);
}

export function sameCarried(f: Flow, c: Carried, d: Carried): boolean {
  const fits = (x: Ty, y: Ty): boolean => f.types.same(x, y) || f.instances.fits(x, y, true);
  if (c.kind === 'data') return d.kind === 'data' && fits(c.type, d.type);
  if (d.kind === 'data' || c.kind !== d.kind) return false;
  return sameDatum(c, d, fits) && f.env.protocols.same(c.proto, d.proto, (n) => n, fits);
}

const sameDatum = (c: Carried, d: Carried, same: (x: Ty, y: Ty) => boolean): boolean =>
  c.kind !== 'pool' || (d.kind === 'pool' && same(c.datum, d.datum));

/** One side of a link: what is done, with the type variables of its instance, and the peer's name in it. */
export interface Side {
  readonly name: string;
  readonly body: Proto;
  readonly peer: string;
}

/**
 * The two sides of a link must agree on what every message that both know carries: what arrives has the types that the
 * receiver's code was checked with. (That messages come when they are awaited is for the composition check.)
 */
export function agree(f: Flow, a: Side, b: Side): void {
  const left = labels(f, a.body, a.peer);
  const right = labels(f, b.body, b.peer);
  for (const [key, payload] of left) {
    const other = right.get(key.startsWith('!') ? `?${key.slice(1)}` : `!${key.slice(1)}`);
    if (other === undefined) continue;
    const [sent, got] = key.startsWith('!') ? [payload, other] : [other, payload];
    const ok = sent.length === got.length && sent.every((c, i) => arrives(f, c, got[i]!));
    if (!ok) reject(`${a.name} and ${b.name} do not agree on what $${key.slice(1)} carries`);
  }
}

function arrives(f: Flow, sent: Carried, got: Carried): boolean {
  if (sent.kind === 'data' && got.kind === 'data') return f.instances.fits(sent.type, got.type);
  return sameCarried(f, sent, got);
}

/** What is carried, with the type variables of an instance. */
export function ofInstance(f: Flow, c: Carried, instance: string): Carried {
  const rename = (t: Ty): Ty => f.instances.rename(t, instance);
  if (instance === '') return c;
  return retypedCarried(f.env.protocols, c, rename);
}

/**
 * What the clients of a session say (`!Label`) and hear (`?Label`), or seen from the session itself what it says to and
 * hears from one peer; undefined if a label carries different things for different clients.
 */
export function offered(f: Flow, body: Proto, peer?: string): ReadonlyMap<string, readonly Carried[]> | undefined {
  const alts: [boolean, Alt][] = [];
  const clients: Proto[] = [];
  for (const p of reachable(f, [body]))
    if ('alts' in p)
      for (const a of p.alts) {
        alts.push([(p.kind === 'send') === (peer !== undefined), a]);
        if (a.own !== undefined && peer === undefined) clients.push(a.own);
      }
  const peers = new Set(peer === undefined ? alts.flatMap(([, a]) => (a.accept ? [a.peer] : [])) : [peer]);
  const said = alts.filter(([, a]) => peers.has(a.peer));
  // A client that is an end of its own has no name in what is done with it.
  for (const p of reachable(f, clients))
    if ('alts' in p) said.push(...p.alts.map((a): [boolean, Alt] => [p.kind === 'receive', a]));
  const found = new Map<string, readonly Carried[]>();
  for (const [says, a] of said) {
    if (a.label === 'Down') continue;
    const key = `${says ? '!' : '?'}${a.label}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, a.payload);
    else if (known.length !== a.payload.length || !known.every((c, i) => sameCarried(f, c, a.payload[i]!)))
      return undefined;
  }
  return found;
}

/** All points that can be come to. */
function reachable(f: Flow, from: readonly Proto[]): ReadonlySet<Proto> {
  const seen = new Set<Proto>(from);
  for (const p of seen) {
    f.env.budget.spend(1);
    nextOf(p).forEach((x) => seen.add(x));
  }
  return seen;
}

/** What each message over a link carries, by `!Label` and `?Label`. One label always carries the same. */
function labels(f: Flow, from: Proto, peer: string): ReadonlyMap<string, readonly Carried[]> {
  const found = new Map<string, readonly Carried[]>();
  for (const p of reachable(f, [from]))
    for (const a of 'alts' in p ? p.alts : []) {
      if (a.peer !== peer || a.accept) continue;
      const key = `${p.kind === 'send' ? '!' : '?'}${a.label}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, a.payload);
      else if (known.length !== a.payload.length || !known.every((c, i) => sameCarried(f, c, a.payload[i]!)))
        reject(`$${a.label} carries different things over one link`);
    }
  return found;
}
