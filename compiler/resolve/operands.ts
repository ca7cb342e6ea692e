/**
 * Variables and who reads and assigns them when.
 * The order of operands: they are evaluated from left to right, and each is what it was then. Whoever reads a variable
 * only where the operation happens asks here whether an operand further right assigns it.
 * Invariant: true wherever evaluating one of the parts may assign the variable; closures run elsewhere.
 */
import type { FunItem, LambdaExpr } from '../ast/ast.js';
import { eachNode } from '../ast/walk.js';
import type { Resolution, Local } from './resolution.js';

/** Whether a closure or local function captures a variable: one that somebody assigns after it was bound. */
export function sharesVariable(fun: LambdaExpr | FunItem, resolution: Resolution): boolean {
  const inside = new Set<unknown>();
  const captured: Local[] = [];
  eachNode(fun, (node) => {
    inside.add(node);
    const { id } = node as { id?: unknown };
    const entity = typeof id === 'number' ? resolution.uses.get(id) : undefined;
    if (entity?.kind === 'local' && entity.local.assigned) captured.push(entity.local);
  });
  return captured.some((local) => !inside.has(local.owner));
}

/** Whether evaluating one of these parts of the tree may assign the local. */
export function isReassigned(local: Local, parts: unknown, resolution: Resolution): boolean {
  if (!local.assigned || typeof parts !== 'object' || parts === null) return false;
  if (Array.isArray(parts)) return parts.some((part) => isReassigned(local, part, resolution));
  const { kind, name } = parts as { kind?: unknown; name?: { id?: unknown } };
  if (kind === 'lambda' || kind === 'local-fun') return false;
  if (kind === 'assign' && typeof name?.id === 'number') {
    const entity = resolution.uses.get(name.id);
    if (entity?.kind === 'local' && entity.local === local) return true;
  }
  return Object.entries(parts).some(
    ([key, part]) => key !== 'span' && key !== 'opSpan' && isReassigned(local, part, resolution),
  );
}
