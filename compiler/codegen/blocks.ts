/**
 * Blocks and statements, and leaving a body early. Invariant: after a block the stack is as before it, plus the value if
 * one was wanted; code after a statement that never goes on is not emitted.
 */
import type { Block, LetStmt, Stmt } from '../ast/ast.js';
import { leftBy } from '../resolve/leaving.js';
import { expression } from './expressions.js';
import { forLoop, whileLoop } from './loops.js';
import { match } from './matching.js';
import { put } from './pools.js';
import { givenAway, serve } from './serving.js';
import { declare, enter, leave, type Body, type Enclosing, type Want } from './scope.js';
import { restart } from './sessions.js';
import { spawnGroup } from './spawning.js';
import { watchFor } from './links.js';
import { closureOver } from './closures.js';

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

/** What stands for the value where there is none. */
export function nothing(b: Body, want: Want): void {
  if (want === 'value') b.frame.unit();
  else if (want === 'return') exitBody(b, false);
}

/** What becomes of a value that was pushed. */
export function settleValue(b: Body, want: Want): void {
  if (want === 'effect') b.frame.pop();
  else if (want === 'return') exitBody(b, true);
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

/**
 * Ends the body: with the top of the stack as its value if `has`. Regions of `try` around it are closed and their
 * finalizers run first.
 */
export function exitBody(b: Body, has: boolean): void {
  const f = b.frame;
  const inlined = b.enclosing.findLast((e) => e.kind === 'inlined');
  const wants = inlined?.kind === 'inlined' ? inlined.wants : b.ends === 'value';
  if (has && !wants) f.pop();
  if (!has && wants) f.unit();
  unwind(b, leftBy('return', b.enclosing));
  if (inlined?.kind === 'inlined') {
    f.release(inlined.fixed);
    const extra = f.depth - inlined.depth - (wants ? 1 : 0);
    if (wants) f.slide(extra);
    else f.pop(extra);
    f.jump(inlined.done);
  } else f.stop(b.ends === 'value' ? 'ret' : b.ends === 'void' ? 'ret_void' : 'close');
}

/** Closes the regions in `left`, innermost first, running each finalizer outside its own region. */
export function unwind(b: Body, left: readonly Enclosing[]): void {
  for (let i = left.length - 1; i >= 0; i--) {
    const region = left[i]!;
    if (region.kind !== 'region') continue;
    b.frame.op('end_try');
    const outer = b.enclosing.slice(0, b.enclosing.length - (left.length - i));
    if (region.finalizer !== undefined) block({ ...b, enclosing: outer }, region.finalizer, 'effect');
  }
}

function leaveLoop(b: Body, how: 'break' | 'continue'): void {
  const f = b.frame;
  const loop = b.enclosing.findLast((e) => e.kind === 'loop');
  if (loop?.kind !== 'loop') return;
  const before = f.depth;
  unwind(b, leftBy(how, b.enclosing));
  f.release(loop.fixed);
  const [to, depth] = how === 'break' ? [loop.onBreak, loop.breakDepth] : [loop.onContinue, loop.continueDepth];
  f.pop(f.depth - depth);
  f.jump(to);
  f.depth = before;
}
