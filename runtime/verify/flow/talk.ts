/**
 * What an end may do at the point its protocol has reached, and where that leads.
 * Invariant: in a module that is not trusted every message sent and every case of a wait is one that the declared type
 * has there; ends that were given away, dropped or finished cannot be used.
 */
import { follows } from './agreement.js';
import { type Alt, type Proto } from '../terms/protocol.js';
import { merged } from '../terms/protocol-made.js';
import type { Flow } from './flow.js';
import { givePool } from './pools.js';
import { expects, reject } from '../terms/rejection.js';
import type { EndState } from '../state/state.js';
import type { Ty } from '../terms/types.js';

export interface Held {
  readonly id: number;
  readonly state: Extract<EndState, { kind: 'peer' | 'free' | 'watch' }>;
}

/** The end in a slot; undefined if a trusted module has something there whose kind is not known. */
export function endAt(f: Flow, slot: number): Held | undefined {
  const t = f.slot(slot);
  const at = `slot [${0 - slot}]`;
  if (t.kind !== 'end') {
    if (f.lenient && (t.kind === 'any' || t.kind === 'var' || t.kind === 'thread')) return undefined;
    if (t.kind === 'thread') return reject(`${at} holds a thread that this one has no link to`);
    return reject(`${at} holds ${f.types.show(t)} where a thread is needed`);
  }
  const state = f.state.ends.get(Number(t.name));
  if (state === undefined || state.kind === 'gone')
    return f.lenient ? undefined : reject(`${at} holds an end that was finished or given away`);
  if (state.kind === 'lost')
    return f.lenient ? undefined : reject(`${at} holds an end that is lost since the \`try\` failed`);
  if (state.kind !== 'peer' && state.kind !== 'free' && state.kind !== 'watch') return reject(`${at} holds no end`);
  return { id: Number(t.name), state };
}

/** The session's position without the parts that concern ends it no longer has. */
export function position(f: Flow): readonly Proto[] {
  const points = f.env.protocols.ways(f.settled());
  f.env.budget.spend(f.state.ends.size);
  const live = new Set([...f.state.ends.values()].flatMap((e) => (e.kind === 'peer' ? [e.peer] : [])));
  const dead = (a: Alt): boolean => !a.accept && a.peer !== '' && a.peer !== 'service' && !live.has(a.peer);
  // A thread that is only watched has no end here, and nothing but its loss is waited for.
  const watched = (p: Proto & { alts: readonly Alt[] }, a: Alt): boolean =>
    a.label === 'Down' && !p.alts.some((b) => b.peer === a.peer && b !== a);
  const gone = (p: Proto & { alts: readonly Alt[] }): boolean =>
    p.alts.length > 0 && p.alts.every((a) => dead(a) && !watched(p, a));
  if (!points.some((p) => 'alts' in p && gone(p))) return points;
  const found = new Set<Proto>();
  const seen = new Set<Proto>();
  const work = [...points];
  for (let p; (p = work.pop());) {
    if (seen.has(p)) continue;
    seen.add(p);
    f.env.budget.spend(1);
    if (p.kind === 'choice') work.push(...p.ways);
    else if ('alts' in p && gone(p)) work.push(...p.alts.map((a) => a.next));
    else found.add(p);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

/** Points of an end's protocol, the alternatives as this side sees them. */
function points(f: Flow, e: Held): readonly Proto[] {
  if (e.state.kind === 'watch') return reject('a watched thread has no link: only its loss can be waited for');
  if (e.state.kind === 'peer') return position(f);
  f.settled();
  return f.env.protocols.project(e.state.at, e.state.peer);
}
export const peerOf = (e: Held): string => (e.state.kind === 'watch' ? '' : e.state.peer);

function kindFor(e: Held, kind: 'send' | 'receive'): 'send' | 'receive' {
  const dual = e.state.kind === 'free' && e.state.dual;
  return dual ? (kind === 'send' ? 'receive' : 'send') : kind;
}

/** Where the end (or the session) stands after an action. */
export function advance(f: Flow, e: Held | undefined, next: readonly Proto[]): void {
  if (e === undefined || e.state.kind === 'peer') f.state = { ...f.state, at: f.env.protocols.ways(distinct(next)) };
  else if (e.state.kind === 'free')
    // What the other side does with others meanwhile is passed over, so that equal points of the link are one state.
    f.setEnd(e.id, { ...e.state, at: f.env.protocols.project(distinct(next), e.state.peer) });
}

const distinct = (ps: readonly Proto[]): readonly Proto[] => [...new Set(ps)].sort((a, b) => a.id - b.id);

function inWords(f: Flow, e: Held, ps: readonly Proto[]): string {
  const dual = e.state.kind === 'free' && e.state.dual;
  const text = expects(ps);
  return dual ? `${text} on the other side` : text;
}

/** The ways a message may be sent here; none where nobody is left to take it. Rejects if it may not be sent. */
export function sendable(f: Flow, e: Held, label: string): readonly Alt[] {
  const ps = points(f, e);
  const kind = kindFor(e, 'send');
  const open = ps.flatMap((p) => ('alts' in p && p.kind === kind ? p.alts : [])).filter((a) => a.peer === peerOf(e));
  const found = open.filter((a) => a.label === label);
  if (found.length > 0 || isSilent(f, e)) return found;
  const name = peerOf(e) === '' ? 'this end' : peerOf(e);
  if (open.length > 0)
    return reject(
      `$${label} is not one of ${open.map((a) => `$${a.label}`).join(', ')} that may be sent to ${name} here`,
    );
  return reject(`the type allows no send to ${name} here: it ${inWords(f, e, ps)}`);
}

/** What one end can receive here, labels of several possible points together. */
export function receivable(f: Flow, e: Held): readonly Alt[] {
  const ps = points(f, e);
  const kind = kindFor(e, 'receive');
  const name = peerOf(e) === '' ? 'this end' : peerOf(e);
  const waits = ps.flatMap((p) =>
    'alts' in p && p.kind === kind && p.alts.some((a) => a.peer === peerOf(e)) ? [p] : [],
  );
  if (waits.length === 0) return reject(`the type allows no receive from ${name} here: it ${inWords(f, e, ps)}`);
  const alone = waits.filter((p) => p.alts.every((a) => a.peer === peerOf(e) && !a.accept));
  if (alone.length === 0) return reject(`the type waits here for more than ${name}: \`select\` is needed`);
  return merged(f, alone.flatMap((p) => p.alts)); // prettier-ignore
}

/** Takes a message's payload from the stack and checks it; ends in it are given away. */
export function takePayload(
  f: Flow,
  n: number,
  alts: readonly Alt[] | undefined,
  moves: boolean,
  over: number | undefined,
): void {
  if (n > f.height) reject('the stack is empty');
  const given: Ty[] = [];
  for (let i = 0; i < n; i++) given.push(f.asData(f.take()));
  given.reverse();
  const alt = alts?.[0];
  if (alt !== undefined && alt.payload.length !== n)
    reject(`$${alt.label} carries ${alt.payload.length} values, not ${n}`);
  given.forEach((t, i) => {
    const wanted = alt?.payload[i];
    if (t.kind === 'end' || t.kind === 'pool') {
      if (!moves) reject('an end is sent by transfer_msg');
      if (Number(t.name) === over) reject('an end cannot be sent over itself');
      if (wanted !== undefined) giveAway(f, t, wanted);
      else f.setEnd(Number(t.name), undefined);
      return;
    }
    if (!f.types.isData(t)) reject(`cannot send ${f.types.show(t)}`);
    if (wanted === undefined) return;
    if (wanted.kind !== 'data') reject(`value ${i} of $${alt!.label} is an end and finds ${f.types.show(t)}`);
    if (!f.types.fits(t, wanted.type) && !f.instances.fits(t, wanted.type))
      reject(`value ${i} of $${alt!.label} is ${f.types.show(wanted.type)} and finds ${f.types.show(t)}`);
    if (!moves && !plain(f, t, new Set())) reject(`${f.types.show(t)} may hold a function: it is sent by transfer_msg`);
  });
}

/** Gives an end away as a payload: what is left of its protocol is what the type says the receiver gets. */
function giveAway(f: Flow, t: Ty, wanted: Alt['payload'][number]): void {
  const id = Number(t.name);
  const e = f.state.ends.get(id);
  if (e === undefined || e.kind === 'lost' || e.kind === 'watch' || e.kind === 'gone')
    return reject('the end was finished or given away');
  if (wanted.kind === 'data') return reject('the type has data where an end is sent');
  if ((e.kind === 'pool') !== (wanted.kind === 'pool')) reject('a pool is no end');
  if (e.kind === 'pool') {
    if (wanted.kind !== 'pool' || wanted.proto.kind === 'cut')
      reject('the type does not say what the receiver does with the members of the pool');
    return givePool(
      f,
      id,
      wanted as Extract<typeof wanted, { kind: 'pool' }>,
      'what the type says the receiver does with them',
    );
  }
  const at = e.kind === 'free' ? e.at : f.settled();
  const mine = { at, peer: e.kind === 'thread' ? '' : e.peer, dual: e.kind === 'free' && e.dual };
  const unknown = wanted.proto.kind === 'cut';
  if (unknown || e.kind === 'thread' || !follows(f, mine, { at: [wanted.proto], peer: '', dual: false }))
    return reject('what is left of the end is not what the type says the receiver gets');
  f.setEnd(id, undefined);
}

/** Can a value of the type hold no function, and so no shared variable? */
function plain(f: Flow, t: Ty, seen: Set<Ty>): boolean {
  f.env.budget.spend(1);
  if (f.lenient || seen.has(t) || t.kind === 'reference' || t.kind === 'self') return true;
  seen.add(t);
  if (t.kind === 'fun' || t.kind === 'any' || t.kind === 'var' || t.kind === 'exn') return false;
  if (t.kind === 'data') {
    const all = f.env.constructorsOf(t);
    if (all.length === 0) return false;
    // Fields are asked for as declared, so that a type that grows as it recurs cannot make this endless.
    return (
      t.args.every((a) => plain(f, a, seen)) &&
      all.every((c) => f.env.fieldsOf(c).every((x) => x.kind === 'var' || plain(f, closedVars(f, x), seen)))
    );
  }
  return t.args.every((a) => plain(f, a, seen));
}
/** Variables of a field stand for arguments, which are looked at by themselves. */
function closedVars(f: Flow, t: Ty): Ty {
  if (!t.open) return t;
  const values = new Map<string, Ty>();
  const visit = (x: Ty): void => {
    if (x.kind === 'var') values.set(x.name, f.types.unit);
    else if (x.open) x.args.forEach(visit);
  };
  visit(t);
  return f.types.replace(t, values);
}

/** Takes what is said to who is no more: nobody reads it, so it may be any data, but an end would be lost. */
export function takeUnheard(f: Flow, n: number): void {
  if (n > f.height) reject('the stack is empty');
  for (let i = 0; i < n; i++) {
    const t = f.asData(f.take());
    if (!f.types.isData(t)) reject(`${f.types.show(t)} is sent to who is no more`);
  }
}

/** Does the other side of a link say and take no more, whether it fails or ends? Who waits for it learns that it is lost. */
export function isSilent(f: Flow, e: Held): boolean {
  if (e.state.kind !== 'free' || !e.state.dual) return false;
  const points = f.env.protocols.project(e.state.at, e.state.peer);
  return points.length > 0 && points.every((p) => p.kind === 'fail' || p.kind === 'end' || p.kind === 'ret');
}
