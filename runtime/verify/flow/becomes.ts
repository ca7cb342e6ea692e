/**
 * A session that goes on as another, by a call in tail position or by one that comes back: what the other declares is followed as
 * if its code stood here, with its parameters' names and its type variables replaced.
 * Invariant: whatever code keeps to the other's type keeps to what is left of this one's, so what was checked of the other
 * alone holds here. Everything held goes along or is finished.
 */
import { follows, ofInstance, sameCarried } from './agreement.js';
import { over } from './finish.js';
import type { Flow } from './flow.js';
import { instantiated } from '../terms/generics.js';
import { passPool } from './pools.js';
import { merged, retyped } from '../terms/protocol-made.js';
import { type Alt, type Carried, type Proto } from '../terms/protocol.js';
import { expects, reject } from '../terms/rejection.js';
import type { Signature } from '../module/signature.js';
import { position } from './talk.js';
import type { Ty } from '../terms/types.js';

type Names = ReadonlyMap<string, string>;

/** Goes on as another session in tail position. */
export function becomes(f: Flow, s: Signature): void {
  if (!f.signature.session) reject('a function cannot go on as a session');
  const given = followedBy(f, s, `tail ${f.pc}`, undefined);
  const here = position(f);
  for (const [id, e] of f.state.ends) {
    if (given.has(id) || e.kind === 'peer') continue;
    if (e.kind === 'pool') reject('a pool is still there');
    if (!over(f, e, here)) reject('an end is not finished');
  }
}

/** Calls another session, which comes back at its end; false if it never does. The ends it was lent stand where it leaves them. */
export function passesThrough(f: Flow, s: Signature): boolean {
  if (!f.signature.session) reject(`${s.name} is a session: it is spawned, or a session goes on as it`);
  const rest = new Set<Proto>();
  followedBy(f, s, `call ${f.pc}`, rest);
  if (rest.size === 0) return false;
  f.state = { ...f.state, at: f.env.protocols.ways([...rest].sort((a, b) => a.id - b.id)) };
  return true;
}

/** Takes the arguments of another session, and follows what it does from here on; `rest`: the points where it ends. */
function followedBy(f: Flow, s: Signature, instance: string, rest: Set<Proto> | undefined): Set<number> {
  if (s.params.length > f.height) reject('the stack is empty');
  const args = s.params.map(() => f.asData(f.take())).reverse();
  const names = new Map<string, string>();
  const gone = new Set<number>();
  const apart = new Set<string>();
  s.params.forEach((p, at) => {
    const given = args[at]!;
    if (p.kind === 'pool') return passPool(f, given, s, at, instance);
    if (p.kind !== 'end') return;
    const e = f.state.ends.get(Number(given.name));
    if (e?.kind === 'free') {
      apart.add(p.name);
      return giveOwn(f, s, at, given, p, instance);
    }
    if (given.kind !== 'end' || e?.kind !== 'peer' || p.proto !== undefined)
      return reject(`argument ${at} of ${s.name} is an end and finds ${f.types.show(given)}`);
    if (gone.has(Number(given.name))) reject('one end is given twice');
    gone.add(Number(given.name));
    names.set(p.name, e.peer);
  });
  f.settled();
  const here = position(f);
  const failed = s.body === undefined ? 'it is not known' : unfollowed(f, here, s.body, names, instance, apart, rest);
  if (failed !== undefined)
    reject(`what is left of the protocol is not that of ${s.name}: it ${expects(here)}${failed}`);
  args.forEach((given, at) => argument(f, s, at, given, instance));
  return gone;
}

/** Gives an end with a protocol of its own, also where the other takes it for a peer of its. */
function giveOwn(
  f: Flow,
  s: Signature,
  at: number,
  given: Ty,
  p: Extract<Signature['params'][number], { kind: 'end' }>,
  instance: string,
): void {
  const e = f.state.ends.get(Number(given.name));
  const body = p.proto ?? s.body;
  const own = body && retyped(f.env.protocols, body, (t) => f.instances.rename(t, instance));
  const peer = p.proto === undefined ? p.name : '';
  if (e?.kind !== 'free' || own === undefined || !follows(f, e, { at: [own], peer, dual: false }))
    reject(`what is left of the end is not what ${s.name} does with it`);
  f.setEnd(Number(given.name), undefined);
}

function argument(f: Flow, s: Signature, at: number, given: Ty, instance: string): void {
  const p = s.params[at]!;
  if (p.kind === 'end' || p.kind === 'pool') return;
  const wanted = f.instances.rename(p.type, instance);
  const found = instantiated(f.types, given, f.instances.resolve(wanted));
  if (!f.instances.fits(found, wanted))
    reject(`argument ${at} of ${s.name} is ${f.types.show(p.type)} and finds ${f.types.show(given)}`);
}

/** May code that was judged at the points `head` go on at these? All that it may do there is allowed here. */
export const allows = (f: Flow, points: readonly Proto[], head: readonly Proto[]): boolean =>
  head.length > 0 && head.every((p) => unfollowed(f, points, p, new Map(), '', new Set()) === undefined);

/** Follows all that `other` may do from these points on; why it cannot, or undefined if it can. */
function unfollowed(
  f: Flow,
  points: readonly Proto[],
  other: Proto,
  names: Names,
  instance: string,
  /** Peers of the other that are ends with protocols of their own here: what is done with them is no step. */
  apart: ReadonlySet<string>,
  rest?: Set<Proto>,
): string | undefined {
  const seen = new Set<string>();
  const work: [readonly Proto[], Proto, Names][] = [[points, other, names]];
  // A name that becomes another's stands for two things.
  const taken = (y: Proto): boolean =>
    (y.kind === 'spawn' && apart.has(y.name)) || ('alts' in y && y.alts.some((a) => a.accept && apart.has(a.peer)));
  for (let item; (item = work.pop());) {
    const [xs, ys] = [f.env.protocols.ways(item[0]), f.env.protocols.ways([item[1]])];
    const key = `${xs.map((p) => p.id).join()} ${item[1].id} ${[...item[2]].join(';')}`;
    if (seen.has(key)) continue;
    seen.add(key);
    f.env.budget.spend(4 + xs.length);
    for (const y of ys) {
      if (rest !== undefined && (y.kind === 'end' || y.kind === 'ret')) {
        xs.forEach((x) => rest.add(x));
        continue;
      }
      const next = aside(y, apart)?.map((n): Next => [xs, n, item![2]]) ?? step(f, xs, y, item[2], instance);
      if (next === undefined || taken(y)) return `, the other ${expects([y])}`;
      work.push(...next);
    }
  }
  return undefined;
}

/** What comes after a step with an end apart; undefined if it is none. */
const aside = (y: Proto, apart: ReadonlySet<string>): readonly Proto[] | undefined =>
  apart.size > 0 && 'alts' in y && y.alts.length > 0 && y.alts.every((a) => !a.accept && apart.has(a.peer))
    ? y.alts.map((a) => a.next)
    : undefined;

type Next = [readonly Proto[], Proto, Names];

/** What is left on both sides after each action that `y` allows; undefined if one is not allowed here. */
function step(f: Flow, xs: readonly Proto[], y: Proto, names: Names, instance: string): Next[] | undefined {
  switch (y.kind) {
    case 'end':
    case 'ret':
      return xs.some((x) => x.kind === 'end' || x.kind === 'ret') ? [] : undefined;
    case 'spawn': {
      const found = xs.flatMap((x) => (x.kind === 'spawn' && x.session === y.session ? [x] : []));
      const [first] = found;
      if (first === undefined) return undefined;
      const same = found.filter((x) => x.name === first.name);
      return [[same.map((x) => x.next), y.next, new Map(names).set(y.name, first.name)]];
    }
    case 'send': {
      const all: Next[] = [];
      for (const alt of y.alts) {
        const found = xs
          .flatMap((x) => (x.kind === 'send' ? x.alts : []))
          .filter((a) => a.peer === nameOf(names, alt.peer) && a.label === alt.label)
          .filter((a) => carries(f, alt, instance, a, ''));
        if (found.length === 0) return undefined;
        all.push([found.map((a) => a.next), alt.next, names]);
      }
      return all;
    }
    case 'receive':
      return waits(f, xs, y.alts, names, instance);
    default:
      // Code that fails, or comes to a point of which nothing is known, does no more.
      return y.kind === 'rest' || y.kind === 'choice' ? undefined : [];
  }
}

/** A wait of the other stands where this one waits for exactly the same. */
function waits(
  f: Flow,
  xs: readonly Proto[],
  alts: readonly Alt[],
  names: Names,
  instance: string,
): Next[] | undefined {
  const partner = (alt: Alt, of: readonly Alt[]): Alt | undefined =>
    of.find(
      (a) => a.label === alt.label && a.accept === alt.accept && (a.accept || a.peer === nameOf(names, alt.peer)),
    );
  const found = xs.flatMap((x) => {
    if (x.kind !== 'receive' || x.alts.length !== alts.length) return [];
    const mine = alts.map((alt) => partner(alt, x.alts));
    const fit = mine.every((a, i) => a !== undefined && carries(f, a, '', alts[i]!, instance));
    return fit && new Set(mine).size === mine.length ? [mine as readonly Alt[]] : [];
  });
  if (found.length === 0) return undefined;
  return alts.map((alt, i): Next => {
    const first = found[0]![i]!;
    const same = found.map((mine) => mine[i]!).filter((a) => a.peer === first.peer);
    const known = alt.accept ? new Map(names).set(alt.peer, first.peer) : names;
    return [merged(f, same).map((a) => a.next), alt.next, known];
  });
}

const nameOf = (names: Names, peer: string): string => names.get(peer) ?? peer;

/** May the payload that `a` carries be that of `b`? Each with the instance its type variables belong to. */
function carries(f: Flow, a: Alt, from: string, b: Alt, to: string): boolean {
  const fits = (c: Carried, d: Carried): boolean =>
    c.kind === 'data' && d.kind === 'data' ? f.instances.fits(c.type, d.type) : sameCarried(f, c, d);
  const ours = a.payload.map((c) => ofInstance(f, c, from));
  const end = (x: Alt, of: string): Carried[] =>
    x.own === undefined ? [] : [ofInstance(f, { kind: 'end', proto: x.own }, of)];
  const [mine, theirs] = [end(a, from)[0], end(b, to)[0]];
  if (mine === undefined || theirs === undefined ? mine !== theirs : !sameCarried(f, mine, theirs)) return false;
  return ours.length === b.payload.length && ours.every((c, i) => fits(c, ofInstance(f, b.payload[i]!, to)));
}
