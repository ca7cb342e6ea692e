/**
 * What is known, at a place of a body, of the variables that hold something linear or affine.
 * Invariant: a state is never changed, only replaced; `undefined` is the state of a place that nothing reaches.
 */
import type { Local } from '../resolve/resolution.js';
import type { Span } from '../source/source.js';

/** Where and how a value was used up. */
export interface Taken {
  readonly span: Span;
  /** A clause for messages: `\`respond\` took it`. */
  readonly text: string;
  /** In a handler: the body of the `try` may have got so far, or not. */
  readonly perhaps?: true;
}

/** A path on which a value is still there. */
export interface Left {
  readonly span: Span;
  readonly text: string;
}

export type Status =
  | { readonly kind: 'held' }
  | { readonly kind: 'gone'; readonly taken: Taken }
  /** Gone on some of the paths that meet here, and still there on others. */
  | { readonly kind: 'split'; readonly taken: Taken; readonly left: Left };

export type State = ReadonlyMap<Local, Status> | undefined;

export const HELD: Status = { kind: 'held' };
export const EMPTY: State = new Map();

/** A path that comes to a place, with what to call it. */
export interface Path {
  readonly state: State;
  readonly left: Left;
}

/** The state where paths meet. */
export function meet(paths: readonly Path[]): State {
  const reached = paths.filter((p) => p.state !== undefined);
  const [first, ...others] = reached;
  if (first?.state === undefined) return undefined;
  const found = new Map<Local, Status>();
  for (const [local, status] of first.state) {
    let met = { status, left: first.left };
    for (const { state, left } of others) {
      const here = state?.get(local);
      if (here !== undefined) met = both(met, { status: here, left });
    }
    found.set(local, met.status);
  }
  return found;
}

interface Met {
  readonly status: Status;
  readonly left: Left;
}

function both(a: Met, b: Met): Met {
  if (a.status.kind === 'split') return a;
  if (b.status.kind === 'split') return b;
  if (a.status.kind === b.status.kind) return a;
  const [held, gone] = a.status.kind === 'held' ? [a, b.status] : [b, a.status];
  return gone.kind === 'gone' ? { status: { kind: 'split', taken: gone.taken, left: held.left }, left: held.left } : a;
}

/** Whether two states say the same of every variable. */
export function same(a: State, b: State): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.size === b.size && [...a].every(([local, status]) => b.get(local)?.kind === status.kind);
}
