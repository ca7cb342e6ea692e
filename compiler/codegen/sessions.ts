/**
 * Going on as a session: `loop` and calls of sessions. A call in tail position takes the place of the caller; one in
 * the middle is generated in place, as the protocol pass reads it.
 * Invariant: arguments are all evaluated before a parameter changes.
 */
import type { CallExpr, LoopStmt, Param } from '../ast/ast.js';
import type { Entity } from '../resolve/resolution.js';
import { nothing, statements, unwind } from './blocks.js';
import { expression } from './expressions.js';
import { implicitConnect } from './links.js';
import { match } from './matching.js';
import { enter, isTail, type Body, type Want } from './scope.js';

/** `loop(args)`: assigns the parameters and goes back to the start. */
export function restart(b: Body, s: LoopStmt): void {
  const f = b.frame;
  const depth = f.depth;
  const args = s.args ?? [];
  for (const arg of args) {
    expression(b, arg, 'value');
    implicitConnect(b, arg.id);
  }
  unwind(b, b.enclosing);
  for (let i = args.length - 1; i >= 0; i--) f.set({ area: 'param', at: i });
  f.release(0);
  f.pop(f.depth);
  f.from(s.span);
  f.jump(b.start, 'loop');
  f.depth = depth;
}

/** A call of a session, as a statement. */
export function callSession(b: Body, entity: Extract<Entity, { kind: 'session' }>, e: CallExpr, want: Want): void {
  const f = b.frame;
  const known = b.unit.known(entity);
  if (known === undefined) return nothing(b, want);
  if (want === 'return' && isTail(b) && b.ends === 'session') {
    sessionArguments(b, e);
    f.from(e.span);
    f.emit('tail_call_function', [known.callee], -e.args.length);
    f.live = false;
    return;
  }
  const item = entity.item;
  if (item === undefined) {
    sessionArguments(b, e);
    f.from(e.span);
    f.emit('call_function', [known.callee], -e.args.length);
    return nothing(b, want);
  }
  inlined(b, e, item.params, item.body.statements);
  nothing(b, want);
}

function sessionArguments(b: Body, e: CallExpr): void {
  for (const arg of e.args) {
    expression(b, arg, 'value');
    implicitConnect(b, arg.id);
  }
}

/** The callee's body in the place of the call; its `return` and its end go on behind the call. */
function inlined(b: Body, e: CallExpr, params: readonly Param[], body: Parameters<typeof statements>[1]): void {
  const f = b.frame;
  const mark = enter(b);
  const done = f.label();
  sessionArguments(b, e);
  const first = f.depth - params.length;
  params.forEach((p, i) => {
    const place = { area: 'stack' as const, at: first + i };
    if (p.pattern.kind === 'bind') {
      const local = b.unit.localOf(p.pattern.name.id);
      if (local !== undefined) f.bind(local, place);
    } else if (p.pattern.kind !== 'any') {
      f.get(place);
      match(b, p.pattern);
    }
  });
  const around = { kind: 'inlined' as const, done, depth: mark.depth, fixed: mark.fixed, wants: false };
  statements({ ...b, enclosing: [...b.enclosing, around] }, body, 'return');
  f.depth = mark.depth;
  f.place(done);
}
