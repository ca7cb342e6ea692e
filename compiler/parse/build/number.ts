/**
 * The last step of parsing: ids for the nodes, and the limit of depth that keeps every later pass off the end of the
 * host's stack.
 * Invariant: ids are dense, in source order, a parent before its children.
 */
import type { Node } from '../../ast/ast.js';
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { SourceFile } from '../../source/source.js';
import { span } from '../../source/source.js';
import type { Piece } from '../text/cut.js';
import type { Token } from '../text/tokens.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Gives ids from `first` on to nodes in source order; returns the first id that is free. */
export function numberNodes(nodes: readonly Node[], first: number): number {
  nodes.forEach((node, index) => {
    (node as Mutable<Node>).id = first + index;
  });
  return first + nodes.length;
}

/** Children are made before their parents, so of two with the same place the later one is the outer. */
export function inSourceOrder(nodes: readonly Node[]): readonly Node[] {
  return nodes.toReversed().sort((a, b) => a.span.start - b.span.start || b.span.end - a.span.end);
}

/** How deep a tree may be: nodes inside nodes. Rows are cut long before (`rows.ts`), so it is the text that is nested. */
export const DEEPEST = 1000;

/** Whether nodes are nested more than `most` deep; by itself not recursive. */
export function isDeeper(items: readonly Node[], most: number): boolean {
  let level: readonly object[] = items;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    const below: object[] = [];
    for (const node of level) childNodes(node, below);
    level = below;
  }
  return false;
}

/** The nodes directly below, those in lists and in parts without an id included. */
function childNodes(parent: object, found: object[]): void {
  for (const [key, child] of Object.entries(parent) as [string, unknown][]) {
    if (key === 'span' || key === 'opSpan' || typeof child !== 'object' || child === null) continue;
    if ('id' in child) found.push(child);
    else if (!ArrayBuffer.isView(child)) childNodes(child, found);
  }
}

/** The report of a piece that is nested too deeply, at its innermost bracket. */
export function tooDeep(file: SourceFile, all: readonly Token[], piece: Piece): Diagnostic {
  let depth = 0;
  let deepest = 0;
  let where = span(file, piece.start, piece.start);
  for (const token of all) {
    if (token.start < piece.start || token.end > piece.end) continue;
    if (deepest === 0) where = span(file, token.start, token.end);
    if ('([{#{'.includes(token.text)) {
      depth++;
      if (depth > deepest) {
        deepest = depth;
        where = span(file, token.start, token.end);
      }
    } else if (')]}'.includes(token.text)) depth--;
    if (deepest >= 100) break;
  }
  return error('Q0016', where, 'this is nested too deeply', {
    label: deepest > 10 ? `${deepest} brackets are open here` : 'in this item',
    hints: ['give parts of it names with `let`, or move them into functions of their own'],
  });
}
