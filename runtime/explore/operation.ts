/**
 * What a thread that is ready would do next, as far as others can notice: for choosing schedules.
 * Invariant: reads only. A step that others cannot notice has no accesses; one that would only wait is `blocked`; what is
 * not known in advance counts as touching everything.
 */
import { ROWS } from '../bytecode/isa.js';
import { HostFn } from '../engine/function.js';
import type { Fn, SelectTable } from '../engine/function.js';
import { CodeProgram } from '../engine/program.js';
import { End, LOST } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { EMPTY, Reference, unaccepted } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { endsOf } from '../scheduler/operations.js';
import { type Newest, newest, placeOf } from '../scheduler/steering.js';
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

const nameOf = (t: Thread): string => `thread ${t.id}`;
const endsIn = (v: unknown): End[] => (v instanceof End ? [v] : v instanceof Pool ? [...v.members()] : []);

/** A message arrives at a thread, or one of its peers is lost. */
const arrives = (t: Thread): Access => ({ key: `m${t.id}`, mode: waitsOf(t).onSeveral ? 'send' : 'put' });
const loses = (t: Thread): Access => ({ key: `m${t.id}`, mode: waitsOf(t).forLosses ? 'lose' : 'gone' });
const touches = (t: Thread, mode: 'read' | 'write'): Access => ({ key: `t${t.id}`, mode });
/** Ends are given from one thread to another with what was sent to them. */
const moves = (t: Thread): Access => ({ key: `m${t.id}`, mode: 'write' });

/** What ending a thread does to others. Who is there to notice matters only if it fails. */
export function endAccesses(t: Thread, fails: boolean): Access[] {
  const peers = [...endsOf(t)].flatMap((e) => (e.peer === null ? [] : [e.peer.owner]));
  const watching = [...(t.extra?.watchers ?? [])].map((e) => e.owner);
  const over: Access = { key: `m${t.id}`, mode: 'over' };
  return [touches(t, 'write'), ...(fails ? [over] : []), ...[...new Set([...peers, ...watching])].map(loses)];
}

/** The ends that would learn of the end of a thread. */
export const bereaved = (t: Thread): End[] => [
  ...[...endsOf(t)].flatMap((e) => (e.peer === null ? [] : [e.peer])),
  ...(t.extra?.watchers ?? []),
];

/** The next operation of a ready thread. */
export function operationOf(t: Thread): Operation {
  const { program } = t;
  if (!(program instanceof CodeProgram)) return { ...LOCAL, text: 'goes on', accesses: EVERYTHING };
  const frame = newest(t);
  if (frame === undefined || program.raised !== null) return LOCAL;
  const op = describe(t, frame);
  return op === undefined ? LOCAL : { ...NOWHERE, stops: true, place: placeOf(t), ...op };
}

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
      const to = (slot(operand('s')) as End).peer;
      if (to === null || to.state >= LOST) return { text: `sends ${label()} to nobody`, accesses: [] };
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
      // The loss of the peer may be what the thread fails with.
      const lost = e.head === null && e.state >= LOST;
      const accesses = lost ? endAccesses(t, true) : [];
      return { text: takingText([e]), accesses, takes: [e], blocked: e.head === null && !lost };
    }
    case 'select':
      return selection(t, frame, fn.tables[operand('t')] as SelectTable);
    case 'drop': {
      const lost = endsIn(slot(operand('s'))).flatMap((e) => (e.owner === t && e.peer !== null ? [e.peer.owner] : []));
      return { text: lost.length === 0 ? '' : `drops ${lost.map(nameOf).join(', ')}`, accesses: lost.map(loses) };
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
      return [...(t.program as CodeProgram).frames()].length === 1
        ? { text: 'ends', accesses: endAccesses(t, false) }
        : { text: '', accesses: [] };
    case 'call_function':
    case 'tail_call_function':
      return hostCall(fn.instance.callees[operand('f')]);
    case 'call':
    case 'tail_call':
      return hostCall((slot(operand('n')) as { readonly fn?: unknown } | undefined)?.fn);
    default:
      return row.touches === undefined ? undefined : { text: '', accesses: [] };
  }
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

function selection(t: Thread, { slot }: Newest, table: SelectTable): Described {
  const pairs = table.cases.flatMap((c) => {
    if (c.kind === 'after') return [];
    const ends = c.kind === 'accept' ? (t.extra === null ? [] : unaccepted(t.extra)) : endsIn(slot(c.slot));
    return ends.map((e) => ({ c, e }));
  });
  const ends = [...new Set(pairs.map((p) => p.e))];
  const ripe = pairs.filter(({ c, e }) => e.head !== null && e.head.label === c.label).map((p) => p.e);
  const isOver = (e: End): boolean => e.head === null && e.state >= LOST;
  const down = pairs.some(({ c, e }) => (c.kind === 'down' || c.kind === 'any_down') && isOver(e));
  // Only messages are awaited: then losses count only once no message can come any more, and the wait fails.
  const firm = table.cases.every((c) => c.kind === 'message' || c.kind === 'any' || c.kind === 'accept');
  const over =
    firm && table.cases.every((c) => c.kind !== 'accept') && ends.every((e) => e.head !== null || e.state >= LOST);
  const expired = table.after !== null && (t.timer === -1 || (slot(0) as number) <= 0);
  const first = ripe.sort((a, b) => (a.head!.arrival - b.head!.arrival) | 0)[0];
  return {
    text: first !== undefined ? takingText([first]) : down || over ? 'learns of a loss' : expired ? 'times out' : '',
    accesses: over && first === undefined ? endAccesses(t, true) : firm ? [] : [{ key: `m${t.id}`, mode: 'look' }],
    blocked: ripe.length === 0 && !down && !over && !expired,
    takes: ends,
  };
}
