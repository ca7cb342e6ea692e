/**
 * The Eval machine's instructions, as one table: numbers and operand counts for compiler, machine and debug print.
 * Invariant: code is a flat list of numbers, each instruction followed by its operands; jump targets are indices.
 */
import { print, type FunctionObject } from './value.js';

export const Op = {
  /** Pushes a constant. */
  constant: 0,
  getLocal: 1,
  /** Writes the top into a local and keeps it. */
  setLocal: 2,
  getUpvalue: 3,
  setUpvalue: 4,
  getGlobal: 5,
  /** Binds a global to the top and keeps it. */
  defineGlobal: 6,
  /** As `defineGlobal`, for a global that must be bound already. */
  setGlobal: 7,
  /** symbol value -> value: binds the global that the symbol names. */
  bind: 8,
  /** Pushes a closure over the running function's variables. */
  makeClosure: 9,
  /** Closes the upvalues of this slot and those above. */
  closeUpvalues: 10,
  /** Leaves a `let`: the top moves down to this slot and all above is dropped. */
  slide: 11,
  pop: 12,
  jump: 13,
  /** Pops; jumps unless it was the symbol `true`. */
  jumpUnlessTrue: 14,
  call: 15,
  return: 16,
  isAtom: 17,
  isNil: 18,
  first: 19,
  second: 20,
  cons: 21,
  is: 22,
} as const;

const NO_OPERAND: ReadonlySet<string> = new Set('bind pop return isAtom isNil first second cons is'.split(' '));
const NAMES: readonly string[] = Object.keys(Op);

/** Operands of an instruction: none or one. */
export const operandCount = (op: number): number => (NO_OPERAND.has(NAMES[op]!) ? 0 : 1);

/** A listing of a function and of those inside it, a line each instruction. */
export function listing(root: FunctionObject): string[] {
  const lines: string[] = [];
  const todo = [root];
  for (let current = todo.pop(); current !== undefined; current = todo.pop()) {
    lines.push(`${print(current)}:`);
    const { code, constants } = current;
    for (let at = 0; at < code.length; at += 1 + operandCount(code[at]!)) {
      const op = code[at]!;
      const name = NAMES[op]!;
      if (operandCount(op) === 0) lines.push(`  ${at} ${name}`);
      else {
        const operand = code[at + 1]!;
        const named = op === Op.constant || op === Op.makeClosure || name.endsWith('Global');
        lines.push(`  ${at} ${name} ${operand}${named ? ` ; ${print(constants[operand]!)}` : ''}`);
      }
    }
    for (const constant of constants) {
      if (constant !== null && typeof constant === 'object' && constant.kind === 'function') todo.push(constant);
    }
  }
  return lines;
}
