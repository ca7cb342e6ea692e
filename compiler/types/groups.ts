/**
 * Groups of items that depend on each other: strongly connected components (Tarjan 1972), what is depended on first.
 * Without host recursion: chains of functions may be long.
 */
import type { Item } from '../ast/ast.js';

export function dependencyGroups(
  items: readonly Item[],
  references: ReadonlyMap<Item, ReadonlySet<Item>>,
): readonly (readonly Item[])[] {
  const index = new Map<Item, number>();
  const low = new Map<Item, number>();
  const onStack = new Set<Item>();
  const stack: Item[] = [];
  const groups: Item[][] = [];
  for (const root of items) {
    if (index.has(root)) continue;
    const work: { item: Item; next: Iterator<Item> }[] = [];
    const open = (item: Item): void => {
      index.set(item, index.size);
      low.set(item, index.get(item)!);
      stack.push(item);
      onStack.add(item);
      work.push({ item, next: (references.get(item) ?? new Set<Item>()).values() });
    };
    open(root);
    while (work.length > 0) {
      const top = work[work.length - 1]!;
      const step = top.next.next();
      if (step.done !== true) {
        if (!index.has(step.value)) open(step.value);
        else if (onStack.has(step.value)) low.set(top.item, Math.min(low.get(top.item)!, index.get(step.value)!));
        continue;
      }
      work.pop();
      const above = work[work.length - 1];
      if (above !== undefined) low.set(above.item, Math.min(low.get(above.item)!, low.get(top.item)!));
      if (low.get(top.item) !== index.get(top.item)) continue;
      const group: Item[] = [];
      let member: Item;
      do {
        member = stack.pop()!;
        onStack.delete(member);
        group.push(member);
      } while (member !== top.item);
      groups.push(group.reverse());
    }
  }
  return groups;
}
