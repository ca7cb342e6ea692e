/**
 * Rows that other threads notice: spawning, sending, waiting, comparing labels, selecting, ending.
 * Invariant: until `cmp` has narrowed a label to one, its payload has no type and nothing is done on any link.
 */
import { agree, follows } from '../flow/agreement.js';
import { type Proto } from '../terms/protocol.js';
import { observed } from '../terms/observed.js';
import { datumOf, memberOf, passPool, poolAt, put } from '../flow/pools.js';
import { retyped } from '../terms/protocol-made.js';
import { standing } from '../state/failed.js';
import { leave, renamed } from '../flow/finish.js';
import type { Flow, Handler } from '../flow/flow.js';
import { instantiated } from '../terms/generics.js';
import { expects, reject } from '../terms/rejection.js';
import { narrow } from '../flow/narrow.js';
import { select } from './select.js';
import { castPayload, connect, referenceTo } from '../flow/service.js';
import type { Signature } from '../module/signature.js';
import { advance, endAt, isSilent, position, receivable, sendable, takePayload, takeUnheard } from '../flow/talk.js';
import { isAlone, neverReached } from '../state/state.js';
import type { Ty } from '../terms/types.js';

const send =
  (moves: boolean): Handler =>
  (f, [n, slot, m]) => {
    const e = endAt(f, slot!);
    const label = f.env.image.messages[m!]!;
    const alts = f.lenient || e === undefined ? undefined : sendable(f, e, label);
    if (alts?.length === 0) takeUnheard(f, n!);
    else takePayload(f, n!, alts, moves, e?.id);
    if (alts !== undefined && alts.length > 0) advance(f, e, alts.map((a) => a.next)); // prettier-ignore
    return true;
  };

/** Is it not known where the session stands, and nobody left who could see? */
const isLostAlone = (f: Flow): boolean =>
  f.state.at === 'lost' && standing(f.env.protocols, f.state) === undefined && isAlone(f.state, f.env.budget);

/** A conversation of one message with a service. */
const cast =
  (moves: boolean): Handler =>
  (f, [n, slot, m]) => {
    const t = f.slot(slot!);
    if (t.kind !== 'thread' && t.kind !== 'self' && !f.types.fits(t, f.types.reference))
      reject(`slot [${0 - slot!}] holds ${f.types.show(t)} where a service is needed`);
    const label = f.env.image.messages[m!]!;
    const followed = !f.lenient && f.signature.session && !isLostAlone(f);
    const found = followed
      ? position(f).flatMap((p) =>
          p.kind === 'send' ? p.alts.filter((a) => a.peer === 'service' && a.label === label) : [],
        )
      : undefined;
    if (found?.length === 0) reject(`the type has no $${label} to a service here: it ${expects(position(f))}`);
    if (f.lenient) {
      takePayload(f, n!, undefined, moves, undefined);
      return true;
    }
    if (followed) f.settled();
    const reference = t.kind === 'thread' ? f.types.reference : t;
    const taken = castPayload(f, reference, label);
    takePayload(
      f,
      n!,
      [{ peer: '', label, payload: taken, next: f.env.protocols.end, accept: false }],
      moves,
      undefined,
    );
    if (found !== undefined) advance(f, undefined, found.map((a) => a.next)); // prettier-ignore
    return true;
  };

/** Arguments of a spawn: each is data, `@self`, an end that moves or, in a group, a thread. */
function argument(f: Flow, s: Signature, at: number, t: Ty, instance: string, grouped = false): 'self' | 'other' {
  const p = s.params[at]!;
  const needs = (what: string): never => reject(`argument ${at} of ${s.name} is ${what} and finds ${f.types.show(t)}`);
  if (p.kind === 'data' || p.kind === 'reference') {
    const thread = t.kind === 'thread' ? f.state.ends.get(Number(t.name)) : undefined;
    const started = thread?.kind === 'thread' && thread.session >= 0;
    const known = started ? referenceTo(f, f.env.signature(thread.session)) : f.types.reference;
    const wanted = f.instances.rename(p.type, instance);
    const given =
      t.kind === 'thread' ? f.instances.rename(known, t.name) : instantiated(f.types, t, f.instances.resolve(wanted));
    if (!f.instances.fits(given, wanted)) needs(f.types.show(p.type));
    return 'other';
  }
  if (p.kind === 'upvalue') return needs('an upvalue');
  if (p.kind === 'pool') {
    passPool(f, t, s, at, instance);
    return 'other';
  }
  if (p.kind !== 'end') return needs('something else');
  if (t.kind === 'self') return 'self';
  if (t.kind === 'thread') {
    if (!grouped) reject('a thread of a group is linked by call_constructor_async');
    return 'other';
  }
  if (t.kind === 'end') {
    const e = f.state.ends.get(Number(t.name));
    if (!f.lenient) {
      if (e?.kind !== 'peer' && e?.kind !== 'free')
        return reject(`argument ${at} of ${s.name} is an end that was finished or given away`);
      const left =
        e.kind === 'free' ? f.env.protocols.project(e.at, e.peer) : f.env.protocols.project(f.settled(), e.peer);
      const mine = { at: left, peer: e.peer, dual: e.kind === 'free' && e.dual };
      const theirs = sideOf(f, s, p.name, instance);
      if (theirs === undefined || !follows(f, mine, { at: [theirs.body], peer: theirs.peer, dual: false }))
        reject(`what is left of the end is not what ${s.name} does with it`);
    }
    if (e !== undefined) f.setEnd(Number(t.name), undefined);
    return 'other';
  }
  if (f.lenient) return 'other';
  return needs('an end');
}

/** What a session does with the end that is its parameter `name`, with the type variables of an instance. */
function sideOf(f: Flow, s: Signature, name: string, instance: string): { body: Proto; peer: string } | undefined {
  const p = s.params.find((x) => x.kind === 'end' && x.name === name);
  const own = p?.kind === 'end' ? p.proto : undefined;
  const body = own ?? s.body;
  if (body === undefined) return undefined;
  const rename = (t: Ty): Ty => f.instances.rename(t, instance);
  return { body: retyped(f.env.protocols, body, rename), peer: own === undefined ? name : '' };
}

/** The threads a session of a group is linked to; where both sides are known they must agree on what messages carry. */
function grouped(f: Flow, s: Signature, args: readonly Ty[], self: number): ReadonlyMap<number, string> {
  const peers = new Map<number, string>();
  args.forEach((t, i) => {
    const p = s.params[i]!;
    if (t.kind !== 'thread' || p.kind !== 'end') return;
    peers.set(Number(t.name), p.name);
    const other = f.state.ends.get(Number(t.name));
    const back = other?.kind === 'thread' ? other.peers.get(self) : undefined;
    if (other?.kind !== 'thread' || back === undefined || f.lenient) return;
    const o = f.env.signature(other.session);
    const [mine, theirs] = [sideOf(f, s, p.name, String(self)), sideOf(f, o, back, t.name)];
    if (mine !== undefined && theirs !== undefined) agree(f, { name: s.name, ...mine }, { name: o.name, ...theirs });
  });
  return peers;
}

/** Takes part in the session's type, if the spawn is next there; the peer's name. */
function spawned(f: Flow, s: Signature, param: string, instance: string): Ty {
  if (f.lenient) return f.fresh('end', { kind: 'free', at: [], peer: '', dual: true });
  const next = f.signature.session
    ? position(f).flatMap((p) => (p.kind === 'spawn' && p.session === s.name ? [p] : []))
    : [];
  if (next.length > 0) {
    const { name } = next[0]!;
    const theirs = sideOf(f, s, param, instance);
    if (theirs !== undefined && f.signature.body !== undefined)
      agree(f, { name: f.signature.name, body: f.signature.body, peer: name }, { name: s.name, ...theirs });
    renamed(f, name);
    advance(f, undefined, next.map((p) => p.next)); // prettier-ignore
    return f.fresh('end', { kind: 'peer', peer: name });
  }
  if (f.signature.session) f.settled();
  const theirs = sideOf(f, s, param, instance);
  const own = (t: Ty): Ty => f.instances.resolve(t);
  if (theirs === undefined) return f.fresh('end', { kind: 'free', at: [], peer: param, dual: true });
  const seen = observed(f.env.protocols, f.types, retyped(f.env.protocols, theirs.body, own), theirs.peer);
  return f.fresh('end', { kind: 'free', at: f.env.protocols.ways([seen]), peer: theirs.peer, dual: true });
}

function selfParam(f: Flow, s: Signature, selves: readonly number[]): string | undefined {
  if (selves.length > 1) reject('a spawn takes `@self` once at most');
  const p = selves.length === 0 ? undefined : s.params[selves[0]!]!;
  return p?.kind === 'end' ? p.name : undefined;
}

export const talkRows: Readonly<Record<string, Handler>> = {
  push_self(f) {
    const own = f.signature.session && !f.lenient ? referenceTo(f, f.signature) : undefined;
    f.push(own === undefined ? f.types.self : f.types.make('self', '', [own]));
    return true;
  },
  spawn_empty(f) {
    f.push(f.fresh('thread', { kind: 'thread', session: -1, peers: new Map() }));
    return true;
  },
  call_constructor_spawn(f, [callee]) {
    const s = f.env.signature(callee!);
    if (s.params.length > f.height) reject('the stack is empty');
    if (f.state.pending !== undefined) f.settled();
    const args = s.params.map(() => f.take()).reverse();
    const instance = `at ${f.pc}`;
    const selves = args.flatMap((t, i) => (argument(f, s, i, t, instance) === 'self' ? [i] : []));
    const param = selfParam(f, s, selves);
    if (param !== undefined) f.push(spawned(f, s, param, instance));
    else f.push(f.lenient ? f.types.reference : f.instances.resolve(f.instances.rename(referenceTo(f, s), instance)));
    return true;
  },
  call_constructor_async(f, [callee, slot]) {
    const s = f.env.signature(callee!);
    if (s.params.length > f.height) reject('the stack is empty');
    if (f.state.pending !== undefined) f.settled();
    const t = f.slot(slot!);
    const id = Number(t.name);
    const e = t.kind === 'thread' ? f.state.ends.get(id) : undefined;
    if (e?.kind !== 'thread') {
      if (!(f.lenient && (t.kind === 'reference' || t.kind === 'any')))
        return reject(`slot [${0 - slot!}] holds ${f.types.show(t)} where a thread without a program is needed`);
    } else if (e.session >= 0) return reject(`the thread in slot [${0 - slot!}] has a program already`);
    const args = s.params.map((_, i) => f.slot(s.params.length - 1 - i));
    const ends = args.filter((a) => a.kind === 'end' || a.kind === 'thread');
    if (new Set(ends).size !== ends.length) reject('one thread is given twice');
    if (ends.includes(t)) reject('a thread cannot be its own peer');
    const selves = args.flatMap((a, i) => (argument(f, s, i, a, String(id), true) === 'self' ? [i] : []));
    const param = selfParam(f, s, selves);
    if (e !== undefined) f.setEnd(id, { kind: 'thread', session: callee!, peers: grouped(f, s, args, id) });
    if (param !== undefined) f.setSlot(slot!, spawned(f, s, param, String(id)));
    return true;
  },
  send_msg: send(false),
  transfer_msg: send(true),
  cast_msg: cast(false),
  transfer_cast: cast(true),
  await_msg(f, [n, slot]) {
    const e = endAt(f, slot!);
    if (f.lenient || e === undefined) {
      f.settled();
      for (let i = 0; i < n!; i++) f.push(f.types.any);
      f.push(f.types.make('label', ''));
      return true;
    }
    // The other side only fails here: the wait never ends but by an exception.
    if (isSilent(f, e)) return false;
    const alts = receivable(f, e);
    const most = Math.max(...alts.map((a) => a.payload.length));
    if (n! > most) reject(`a message here carries up to ${most} values, not ${n!}`);
    for (let i = n! - 1; i >= 0; i--) f.push(f.types.make('payload', `${f.pc}.${i}`));
    f.push(f.types.make('labels', String(f.pc)));
    f.state = { ...f.state, pending: { id: f.pc, end: e.id, alts, count: n! } };
    return true;
  },
  cmp(f, [m, to]) {
    const label = f.env.image.messages[m!]!;
    const t = f.slot(0);
    if (f.height === 0 || (t.kind !== 'labels' && t.kind !== 'label'))
      return reject(f.height === 0 ? 'the stack is empty' : `the top of the stack is ${f.types.show(t)}, not a label`);
    if (t.kind === 'label') {
      // A trusted module's label is unknown; any other was compared before and is this one or not.
      if (t.name === '') f.jump(to!);
      else if (t.name === label) f.jump(to!, neverReached(`$${label} was compared before`, f.state));
      else reject(`the label is $${t.name}, never $${label}`);
      return true;
    }
    const pending = f.state.pending!;
    const hit = pending.alts.find((a) => a.label === label);
    const end = f.state.ends.get(pending.end);
    if (hit === undefined && end?.kind === 'free' && end.dual) {
      // A session that is known never says it: what follows is never come to.
      f.jump(to!);
      return false;
    }
    if (hit === undefined)
      return reject(`$${label} can never arrive here: only ${pending.alts.map((a) => `$${a.label}`).join(', ')} can`);
    const rest = pending.alts.filter((a) => a !== hit);
    if (rest.length > 0) f.jump(to!, { ...f.state, pending: { ...pending, alts: rest } });
    // Labels that a session which is known never says are compared in vain: that code is never come to.
    else if (end?.kind !== 'free' || !end.dual || f.rowAt(to!) !== 'cmp')
      f.jump(to!, neverReached('every label that can arrive was compared', f.state));
    narrow(f, hit);
    return true;
  },
  select,
  connect(f) {
    const t = reference(f);
    connect(f, t.kind === 'thread' ? f.types.reference : t);
    return true;
  },
  watch(f) {
    reference(f);
    f.push(f.fresh('end', { kind: 'watch' }));
    return true;
  },
  drop,
  lose(f, [slot, why]) {
    const t = f.slot(why!);
    if (!f.fits(t, f.types.exn)) reject(`slot [${0 - why!}] holds ${f.types.show(t)} where an exception is needed`);
    return drop(f, [slot!]);
  },
  pool_new(f) {
    f.push(f.fresh('pool', { kind: 'pool' }));
    return true;
  },
  pool_put(f, [slot]) {
    put(f, poolAt(f, slot!));
    return true;
  },
  pool_take(f, [slot]) {
    const pool = poolAt(f, slot!);
    const unknown = { kind: 'free', at: [], peer: '', dual: false } as const;
    f.push(f.fresh('end', pool === undefined ? unknown : memberOf(f, pool)));
    return true;
  },
  pool_size(f, [slot]) {
    poolAt(f, slot!);
    f.push(f.types.int);
    return true;
  },
  datum(f, [slot]) {
    f.push(datumOf(f, endAt(f, slot!)));
    return true;
  },
  print(f) {
    f.popData();
    return true;
  },
  close(f) {
    leave(f, true);
    return false;
  },
  close_err: () => false,
  halt: () => false,
  fail(f) {
    f.pop(f.types.exn);
    return false;
  },
};

function drop(f: Flow, [slot]: readonly number[]): boolean {
  const t = f.slot(slot!);
  if (t.kind !== 'end' && t.kind !== 'pool') {
    if (!f.lenient || !f.types.isData(t)) reject(`slot [${0 - slot!}] holds ${f.types.show(t)} where an end is needed`);
    return true;
  }
  if (f.state.pending !== undefined) f.settled();
  f.setEnd(Number(t.name), undefined);
  return true;
}

function reference(f: Flow): Ty {
  const t = f.take();
  if (t.kind !== 'thread' && !f.types.fits(t, f.types.reference))
    reject(`needs a thread reference and finds ${f.types.show(t)}`);
  return t;
}
