/**
 * Which sessions offer a service: those that accept clients, and those that go on as such a session, since the thread keeps
 * its address and its clients are served by whoever it goes on as.
 * Invariant: found before any body is inferred, so that every use of a session sees the same; chains of sessions may be long.
 */
import type { Item } from '../../ast/ast.js';
import { globalKey, type Owner, type Resolution } from '../../resolve/resolution.js';
import type { ModuleEnv } from './interface.js';

export function acceptorsOf(resolution: Resolution, env: ModuleEnv): Set<Owner> {
  const found = new Set<Owner>();
  for (const local of resolution.binders.values()) if (local.binder === 'client') found.add(local.owner);
  const sessions = new Map<string, Item>();
  for (const item of resolution.module.items)
    if (item.kind === 'session') sessions.set(globalKey({ module: resolution.name, name: item.name.text }), item);
  /** By session: those of this module that go on as it. */
  const before = new Map<Item, Owner[]>();
  for (const item of sessions.values()) {
    for (const { id } of callsIn(item)) {
      const entity = resolution.uses.get(id);
      if (entity?.kind !== 'session') continue;
      const own = sessions.get(globalKey(entity.id));
      if (own !== undefined) before.set(own, [...(before.get(own) ?? []), item as Owner]);
      else if (env.get(entity.id.module)?.sessions.get(entity.id.name)?.service !== undefined) found.add(item as Owner);
    }
  }
  for (const owner of found) for (const earlier of before.get(owner as Item) ?? []) found.add(earlier);
  return found;
}

/** Paths of what the body of a session calls by name itself, not in a closure or local function. */
function callsIn(item: Item): { readonly id: number }[] {
  const paths: { readonly id: number }[] = [];
  const work: unknown[] = [item];
  while (work.length > 0) {
    const node = work.pop();
    if (Array.isArray(node)) {
      for (const child of node as readonly unknown[]) work.push(child);
      continue;
    }
    if (typeof node !== 'object' || node === null) continue;
    const { kind, callee } = node as { kind?: unknown; callee?: { kind?: unknown; path?: { id: number } } };
    if (kind === 'lambda' || kind === 'local-fun') continue;
    if (kind === 'call' && callee?.kind === 'path' && callee.path !== undefined) paths.push(callee.path);
    for (const [key, child] of Object.entries(node)) if (key !== 'span' && key !== 'opSpan') work.push(child);
  }
  return paths;
}
