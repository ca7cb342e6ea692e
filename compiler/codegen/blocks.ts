/**
 * Blocks and statements. Invariant: after a block the stack is as before it, plus the value if
 * one was wanted; code after a statement that never goes on is not emitted.
 */
import type { Block, LetStmt, Stmt } from '../ast/ast.js';
import { leftBy } from '../resolve/leaving.js';
import { forLoop, whileLoop } from './forms/loops.js';
import { match } from './body/matching.js';
import { put } from './talk/pools.js';
import { serve } from './talk/serving.js';
import { exitBody, leaveLoop, nothing, unwind } from './body/leaving.js';
import { declare, enter, expression, givenAway, leave, type Body, type Want } from './body/scope.js';
import { restart } from './talk/sessions.js';
import { spawnGroup } from './talk/spawning.js';
import { watchFor } from './talk/links.js';
import { closureOver } from './body/closures.js';

/** A block as a scope of its own. */
export function block(b: Body, node: Block, want: Want): void {
  const mark = enter(b);
  const f = b.frame;
  statements(b, node.statements, want);
  if (want === 'return') f.depth = mark.depth;
  else leave(b, mark, want === 'value');
}

/** Statements in the current scope; the last one's value is the value. */
export function statements(b: Body, list: readonly Stmt[], want: Want): void {
  const last = list.at(-1);
  list.slice(0, -1).forEach((s) => statement(b, s));
  if (last?.kind === 'expr') {
    b.frame.from(last.span);
    expression(b, last.expr, want);
    return;
  }
  if (last !== undefined) statement(b, last);
  nothing(b, want);
}

function statement(b: Body, s: Stmt): void {
  const f = b.frame;
  f.from(s.span);
  switch (s.kind) {
    case 'let':
      return letStatement(b, s);
    case 'var': {
      const local = b.unit.localOf(s.name.id);
      expression(b, s.value, 'value');
      if (local !== undefined) declare(b, local);
      return;
    }
    case 'assign': {
      const bound = b.unit.typing.resolution.binders.get(s.name.id);
      expression(b, s.value, 'value');
      if (bound !== undefined) return declare(b, bound);
      const local = b.unit.localOf(s.name.id);
      const place = local === undefined ? undefined : f.placeOf(local);
      if (place !== undefined) f.set(place);
      return;
    }
    case 'local-fun': {
      const local = b.unit.localOf(s.fun.name.id);
      const lifted = b.unit.lift(s.fun, b.name, local);
      closureOver(b, lifted);
      if (local !== undefined) declare(b, local);
      return;
    }
    case 'while':
      return whileLoop(b, s);
    case 'for':
      return forLoop(b, s);
    case 'serve':
      return serve(b, s);
    case 'put':
      return put(b, s);
    case 'drop': {
      const local = b.unit.localOf(s.name.id);
      const place = local === undefined ? undefined : f.placeOf(local);
      if (place !== undefined) f.op('drop', f.slot(place));
      if (local !== undefined) givenAway(b, local);
      return;
    }
    case 'loop':
      return restart(b, s);
    case 'close': {
      const depth = f.depth;
      unwind(b, leftBy('close', b.enclosing));
      f.stop('close');
      f.depth = depth;
      return;
    }
    case 'fail':
    case 'raise':
      expression(b, s.value, 'value');
      f.from(s.span);
      return f.stop('raise');
    case 'return': {
      const depth = f.depth;
      if (s.value === undefined) exitBody(b, false);
      else expression(b, s.value, 'return');
      f.live = false;
      f.depth = depth;
      return;
    }
    case 'break':
    case 'continue':
      return leaveLoop(b, s.kind);
    case 'expr':
      if (s.expr.kind === 'watch') return watchFor(b, s.expr);
      return expression(b, s.expr, 'effect');
  }
}

function letStatement(b: Body, s: LetStmt): void {
  if (s.bindings.length > 1 && s.bindings.some((x) => x.value.kind === 'spawn')) return spawnGroup(b, s.bindings);
  for (const { pattern, value } of s.bindings) {
    expression(b, value, 'value');
    match(b, pattern);
  }
}
