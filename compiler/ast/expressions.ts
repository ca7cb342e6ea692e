/** Expressions, waits and spawns included. */
import type { Span } from '../source/source.js';
import type { Param } from './items.js';
import type { Name, Node, Path } from './node.js';
import type { Pattern } from './patterns.js';
import type { Block } from './statements.js';

export type Expr =
  | LiteralExpr
  | TemplateExpr
  | PathExpr
  | SelfExpr
  | TupleExpr
  | ListExpr
  | ComprehensionExpr
  | MapExpr
  | RecordExpr
  | UpdateExpr
  | UnaryExpr
  | BinaryExpr
  | CallExpr
  | FieldExpr
  | IndexExpr
  | LambdaExpr
  | IfExpr
  | CaseExpr
  | TryExpr
  | OnExpr
  | TakeExpr
  | SpawnExpr
  | ConnectExpr
  | WatchExpr
  | SendExpr
  | BlockExpr;

export type Literal =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'unit' };

export interface LiteralExpr extends Node {
  readonly kind: 'literal';
  readonly literal: Literal;
}

/** `"took {ms} ms"`: texts and holes in order; a string without holes is a literal. */
export interface TemplateExpr extends Node {
  readonly kind: 'template';
  readonly parts: readonly (string | Expr)[];
}

/** A variable, function, constructor, session or module member. */
export interface PathExpr extends Node {
  readonly kind: 'path';
  readonly path: Path;
}

export interface SelfExpr extends Node {
  readonly kind: 'self';
}

/** Two or more elements; `(e)` is e, `()` is the unit literal. */
export interface TupleExpr extends Node {
  readonly kind: 'tuple';
  readonly elements: readonly Expr[];
}

export interface ListExpr extends Node {
  readonly kind: 'list';
  readonly elements: readonly ListElement[];
}

export interface ListElement extends Node {
  readonly spread: boolean;
  readonly value: Expr;
}

export interface ComprehensionExpr extends Node {
  readonly kind: 'comprehension';
  readonly element: Expr;
  readonly clauses: readonly Clause[];
}

export type Clause =
  | (Node & { readonly kind: 'for'; readonly pattern: Pattern; readonly source: Expr })
  | (Node & { readonly kind: 'if'; readonly condition: Expr });

export interface MapExpr extends Node {
  readonly kind: 'map';
  readonly entries: readonly { readonly key: Expr; readonly value: Expr }[];
}

export interface RecordExpr extends Node {
  readonly kind: 'record';
  readonly type: Path;
  readonly fields: readonly FieldInit[];
}

export interface UpdateExpr extends Node {
  readonly kind: 'update';
  readonly type: Path;
  readonly base: Expr;
  readonly fields: readonly FieldInit[];
}

export interface FieldInit extends Node {
  readonly name: Name;
  readonly value: Expr;
}

export interface UnaryExpr extends Node {
  readonly kind: 'unary';
  readonly op: '-' | 'not';
  readonly operand: Expr;
}

export type BinaryOp =
  | '||' | '&&' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '..' | '++' | '+' | '-' | '*' | '/' | '%'; // prettier-ignore

/** `x |> f(y)` is built as the call `f(x, y)` with `piped` set. */
export interface BinaryExpr extends Node {
  readonly kind: 'binary';
  readonly op: BinaryOp;
  readonly opSpan: Span;
  readonly left: Expr;
  readonly right: Expr;
}

/** Function call, partial application or construction of a variant or exception. */
export interface CallExpr extends Node {
  readonly kind: 'call';
  readonly callee: Expr;
  readonly args: readonly Expr[];
  /** The first argument was written before `|>`. */
  readonly piped?: boolean;
}

export interface FieldExpr extends Node {
  readonly kind: 'field';
  readonly record: Expr;
  readonly field: Name;
}

export interface IndexExpr extends Node {
  readonly kind: 'index';
  readonly base: Expr;
  readonly index: Expr;
}

export interface LambdaExpr extends Node {
  readonly kind: 'lambda';
  readonly params: readonly Param[];
  readonly body: Block;
}

export interface IfExpr extends Node {
  readonly kind: 'if';
  readonly branches: readonly { readonly condition: Expr; readonly body: Block }[];
  readonly otherwise?: Block;
}

export interface CaseExpr extends Node {
  readonly kind: 'case';
  readonly subject: Expr;
  readonly arms: readonly CaseArm[];
  readonly otherwise?: Block;
}

export interface CaseArm extends Node {
  readonly pattern: Pattern;
  readonly guard?: Expr;
  readonly body: Block;
}

export interface TryExpr extends Node {
  readonly kind: 'try';
  readonly body: Block;
  readonly handlers: readonly { readonly pattern: Pattern; readonly body: Block; readonly span: Span }[];
  readonly finalizer?: Block;
}

/** A wait. `branches` is not empty; the first is never `after`. */
export interface OnExpr extends Node {
  readonly kind: 'on';
  readonly branches: readonly OnBranch[];
}

export type OnBranch = MessageBranch | AfterBranch;

export interface MessageBranch extends Node {
  readonly kind: 'message';
  readonly label: Name;
  readonly params: readonly Param[];
  /** Absent: the same peer as the branch above; on a first branch, the one peer that can send the label now. */
  readonly source?: BranchSource;
  readonly body: Block;
}

export type BranchSource =
  | (Node & { readonly kind: 'peer'; readonly name: Name })
  | (Node & { readonly kind: 'any'; readonly name: Name; readonly pool: Expr });

export interface AfterBranch extends Node {
  readonly kind: 'after';
  readonly milliseconds: Expr;
  readonly body: Block;
}

export interface TakeExpr extends Node {
  readonly kind: 'take';
  readonly name: Name;
  /** `take (w, d) in ws` binds the datum too. */
  readonly datum?: Name;
  readonly pool: Expr;
  readonly body: Block;
  readonly otherwise?: Block;
}

export interface SpawnExpr extends Node {
  readonly kind: 'spawn';
  readonly session: Path;
  readonly args: readonly Expr[];
}

export interface ConnectExpr extends Node {
  readonly kind: 'connect';
  readonly service: Expr;
}

export interface WatchExpr extends Node {
  readonly kind: 'watch';
  readonly thread: Expr;
}

export interface SendExpr extends Node {
  readonly kind: 'send';
  readonly peer: Name;
  readonly label: Name;
  readonly args: readonly Expr[];
}

/** The right side of `let x = NEWLINE ... end`. */
export interface BlockExpr extends Node {
  readonly kind: 'block';
  readonly block: Block;
}
