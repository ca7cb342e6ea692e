/**
 * What both engines need to know of a verified function before it runs: the height of the frame and the handler region
 * at every pc, where basic blocks begin, and how high the frame can grow.
 * Invariant: every instruction is visited once; a label reached with different heights is dead-end (the verifier allows
 * only rows there that ignore the stack), and its height is the least of them.
 */
import { flowOf } from '../bytecode/isa.js';
import { casePushes, operand, rowAt, slots } from '../bytecode/effect.js';
import type { FunctionImage, ModuleImage } from '../bytecode/module.js';

/** A `try` region: where its exceptions go and the frame's height there before the exception is pushed. */
export interface Region {
  readonly target: number;
  readonly depth: number;
  readonly outer: Region | null;
}

export interface Facts {
  /** Slots in use before the instruction at pc; -1 where no instruction begins or none can be reached. */
  readonly depth: Int32Array;
  readonly region: readonly (Region | null)[];
  /** pcs where a basic block begins. */
  readonly leaders: ReadonlySet<number>;
  /** Targets of `loop`. */
  readonly loopHeads: ReadonlySet<number>;
  readonly maxDepth: number;
  /** Can a slot ever hold an end or a pool? If not, unwinding need not look. */
  readonly holdsEnds: boolean;
  /** Locals that `open_upvalue` ever turns into upvalues, ascending. */
  readonly opened: readonly number[];
}

const endMakers = new Set([
  'call_constructor_spawn',
  'call_constructor_async',
  'await_msg',
  'select',
  'connect',
  'watch',
  'pool_new',
  'pool_take',
]);

/** pcs an instruction may go on at, besides its handler, with the slots each then has. */
function successors(image: ModuleImage, f: FunctionImage, pc: number, depth: number): [pc: number, depth: number][] {
  const row = rowAt(f, pc);
  const below = depth - slots(image, f, pc, row.inputs);
  const left = below + slots(image, f, pc, row.outputs);
  const next: [number, number] = [pc + row.length, left];
  const meaning = row.meaning;
  if (meaning.kind !== 'flow') return [next];
  switch (meaning.flow) {
    case 'jump':
    case 'loop':
      return [[operand(f, pc, 'to'), left]];
    case 'branch':
      return [next, [operand(f, pc, 'to'), left]];
    case 'switch': {
      const table = f.tables[operand(f, pc, 't')]!;
      if (table.kind !== 'switch') throw new RangeError(`${f.name}+${pc}: not a switch table`);
      return [...table.targets, table.otherwise].map((t) => [t, left]);
    }
    case 'select': {
      const table = f.tables[operand(f, pc, 't')]!;
      if (table.kind !== 'select') throw new RangeError(`${f.name}+${pc}: not a select table`);
      return table.cases.map((c) => [c.target, below + casePushes(c)]);
    }
    case 'ret':
    case 'raise':
    case 'end':
    case 'tail_call':
    case 'tail_apply':
      return [];
    default:
      return [next];
  }
}

const leadsBlock = new Set(['jump', 'loop', 'branch', 'switch', 'select', 'try', 'end_try']);

export function analyse(image: ModuleImage, f: FunctionImage): Facts {
  const n = f.code.length;
  const depth = new Int32Array(n + 1).fill(-1);
  const region: (Region | null)[] = new Array<Region | null>(n + 1).fill(null);
  const leaders = new Set([0]);
  const loopHeads = new Set<number>();
  const opened = new Set<number>();
  let maxDepth = f.params.length + f.locals;
  let holdsEnds = f.params.some((p) => p.kind === 'end' || p.kind === 'pool');
  const todo: { pc: number; depth: number; region: Region | null }[] = [{ pc: 0, depth: maxDepth, region: null }];
  while (todo.length > 0) {
    const at = todo.pop()!;
    const { pc } = at;
    if (depth[pc]! >= 0) {
      depth[pc] = Math.min(depth[pc]!, at.depth);
      continue;
    }
    depth[pc] = at.depth;
    region[pc] = at.region;
    maxDepth = Math.max(maxDepth, at.depth);
    if (pc === n) continue;
    const row = rowAt(f, pc);
    const word = flowOf(row);
    if (endMakers.has(row.name)) holdsEnds = true;
    if (row.name === 'open_upvalue') opened.add(operand(f, pc, 'n'));
    let inner = at.region;
    if (word === 'try') {
      inner = { target: operand(f, pc, 'to'), depth: at.depth, outer: at.region };
      leaders.add(inner.target);
      todo.push({ pc: inner.target, depth: at.depth + 1, region: at.region });
    } else if (word === 'end_try') inner = at.region?.outer ?? null;
    const next = successors(image, f, pc, at.depth);
    for (const [to, left] of next) todo.push({ pc: to, depth: left, region: inner });
    if (word === 'loop') loopHeads.add(next[0]![0]);
    if (leadsBlock.has(word)) for (const [to] of next) leaders.add(to);
  }
  return { depth, region, leaders, loopHeads, maxDepth, holdsEnds, opened: [...opened].sort((a, b) => a - b) };
}
