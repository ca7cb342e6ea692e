/**
 * `type S = Shape`: a constructor without fields, or another name for the type `Shape`; the grammar reads it as the first, and only
 * the whole module tells which it is. Where the module declares such a type, it is the second.
 * Invariant: `type Shape = Shape` and `type S = | Shape` keep their constructor, and so does every type of several variants.
 */
import type { Item, Node, TypeBody, TypeExpr, TypeItem } from '../../ast/ast.js';

/** The items and nodes with such types as aliases. */
export function aliases(
  items: readonly Item[],
  nodes: readonly Node[],
): { readonly items: readonly Item[]; readonly nodes: readonly Node[] } {
  const types = new Set(items.flatMap((i) => (i.kind === 'type' || i.kind === 'extern-type' ? [i.name.text] : [])));
  const made = new Map<Node, Node>();
  const changed = items.map((item) => {
    const alias = item.kind === 'type' ? aliased(item, types, made) : undefined;
    if (alias !== undefined) made.set(item, alias);
    return alias ?? item;
  });
  return made.size === 0 ? { items, nodes } : { items: changed, nodes: nodes.map((node) => made.get(node) ?? node) };
}

function aliased(item: TypeItem, types: ReadonlySet<string>, made: Map<Node, Node>): TypeItem | undefined {
  const { body } = item;
  const only = body.kind === 'sum' && body.variants.length === 1 ? body.variants[0] : undefined;
  if (only === undefined || only.args.length > 0 || only.span.start !== body.span.start) return undefined;
  if (only.name.text === item.name.text || !types.has(only.name.text)) return undefined;
  const type: TypeExpr = { id: 0, span: only.span, kind: 'name', parts: [only.name], args: [] };
  const alias: TypeBody = { id: 0, span: body.span, kind: 'alias', type };
  made.set(only, type);
  made.set(body, alias);
  return { ...item, body: alias };
}
