/**
 * What the threads of a machine do to ends, pools and each other, seen from outside: one instruction at a time, by looking at
 * the newest frame before and after it. Calls, returns and exceptions are told as well, since what a function does belongs to
 * its caller's protocol or to one of its own.
 * Invariant: reads only; a deed is told after its instruction, with the values that it used; one that raised, or found nothing
 * and waits, is none.
 */
import { ROWS } from '../../runtime/bytecode/isa.js';
import type { Callee, Case, Fn, SelectTable } from '../../runtime/engine/function.js';
import { CodeProgram } from '../../runtime/engine/program.js';
import { End, FINISHED, type Message, payload } from '../../runtime/process/link.js';
import { Pool } from '../../runtime/process/pool.js';
import { ALIVE, FAILED, type Reference, type Thread, Waiting } from '../../runtime/process/thread.js';
import type { Scheduler } from '../../runtime/scheduler/scheduler.js';
import { type Newest, newest } from '../../runtime/scheduler/steering.js';
import type { Partial as FunctionValue } from '../../runtime/values/value.js';

export type Deed =
  | { readonly kind: 'send'; readonly end: End; readonly label: string; readonly values: readonly unknown[] }
  /** `late`: the service has ended. */
  | { readonly kind: 'cast'; readonly label: string; readonly values: readonly unknown[]; readonly late: boolean }
  | {
      readonly kind: 'receive' | 'accept';
      readonly end: End;
      readonly label: string;
      readonly values: readonly unknown[];
    }
  | {
      readonly kind: 'any';
      readonly pool: Pool;
      readonly end: End;
      readonly label: string;
      readonly values: readonly unknown[];
      readonly down: boolean;
    }
  | { readonly kind: 'down'; readonly end: End }
  | { readonly kind: 'watched' | 'timeout' }
  /** `group`: one member of several that are started one after the other. */
  | {
      readonly kind: 'spawn';
      readonly fn: Fn;
      readonly group: boolean;
      readonly args: readonly unknown[];
      readonly result: unknown;
    }
  | { readonly kind: 'connect'; readonly end: End }
  /** `nothing`: of a pool without members. */
  | { readonly kind: 'drop'; readonly what: End | Pool; readonly nothing: boolean }
  | { readonly kind: 'pool'; readonly pool: Pool }
  | { readonly kind: 'put' | 'take'; readonly end: End; readonly pool: Pool };

export interface Listener {
  /** The thread is about to run a function from its beginning; `tail`: in the place of the one it was in. */
  entered(t: Thread, fn: Fn, args: readonly unknown[], how: 'start' | 'call' | 'tail'): void;
  returned(t: Thread): void;
  /** An exception was caught so many frames above the outermost. */
  caught(t: Thread, depth: number): void;
  ended(t: Thread, failed: boolean): void;
  did(t: Thread, deed: Deed): void;
  /** It found nothing and waits for a message. */
  waits(t: Thread): void;
  /** The next instruction is about to be executed. */
  before(t: Thread): void;
}

/** Ends made by `watch`, which tell of a thread's end and are no ends of links. */
const watching = new WeakSet<End>();

/** Places to which only exceptions lead, by function. */
const handlers = new WeakMap<Fn, ReadonlySet<number>>();
function handlersOf(fn: Fn): ReadonlySet<number> {
  let found = handlers.get(fn);
  if (found === undefined)
    handlers.set(fn, (found = new Set(fn.region.flatMap((r) => (r === null ? [] : [r.target])))));
  return found;
}

const rowAt = (fn: Fn, pc: number): (typeof ROWS)[number] => ROWS[fn.code[pc]!]!;
const operand = ({ fn, pc }: Newest, name: string): number =>
  fn.code[pc + 1 + rowAt(fn, pc).operands.findIndex((o) => o.name === name)]!;
const depthOf = (t: Thread): number => (t.program instanceof CodeProgram ? [...t.program.frames()].length : 0);
/** The topmost values, the lowest first. */
const topmost = (frame: Newest, n: number): unknown[] => Array.from({ length: n }, (_, i) => frame.slot(n - 1 - i));
const values = (m: Message, n: number): unknown[] => Array.from({ length: n }, (_, i) => payload(m, i));

/** What an instruction will do, to be told when it is done: `after` is the newest frame then. */
type Telling = (after: Newest | undefined) => Deed | undefined;

export class Observed {
  readonly #depths = new Map<Thread, number>();
  #wanted: Thread | null = null;

  constructor(
    readonly scheduler: Scheduler,
    readonly listener: Listener,
  ) {
    scheduler.strategy = { pick: (ready) => ready.find((t) => t === this.#wanted) ?? ready[0]! };
  }

  /** Executes one instruction of a thread that is ready. */
  step(t: Thread): void {
    const { listener } = this;
    if (!(t.program instanceof CodeProgram)) return this.#execute(t);
    const { program } = t;
    if (!this.#depths.has(t)) this.#begin(t);
    if (program.raised !== null) this.#unwinding(t, program);
    const before = program.raised === null ? newest(t) : undefined;
    const told = before && tell(t, before);
    const callee = before && calleeOf(before);
    const row = before && rowAt(before.fn, before.pc).name;
    listener.before(t);
    this.#execute(t);
    const after = newest(t);
    if (t.status !== ALIVE) {
      const failed = t.status === FAILED;
      if (!failed && told !== undefined) this.#tell(t, told(after));
      this.#depths.delete(t);
      return listener.ended(t, failed);
    }
    if (after === undefined || before === undefined) return;
    if (t.waiting !== null) {
      if (t.waiting !== Waiting.HOST && t.waiting !== Waiting.ROOM) listener.waits(t);
      return;
    }
    if (handlersOf(after.fn).has(after.pc)) {
      const depth = depthOf(t);
      this.#depths.set(t, depth);
      return listener.caught(t, depth - 1);
    }
    if (told !== undefined) return this.#tell(t, told(after));
    if (row === 'ret' || row === 'ret_void') this.#returned(t);
    else if (callee !== undefined && callee.kind === 'function')
      this.#entered(t, callee, after, row!.startsWith('tail_'));
    else if (row?.startsWith('tail_') === true) this.#returned(t);
  }

  #tell(t: Thread, deed: Deed | undefined): void {
    if (deed !== undefined) this.listener.did(t, deed);
  }

  #execute(t: Thread): void {
    this.#wanted = t;
    this.scheduler.runInstructions(1);
  }

  /** A thread that is seen for the first time; one that stands in the middle of something is a copy of another. */
  #begin(t: Thread): void {
    const frame = newest(t)!;
    this.#depths.set(t, depthOf(t));
    if (frame.pc === 0 && depthOf(t) === 1) this.listener.entered(t, frame.fn, parametersOf(frame), 'start');
  }

  #entered(t: Thread, fn: Fn, frame: Newest, tail: boolean): void {
    if (!tail) this.#depths.set(t, this.#depths.get(t)! + 1);
    this.listener.entered(t, fn, parametersOf(frame), tail ? 'tail' : 'call');
  }

  #returned(t: Thread): void {
    this.#depths.set(t, this.#depths.get(t)! - 1);
    this.listener.returned(t);
  }

  /** An exception of the host that the thread wakes up with. */
  #unwinding(t: Thread, program: CodeProgram): void {
    let depth = depthOf(t);
    for (const { site } of program.frames()) {
      depth--;
      if (site.fn.region[site.pc] === null) continue;
      this.#depths.set(t, depth + 1);
      return this.listener.caught(t, depth);
    }
  }
}

/** The values that a function was entered with. */
function parametersOf(frame: Newest): unknown[] {
  const { fn } = frame;
  return Array.from({ length: fn.arity }, (_, i) => frame.slot(fn.entryDepth - 1 - i));
}

/** What a call enters; undefined for no call, or one that only makes a partial application. */
function calleeOf(frame: Newest): Callee | undefined {
  const row = rowAt(frame.fn, frame.pc).name;
  if (row === 'call_function' || row === 'tail_call_function') return frame.fn.instance.callees[operand(frame, 'f')];
  if (row !== 'call' && row !== 'tail_call') return undefined;
  const n = operand(frame, 'n');
  const value = frame.slot(n) as FunctionValue;
  return value.args.length + n < value.fn.arity ? undefined : (value.fn as Callee);
}

const isHeld = (t: Thread, v: unknown): v is End | Pool =>
  (v instanceof End && v.owner === t && v.state !== FINISHED && (v.extra === null || v.extra.pool === null)) ||
  v instanceof Pool;

function tell(t: Thread, frame: Newest): Telling | undefined {
  const { fn, pc, slot } = frame;
  const label = (): string => fn.instance.labels[operand(frame, 'm')]?.name ?? '';
  switch (rowAt(fn, pc).name) {
    case 'send_msg':
    case 'transfer_msg': {
      const end = slot(operand(frame, 's')) as End;
      const deed: Deed = { kind: 'send', end, label: label(), values: topmost(frame, operand(frame, 'n')) };
      return () => deed;
    }
    case 'cast_msg':
    case 'transfer_cast': {
      const { target } = slot(operand(frame, 's')) as Reference;
      const late = target === null || target.status > ALIVE;
      const deed: Deed = { kind: 'cast', label: label(), values: topmost(frame, operand(frame, 'n')), late };
      return () => deed;
    }
    case 'await_msg': {
      const end = slot(operand(frame, 's')) as End;
      const { head } = end;
      if (head === null) return undefined;
      const deed: Deed = {
        kind: 'receive',
        end,
        label: head.label.name,
        values: values(head, operand(frame, 'n')),
      };
      return () => deed;
    }
    case 'select':
      return selection(t, frame, fn.tables[operand(frame, 't')] as SelectTable);
    case 'call_constructor_spawn': {
      const started = fn.instance.callees[operand(frame, 'f')] as Fn;
      const args = topmost(frame, started.arity);
      return (after) => ({ kind: 'spawn', fn: started, group: false, args, result: after?.slot(0) });
    }
    case 'call_constructor_async': {
      const started = fn.instance.callees[operand(frame, 'f')] as Fn;
      const args = topmost(frame, started.arity);
      const s = operand(frame, 's');
      return (after) => ({ kind: 'spawn', fn: started, group: true, args, result: after?.slot(s) });
    }
    case 'connect':
      return (after) => ({ kind: 'connect', end: after!.slot(0) as End });
    case 'watch':
      return (after) => {
        watching.add(after!.slot(0) as End);
        return undefined;
      };
    case 'drop': {
      const what = slot(operand(frame, 's'));
      if (!isHeld(t, what) || (what instanceof End && watching.has(what))) return undefined;
      const nothing = what instanceof Pool && what.size === 0;
      return () => ({ kind: 'drop', what, nothing });
    }
    case 'pool_new':
      return (after) => ({ kind: 'pool', pool: after!.slot(0) as Pool });
    case 'pool_put': {
      const deed: Deed = { kind: 'put', pool: slot(operand(frame, 's')) as Pool, end: slot(1) as End };
      return () => deed;
    }
    case 'pool_take': {
      const pool = slot(operand(frame, 's')) as Pool;
      return (after) => ({ kind: 'take', pool, end: after!.slot(0) as End });
    }
    default:
      return undefined;
  }
}

/** Which case a `select` took shows in whose first message is gone, or else in where it went on. */
function selection(t: Thread, { slot }: Newest, { cases, after }: SelectTable): Telling {
  const heads: { readonly c: Case; readonly end: End; readonly pool?: Pool; readonly head: Message }[] = [];
  const pools = new Map<Case, readonly [Pool, readonly End[]]>();
  const ends = new Map<Case, End>();
  for (const c of cases) {
    if (c.kind === 'after') continue;
    if (c.kind === 'accept') {
      for (const end of t.extra === null ? [] : t.extra.unaccepted)
        if (end.head !== null && end.head.label === c.label) heads.push({ c, end, head: end.head });
      continue;
    }
    const from = slot(c.slot);
    if (from instanceof Pool) {
      const members = [...from.members()];
      pools.set(c, [from, members]);
      for (const end of members)
        if (end.head !== null && end.head.label === c.label) heads.push({ c, end, pool: from, head: end.head });
    } else if (from instanceof End) {
      ends.set(c, from);
      if (c.kind === 'message' && from.head !== null && from.head.label === c.label)
        heads.push({ c, end: from, head: from.head });
    }
  }
  return (now) => {
    const taken = heads.find(({ end, head }) => end.head !== head);
    if (taken !== undefined) {
      const { c, end, pool, head } = taken;
      const said = { end, label: head.label.name, values: values(head, c.count) };
      if (pool !== undefined) return { kind: 'any', pool, ...said, down: false };
      return { kind: c.kind === 'accept' ? 'accept' : 'receive', ...said };
    }
    for (const c of cases) {
      if (c.target !== now?.pc) continue;
      const end = ends.get(c);
      if (c.kind === 'down' && end !== undefined && end.state === FINISHED)
        return watching.has(end) ? { kind: 'watched' } : { kind: 'down', end };
      const [pool, members] = c.kind === 'any_down' ? (pools.get(c) ?? []) : [];
      const gone = members?.find((e) => e.extra?.pool !== pool);
      if (gone !== undefined) return { kind: 'any', pool: pool!, end: gone, label: 'Down', values: [], down: true };
    }
    return after === null ? undefined : { kind: 'timeout' };
  };
}
