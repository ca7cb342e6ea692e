/**
 * A walk over a tree for passes that look for a few kinds of nodes and need not know the others.
 * Invariant: whatever lies below is seen, parents before children, in the order of their fields; spans are no nodes.
 */
export function eachNode(tree: unknown, see: (node: object) => void): void {
  if (Array.isArray(tree)) return tree.forEach((x) => eachNode(x, see));
  if (typeof tree !== 'object' || tree === null) return;
  see(tree);
  for (const [key, child] of Object.entries(tree)) if (key !== 'span' && key !== 'opSpan') eachNode(child, see);
}
