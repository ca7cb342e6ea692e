/**
 * Names in statements and blocks, and whether jumps stand where they can jump.
 * Invariant: a name bound by a statement is in scope from the next statement to the end of the block; names of a group
 * (`let a = .. and b = ..`) in all of its right-hand sides too.
 */
import type { Binding, Block, FunItem, LetStmt, Stmt } from '../ast/ast.js';
import { error } from '../diagnostics/diagnostic.js';
import { resolveExpr } from './expressions.js';
import { bindPatterns } from './patterns.js';
import { Scope } from './scope.js';
import { type Frame, inner, type Resolver } from './resolver.js';
import { resolveType } from './types.js';

export function resolveBlock(r: Resolver, frame: Frame, block: Block): void {
  for (const s of block.statements) resolveStatement(r, frame, s);
}

function resolveStatement(r: Resolver, frame: Frame, s: Stmt): void {
  switch (s.kind) {
    case 'let': {
      for (const b of s.bindings) if (b.annotation !== undefined) resolveType(r, b.annotation);
      const bind = (): void => {
        const patterns = s.bindings.map((b) => b.pattern);
        bindPatterns(r, frame, patterns, 'let');
      };
      if (s.bindings.length > 1) bind();
      for (const b of s.bindings) resolveMember(r, frame, s, b);
      if (s.bindings.length === 1) bind();
      return;
    }
    case 'var':
      if (s.annotation !== undefined) resolveType(r, s.annotation);
      resolveExpr(r, frame, s.value);
      r.bind(frame, s.name, 'var');
      return;
    case 'assign':
      resolveExpr(r, frame, s.value);
      return resolveAssign(r, frame, s);
    case 'local-fun':
      r.bind(frame, s.fun.name, 'fun');
      return resolveFunction(r, s.fun, frame.scope);
    case 'while':
      resolveExpr(r, frame, s.condition);
      return resolveBlock(r, { ...inner(frame), loop: true }, s.body);
    case 'for': {
      resolveExpr(r, frame, s.source);
      const scope = { ...inner(frame), loop: true };
      bindPatterns(r, scope, [s.pattern], 'for');
      return resolveBlock(r, scope, s.body);
    }
    case 'serve': {
      resolveExpr(r, frame, s.pool);
      const scope = { ...inner(frame), loop: true };
      r.bind(scope, s.name, 'pool-member');
      return resolveBlock(r, scope, s.body);
    }
    case 'put':
      resolveExpr(r, frame, s.end);
      if (s.datum !== undefined) resolveExpr(r, frame, s.datum);
      return resolveExpr(r, frame, s.pool);
    case 'drop': {
      r.peers.add(s.name.id);
      const cell = frame.scope.find(s.name.text);
      if (cell !== undefined) r.useLocal(frame, s.name.id, cell);
      else r.undefinedName(s.name, () => [...frame.scope.all()].map((c) => c.name)); // prettier-ignore
      return;
    }
    case 'loop':
      sessionOnly(r, frame, s, '`loop`', 'use `while` or a recursive call');
      return s.args?.forEach((a) => resolveExpr(r, frame, a));
    case 'close':
      return sessionOnly(r, frame, s, '`close`', 'use `return` to leave a function');
    case 'fail':
      resolveExpr(r, frame, s.value);
      return sessionOnly(r, frame, s, '`fail`', 'use `raise` in a function');
    case 'raise':
      return resolveExpr(r, frame, s.value);
    case 'return':
      if (s.value !== undefined) resolveExpr(r, frame, s.value);
      return;
    case 'break':
    case 'continue':
      if (!frame.loop)
        r.report(error('Q0109', s.span, `\`${s.kind}\` stands outside of \`while\`, \`for\` and \`serve\``));
      return;
    case 'expr':
      return resolveExpr(r, frame, s.expr);
  }
}

/** In a group only threads can name each other: what is not spawned does not exist before its own value. */
function resolveMember(r: Resolver, frame: Frame, group: LetStmt, b: Binding): void {
  const before = r.uses.size;
  resolveExpr(r, frame, b.value);
  if (group.bindings.length === 1 || b.value.kind === 'spawn') return;
  const names = new Set(
    group.bindings.flatMap((x) => (x.pattern.kind === 'bind' ? [r.binders.get(x.pattern.name.id)] : [])),
  );
  const inside = [...r.uses.values()].slice(before);
  if (inside.some((entity) => entity.kind === 'local' && names.has(entity.local)))
    r.report(
      error('Q0110', b.span, 'a group binds threads that name each other: each right side must be a `spawn`', {
        hints: ['functions that call each other are written with `fun`'],
      }),
    );
}

function sessionOnly(r: Resolver, frame: Frame, s: Stmt, what: string, hint: string): void {
  if (frame.owner.kind !== 'session')
    r.report(error('Q0109', s.span, `${what} stands outside of a session`, { hints: [hint] }));
}

/** `x = e`: assigns the local of that name, or binds a new one. */
function resolveAssign(r: Resolver, frame: Frame, s: Extract<Stmt, { kind: 'assign' }>): void {
  const cell = frame.scope.find(s.name.text);
  if (cell === undefined) {
    r.bind(frame, s.name, 'assign');
    return;
  }
  r.useLocal(frame, s.name.id, cell);
  cell.assigned = true;
  if (!cell.mutable)
    r.report(
      error('Q0105', s.name.span, `\`${cell.name}\` cannot be assigned: it is not a \`var\``, {
        labels: [{ span: cell.span, text: 'bound here' }],
        hints: [`write \`var ${cell.name} = ...\` where it is bound, or \`let ${cell.name} = ...\` for a new one`],
      }),
    );
}

/** Parameters and body of a function or session; `outer` is the scope around a local function. */
export function resolveFunction(r: Resolver, item: FunItem, outer: Scope | undefined): void {
  const frame: Frame = { scope: new Scope(outer, item), owner: item, loop: false };
  for (const p of item.params) if (p.annotation !== undefined) resolveType(r, p.annotation);
  if (item.result !== undefined) resolveType(r, item.result);
  bindPatterns(
    r,
    frame,
    item.params.map((p) => p.pattern),
    'param',
  );
  resolveBlock(r, frame, item.body);
}
