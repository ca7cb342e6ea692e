/**
 * A walk over a tree for passes that look for a few kinds of nodes and need not know the others.
 * Invariant: whatever lies below is seen, parents before children, in the order of their fields; spans are no nodes; trees may be
 * of any depth.
 */
export function eachNode(tree: unknown, see: (node: object) => void): void {
  const open: unknown[] = [tree];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    const isList = Array.isArray(next);
    if (!isList) see(next);
    const below = isList ? next : Object.entries(next).flatMap(([key, child]) => (isPlace(key) ? [] : [child]));
    for (let i = below.length - 1; i >= 0; i--) open.push(below[i]);
  }
}

const isPlace = (key: string): boolean => key === 'span' || key === 'opSpan';
