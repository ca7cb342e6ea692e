/**
 * An actor as plain data, for copies and for other places to restore it.
 * Invariant: `structuredClone` accepts it and keeps what is shared inside it shared.
 */
import type { Bytecode, FunctionValue, Item, Scope, Value, ValueStack } from './value.js';

/** Where to go on after a call. */
export interface Frame {
  readonly code: Item[];
  readonly at: number;
  readonly scope: Scope | null;
}

export interface ActorState {
  readonly stack: readonly Value[];
  readonly variables: ReadonlyMap<string, Value>;
  readonly scope: Scope | null;
  readonly main: Item[];
  readonly code: Item[];
  readonly at: number;
  readonly pinned: number;
  readonly skipped: number;
  readonly lane: number;
  readonly frames: Frame[];
  readonly functions: ReadonlyMap<string, FunctionValue>;
  readonly arities: ReadonlyMap<string, number>;
  readonly pending: readonly { readonly message: Bytecode; readonly priority: number }[];
}

export const capture = (
  actor: { readonly stack: ValueStack; readonly variables: ReadonlyMap<string, Value>; readonly scope: Scope | null },
  parts: Omit<ActorState, 'stack' | 'variables' | 'scope'>,
): ActorState => ({
  ...parts,
  stack: actor.stack.toArray(),
  variables: actor.variables,
  scope: actor.scope,
});
