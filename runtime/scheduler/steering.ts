/**
 * What a thread of Quartz code is about to do: its next instruction, and whether it sends, takes or gives up something on a
 * link. Invariant: reads only; the thread is between two instructions, with its frames on the heap.
 */
import { ROWS } from '../bytecode/isa.js';
import type { Fn } from '../engine/function.js';
import { CodeProgram } from '../engine/program.js';
import { describeSite, sourceAt } from '../engine/trace.js';
import { End, LOST, OPEN } from '../process/link.js';
import { Pool } from '../process/pool.js';
import type { Thread } from '../process/thread.js';
import { awaits } from './ways.js';

export interface Deed {
  readonly kind: 'send' | 'receive' | 'drop';
  /** For a send: its label. */
  readonly label: string;
  /** The ends concerned: one, or those a wait looks at. */
  readonly ends: readonly End[];
  /** For a wait: the labels that it takes from each of them. */
  readonly takes?: ReadonlyMap<End, readonly string[]>;
  /** A wait that also accepts clients, goes on after a time, or looks at a pool. */
  readonly open: boolean;
  /** A wait that goes on after a time. */
  readonly after: boolean;
}

/** The newest frame of a thread, before its next instruction. */
export interface Newest {
  readonly fn: Fn;
  /** Of the instruction that is executed next. */
  readonly pc: number;
  /** What lies so many slots below the top; undefined for a result that is not there yet. */
  readonly slot: (k: number) => unknown;
}

export function newest(t: Thread): Newest | undefined {
  const frame = t.program instanceof CodeProgram ? t.program.frames().next().value : undefined;
  if (frame === undefined) return undefined;
  const { site, words, at } = frame;
  // After a call the result is pushed and the next instruction executed in one go.
  const coming = site.after && site.pushes ? 1 : 0;
  return { fn: site.fn, pc: site.next, slot: (k) => (k < coming ? undefined : words[at + site.depth + coming - k]) };
}

/** The function the thread is in, and the instruction that it executes next. */
export const nextPlace = (t: Thread): { readonly fn: Fn; readonly pc: number } | undefined => newest(t);

/** The function the thread was started with, as long as it runs it or something it called. */
export function entryOf(t: Thread): string {
  let name = '';
  if (t.program instanceof CodeProgram) for (const { site } of t.program.frames()) name = site.fn.name;
  return name;
}

/** Whether the thread is in a function, which it was started with or has called. */
export const isIn = (t: Thread, name: string): boolean =>
  t.program instanceof CodeProgram && [...t.program.frames()].some(({ site }) => site.fn.name === name);

export const lineOf = (t: Thread): number | undefined => {
  const frame = newest(t);
  return frame && sourceAt(frame.fn, frame.pc)?.line;
};

/** `session (file:line)`, empty for a thread without code. */
export const placeOf = (t: Thread): string => {
  const frame = newest(t);
  return frame === undefined ? '' : (describeSite(frame.fn, frame.pc)[0] ?? '');
};

/** The next instruction as a deed on links; undefined if it is none. */
export function nextDeed(t: Thread): Deed | undefined {
  const frame = newest(t);
  if (frame === undefined) return undefined;
  const { fn, pc, slot } = frame;
  const row = ROWS[fn.code[pc]!]!;
  const operand = (name: string): number => fn.code[pc + 1 + row.operands.findIndex((o) => o.name === name)]!;
  const ends = (v: unknown): End[] => (v instanceof End ? [v] : v instanceof Pool ? [...v.members()] : []);
  switch (row.name) {
    case 'send_msg':
    case 'transfer_msg':
    case 'cast_msg':
    case 'transfer_cast': {
      const label = fn.instance.labels[operand('m')]?.name ?? '';
      return { kind: 'send', label, ends: ends(slot(operand('s'))), open: row.name.includes('cast'), after: false };
    }
    case 'await_msg': {
      const all = ends(slot(operand('s')));
      const takes = new Map(all.map((e) => [e, awaits(fn, pc + row.length)]));
      return { kind: 'receive', label: '', ends: all, takes, open: false, after: false };
    }
    case 'drop':
    case 'lose': {
      const all = ends(slot(operand('s'))).filter((e) => e.owner === t && e.peer !== null);
      return all.length === 0 ? undefined : { kind: 'drop', label: '', ends: all, open: false, after: false };
    }
    case 'select': {
      const table = fn.tables[operand('t')];
      if (table?.kind !== 'select') return undefined;
      const open = table.after !== null || table.cases.some((c) => c.kind === 'accept');
      const clients = t.extra === null ? [] : t.extra.unaccepted;
      const takes = new Map<End, readonly string[]>();
      for (const c of table.cases) {
        const concerned = c.kind === 'accept' ? clients : c.kind === 'after' ? [] : ends(slot(c.slot));
        for (const e of concerned) takes.set(e, [...(takes.get(e) ?? []), ...(c.label === null ? [] : [c.label.name])]);
      }
      const all = [...takes.keys()];
      return { kind: 'receive', label: '', ends: all, takes, open, after: table.after !== null };
    }
    default:
      return undefined;
  }
}

/** Does something while the thread can see only one of the ends it awaits (or none); messages and losses elsewhere stay. */
export function seeingOnly(wanted: End | undefined, { ends }: Deed, action: () => void): void {
  const hidden = ends.filter((e) => e !== wanted).map((e) => ({ e, head: e.head, state: e.state }));
  for (const { e, state } of hidden) {
    e.head = null;
    if (state === LOST) e.state = OPEN;
  }
  action();
  for (const { e, head, state } of hidden) {
    e.head = head;
    if (state === LOST) e.state = LOST;
  }
}
