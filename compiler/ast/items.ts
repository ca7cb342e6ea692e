/** Modules and top-level items. */
import type { Expr } from './expressions.js';
import type { Name, Node, Path } from './node.js';
import type { Pattern } from './patterns.js';
import type { Block } from './statements.js';
import type { TypeExpr } from './types.js';

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
  /** As of `ExternTypeItem`. */
  readonly use?: Use;
  readonly forgotten?: string;
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
  /** What of the outside the call may wait for; `false` where it always returns, absent where nothing is said. */
  readonly awaits?: string | false;
  readonly name: Name;
  readonly params: readonly Param[];
  readonly result?: TypeExpr;
  /** `takes exchange`: the parameter whose value is used up by the call. */
  readonly takes?: Name;
  /** The string after `from`. */
  readonly from?: string;
}

export type Use = 'linear' | 'affine';

export interface ExternTypeItem extends ItemBase {
  readonly kind: 'extern-type';
  /** Values of a linear type are used up exactly once, those of an affine type at most once. */
  readonly use?: Use;
  /** Of a linear type: the sentence that says what it means to forget one. */
  readonly forgotten?: string;
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
