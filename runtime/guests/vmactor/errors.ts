/**
 * VMActor's exceptions, named as its document names them, so that a caller can tell them apart by class or by `name`.
 * Invariant: every message is one line.
 */

/** An instruction that no handler knows. */
export class NotImplementedError extends Error {
  override readonly name = 'NotImplementedError';
}

/** A pop from an empty stack, a step or jump outside the bytecode, an instruction defined twice or not at all. */
export class IndexError extends RangeError {
  override readonly name = 'IndexError';
}

/** A variable, or an actor to send to, that nobody defined. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** A value of the wrong kind for its instruction. */
export class OperandTypeError extends TypeError {
  override readonly name = 'TypeError';
}

export class ZeroDivisionError extends Error {
  override readonly name = 'ZeroDivisionError';
}

/** A whole number that would no longer be exact. */
export class OverflowError extends Error {
  override readonly name = 'OverflowError';
}

/** Calls nested, or a stack grown, beyond the actor's limits. */
export class RecursionError extends Error {
  override readonly name = 'RecursionError';
}

/** A string longer than the actor's values may be. */
export class MemoryError extends Error {
  override readonly name = 'MemoryError';
}

/** A text that is no S-expression of the language; `at` is the offset, lines and columns count from 1. */
export class SExpressionSyntaxError extends SyntaxError {
  override readonly name = 'SyntaxError';

  constructor(
    message: string,
    readonly at: number,
    readonly line: number,
    readonly column: number,
  ) {
    super(message);
  }
}

/** An instruction whose operand has not arrived yet: an actor waits for it, `execute` and `step` let it out. */
export class MissingOperand extends IndexError {}
