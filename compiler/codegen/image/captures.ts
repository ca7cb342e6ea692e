/**
 * Which locals of the surrounding bodies a closure or local function mentions: what its frame must be given when it is
 * made. Mentions inside closures nested in it count, since it must hand them on.
 * Invariant: the order is that of the locals' indices, so that it does not depend on the order of mentions.
 */
import type { Block, Expr, FunItem, LambdaExpr, Name, Path } from '../../ast/ast.js';
import type { Local, Owner, Resolution } from '../../resolve/resolution.js';
import { walkBlock } from '../../patterns/walk.js';

/** The free locals of a closure's body. A local function does not capture itself: it is called by name. */
export function captures(fun: LambdaExpr | FunItem, resolution: Resolution): readonly Local[] {
  const inner = new Set<Owner>([fun]);
  const mentioned = new Set<Local>();
  const mention = (node: Name | Path): void => {
    const entity = resolution.uses.get(node.id);
    if (entity?.kind === 'local') mentioned.add(entity.local);
  };
  const body: Block = fun.body;
  walkBlock(body, {
    expr: (e) => {
      if (e.kind === 'lambda') inner.add(e);
      mentionsOf(e).forEach(mention);
    },
    stmt: (s) => {
      if (s.kind === 'local-fun') inner.add(s.fun);
      else if (s.kind === 'assign' || s.kind === 'drop') mention(s.name);
    },
  });
  return [...mentioned].filter((l) => !inner.has(l.owner)).sort((a, b) => a.index - b.index);
}

/** The names an expression itself mentions, leaving out its sub-expressions. */
function mentionsOf(e: Expr): readonly (Name | Path)[] {
  switch (e.kind) {
    case 'path':
      return [e.path];
    case 'send':
      return [e.peer];
    case 'on':
      return e.branches.flatMap((b) => (b.kind === 'message' && b.source?.kind === 'peer' ? [b.source.name] : []));
    default:
      return [];
  }
}
