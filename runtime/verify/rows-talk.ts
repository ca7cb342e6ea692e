/**
 * Rows that other threads notice: spawning, sending, waiting, comparing labels, selecting, ending.
 * Invariant: until `cmp` has narrowed a label to one, its payload has no type and nothing is done on any link.
 */
import type { SelectCase } from '../bytecode/module.js';
import type { Alt, Proto } from './protocol.js';
import { expects, type Flow, type Handler } from './flow.js';
import { reject } from './rejection.js';
import type { Signature } from './signature.js';
import { advance, endAt, merged, peerOf, position, receivable, sendable, takePayload, type Held } from './talk.js';
import type { Ty } from './types.js';

const send =
  (moves: boolean): Handler =>
  (f, [n, slot, m]) => {
    const e = endAt(f, slot!);
    const label = f.env.image.messages[m!]!;
    const alts = f.lenient || e === undefined ? undefined : sendable(f, e, label);
    takePayload(f, n!, alts, moves, e?.id);
    if (alts !== undefined) advance(f, e, alts.map((a) => a.next)); // prettier-ignore
    return true;
  };

/** Arguments of a spawn: each is data, `@self`, an end that moves or, in a group, a thread. */
function argument(f: Flow, s: Signature, at: number, t: Ty, grouped: boolean): 'self' | 'other' {
  const p = s.params[at]!;
  const needs = (what: string): never => reject(`argument ${at} of ${s.name} is ${what} and finds ${f.types.show(t)}`);
  if (p.kind === 'data' || p.kind === 'reference') {
    const given = t.kind === 'thread' ? f.types.reference : t;
    if (!f.types.fits(given, p.type)) needs(f.types.show(p.type));
    return 'other';
  }
  if (p.kind === 'upvalue') return needs('an upvalue');
  if (p.kind === 'pool') {
    if (t.kind === 'pool') f.setEnd(Number(t.name), undefined);
    else if (!f.lenient) needs('a pool');
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
      const own = e.kind === 'peer' || !e.dual;
      // The session's own type says nothing of an end after it was given away, so only others can be compared.
      if (e.kind === 'free' && !(own && fitsParameter(f, left, s, p.name)))
        reject(`what is left of the end is not what ${s.name} does with it`);
    }
    if (e !== undefined) f.setEnd(Number(t.name), undefined);
    return 'other';
  }
  if (f.lenient) return 'other';
  return needs('an end');
}

/** Does a session do with its parameter what is left of an end? Compared step by step where both have one way on. */
function fitsParameter(f: Flow, left: readonly Proto[], s: Signature, name: string): boolean {
  if (s.body === undefined) return false;
  const { protocols, types } = f.env;
  const seen = new Set<string>();
  const work: [readonly Proto[], readonly Proto[]][] = [[left, protocols.project([s.body], name)]];
  for (let pair; (pair = work.pop());) {
    const [xs, ys] = pair;
    const key = `${xs.map((p) => p.id).join()} ${ys.map((p) => p.id).join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    f.env.budget.spend(8);
    if (xs.length !== 1 || ys.length !== 1) return false;
    const [x, y] = [xs[0]!, ys[0]!];
    if (x.kind !== y.kind) return false;
    if (!('alts' in x) || !('alts' in y)) continue;
    if (x.alts.length !== y.alts.length) return false;
    for (const a of x.alts) {
      const b = y.alts.find((o) => o.label === a.label);
      if (b === undefined || a.payload.length !== b.payload.length) return false;
      for (const [i, c] of a.payload.entries()) {
        const d = b.payload[i]!;
        const alike = c.kind === 'data' && d.kind === 'data' ? types.same(c.type, d.type) : c.kind === d.kind;
        if (!alike) return false;
      }
      work.push([protocols.project([a.next], a.peer), protocols.project([b.next], name)]);
    }
  }
  return true;
}

/** Takes part in the session's type, if the spawn is next there; the peer's name. */
function spawned(f: Flow, s: Signature, param: string): Ty {
  if (f.lenient) return f.fresh('end', { kind: 'free', at: [], peer: '', dual: true });
  const next = f.signature.session
    ? position(f).flatMap((p) => (p.kind === 'spawn' && p.session === s.name ? [p] : []))
    : [];
  if (next.length > 0) {
    advance(f, undefined, next.map((p) => p.next)); // prettier-ignore
    return f.fresh('end', { kind: 'peer', peer: next[0]!.name });
  }
  if (f.signature.session) f.settled();
  const at = s.body === undefined ? [] : [s.body];
  return f.fresh('end', { kind: 'free', at, peer: param, dual: true });
}

function selfParam(f: Flow, s: Signature, selves: readonly number[]): string | undefined {
  if (selves.length > 1) reject('a spawn takes `@self` once at most');
  const p = selves.length === 0 ? undefined : s.params[selves[0]!]!;
  return p?.kind === 'end' ? p.name : undefined;
}

export const talkRows: Readonly<Record<string, Handler>> = {
  push_self(f) {
    f.push(f.types.self);
    return true;
  },
  spawn_empty(f) {
    f.push(f.fresh('thread', { kind: 'thread', session: -1 }));
    return true;
  },
  call_constructor_spawn(f, [callee]) {
    const s = f.env.signature(callee!);
    if (s.params.length > f.height) reject('the stack is empty');
    if (f.state.pending !== undefined) f.settled();
    const args = s.params.map(() => f.take()).reverse();
    const selves = args.flatMap((t, i) => (argument(f, s, i, t, false) === 'self' ? [i] : []));
    const param = selfParam(f, s, selves);
    f.push(param === undefined ? f.types.reference : spawned(f, s, param));
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
    const selves = args.flatMap((a, i) => (argument(f, s, i, a, true) === 'self' ? [i] : []));
    const param = selfParam(f, s, selves);
    if (e !== undefined) f.setEnd(id, { kind: 'thread', session: callee! });
    if (param !== undefined) f.setSlot(slot!, spawned(f, s, param));
    return true;
  },
  send_msg: send(false),
  transfer_msg: send(true),
  cast_msg(f, [n, slot, m]) {
    const t = f.slot(slot!);
    if (t.kind !== 'thread' && t.kind !== 'self' && !f.types.fits(t, f.types.reference))
      reject(`slot [${0 - slot!}] holds ${f.types.show(t)} where a service is needed`);
    const label = f.env.image.messages[m!]!;
    const found = f.lenient
      ? undefined
      : position(f).flatMap((p) =>
          p.kind === 'send' ? p.alts.filter((a) => a.peer === 'service' && a.label === label) : [],
        );
    if (found?.length === 0) reject(`the type has no $${label} to a service here: it ${expects(position(f))}`);
    takePayload(f, n!, found, true, undefined);
    if (found !== undefined) advance(f, undefined, found.map((a) => a.next)); // prettier-ignore
    return true;
  },
  await_msg(f, [n, slot]) {
    const e = endAt(f, slot!);
    if (f.lenient || e === undefined) {
      f.settled();
      for (let i = 0; i < n!; i++) f.push(f.types.any);
      f.push(f.types.make('label', ''));
      return true;
    }
    // The other side only fails here: the wait never ends but by an exception.
    if (failsOnly(f, e)) return false;
    const alts = receivable(f, e);
    const most = Math.max(...alts.map((a) => a.payload.length));
    if (n !== most) reject(`a message here carries up to ${most} values, not ${n!}`);
    for (let i = n - 1; i >= 0; i--) f.push(f.types.make('payload', `${f.pc}.${i}`));
    f.push(f.types.make('labels', String(f.pc)));
    f.state = { ...f.state, pending: { id: f.pc, end: e.id, alts } };
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
      else if (t.name === label) f.jump(to!, { dead: `$${label} was compared before` });
      else reject(`the label is $${t.name}, never $${label}`);
      return true;
    }
    const pending = f.state.pending!;
    const hit = pending.alts.find((a) => a.label === label);
    if (hit === undefined)
      return reject(`$${label} can never arrive here: only ${pending.alts.map((a) => `$${a.label}`).join(', ')} can`);
    const rest = pending.alts.filter((a) => a !== hit);
    f.jump(
      to!,
      rest.length === 0
        ? { dead: `every label that can arrive was compared` }
        : { ...f.state, pending: { ...pending, alts: rest } },
    );
    narrow(f, hit);
    return true;
  },
  select,
  connect(f) {
    reference(f);
    f.push(f.fresh('end', { kind: 'free', at: [], peer: '', dual: false }));
    return true;
  },
  watch(f) {
    reference(f);
    f.push(f.fresh('end', { kind: 'watch' }));
    return true;
  },
  drop(f, [slot]) {
    const t = f.slot(slot!);
    if (t.kind !== 'end' && t.kind !== 'pool') {
      if (!f.lenient || !f.types.isData(t))
        reject(`slot [${0 - slot!}] holds ${f.types.show(t)} where an end is needed`);
      return true;
    }
    if (f.state.pending !== undefined) f.settled();
    f.setEnd(Number(t.name), undefined);
    return true;
  },
  pool_new(f) {
    f.push(f.fresh('pool', { kind: 'pool' }));
    return true;
  },
  pool_put(f, [slot]) {
    pool(f, slot!);
    f.popData();
    const t = f.take();
    if (t.kind === 'end') f.setEnd(Number(t.name), undefined);
    else if (!f.lenient || !f.types.isData(t)) reject(`needs an end and finds ${f.types.show(t)}`);
    return true;
  },
  pool_take(f, [slot]) {
    pool(f, slot!);
    f.push(f.fresh('end', { kind: 'free', at: [], peer: '', dual: false }));
    return true;
  },
  pool_size(f, [slot]) {
    pool(f, slot!);
    f.push(f.types.int);
    return true;
  },
  datum(f, [slot]) {
    if (!f.lenient) reject('pools cannot be followed yet');
    endAt(f, slot!);
    f.push(f.types.any);
    return true;
  },
  print(f) {
    f.popData();
    return true;
  },
  close(f) {
    f.leave();
    return false;
  },
  close_err: () => false,
  halt: () => false,
  fail(f) {
    f.pop(f.types.exn);
    return false;
  },
};

function failsOnly(f: Flow, e: Held): boolean {
  if (e.state.kind !== 'free' || !e.state.dual) return false;
  const points = f.env.protocols.project(e.state.at, e.state.peer);
  return points.length > 0 && points.every((p) => p.kind === 'fail');
}

function reference(f: Flow): void {
  const t = f.take();
  if (t.kind !== 'thread' && !f.types.fits(t, f.types.reference))
    reject(`needs a thread reference and finds ${f.types.show(t)}`);
}

function pool(f: Flow, slot: number): void {
  if (!f.lenient) reject('pools cannot be followed yet');
  const t = f.slot(slot);
  if (t.kind !== 'pool' && !(t.kind === 'any' || t.kind === 'var'))
    reject(`slot [${0 - slot}] holds ${f.types.show(t)} where a pool is needed`);
}

/** The label is known now: the payload gets its types, and the protocol goes on. */
function narrow(f: Flow, hit: Alt): void {
  const pending = f.state.pending!;
  const held = f.state.ends.get(pending.end);
  f.state = { ...f.state, pending: undefined };
  if (held?.kind === 'peer' || held?.kind === 'free') advance(f, { id: pending.end, state: held } as Held, [hit.next]);
  const prefix = `${pending.id}.`;
  const known = new Map<number, Ty>();
  f.env.budget.spend(f.height);
  const above: Ty[] = [];
  let changed = 0;
  let depth = 0;
  for (let c = f.state.stack; c !== undefined; c = c.below) {
    depth++;
    let t = c.type;
    if (t.kind === 'labels' && t.name === String(pending.id)) t = f.types.make('label', hit.label);
    else if (t.kind === 'payload' && t.name.startsWith(prefix)) {
      const i = Number(t.name.slice(prefix.length));
      const carried = hit.payload[i];
      const made = known.get(i) ?? (carried === undefined ? f.types.unit : f.arrived(carried));
      known.set(i, made);
      t = made;
    }
    if (t !== c.type) changed = depth;
    above.push(t);
  }
  const { region } = f.state;
  if (region !== undefined && f.height - changed < region.height) reject('compares a label from outside its `try`');
  let stack = f.cellAt(changed);
  for (const type of above.slice(0, changed).reverse())
    stack = { type, below: stack, height: (stack?.height ?? 0) + 1 };
  f.state = { ...f.state, stack };
}

function select(f: Flow, [t]: readonly number[]): boolean {
  const table = f.image.tables[t!]!;
  if (table.kind !== 'select') return reject('no select table');
  const before = f.state;
  const ends = table.cases.map((c) =>
    'slot' in c && (c.kind === 'message' || c.kind === 'down') ? endAt(f, c.slot) : undefined,
  );
  f.settled();
  const timed = table.cases.some((c) => c.kind === 'after');
  const own = f.signature.session && !ends.some((e) => e?.state.kind === 'free');
  const finds = f.lenient
    ? undefined
    : own
      ? alternatives(f, table.cases, ends)
      : freeAlternatives(f, table.cases, ends);
  table.cases.forEach((c, i) => {
    f.state = before;
    if (timed) f.pop(f.types.int);
    caseState(f, c, ends[i], finds?.[i], own);
    f.jump(c.target);
  });
  f.state = before;
  return false;
}

/** The alternative of the type that each case stands for; the cases are exactly those of one point of it. */
function alternatives(f: Flow, cases: readonly SelectCase[], ends: readonly (Held | undefined)[]): readonly Alt[] {
  const here = position(f).flatMap((p) => (p.kind === 'receive' ? [p] : []));
  const keys = cases.map((c, i) => caseKey(f, c, ends[i], here));
  if (new Set(keys).size !== keys.length) reject('two cases of the select are the same');
  const fits = here.filter((p) => p.alts.length === cases.length && p.alts.every((a) => keys.includes(altKey(a))));
  if (fits.length === 0) {
    const all = here.flatMap((p) => p.alts);
    const extra = keys.find((k) => !all.some((a) => altKey(a) === k));
    const missing = all.find((a) => !keys.includes(altKey(a)));
    if (extra !== undefined) reject(`the type has no case ${extra} here: it ${expects(position(f))}`);
    reject(`the select lacks the case ${missing === undefined ? '' : altKey(missing)}`);
  }
  const all = merged(f, fits.flatMap((p) => p.alts)); // prettier-ignore
  return keys.map((k) => all.find((a) => altKey(a) === k)!);
}

/** A wait on ends that have protocols of their own: for each, all that it can receive. */
function freeAlternatives(f: Flow, cases: readonly SelectCase[], ends: readonly (Held | undefined)[]): readonly Alt[] {
  const open = new Map<number, { readonly alts: readonly Alt[]; readonly found: Set<Alt> }>();
  const found = cases.map((c, i): Alt => {
    const e = ends[i];
    if (e?.state.kind === 'peer' || c.kind === 'accept')
      reject('ends with protocols of their own are not waited for together with others');
    if (c.kind !== 'message') return { peer: '', label: c.kind, payload: [], next: f.env.protocols.end, accept: false };
    const label = f.env.image.messages[c.message]!;
    const one = open.get(e!.id) ?? { alts: receivable(f, e!), found: new Set<Alt>() };
    open.set(e!.id, one);
    const hit = one.alts.find((a) => a.label === label);
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
    const held = new Set([...f.state.ends.values()].flatMap((x) => (x.kind === 'peer' ? [x.peer] : [])));
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
const altKey = (a: Alt): string => `${a.accept ? 'accept' : a.peer}.$${a.label}`;

/** The state at a case's target. */
function caseState(f: Flow, c: SelectCase, e: Held | undefined, alt: Alt | undefined, own: boolean): void {
  if (c.kind === 'down' && e !== undefined) f.setEnd(e.id, undefined);
  if (alt !== undefined) {
    // What one end does by a protocol of its own is no step of the session.
    if (own) advance(f, e?.state.kind === 'peer' ? e : undefined, [alt.next]);
    else if (c.kind === 'message') advance(f, e, [alt.next]);
  }
  if (c.kind === 'down') return f.push(f.types.exn);
  if (c.kind === 'after') return;
  if (c.kind === 'any_down' || c.kind === 'any')
    f.push(f.fresh('end', { kind: 'free', at: [], peer: '', dual: false }));
  if (c.kind === 'any_down') return f.push(f.types.exn);
  if (c.kind === 'accept')
    f.push(
      f.fresh(
        'end',
        alt === undefined ? { kind: 'free', at: [], peer: '', dual: false } : { kind: 'peer', peer: alt.peer },
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
