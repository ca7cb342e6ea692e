/**
 * Pools: containers of ends that all stand at one point of one protocol, or say what may be said at one, each with a datum of one type.
 * Invariant: what the members do is fixed by the first end put in, for as long as the pool lives, whatever way the code
 * takes; every other end put in stands at the same, so any member may be taken for any other. Where a later one does more
 * the function is judged again with pools whose members all do as much.
 */
import { follows } from './agreement.js';
import { over } from './finish.js';
import type { Flow } from './flow.js';
import { reject } from '../terms/rejection.js';
import { merged, retyped } from '../terms/protocol-made.js';
import type { MemberType, Signature } from '../module/signature.js';
import type { EndState } from '../state/state.js';
import type { Held } from './talk.js';
import type { Ty } from '../terms/types.js';

export type Member = Extract<EndState, { kind: 'free' }>;

/** The pool in a slot; undefined where a trusted module has something whose kind is not known. */
export function poolAt(f: Flow, slot: number): number | undefined {
  const t = f.slot(slot);
  if (t.kind === 'pool') {
    if (f.lenient) return undefined;
    if (f.state.pending !== undefined) f.settled();
    const id = Number(t.name);
    return f.state.ends.get(id)?.kind === 'pool' ? id : reject(`slot [${0 - slot}] holds a pool that was given away`);
  }
  if (f.lenient && (t.kind === 'any' || t.kind === 'var')) return undefined;
  return reject(`slot [${0 - slot}] holds ${f.types.show(t)} where a pool is needed`);
}

/** What a member of the pool is when it is taken out. */
export function memberOf(f: Flow, pool: number): Member {
  const known = f.pools.get(pool);
  if (known === undefined && !isMadeHere(f, pool))
    reject('the type does not say what the members of a pool that was passed here do');
  return known ?? reject('nothing was put into the pool before: what its members do is not known');
}

export function put(f: Flow, pool: number | undefined): void {
  const datum = f.popData();
  const t = f.take();
  const e = t.kind === 'end' ? f.state.ends.get(Number(t.name)) : undefined;
  if (pool === undefined) {
    if (t.kind === 'end') f.setEnd(Number(t.name), undefined);
    else if (!f.types.isData(t)) reject(`needs an end and finds ${f.types.show(t)}`);
    return;
  }
  if (e === undefined) return reject(`needs an end that is still held and finds ${f.types.show(t)}`);
  if (e.kind !== 'free') return reject('only an end with a protocol of its own is put into a pool');
  if (!isMadeHere(f, pool)) memberOf(f, pool);
  const at = f.env.protocols.project(e.at, e.peer);
  if (at.length === 0) reject('what is left of the end is not known');
  const known = f.pools.get(pool);
  if (known === undefined) {
    const whole = datum.kind === 'case' ? datum.args[0]! : datum;
    const wide = f.heads.pools.get(f.placeOf(pool));
    const points = wide !== undefined && follows(f, { ...e, at }, wide) ? wide : { at, peer: e.peer, dual: e.dual };
    f.pools.set(pool, { ...points, kind: 'free', datum: whole });
  } else {
    const alike =
      known.peer === e.peer && known.dual === e.dual && at.length === known.at.length && at.every((p, i) => p === known.at[i]); // prettier-ignore
    // One that is finished may go back: what is sent to it nobody reads, and a wait learns of its loss.
    if (!alike && !over(f, e, []) && !follows(f, { ...e, at }, known) && !widened(f, pool, known, { ...e, at }))
      reject('the end is not at the point where the members of the pool are');
    const wanted = known.datum ?? f.types.unit;
    if (!f.types.fits(datum, wanted)) reject(`the datum is ${f.types.show(wanted)} and finds ${f.types.show(datum)}`);
  }
  f.setEnd(Number(t.name), undefined);
}

const isMadeHere = (f: Flow, pool: number): boolean => f.rowAt(Number.parseInt(f.placeOf(pool))) === 'pool_new';

/** Can the pool have been one of ends that do as much as this one, or as both? Then it is, when the function is judged again. */
function widened(f: Flow, pool: number, known: Member, e: Member): boolean {
  if (!isMadeHere(f, pool)) return false;
  const wide = follows(f, known, e) ? e : bothOf(f, known, e);
  return wide !== undefined && f.heads.widenPool(f.placeOf(pool), wide);
}

/** An end over which comes what may come over either of two, each of which is taken for it; undefined if there is none. */
function bothOf(f: Flow, a: Member, b: Member): Member | undefined {
  if (a.peer !== b.peer || a.dual !== b.dual) return undefined;
  const kind = a.dual ? 'send' : 'receive';
  const points = [...a.at, ...b.at];
  const alts = points.flatMap((p) => (p.kind === kind ? p.alts : []));
  if (points.some((p) => p.kind !== kind) || alts.some((alt) => alt.peer !== a.peer || alt.accept)) return undefined;
  f.env.budget.spend(alts.length);
  const both: Member = { ...a, at: [{ kind, id: f.env.protocols.fresh(), alts: merged(f, alts) }] };
  return follows(f, a, both) && follows(f, b, both) ? both : undefined;
}

/** Gives a pool to a function or session that takes one: what its members do is what is asked for. */
export function passPool(f: Flow, t: Ty, s: Signature, at: number, instance: string): void {
  const p = s.params[at]!;
  const id = Number(t.name);
  if (t.kind !== 'pool' || f.state.ends.get(id)?.kind !== 'pool')
    return f.lenient ? undefined : reject(`argument ${at} of ${s.name} is a pool and finds ${f.types.show(t)}`);
  if (f.lenient || p.kind !== 'pool' || p.member === undefined) return f.setEnd(id, undefined);
  const rename = (x: Ty): Ty => f.instances.rename(x, instance);
  const wanted = { proto: retyped(f.env.protocols, p.member.proto, rename), datum: rename(p.member.datum) };
  givePool(f, id, wanted, `what ${s.name} does with them`);
}

/** Gives a pool away to who does with its members what is wanted. */
export function givePool(f: Flow, id: number, { proto, datum }: MemberType, does: string): void {
  const mine = f.pools.get(id);
  // Of an empty pool nothing is known and nothing can be wrong; of members that nobody can name neither.
  if (mine !== undefined) {
    const found = mine.datum ?? f.types.unit;
    if (!follows(f, mine, { at: [proto], peer: '', dual: false }))
      reject(`what the members of the pool do is not ${does}`);
    if (!f.instances.fits(found, datum)) reject(`the datum is ${f.types.show(datum)} and finds ${f.types.show(found)}`);
  }
  f.setEnd(id, undefined);
}

/** The members of a pool as one end that is waited on. */
export function anyMember(f: Flow, pool: number): Held {
  return { id: pool, state: memberOf(f, pool) };
}

/** The datum that the end had in its pool. */
export function datumOf(f: Flow, e: Held | undefined): Ty {
  if (f.lenient || e === undefined) return f.types.any;
  const datum = e.state.kind === 'free' ? e.state.datum : undefined;
  return datum ?? reject('the end was never in a pool');
}
