/**
 * The shape of code before anything is interpreted: every word belongs to an instruction, every operand lies in the
 * list it indexes, every jump leads to an instruction, and backwards only by `loop`.
 * Invariant: after `instructionsOf` no operand of an instruction can be out of bounds.
 */
import { instructionText } from '../../bytecode/disassemble.js';
import { libraryTypes } from '../../bytecode/library.js';
import { ROWS, flowOf, type OperandKind, type Row } from '../../bytecode/isa.js';
import type { FunctionImage, ModuleImage, SelectCase } from '../../bytecode/module.js';
import { Rejection, reject } from '../terms/rejection.js';
import type { Environment } from './signature.js';

export interface Instruction {
  readonly pc: number;
  readonly row: Row;
  readonly operands: readonly number[];
}

/** Most slots of a frame, and most values one instruction may name. */
export const MOST_SLOTS = 100_000;
const MOST_CASES = 10_000;

/** Checks what the lists of a module say about each other. */
export function checkModule(image: ModuleImage): void {
  const inside = (i: number, list: readonly unknown[], what: string): void => {
    if (!Number.isInteger(i) || i < 0 || i >= list.length) reject(`${what} ${i} does not exist`);
  };
  const names = new Set<string>();
  for (const f of image.functions) {
    if (names.has(f.name)) reject(`${f.name} is defined twice`);
    names.add(f.name);
    if (!Number.isInteger(f.locals) || f.locals < 0 || f.locals + f.params.length > MOST_SLOTS)
      reject(`${f.name} has ${f.locals} locals`);
    if (f.session && f.returns) reject(`session ${f.name} is said to return a value`);
  }
  for (const c of image.callees) {
    if (c.kind === 'function') inside(c.index, image.functions, 'function');
    else if (c.kind === 'host') inside(c.index, image.hosts, 'host function');
    else {
      inside(c.module, image.requires, 'required module');
      if (c.signature.session && c.signature.returns) reject(`session ${c.name} is said to return a value`);
    }
  }
  if (image.initialiser !== -1) {
    inside(image.initialiser, image.functions, 'initialiser');
    const f = image.functions[image.initialiser]!;
    if (f.session || f.params.length > 0 || f.returns)
      reject(`${f.name} cannot initialise the module: it must take and return nothing`);
  }
  for (const c of image.constants) {
    if (c.kind === 'int' && !Number.isSafeInteger(c.value)) reject(`the constant ${c.value} is no exact int`);
    if (c.kind === 'int' && Object.is(c.value, -0)) reject('minus zero is no int');
  }
  const constructors = new Set<string>();
  for (const c of image.constructors) {
    const key = `${c.module}::${c.type}::${c.name}`;
    // A name in small letters is a type of the machine, or a variable.
    if (!(c.kind === 'exception' ? c.type === 'exn' : c.module === '' || /^_*[A-Z]\w*$/.test(c.type)))
      reject(`${c.type} is no name of a type`);
    if (libraryTypes.has(`${c.module}::${c.type}`))
      reject(`${c.module}::${c.type} is a type of the host's, which has no constructors`);
    if (constructors.has(key)) reject(`the constructor ${c.type}::${c.name} is listed twice`);
    constructors.add(key);
    if (!Number.isInteger(c.tag) || c.tag < 0) reject(`the constructor ${c.type}::${c.name} has the tag ${c.tag}`);
    if (new Set(c.params).size !== c.params.length) reject(`${c.type} has two type parameters of one name`);
  }
}

/** The instructions of a function in order. Rejects with the offset of the first fault. */
export function instructionsOf(image: ModuleImage, f: FunctionImage): readonly Instruction[] {
  const code = f.code;
  const found: Instruction[] = [];
  const starts = new Set<number>();
  for (let pc = 0; pc < code.length;) {
    const row = ROWS[code[pc]!];
    if (row === undefined) throw new Rejection(`no instruction has code ${code[pc]}`, pc);
    if (pc + row.length > code.length) throw new Rejection(`the operands of ${row.name} are cut off`, pc);
    found.push({ pc, row, operands: Array.from(code.subarray(pc + 1, pc + row.length)) });
    starts.add(pc);
    pc += row.length;
  }
  // A label may stand at the end: falling off is `ret_void`.
  starts.add(code.length);
  for (const i of found) {
    try {
      i.row.operands.forEach((o, k) => checkOperand(image, f, starts, i, o.kind, i.operands[k]!));
    } catch (error) {
      if (error instanceof Rejection && error.pc < 0) throw new Rejection(error.message, i.pc);
      throw error;
    }
  }
  return found;
}

function checkOperand(
  image: ModuleImage,
  f: FunctionImage,
  starts: ReadonlySet<number>,
  i: Instruction,
  kind: OperandKind,
  v: number,
): void {
  const inside = (list: readonly unknown[], what: string): void => {
    if (v < 0 || v >= list.length) reject(`${what} ${v} does not exist`);
  };
  switch (kind) {
    case 'constant':
      return inside(image.constants, 'constant');
    case 'text':
      inside(image.constants, 'constant');
      if (image.constants[v]!.kind !== 'string') reject(`constant ${v} is no text`);
      return;
    case 'local':
      if (v < 0 || v >= f.params.length + f.locals) reject(`local ${v} does not exist`);
      return;
    case 'slot':
    case 'count':
    case 'int':
      if (v < 0 || v > MOST_SLOTS) reject(`${kind} ${v} is out of range`);
      return;
    case 'target':
      return checkTarget(starts, i, v);
    case 'callee':
      return inside(image.callees, 'callee');
    case 'session': {
      inside(image.callees, 'callee');
      const c = image.callees[v]!;
      const session =
        c.kind === 'function' ? image.functions[c.index]!.session : c.kind === 'import' && c.signature.session;
      if (!session) reject('only a session can be spawned');
      return;
    }
    case 'message':
      return inside(image.messages, 'message label');
    case 'constructor':
      return inside(image.constructors, 'constructor');
    case 'type':
      return inside(image.types, 'type');
    case 'global':
      return inside(image.globals, 'global');
    case 'table':
      inside(f.tables, 'table');
      return checkTable(image, f, starts, i, v);
  }
}

function checkTarget(starts: ReadonlySet<number>, i: Instruction, to: number): void {
  if (!starts.has(to)) reject(`the target ${to} is not the start of an instruction`);
  if (i.row.meaning.kind === 'flow' && i.row.meaning.flow === 'loop') {
    if (to > i.pc) reject('loop goes backwards only');
  } else if (to <= i.pc) reject(`only loop goes backwards, and ${to} lies before`);
}

function checkTable(
  image: ModuleImage,
  f: FunctionImage,
  starts: ReadonlySet<number>,
  i: Instruction,
  v: number,
): void {
  const table = f.tables[v]!;
  const flow = flowOf(i.row);
  const needed = flow === 'closure' ? 'capture' : flow;
  if (table.kind !== needed) reject(`table ${v} is a ${table.kind} table where a ${needed} table is needed`);
  if (table.kind === 'switch') {
    if (table.targets.length > MOST_CASES) reject(`table ${v} has too many rows`);
    for (const to of [...table.targets, table.otherwise]) checkTarget(starts, i, to);
  } else if (table.kind === 'capture') {
    if (table.locals.length > MOST_CASES) reject(`table ${v} has too many rows`);
    for (const n of table.locals)
      if (!Number.isInteger(n) || n < 0 || n >= f.params.length + f.locals) reject(`local ${n} does not exist`);
  } else {
    if (table.cases.length === 0) reject('a select without cases waits for ever');
    if (table.cases.length > MOST_CASES) reject(`table ${v} has too many rows`);
    if (table.cases.filter((c) => c.kind === 'after').length > 1) reject('a select has one `after` case at most');
    for (const c of table.cases) checkCase(image, starts, i, c);
  }
}

function checkCase(image: ModuleImage, starts: ReadonlySet<number>, i: Instruction, c: SelectCase): void {
  checkTarget(starts, i, c.target);
  if ('slot' in c && (!Number.isInteger(c.slot) || c.slot < 0 || c.slot > MOST_SLOTS))
    reject(`slot ${c.slot} is out of range`);
  if (!('message' in c)) return;
  if (!Number.isInteger(c.message) || c.message < 0 || c.message >= image.messages.length)
    reject(`message label ${c.message} does not exist`);
  if (!Number.isInteger(c.count) || c.count < 0 || c.count > 1000) reject(`a message cannot carry ${c.count} values`);
}

/** The text form of an instruction; indices are known to be good. */
export function textOf(env: Environment, f: FunctionImage, i: Instruction): string {
  return instructionText(
    env.image,
    env.names,
    i.row,
    i.operands,
    (pc) => f.labels.find((l) => l.pc === pc)?.name ?? `+${pc}`,
    f.tables.length,
  );
}
