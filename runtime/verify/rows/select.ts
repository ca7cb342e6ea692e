/**
 * `select`: a wait for whichever of several cases comes first.
 * Invariant: in a module that is not trusted the cases are exactly the alternatives of one point of the session's type
 * or, for ends with protocols of their own, all that each of them can receive; where both are waited for, both.
 */
import type { SelectCase } from '../../bytecode/module.js';
import { type Alt, type Proto } from '../terms/protocol.js';
import { renamed } from '../flow/finish.js';
import type { Flow } from '../flow/flow.js';
import { anyMember, poolAt, type Member } from '../flow/pools.js';
import { expects, reject } from '../terms/rejection.js';
import { merged } from '../terms/protocol-made.js';
import { advance, endAt, isSilent, peerOf, position, receivable, type Held } from '../flow/talk.js';

/** The row `select`: sends each case's state to its target. */
export function select(f: Flow, [t]: readonly number[]): boolean {
  const table = f.image.tables[t!]!;
  if (table.kind !== 'select') return reject('no select table');
  const before = f.state;
  const ends = table.cases.map((c) =>
    'slot' in c && (c.kind === 'message' || c.kind === 'down') ? endAt(f, c.slot) : undefined,
  );
  f.settled();
  const timed = table.cases.some((c) => c.kind === 'after');
  const pools = table.cases.map((c) => (c.kind === 'any' || c.kind === 'any_down' ? poolAt(f, c.slot) : undefined));
  const members = pools.map((pool) => (pool === undefined ? undefined : anyMember(f, pool)));
  const held = ends.map((e, i) => e ?? members[i]);
  const any = table.cases.map((c) => c.kind.startsWith('any'));
  const lent = ends.some((e) => e?.state.kind === 'free');
  const pooled = any.includes(true);
  // Members of pools are waited for by themselves or beside the session's own peers.
  const beside = table.cases.some((c, i) => !any[i] && c.kind !== 'after');
  const follows = !f.lenient && f.signature.session && !lent && (beside || !pooled);
  const own = follows ? alternatives(f, table.cases, ends, any) : undefined;
  const apart = !f.lenient && (lent || pooled) ? freeAlternatives(f, table.cases, held, own && any) : undefined;
  table.cases.forEach((c, i) => {
    const alone = apart !== undefined && (own === undefined || any[i]);
    if (alone && apart[i] === undefined) return;
    f.state = before;
    if (timed) f.pop(f.types.int);
    // What a member says is a step of the session too, if its type says so.
    if (alone && own !== undefined) advance(f, undefined, [own[i]!.next]);
    caseState(f, c, held[i], alone ? apart[i] : own?.[i], !alone && own !== undefined);
    f.jump(c.target);
  });
  f.state = before;
  return false;
}

/** The alternative of the type that each case stands for; the cases are exactly those of one point of it. */
function alternatives(
  f: Flow,
  cases: readonly SelectCase[],
  ends: readonly (Held | undefined)[],
  any: readonly boolean[],
): readonly Alt[] {
  const here = position(f).flatMap((p) => (p.kind === 'receive' ? [p] : []));
  const keys = cases.map((c, i) => (any[i] ? anyKey(f, c) : caseKey(f, c, ends[i], here)));
  const known = new Set(keys);
  if (known.size !== keys.length) reject('two cases of the select are the same');
  const peers = peersHeld(f);
  // The type calls a pool by its variable, which the code does not know.
  const keyOf = (a: Alt): string =>
    known.has(altKey(a)) || a.accept || a.peer === '' || peers.has(a.peer) ? altKey(a) : `any.$${a.label}`;
  const fits = here.filter((p) => {
    const found = new Set(p.alts.map(keyOf));
    return p.alts.length === cases.length && found.size === cases.length && keys.every((k) => found.has(k));
  });
  if (fits.length === 0) {
    const all = here.flatMap((p) => p.alts).map(keyOf);
    const extra = keys.find((k) => !all.includes(k));
    if (extra !== undefined) reject(`the type has no case ${extra} here: it ${expects(position(f))}`);
    reject(`the select lacks the case ${all.find((k) => !known.has(k)) ?? ''}`);
  }
  const all = merged(f, fits.flatMap((p) => p.alts)); // prettier-ignore
  return keys.map((k) => all.find((a) => keyOf(a) === k)!);
}

/** A wait on ends that have protocols of their own: for each, all that it can receive. Members of pools only, if these are said. */
function freeAlternatives(
  f: Flow,
  cases: readonly SelectCase[],
  ends: readonly (Held | undefined)[],
  any: readonly boolean[] | undefined,
): readonly (Alt | undefined)[] {
  const open = new Map<number, { readonly alts: readonly Alt[]; readonly found: Set<Alt> }>();
  const found = cases.map((c, i): Alt | undefined => {
    const e = ends[i];
    if (any?.[i] === false) return undefined;
    if (e?.state.kind === 'peer' || c.kind === 'accept')
      reject('ends with protocols of their own are not waited for together with others');
    if (c.kind !== 'message' && c.kind !== 'any')
      return { peer: '', label: c.kind, payload: [], next: f.env.protocols.end, accept: false };
    const label = f.env.image.messages[c.message]!;
    // Where the other side only fails, no message ever comes.
    if (isSilent(f, e!)) return undefined;
    const one = open.get(e!.id) ?? { alts: receivable(f, e!), found: new Set<Alt>() };
    open.set(e!.id, one);
    const hit = one.alts.find((a) => a.label === label);
    // Nor one that a session which is known never says.
    if (hit === undefined && e!.state.kind === 'free' && e!.state.dual) return undefined;
    if (hit === undefined) return reject(`$${label} can never arrive here: only ${names(one.alts)} can`);
    if (one.found.has(hit)) reject('two cases of the select are the same');
    one.found.add(hit);
    return hit;
  });
  for (const { alts, found: taken } of open.values()) {
    const missing = alts.filter((a) => !taken.has(a));
    if (missing.length > 0) reject(`the select lacks the case ${names(missing)}`);
  }
  return found;
}
const names = (alts: readonly Alt[]): string => alts.map((a) => `$${a.label}`).join(', ');

function caseKey(f: Flow, c: SelectCase, e: Held | undefined, here: readonly Proto[]): string {
  const label = 'message' in c ? f.env.image.messages[c.message]! : '';
  const peer = e === undefined ? '' : peerOf(e);
  if (c.kind === 'message') return `${peer}.$${label}`;
  if (c.kind === 'down' && e?.state.kind === 'watch') {
    // The type calls a watched thread by its variable, which the code does not know.
    const held = peersHeld(f);
    const alts = here.flatMap((p) => ('alts' in p ? p.alts : []));
    return altKey(
      alts.find((a) => a.label === 'Down' && !held.has(a.peer)) ?? reject('the type watches no thread here'),
    );
  }
  if (c.kind === 'down') return `${peer}.$Down`;
  if (c.kind === 'accept') return `accept.$${label}`;
  if (c.kind === 'after') return '.$after';
  return reject('pools cannot be followed yet');
}
const anyKey = (f: Flow, c: SelectCase): string => `any.$${'message' in c ? f.env.image.messages[c.message]! : 'Down'}`;

function peersHeld(f: Flow): ReadonlySet<string> {
  f.env.budget.spend(f.state.ends.size);
  return new Set([...f.state.ends.values()].flatMap((e) => (e.kind === 'peer' ? [e.peer] : [])));
}

const altKey = (a: Alt): string => `${a.accept ? 'accept' : a.peer}.$${a.label}`;

/** The state at a case's target. */
function caseState(f: Flow, c: SelectCase, e: Held | undefined, alt: Alt | undefined, own: boolean): void {
  if (c.kind === 'down' && e !== undefined)
    f.setEnd(e.id, e.state.kind === 'free' ? { kind: 'gone', datum: e.state.datum } : undefined);
  if (c.kind === 'accept' && alt !== undefined && alt.own === undefined) renamed(f, alt.peer);
  if (alt !== undefined) {
    // What one end does by a protocol of its own is no step of the session.
    if (own) advance(f, e?.state.kind === 'peer' ? e : undefined, [alt.next]);
    else if (c.kind === 'message') advance(f, e, [alt.next]);
  }
  if (c.kind === 'down') return f.push(f.types.exn);
  if (c.kind === 'after') return;
  const lost: Member = { kind: 'free', at: [], peer: '', dual: false };
  const member = e?.state.kind === 'free' ? e.state : lost;
  if (c.kind === 'any') f.push(f.fresh('end', alt === undefined ? lost : { ...member, at: [alt.next] }));
  if (c.kind === 'any_down') {
    f.push(f.fresh('end', f.lenient ? lost : { kind: 'gone', datum: member.datum }));
    return f.push(f.types.exn);
  }
  if (c.kind === 'accept')
    f.push(
      f.fresh(
        'end',
        alt !== undefined && alt.own === undefined
          ? { kind: 'peer', peer: alt.peer }
          : { kind: 'free', at: alt?.own === undefined ? [] : [alt.own], peer: '', dual: false },
      ),
    );
  if (!('count' in c)) return;
  if (alt === undefined) {
    for (let i = 0; i < c.count; i++) f.push(f.types.any);
    return;
  }
  if (alt.payload.length !== c.count) reject(`$${alt.label} carries ${alt.payload.length} values, not ${c.count}`);
  for (let i = c.count - 1; i >= 0; i--) f.push(f.arrived(alt.payload[i]!));
}
