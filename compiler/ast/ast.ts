/**
 * The abstract syntax of Quartz: nouns only. Parse makes it; every later pass reads it and says what it learnt in
 * tables keyed by `id`, so a tree is never changed after it was made.
 * Invariant: `id` is unique within a module, dense from 0, and given in source order.
 */
import type { Span } from '../source/source.js';

export interface Node {
  readonly id: number;
  readonly span: Span;
}

/** A name as written: binding occurrence or use. */
export interface Name extends Node {
  readonly text: string;
}

/** `net::http::get` as written; the last part is what is meant, the parts before it are modules. */
export interface Path extends Node {
  readonly parts: readonly Name[];
}

// ---------------------------------------------------------------- modules and items

export interface Module extends Node {
  /** `module Name ... end` if the file has the wrapper. */
  readonly wrapper?: Name;
  readonly items: readonly Item[];
  /** Number of ids in use: every id is below it. */
  readonly idCount: number;
}

export type Item =
  | RequireItem
  | SessionItem
  | FunItem
  | TypeItem
  | ExceptionItem
  | ProtocolItem
  | ExternFunItem
  | ExternTypeItem
  | ConstItem
  | TestItem;

interface ItemBase extends Node {
  /** Lines of the `##` comment above, without the marks. */
  readonly doc?: readonly string[];
}

export interface RequireItem extends ItemBase {
  readonly kind: 'require';
  readonly path: Path;
  readonly alias?: Name;
}

export interface SessionItem extends ItemBase {
  readonly kind: 'session';
  readonly name: Name;
  readonly params: readonly Param[];
  readonly annotation?: TypeExpr;
  readonly body: Block;
}

/** A top-level function; also the body of a local `fun` statement. */
export interface FunItem extends ItemBase {
  readonly kind: 'fun';
  readonly name: Name;
  readonly params: readonly Param[];
  readonly result?: TypeExpr;
  readonly body: Block;
}

export interface Param extends Node {
  readonly pattern: Pattern;
  readonly annotation?: TypeExpr;
}

export interface TypeItem extends ItemBase {
  readonly kind: 'type';
  readonly name: Name;
  readonly params: readonly Name[];
  readonly body: TypeBody;
}

export type TypeBody =
  | (Node & { readonly kind: 'record'; readonly fields: readonly FieldDecl[] })
  | (Node & { readonly kind: 'sum'; readonly variants: readonly VariantDecl[] })
  | (Node & { readonly kind: 'alias'; readonly type: TypeExpr });

export interface FieldDecl extends Node {
  readonly name: Name;
  readonly type: TypeExpr;
}

export interface VariantDecl extends Node {
  readonly name: Name;
  readonly args: readonly TypeExpr[];
}

export interface ExceptionItem extends ItemBase {
  readonly kind: 'exception';
  readonly name: Name;
  readonly args: readonly TypeExpr[];
}

export interface ProtocolItem extends ItemBase {
  readonly kind: 'protocol';
  readonly name: Name;
  readonly roles: readonly RoleDecl[];
}

export interface RoleDecl extends Node {
  readonly name: Name;
  readonly type: TypeExpr;
}

export interface ExternFunItem extends ItemBase {
  readonly kind: 'extern-fun';
  readonly async: boolean;
  readonly name: Name;
  readonly params: readonly Param[];
  readonly result?: TypeExpr;
  /** The string after `from`. */
  readonly from?: string;
}

export interface ExternTypeItem extends ItemBase {
  readonly kind: 'extern-type';
  readonly name: Name;
  readonly params: readonly Name[];
  readonly from?: string;
}

/** `let limit = 10` at top level. Only a plain name is bound (parse reports anything else). */
export interface ConstItem extends ItemBase {
  readonly kind: 'const';
  readonly name: Name;
  readonly annotation?: TypeExpr;
  readonly value: Expr;
}

export interface TestItem extends ItemBase {
  readonly kind: 'test';
  readonly title: string;
  readonly body: Block;
}

// ---------------------------------------------------------------- statements

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

// ---------------------------------------------------------------- expressions

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

// ---------------------------------------------------------------- patterns

export type Pattern =
  | (Node & { readonly kind: 'any' })
  | (Node & { readonly kind: 'bind'; readonly name: Name })
  | (Node & { readonly kind: 'literal'; readonly literal: Literal })
  | (Node & { readonly kind: 'constructor'; readonly path: Path; readonly args: readonly Pattern[] })
  | (Node & { readonly kind: 'record'; readonly type: Path; readonly fields: readonly FieldPattern[] })
  | (Node & { readonly kind: 'tuple'; readonly elements: readonly Pattern[] })
  | (Node & { readonly kind: 'list'; readonly elements: readonly Pattern[]; readonly rest?: RestPattern })
  | (Node & { readonly kind: 'or'; readonly alternatives: readonly Pattern[] });

/** `..rest` (or `..` alone) at the end of a list pattern. */
export interface RestPattern extends Node {
  readonly name?: Name;
}

export interface FieldPattern extends Node {
  readonly name: Name;
  /** Absent: binds the field's own name. */
  readonly pattern?: Pattern;
}

// ---------------------------------------------------------------- type expressions (data and session types)

export type TypeExpr =
  | (Node & { readonly kind: 'name'; readonly parts: readonly Name[]; readonly args: readonly TypeExpr[] })
  | (Node & { readonly kind: 'tuple'; readonly elements: readonly TypeExpr[] }) // () is unit
  | (Node & { readonly kind: 'fun'; readonly params: readonly TypeExpr[]; readonly result: TypeExpr })
  | (Node & { readonly kind: 'exists'; readonly name: Name; readonly body: TypeExpr })
  | (Node & { readonly kind: 'forall'; readonly name: Name; readonly limit?: TypeExpr; readonly body: TypeExpr })
  | (Node & { readonly kind: 'rec'; readonly name: Name; readonly body: TypeExpr })
  | (Node & { readonly kind: 'upto'; readonly body: TypeExpr }) // ...T
  | (Node & { readonly kind: 'spawner'; readonly name: Name; readonly type: TypeExpr; readonly body: TypeExpr }) // [s : S] -> T
  | (Node & { readonly kind: 'peer'; readonly name: Name; readonly type: TypeExpr; readonly body: TypeExpr }) // (q : Q) -> T
  | (Node & {
      readonly kind: 'action';
      readonly polarity: '?' | '!';
      readonly peer?: Name;
      readonly branches: readonly TypeBranch[];
    });

/** `Label(types) ~> T`, `peer.Label ~> T` or `after ~> T` (label absent). */
export interface TypeBranch extends Node {
  readonly peer?: Name;
  readonly label?: Name;
  readonly args: readonly TypeExpr[];
  readonly next: TypeExpr;
}
