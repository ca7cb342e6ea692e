/**
 * Stack effects with their counts filled in: how many slots an instruction takes and leaves, and where it may go on.
 * Invariant: reads the table and the image only; for an image that was not verified it may throw a RangeError on an
 * index out of bounds, never loop.
 */
import { ROWS } from './isa.js';
import type { Item, Row } from './isa.js';
import { arityOf } from './module.js';
import type { FunctionImage, ModuleImage, SelectCase } from './module.js';

/** The row of the instruction at pc; falling off the end is `ret_void`. */
export function rowAt(f: FunctionImage, pc: number): Row {
  const row = ROWS[f.code[pc]!];
  if (row === undefined) throw new RangeError(`no instruction has code ${f.code[pc]} (${f.name}+${pc})`);
  return row;
}

/** The operand called `name` of the instruction at pc. */
export function operand(f: FunctionImage, pc: number, name: string): number {
  const row = rowAt(f, pc);
  const i = row.operands.findIndex((o) => o.name === name);
  const value = f.code[pc + 1 + i];
  if (i < 0 || value === undefined) throw new RangeError(`${row.name} has no operand ${name} (${f.name}+${pc})`);
  return value;
}

function size(image: ModuleImage, f: FunctionImage, pc: number, item: Item): number {
  if (item.many === undefined) return 1;
  const row = rowAt(f, pc);
  const kind = row.operands.find((o) => o.name === item.name)!.kind;
  const value = operand(f, pc, item.name);
  if (item.many === 'pairs') return 2 * value;
  if (item.many === 'after') {
    const table = f.tables[value]!;
    return table.kind === 'select' && table.cases.some((c) => c.kind === 'after') ? 1 : 0;
  }
  if (item.many === 'result') return arityOf(image, value).returns ? 1 : 0;
  if (kind === 'callee' || kind === 'session') return arityOf(image, value).args;
  return kind === 'constructor' ? image.constructors[value]!.fields.length : value;
}

/** Slots the items of an effect stand for at pc. */
export const slots = (image: ModuleImage, f: FunctionImage, pc: number, items: readonly Item[]): number =>
  items.reduce((n, i) => n + size(image, f, pc, i), 0);

/** Slots a select case pushes at its target. */
export function casePushes(c: SelectCase): number {
  if (c.kind === 'message') return c.count;
  if (c.kind === 'any' || c.kind === 'accept') return c.count + 1;
  if (c.kind === 'after') return 0;
  return c.kind === 'any_down' ? 2 : 1;
}
