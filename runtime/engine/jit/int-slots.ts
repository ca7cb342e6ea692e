/**
 * Which slots hold ints where a function is entered, so that its compiled form can tell the host so once. A slot read from
 * a frame or a parameter may be anything to the host's compiler, and a loop's variable that begins as anything stays boxed
 * in every round.
 * Invariant: a slot is listed only if every way to the entry leaves an int in it.
 */
import { slots } from '../../bytecode/effect.js';
import type { Item } from '../../bytecode/isa.js';
import type { Param } from '../../bytecode/module.js';
import type { Fn } from '../function.js';
import type { Block, Instruction } from './blocks.js';

type Ints = boolean[];

export const isInt = (p: Param): boolean => p.kind === 'data' && p.type === 'int';

/** The types of the stack after an instruction, of which only `int` matters here. */
function after(fn: Fn, { pc, row }: Instruction, stack: Ints): Ints {
  const under = [...stack];
  const count = (i: Item): number => slots(fn.instance.image, fn.image, pc, [i]);
  const named = new Map<string, boolean>();
  row.operands.forEach((o, i) => {
    const word = fn.code[pc + 1 + i]!;
    if (o.kind === 'constant') named.set(o.name, typeof fn.instance.constants[word] === 'number');
    if (o.kind === 'local') named.set(o.name, under[word]!);
    if (o.kind === 'slot') named.set(o.name, under[under.length - 1 - word]!);
  });
  for (const item of [...row.inputs].reverse()) {
    if (item.many === undefined) named.set(item.name, stack.pop()!);
    else stack.length -= count(item);
  }
  const { meaning } = row;
  if (meaning.kind === 'set') {
    const local = fn.code[pc + 1]!;
    const from = row.inputs.length === 1 && named.get(row.inputs[0]!.name) === true;
    stack[local] = from && !fn.facts.opened.includes(local);
  }
  for (const item of row.outputs) {
    const int = item.type === 'int' || (meaning.kind === 'move' && named.get(item.name) === true);
    for (let n = count(item); n > 0; n--) stack.push(int);
  }
  return stack;
}

/** By block: which slots hold ints at its beginning. Slots beyond what is listed do not. */
export function intSlots(fn: Fn, blocks: ReadonlyMap<number, Block>): ReadonlyMap<number, Ints> {
  const known = new Map<number, Ints>();
  const todo: number[] = [];
  const meet = (pc: number, stack: Ints): void => {
    const old = known.get(pc);
    const depth = fn.facts.depth[pc]!;
    const met = Array.from({ length: depth }, (_, i) => (stack[i] ?? false) && (old?.[i] ?? true));
    if (old !== undefined && met.every((int, i) => int === old[i])) return;
    known.set(pc, met);
    todo.push(pc);
  };
  meet(0, fn.image.params.map(isInt));
  while (todo.length > 0) {
    const block = blocks.get(todo.pop()!)!;
    let stack = [...known.get(block.pc)!];
    for (const i of block.code) {
      const handler = fn.region[i.pc];
      if (handler) meet(handler.target, stack.slice(0, handler.depth));
      stack = after(fn, i, stack);
    }
    for (const to of block.successors) meet(to, stack);
  }
  return known;
}

/**
 * Statements that make the variables of int slots ints of the host where they fit 32 bits. `same`, called for others alone,
 * is not expected by the host until it was needed.
 */
export const asInts = (ints: readonly boolean[]): string =>
  ints.map((int, i) => (int ? `if (s${i} === (t = s${i} | 0)) s${i} = t; else s${i} = same(s${i});` : '')).join(' ');
