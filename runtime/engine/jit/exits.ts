/**
 * The ways out of a block's text, and what its calls may become: what differs between a host function of its own and one
 * that is run in place.
 * Invariant: each text leaves for good; nothing behind it is reached.
 */
import type { Callee, Fn } from '../function.js';

/** How a block leaves its function: a function of its own returns, one that is inlined goes on behind itself. */
export interface Exits {
  /** With a result: an expression. */
  result(value: string): string;
  /** With the result of a call in tail position. */
  tail(fn: Fn, callee: Callee | null, call: string, args: readonly string[]): string;
  /** With the flag raised, after this call which wrote or dropped the frame. */
  flagged(call: string): string;
}

/** Texts of calls whose callee is run in place: the statements, which leave the result in `target`; undefined to call. */
export type Inline = (
  fn: Fn,
  callee: Callee,
  args: readonly string[],
  target: string,
  flagged: string,
) => string | undefined;

/** Of a host function of its own. */
export const returning: Exits = {
  result: (value) => `return ${value};`,
  tail: (_fn, _callee, call) => `return ${call};`,
  flagged: (call) => `return ${call};`,
};
