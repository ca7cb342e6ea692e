/**
 * What the generation of one body (function, session, closure, test) works with, and how its scopes end.
 * Invariant: when a scope is left, the stack has the height it had when the scope was entered, plus the value kept.
 */
import type { Label } from '../../../runtime/bytecode/builder.js';
import type { Block, Expr, FunItem, SessionItem, Stmt } from '../../ast/ast.js';
import type { Local, Owner } from '../../resolve/resolution.js';
import type { TypeNames } from '../image/type-text.js';
import type { Frame, Place } from './frame.js';
import type { Unit } from '../image/unit.js';

/** What becomes of the value of an expression: left on the stack, not wanted, or returned (the body ends there). */
export type Want = 'value' | 'effect' | 'return';

/** What encloses a statement inside its body, innermost last: what leaving it early has to undo. */
export type Enclosing =
  | {
      readonly kind: 'loop';
      readonly onBreak: Label;
      readonly onContinue: Label;
      /** Heights of the stack at the two labels. */
      readonly breakDepth: number;
      readonly continueDepth: number;
      /** First fixed slot of the round. */
      readonly fixed: number;
    }
  /** A region of `try`: leaving it closes it and then runs the finalizer. */
  | { readonly kind: 'region'; readonly finalizer?: Block }
  /** The body of a function generated in the place of its call: `return` goes to its end. */
  | {
      readonly kind: 'inlined';
      readonly item: SessionItem | FunItem;
      /** Where its `loop` goes, and what that assigns. */
      readonly start: Label;
      readonly params: readonly Place[];
      readonly done: Label;
      readonly depth: number;
      readonly fixed: number;
      /** Does the call give a value? */
      readonly wants: boolean;
    };

/** How forms generate what is inside them: `generate.ts` alone knows all of them. */
export interface Forms {
  expression(b: Body, e: Expr, want: Want): void;
  /** A block as a scope of its own. */
  block(b: Body, node: Block, want: Want): void;
  /** Statements in the current scope; the last one's value is the value. */
  statements(b: Body, list: readonly Stmt[], want: Want): void;
}

export interface Body {
  readonly forms: Forms;
  readonly unit: Unit;
  readonly frame: Frame;
  readonly owner: Owner;
  /** What the end of the body does: give a value, give none, or end the thread. */
  readonly ends: 'value' | 'void' | 'session';
  /** Name of the function in the image: what `loop` and direct recursion go to. */
  readonly name: string;
  /** Where a session starts again. */
  readonly start: Label;
  readonly enclosing: readonly Enclosing[];
  /** Names of the type variables of the body's signature. */
  readonly names: TypeNames;
  /** Unmatched messages: one dead end for each peer. */
  readonly deadEnds: Map<string, Label>;
  /** Ends made by `watch t`, by the local `t`. */
  readonly watched: Map<Local, Place>;
  /** For the member of each `serve` around: the flag that says whether the round still holds it. */
  readonly served: ReadonlyMap<Local, Place>;
}

export const expression = (b: Body, e: Expr, want: Want): void => b.forms.expression(b, e, want);
export const block = (b: Body, node: Block, want: Want): void => b.forms.block(b, node, want);
export const statements = (b: Body, list: readonly Stmt[], want: Want): void => b.forms.statements(b, list, want);

export interface Mark {
  readonly depth: number;
  readonly fixed: number;
}

export const enter = (b: Body): Mark => ({ depth: b.frame.depth, fixed: b.frame.fixed });

/** Leaves a scope; with `keep`, the top of the stack is its value and stays. */
export function leave(b: Body, mark: Mark, keep: boolean): void {
  const f = b.frame;
  f.release(mark.fixed);
  if (keep) f.slide(f.depth - mark.depth - 1);
  else f.pop(f.depth - mark.depth);
}

/** The same body inside something more. A region has dead ends of its own: they lie inside it, before its handler. */
export const inside = (b: Body, more: Enclosing): Body => ({
  ...b,
  enclosing: [...b.enclosing, more],
  deadEnds: more.kind === 'region' ? new Map<string, Label>() : b.deadEnds,
});

/** Writes out the dead ends that waits of this body or region refer to. */
export function writeDeadEnds(b: Body): void {
  for (const [text, label] of b.deadEnds) {
    b.frame.place(label);
    b.frame.stop('close_err', text.split('\n')[0]!);
  }
}

/** Makes the top of the stack the value of a local: in place, or in a fixed slot if the local is assigned later. */
export function declare(b: Body, local: Local): void {
  const f = b.frame;
  if (!local.assigned) {
    f.bind(local, f.under(0));
    return;
  }
  const slot = f.fix();
  f.set(slot);
  if (local.captured) f.open(slot);
  f.bind(local, local.captured ? { ...slot, upvalue: true } : slot);
}

/** Remembers that the member of a `serve` has been given away or dropped. */
export function givenAway(b: Body, local: Local): void {
  const held = b.served.get(local);
  if (held === undefined) return;
  b.frame.bool(false);
  b.frame.set(held);
}

/** In tail position of the body itself: no region has to be closed after the value. */
export const isTail = (b: Body): boolean => b.enclosing.every((e) => e.kind === 'loop');
