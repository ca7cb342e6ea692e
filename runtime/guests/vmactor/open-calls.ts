/** The calls of an actor that are open, for whoever looks at it. Invariant: reads only; what is shown are copies. */
import type { Scope, Value } from './value.js';

/** A call that is open. */
export interface OpenCall {
  /** `lambda` for a function without one, an address for a call of one. */
  readonly name: string;
  /** The next item of what it executes. */
  readonly at: number;
  readonly variables: ReadonlyMap<string, Value>;
}

interface Place {
  readonly name: string;
  readonly at: number;
  readonly scope: Scope | null;
}

/** The innermost first: what is executed now, then those who wait for it; the last frame is the stream itself. */
export const openCalls = (now: Place, frames: readonly Place[]): readonly OpenCall[] =>
  [now, ...[...frames].reverse()]
    .slice(0, frames.length)
    .map(({ name, at, scope }) => ({ name, at, variables: visible(scope) }));

/** Names of inner scopes hide those of outer ones. */
function visible(scope: Scope | null): ReadonlyMap<string, Value> {
  const names = new Map<string, Value>();
  for (let at = scope; at !== null; at = at.outer)
    for (const [name, value] of at.names) if (!names.has(name)) names.set(name, value);
  return names;
}
