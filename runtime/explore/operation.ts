/**
 * What a thread that is ready would do next, as far as others can notice: for choosing schedules.
 * Invariant: reads only. A step that others cannot notice has no accesses; one that would only wait is `blocked`; what is
 * not known in advance counts as touching everything.
 */
import { ROWS } from '../bytecode/isa.js';
import { HostFn } from '../engine/function.js';
import type { Case, Fn, SelectTable } from '../engine/function.js';
import { CodeProgram } from '../engine/program.js';
import { End, LOST } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { EMPTY, Reference } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { endsOf } from '../scheduler/operations.js';
import { type Newest, newest, placeOf } from '../scheduler/steering.js';
import type { Partial as FunctionValue } from '../values/value.js';
import type { Access } from './access.js';
import { waitsOf } from './waits.js';

export interface Operation {
  /** `sends Ping to thread 3`; empty for what nobody else notices. */
  readonly text: string;
  readonly place: string;
  readonly accesses: readonly Access[];
  /** It would find nothing and wait. */
  readonly blocked: boolean;
  /** Is the next instruction one that a stepped build stops before? */
  readonly stops: boolean;
  /** Ends it would take a message, or the news of a loss, from. */
  readonly takes: readonly End[];
  /** Ends at whose queue's end it would put a message. */
  readonly puts: readonly End[];
}

const EVERYTHING: readonly Access[] = [{ key: '*', mode: 'write' }];
const NOWHERE = { place: '', blocked: false, takes: [], puts: [] };
const LOCAL: Operation = { ...NOWHERE, text: '', accesses: [], stops: false };

/** Whom an end led to before the link was lost: what is done with it then would have reached that thread earlier. */
const former = new WeakMap<End, Thread>();

/** The thread was on the other side of the end when the link was lost. */
export const noteLoss = (e: End, t: Thread): void => void former.set(e, t);

const peerOf = (e: End): Thread | undefined => (e.peer === null ? former.get(e) : e.peer.owner);

const nameOf = (t: Thread): string => `thread ${t.id}`;
const endsIn = (v: unknown): End[] => (v instanceof End ? [v] : v instanceof Pool ? [...v.members()] : []);

/** A message arrives at a thread, or one of its peers is lost. */
const arrives = (t: Thread): Access => ({ key: `m${t.id}`, mode: waitsOf(t).onSeveral ? 'send' : 'put' });
const loses = (t: Thread, fails = true): Access => {
  const { forLosses, onPools } = waitsOf(t);
  return { key: `m${t.id}`, mode: forLosses || (onPools && fails) ? 'lose' : 'gone' };
};
const touches = (t: Thread, mode: 'read' | 'write'): Access => ({ key: `t${t.id}`, mode });
/** Ends are given from one thread to another with what was sent to them. */
const moves = (t: Thread): Access => ({ key: `m${t.id}`, mode: 'write' });

/** What ending a thread does to others. Who is there to notice matters only if it fails. */
export function endAccesses(t: Thread, fails: boolean): Access[] {
  const peers = [...endsOf(t)].flatMap((e) => peerOf(e) ?? []);
  const watching = [...(t.extra?.watching ?? [])].map((e) => e.owner);
  const over: Access = { key: `m${t.id}`, mode: 'over' };
  return [
    touches(t, 'write'),
    ...(fails ? [over] : []),
    ...[...new Set([...peers, ...watching])].map((p) => loses(p, fails)),
  ];
}

/** The ends that would learn of the end of a thread. */
export const bereaved = (t: Thread): End[] => [
  ...[...endsOf(t)].flatMap((e) => (e.peer === null ? [] : [e.peer])),
  ...(t.extra?.watchers ?? []),
];

/** The next operation of a ready thread. `meddled`: some code of the machine may look at other threads' mailboxes. */
export function operationOf(t: Thread, meddled: boolean): Operation {
  const { program } = t;
  if (!(program instanceof CodeProgram)) return { ...LOCAL, text: 'goes on', accesses: EVERYTHING };
  if (program.raised !== null) return unwinding(t, program);
  const frame = newest(t);
  if (frame === undefined) return LOCAL;
  const op = describe(t, frame);
  if (op === undefined) return LOCAL;
  const taken: Access[] = meddled && (op.takes ?? []).length > 0 ? [{ key: `m${t.id}`, mode: 'take' }] : [];
  return { ...NOWHERE, stops: true, place: placeOf(t), ...op, accesses: [...op.accesses, ...taken] };
}

/** What an exception in flight does to others on its way to a handler, or to the thread's end. */
function unwinding(t: Thread, program: CodeProgram): Operation {
  const dropped: End[] = [];
  let fails = true;
  for (const { site, words, at } of program.frames()) {
    const handler = site.fn.region[site.pc]!;
    for (let i = handler === null ? 0 : handler.depth; i < site.depth; i++) dropped.push(...endsIn(words[at + 1 + i]));
    fails = handler === null;
    if (!fails) break;
  }
  const accesses = fails ? endAccesses(t, true) : losing(t, dropped);
  return { ...LOCAL, text: fails ? 'fails' : '', accesses };
}

/** Others lose what a thread drops. */
const losing = (t: Thread, dropped: readonly End[]): Access[] =>
  dropped.flatMap((e) => (e.owner === t ? (peerOf(e) ?? []) : [])).map((peer) => loses(peer));

type Described = { readonly text: string; readonly accesses: readonly Access[] } & Partial<Operation>;

function describe(t: Thread, frame: Newest): Described | undefined {
  const { fn, pc, slot } = frame;
  const row = ROWS[fn.code[pc]!]!;
  const operand = (name: string): number => fn.code[pc + 1 + row.operands.findIndex((o) => o.name === name)]!;
  const top = (n: number): unknown[] => Array.from({ length: n }, (_, i) => slot(i));
  const label = (): string => fn.instance.labels[operand('m')]?.name ?? '';
  switch (row.name) {
    case 'send_msg':
    case 'transfer_msg': {
      const end = slot(operand('s')) as End;
      const to = end.peer;
      if (to === null || to.state >= LOST)
        return { text: `sends ${label()} to nobody`, accesses: [peerOf(end) ?? []].flat().map(arrives) };
      const given = row.name === 'transfer_msg' && top(operand('n')).some((v) => endsIn(v).length > 0);
      const more = given ? [moves(t), moves(to.owner), touches(to.owner, 'read')] : [];
      return { text: `sends ${label()} to ${nameOf(to.owner)}`, accesses: [arrives(to.owner), ...more], puts: [to] };
    }
    case 'cast_msg':
    case 'transfer_cast': {
      const { target } = slot(operand('s')) as Reference;
      if (target === null) return { text: `sends ${label()} to nobody`, accesses: [] };
      const accesses = [arrives(target), touches(target, 'read'), ...(row.name === 'cast_msg' ? [] : [moves(t)])];
      return { text: `sends ${label()} to ${nameOf(target)}`, accesses };
    }
    case 'await_msg': {
      const e = slot(operand('s')) as End;
      return { text: takingText([e]), accesses: [], takes: [e], blocked: e.head === null && e.state < LOST };
    }
    case 'select':
      return selection(t, frame, fn.tables[operand('t')] as SelectTable);
    case 'drop':
    case 'lose': {
      const dropped = endsIn(slot(operand('s')));
      const lost = dropped.flatMap((e) => (e.owner === t && e.peer !== null ? [nameOf(e.peer.owner)] : []));
      return {
        text: lost.length === 0 ? '' : `${row.name === 'drop' ? 'drops' : 'loses'} ${lost.join(', ')}`,
        accesses: losing(t, dropped),
      };
    }
    case 'connect':
    case 'watch': {
      const { target } = slot(0) as Reference;
      return { text: `${row.name}s`, accesses: target === null ? [] : [touches(target, 'read')] };
    }
    case 'call_constructor_spawn':
    case 'call_constructor_async': {
      const started = fn.instance.callees[operand('f')] as Fn;
      const started_on = row.name === 'call_constructor_async' ? (slot(operand('s')) as Reference).target : null;
      const accesses = [
        ...top(started.arity).flatMap((v) => passing(t, v)),
        ...(started_on ? [touches(started_on, 'write')] : []),
      ];
      return { text: `starts ${started.name}`, accesses };
    }
    case 'print':
      return { text: 'prints', accesses: [{ key: 'output', mode: 'write' }] };
    case 'halt':
      return { text: 'halts the program', accesses: EVERYTHING };
    case 'close':
    case 'close_err':
    case 'fail':
      return { text: row.name === 'close' ? 'ends' : 'fails', accesses: endAccesses(t, row.name !== 'close') };
    case 'ret':
    case 'ret_void':
      return returning(t);
    case 'call_function':
      return hostCall(fn.instance.callees[operand('f')]);
    case 'call':
      return hostCall((slot(operand('n')) as FunctionValue).fn);
    case 'tail_call_function': {
      const callee = fn.instance.callees[operand('f')];
      return callee instanceof HostFn ? andReturning(t, hostCall(callee)) : undefined;
    }
    case 'tail_call': {
      const { fn: callee, args } = slot(operand('n')) as FunctionValue;
      const short = args.length + operand('n') < callee.arity;
      if (short) return returning(t);
      return callee instanceof HostFn ? andReturning(t, hostCall(callee)) : undefined;
    }
    default:
      return row.touches === undefined ? undefined : { text: '', accesses: [] };
  }
}

/** A function gives its result: the last one ends its thread. */
const returning = (t: Thread): Described =>
  [...(t.program as CodeProgram).frames()].length === 1
    ? { text: 'ends', accesses: endAccesses(t, false) }
    : { text: '', accesses: [] };

/** The host is called in tail position: nothing comes between its result and what becomes of that. */
function andReturning(t: Thread, call: Described = { text: '', accesses: [] }): Described {
  const { text, accesses } = returning(t);
  return { text: call.text === '' ? text : call.text, accesses: [...call.accesses, ...accesses] };
}

/** An argument that goes to a new thread: ends move there, references become links. */
function passing(t: Thread, v: unknown): Access[] {
  if (v instanceof Reference && v.target !== null && v.target !== t && v.target.status !== EMPTY)
    return [touches(v.target, 'read')];
  return endsIn(v).length > 0 ? [moves(t)] : [];
}

function hostCall(callee: unknown): Described | undefined {
  if (!(callee instanceof HostFn) || callee.silent) return undefined;
  const { name } = callee;
  const text = `calls ${name}`;
  if (/^(std::(print|write)|io::print_error)$/.test(name))
    return { text: 'prints', accesses: [{ key: 'output', mode: 'write' }] };
  if (name === 'random::entropy') return { text, accesses: [{ key: 'random', mode: 'write' }] };
  if (name === 'std::exit' || /^(thread|node)::/.test(name)) return { text, accesses: EVERYTHING };
  return { text, accesses: [{ key: 'world', mode: 'write' }] };
}

const takingText = (ends: readonly End[]): string => {
  const from = ends.find((e) => e.head !== null);
  if (from === undefined) return ends.some((e) => e.state >= LOST) ? 'learns of a loss' : '';
  return `takes ${from.head!.label.name}${from.peer === null ? '' : ` from ${nameOf(from.peer.owner)}`}`;
};

/** What `choose` in runtime/engine/select.ts would find now. */
function selection(t: Thread, { slot }: Newest, table: SelectTable): Described {
  const endsFor = (c: Case): End[] =>
    c.kind === 'accept' ? (t.extra === null ? [] : t.extra.unaccepted) : endsIn(slot(c.slot));
  const cases = table.cases.filter((c) => c.kind !== 'after');
  const pairs = cases.flatMap((c) => endsFor(c).map((e) => ({ c, e })));
  const ends = [...new Set(pairs.map((p) => p.e))];
  const ripe = pairs.filter(({ c, e }) => e.head !== null && e.head.label === c.label).map((p) => p.e);
  const first = ripe.sort((a, b) => (a.head!.arrival - b.head!.arrival) | 0)[0];
  const lost = pairs.filter(({ e }) => e.head === null && e.state >= LOST).map((p) => p.c.kind);
  const empty = table.poolsOnly && ends.length === 0;
  // No message that is awaited can come any more.
  const settled = ends.length > 0 && ends.every((e) => e.head !== null || e.state >= LOST);
  const fails = table.linksOnly && settled && (lost.length > 0 || table.after === null);
  // The loss of a member of a pool is waited through as long as others may speak, unless a case is for it.
  const over = empty || fails || lost.some((kind) => kind !== 'any' && kind !== 'accept');
  const expired = table.after !== null && (t.timer === -1 || (slot(0) as number) <= 0);
  return {
    text: first !== undefined ? takingText([first]) : over ? 'learns of a loss' : expired ? 'times out' : '',
    accesses: isFirm(table, first !== undefined) ? [] : [{ key: `m${t.id}`, mode: 'look' }],
    blocked: ripe.length === 0 && !over && !expired,
    takes: ends,
  };
}

/** Will a wait that can go on do what it would do now, whatever comes before it does? */
function isFirm(table: SelectTable, ripe: boolean): boolean {
  const { cases } = table;
  if (table.acceptsOnly) return true;
  // One link by itself: its messages, then its loss.
  if (cases.every((c) => c.kind === 'message' && c.slot === cases[0]!.slot)) return table.after === null;
  // The oldest message comes first. Without one it is the losses that count, in their order.
  return ripe && table.after === null && cases.every((c) => c.kind === 'any');
}
