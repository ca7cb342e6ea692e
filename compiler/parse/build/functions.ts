/**
 * Functions, at top level and local, and the doc comments that may stand above an item.
 * Invariant: a doc comment belongs to an item only if no other line is between them.
 */
import type { FunItem } from '../../ast/ast.js';
import type { Tree } from '../text/grammar.js';
import { at, block, make, name, now, optional } from './make.js';
import { annotated, params } from './patterns.js';

/** fun, name, Params?, Result?, sep, Block, end */
export function functionItem(tree: Tree): FunItem {
  const result = annotated(optional(tree.child(3)));
  const header = optional(tree.child(3)) ?? optional(tree.child(2)) ?? tree.child(1);
  return make(at(tree), {
    kind: 'fun' as const,
    ...docAbove(tree),
    name: name(tree.child(1)),
    params: params(optional(tree.child(2))),
    ...(result && { result }),
    body: block(header, tree.child(5)),
  });
}

/** The `##` lines directly above, without their marks. */
export function docAbove(tree: Tree): { readonly doc: readonly string[] } | undefined {
  const { file, base } = now();
  const doc: string[] = [];
  for (let line = file.position(base + tree.source.startIdx).line - 1; line >= 0; line--) {
    const text = file.line(line).trim();
    if (!text.startsWith('##') || text.startsWith('##{')) break;
    doc.unshift(text.slice(2).replace(/^ /, ''));
  }
  return doc.length > 0 ? { doc } : undefined;
}
