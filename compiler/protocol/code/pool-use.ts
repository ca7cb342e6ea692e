/**
 * What cannot be right about a pool, told from the text: members put back into the pool that a `for` is emptying, and a pool into which
 * nothing is ever put.
 * Invariant: says nothing of a pool that somebody else gave or gets.
 */
import type { CallExpr, Expr, ForStmt, PutStmt, Stmt } from '../../ast/ast.js';
import { eachNode } from '../../ast/walk.js';
import { error, type Diagnostic } from '../../diagnostics/diagnostic.js';
import type { Local } from '../../resolve/resolution.js';
import type { Typing } from '../../types/module/typing.js';

export function poolMistakes(typing: Typing): Diagnostic[] {
  return [...putBack(typing), ...neverFilled(typing)];
}

/** The pool that an expression names. */
function poolIn(typing: Typing, e: Expr): Local | undefined {
  const entity = e.kind === 'path' ? typing.resolution.uses.get(e.path.id) : undefined;
  if (entity?.kind !== 'local') return undefined;
  return typing.locals.get(entity.local)?.kind === 'pool' ? entity.local : undefined;
}

function putBack(typing: Typing): Diagnostic[] {
  const found: Diagnostic[] = [];
  eachNode(typing.resolution.module.items, (node) => {
    const loop = node as ForStmt;
    const pool = loop.kind === 'for' && 'body' in loop ? poolIn(typing, loop.source) : undefined;
    if (pool === undefined) return;
    eachNode(loop.body, (inner) => {
      const put = inner as PutStmt;
      if (put.kind !== 'put' || poolIn(typing, put.pool) !== pool) return;
      found.push(
        error('Q0251', put.span, `\`${pool.name}\` is being emptied here: what is put back would be taken out again`, {
          labels: [{ span: loop.source.span, text: 'this loop takes members out until none is left' }],
          hints: [
            `put them into another pool, and go on with that one: \`let rest = pool()\` before the loop, \`put .. in rest\` inside`,
            'a pool may be filled again from a message loop: `serve` puts each member back by itself',
          ],
        }),
      );
    });
  });
  return found;
}

/** Where members are looked for. */
const TAKES: ReadonlySet<unknown> = new Set(['for', 'serve', 'take', 'any']);

function neverFilled(typing: Typing): Diagnostic[] {
  const { module, binders, uses } = typing.resolution;
  const made = new Map<Local, CallExpr>();
  const taken = new Map<Local, Expr>();
  /** Pools that are filled, or go where somebody else may fill them. */
  const others = new Set<Local>();
  /** The expressions that name a pool to take from it, or drop it. */
  const harmless = new Set<unknown>();
  eachNode(module.items, (node) => {
    const s = node as Stmt | { kind: 'take' | 'any'; pool: Expr };
    if (s.kind === 'let' && s.bindings.length === 1) note(s.bindings[0]!.pattern, s.bindings[0]!.value);
    if (s.kind === 'assign') note({ kind: 'bind', name: s.name }, s.value);
    if (s.kind === 'drop') harmless.add(s.name.id);
    const pool = !TAKES.has(s.kind) ? undefined : s.kind === 'for' && 'source' in s ? s.source : 'pool' in s ? s.pool : undefined; // prettier-ignore
    const local = pool && poolIn(typing, pool);
    if (pool?.kind === 'path' && local !== undefined) {
      harmless.add(pool.path.id);
      if (!taken.has(local)) taken.set(local, pool);
    }
  });
  for (const [id, entity] of uses) if (entity.kind === 'local' && !harmless.has(id)) others.add(entity.local);
  return [...made].flatMap(([local, call]) => {
    const first = taken.get(local);
    if (first === undefined || others.has(local)) return [];
    return error('Q0252', first.span, `nothing is ever put into \`${local.name}\``, {
      label: 'nobody can be taken out of it',
      labels: [{ span: call.span, text: 'it is empty here' }],
      hints: [`\`put p in ${local.name}\` puts the end p into it`],
    });
  });

  function note(pattern: { readonly kind: string; readonly name?: { readonly id: number } }, value: Expr): void {
    if (pattern.kind !== 'bind' || value.kind !== 'call' || value.callee.kind !== 'path') return;
    const entity = uses.get(value.callee.path.id);
    const local = binders.get(pattern.name!.id);
    if (local === undefined || local.assigned || entity?.kind !== 'extern-fun') return;
    if (entity.id.module === '' && entity.id.name === 'pool') made.set(local, value);
  }
}
