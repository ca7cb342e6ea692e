/**
 * What the tree builders share: where in the file the matched text lies, the nodes made so far, the problems found.
 * Invariant: every node is made by `make`, so that numbering at the end sees each one; `id` is final only after it.
 */
import type { Block, Expr, Name, Node, Path, Stmt } from '../../ast/ast.js';
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { SourceFile, Span } from '../../source/source.js';
import { span } from '../../source/source.js';
import type { Tree } from '../text/grammar.js';

/** The state of building one piece of a file; `base` is where the matched text starts in it. */
export interface Making {
  readonly file: SourceFile;
  readonly base: number;
  readonly nodes: Node[];
  /** Nodes whose content another one took over. */
  readonly forgotten: Set<Node>;
  readonly problems: Diagnostic[];
  /** Expressions written in parentheses: `x |> (f(y))` is not `x |> f(y)`, although `(e)` leaves no node. */
  readonly parenthesised: WeakSet<Expr>;
}

// Ohm's operations take no context cheaply, and building is synchronous: one current piece is enough.
let current: Making | undefined;

export function making<T>(state: Making, build: () => T): T {
  const outer = current;
  current = state;
  try {
    return build();
  } finally {
    current = outer;
  }
}

export function now(): Making {
  if (current === undefined) throw new Error('a tree is built outside of `making`');
  return current;
}

export function make<T extends object>(where: Span, content: T): T & Node {
  const node: T & Node = { id: 0, span: where, ...content };
  now().nodes.push(node);
  return node;
}

/** Takes back a node whose content another one takes over. */
export const forget = (node: Node): void => void now().forgotten.add(node);

export const problem = (code: string, where: Span, message: string, more: Partial<Diagnostic> = {}): void => {
  now().problems.push(error(code, where, message, more));
};

// ---------------------------------------------------------------- places

export const between = (start: number, end: number): Span => {
  const { file, base } = now();
  return span(file, base + start, base + end);
};

export const at = (tree: Tree): Span => between(tree.source.startIdx, tree.source.endIdx);

/** From the start of a tree to the end of a node that was built inside it. */
export const upTo = (tree: Tree, last: Span): Span => {
  const { file, base } = now();
  return span(file, base + tree.source.startIdx, last.end);
};

// ---------------------------------------------------------------- trees

/** The one child of an optional part, if it was written. */
export const optional = (tree: Tree): Tree | undefined => tree.children[0];

/** The elements of `ListOf<X, comma>`. */
export const elements = (list: Tree): readonly Tree[] => list.asIteration().children;

/** The elements of a bracketed list: open, brk, list, trail, brk, close. */
export const bracketed = (tree: Tree | undefined): readonly Tree[] =>
  tree === undefined ? [] : elements(tree.child(2));

// ---------------------------------------------------------------- names and blocks

export const name = (tree: Tree): Name => make(at(tree), { text: tree.sourceString });

/** `a::b::c`; the token holds no spaces, so the parts' places follow from their lengths. */
export function path(tree: Tree): Path {
  const parts: Name[] = [];
  let start = tree.source.startIdx;
  for (const text of tree.sourceString.split('::')) {
    parts.push(make(between(start, start + text.length), { text }));
    start += text.length + 2;
  }
  return make(at(tree), { parts });
}

/** A block spans its statements; without any, it is the empty place after its header. */
export function block(header: Tree, body: Tree): Block {
  const statements: Stmt[] = body.child(1).children.map((line) => line.stmt());
  const first = statements[0];
  const last = statements[statements.length - 1];
  const { file, base } = now();
  const where =
    first && last
      ? span(file, first.span.start, last.span.end)
      : span(file, base + header.source.endIdx, base + header.source.endIdx);
  return make(where, { statements });
}

/** A block of one statement: the body of a closure on one line. */
export const blockOf = (statement: Stmt): Block => make(statement.span, { statements: [statement] });

/** An expression in the place of a statement. */
export const expressionStatement = (expr: Expr): Stmt => make(expr.span, { kind: 'expr' as const, expr });
