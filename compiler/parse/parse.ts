/**
 * Parse: from a source file to the abstract syntax of a module. A file is cut into top-level items and each is matched
 * by itself, so that every item can report its own syntax error.
 * Invariant: `parse` never throws, whatever the text; what it returns holds every item that could be parsed.
 */
import type { Item, Module, Node } from '../ast/ast.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { error } from '../diagnostics/diagnostic.js';
import type { SourceFile } from '../source/source.js';
import { span } from '../source/source.js';
import { buildItems } from './build.js';
import { match } from './grammar.js';
import type { Making } from './make.js';

export interface Parsed {
  readonly module: Module;
  readonly diagnostics: readonly Diagnostic[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function parse(file: SourceFile): Parsed {
  const items: Item[] = [];
  const diagnostics: Diagnostic[] = [];
  const nodes: Node[] = [];
  const found = match(file.text, 'Piece');
  if (found.failed()) {
    const place = found.getRightmostFailurePosition();
    diagnostics.push(error('Q0001', span(file, place, place), `expected ${found.getExpectedText()}`));
  } else {
    const state: Making = { file, base: 0, nodes, problems: diagnostics, parenthesised: new WeakSet() };
    items.push(...buildItems(found, state));
  }
  number(nodes, 1);
  const module: Module = {
    id: 0,
    span: span(file, 0, file.text.length),
    items,
    idCount: nodes.length + 1,
  };
  return { module, diagnostics };
}

/** Gives ids in source order, a parent before its children. */
function number(nodes: readonly Node[], first: number): void {
  const order = nodes.map((node, made) => ({ node, made }));
  // Children are made before their parents, so of two with the same place the later one is the outer.
  order.sort((a, b) => a.node.span.start - b.node.span.start || b.node.span.end - a.node.span.end || b.made - a.made);
  order.forEach(({ node }, index) => {
    (node as Mutable<Node>).id = first + index;
  });
}
