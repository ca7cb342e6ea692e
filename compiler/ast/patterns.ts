/** Patterns of `case`, `let`, parameters and handlers. */
import type { Literal } from './expressions.js';
import type { Name, Node, Path } from './node.js';

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
