/**
 * Basic blocks of a function, and the places where its compiled form can be entered.
 * Invariant: every reachable instruction lies in exactly one block; an edge to a handler leaves every block that can
 * raise inside its region.
 */
import { operand, rowAt } from '../../bytecode/effect.js';
import { flowOf, type Row } from '../../bytecode/isa.js';
import type { Fn, Site } from '../function.js';

export interface Instruction {
  readonly pc: number;
  readonly row: Row;
}

export interface Block {
  readonly pc: number;
  readonly code: Instruction[];
  readonly successors: number[];
  /** The next block, if control falls into it. */
  falls: number | undefined;
}

/** A site where the resuming function starts, and the pc it goes on at. */
export interface Entry {
  readonly site: Site;
  readonly pc: number;
}

/** The row at pc; the word after the last instruction is `ret_void`. */
export function instructionAt(fn: Fn, pc: number): Instruction {
  return { pc, row: pc < fn.image.code.length ? rowAt(fn.image, pc) : rowAt({ ...fn.image, code: fn.code }, pc) };
}

/** Can the instruction raise, so that control may go to its handler? */
export function mayRaise(row: Row): boolean {
  const m = row.meaning;
  if (m.kind === 'value') return m.check !== undefined || m.guard !== undefined || m.fails === true;
  if (m.kind === 'act') return m.fails === true;
  return ['call', 'apply', 'raise', 'wait', 'select'].includes(flowOf(row));
}

/** Sites a suspended frame of this function can be at when compiled code wrote it, and the handlers' beginnings. */
export function entriesOf(fn: Fn): Entry[] {
  const found = new Map<number, Entry>();
  const add = (site: Site): void => void found.set(site.id, { site, pc: site.next });
  add(fn.site(0, false));
  for (const head of fn.facts.loopHeads) add(fn.site(head, false));
  for (const { pc, row } of instructions(fn)) {
    const flow = flowOf(row);
    if (flow === 'call' || flow === 'apply') add(fn.site(pc, true));
    if (flow === 'wait' || flow === 'select') add(fn.site(pc, false));
    if (flow === 'try') add(fn.site(operand(fn.image, pc, 'to'), false));
  }
  return [...found.values()];
}

function* instructions(fn: Fn): Generator<Instruction> {
  const n = fn.image.code.length;
  for (let pc = 0; pc < n;) {
    if (fn.facts.depth[pc]! < 0) pc++;
    else {
      const i = instructionAt(fn, pc);
      yield i;
      pc += i.row.length;
    }
  }
}

/** Where control can go from the last instruction of a block, handlers aside; undefined if it falls through. */
function targets(fn: Fn, { pc, row }: Instruction): number[] | undefined {
  const f = fn.image;
  switch (flowOf(row)) {
    case 'jump':
    case 'loop':
      return [operand(f, pc, 'to')];
    case 'branch':
      return [operand(f, pc, 'to'), pc + row.length];
    case 'switch': {
      const table = fn.tables[operand(f, pc, 't')]!;
      return table.kind === 'switch' ? [...new Set([...table.targets, table.otherwise])] : [];
    }
    case 'select': {
      const table = fn.tables[operand(f, pc, 't')]!;
      return table.kind === 'select' ? [...new Set(table.cases.map((c) => c.target))] : [];
    }
    case 'ret':
    case 'raise':
    case 'end':
    case 'tail_call':
    case 'tail_apply':
      return [];
    default:
      return undefined;
  }
}

export function blocksOf(fn: Fn, entries: readonly Entry[]): Map<number, Block> {
  const leaders = new Set(fn.facts.leaders);
  for (const e of entries) leaders.add(e.pc);
  const blocks = new Map<number, Block>();
  for (const pc of [...leaders].sort((a, b) => a - b)) {
    if (fn.facts.depth[pc]! < 0) continue;
    const block: Block = { pc, code: [], successors: [], falls: undefined };
    blocks.set(pc, block);
    for (let at = pc; ;) {
      const i = instructionAt(fn, at);
      block.code.push(i);
      const handler = fn.region[at];
      if (handler && mayRaise(i.row)) block.successors.push(handler.target);
      const to = targets(fn, i);
      if (to !== undefined) {
        block.successors.push(...to);
        break;
      }
      at += i.row.length;
      if (leaders.has(at)) {
        block.falls = at;
        block.successors.push(at);
        break;
      }
    }
  }
  return blocks;
}
