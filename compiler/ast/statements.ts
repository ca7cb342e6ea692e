/** Statements and blocks. */
import type { Expr } from './expressions.js';
import type { FunItem } from './items.js';
import type { Name, Node } from './node.js';
import type { Pattern } from './patterns.js';
import type { TypeExpr } from './types.js';

/** The value of a block is the value of its last statement if that is an expression statement, else unit. */
export interface Block extends Node {
  readonly statements: readonly Stmt[];
}

export type Stmt =
  | LetStmt
  | VarStmt
  | AssignStmt
  | LocalFunStmt
  | WhileStmt
  | ForStmt
  | ServeStmt
  | PutStmt
  | DropStmt
  | LoopStmt
  | CloseStmt
  | FailStmt
  | RaiseStmt
  | ReturnStmt
  | BreakStmt
  | ContinueStmt
  | ExprStmt;

/** `let a = e and b = f`: one binding is a plain let; two or more are a group, each name in scope in every right side. */
export interface LetStmt extends Node {
  readonly kind: 'let';
  readonly bindings: readonly Binding[];
}

export interface Binding extends Node {
  readonly pattern: Pattern;
  readonly annotation?: TypeExpr;
  readonly value: Expr;
}

export interface VarStmt extends Node {
  readonly kind: 'var';
  readonly name: Name;
  readonly annotation?: TypeExpr;
  readonly value: Expr;
}

/** `x = e`: binds a new local if no local `x` is in scope, else assigns a `var`. Resolve decides which. */
export interface AssignStmt extends Node {
  readonly kind: 'assign';
  readonly name: Name;
  readonly value: Expr;
}

export interface LocalFunStmt extends Node {
  readonly kind: 'local-fun';
  readonly fun: FunItem;
}

export interface WhileStmt extends Node {
  readonly kind: 'while';
  readonly condition: Expr;
  readonly body: Block;
}

/** Also `for w in ws` over a pool, which consumes it; types tell the two apart. */
export interface ForStmt extends Node {
  readonly kind: 'for';
  readonly pattern: Pattern;
  readonly source: Expr;
  readonly body: Block;
}

export interface ServeStmt extends Node {
  readonly kind: 'serve';
  readonly name: Name;
  readonly pool: Expr;
  readonly body: Block;
}

export interface PutStmt extends Node {
  readonly kind: 'put';
  readonly end: Expr;
  readonly datum?: Expr;
  readonly pool: Expr;
}

export interface DropStmt extends Node {
  readonly kind: 'drop';
  readonly name: Name;
}

export interface LoopStmt extends Node {
  readonly kind: 'loop';
  /** Absent when written without parentheses: the same arguments again. */
  readonly args?: readonly Expr[];
}

export interface CloseStmt extends Node {
  readonly kind: 'close';
}

export interface FailStmt extends Node {
  readonly kind: 'fail';
  readonly value: Expr;
}

export interface RaiseStmt extends Node {
  readonly kind: 'raise';
  readonly value: Expr;
}

export interface ReturnStmt extends Node {
  readonly kind: 'return';
  readonly value?: Expr;
}

export interface BreakStmt extends Node {
  readonly kind: 'break';
}

export interface ContinueStmt extends Node {
  readonly kind: 'continue';
}

export interface ExprStmt extends Node {
  readonly kind: 'expr';
  readonly expr: Expr;
}
