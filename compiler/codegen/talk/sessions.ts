/**
 * Going on as a session: `loop` and calls of sessions. A call in tail position takes the place of the caller; one in
 * the middle is generated in place, or called where the session is another module's: at its end it comes back.
 * Invariant: arguments are all evaluated before a parameter changes.
 */
import type { CallExpr, LoopStmt } from '../../ast/ast.js';
import type { Entity } from '../../resolve/resolution.js';
import { leftBy } from '../../resolve/leaving.js';
import { nothing, unwind } from '../body/leaving.js';
import { again, around, assign, endsCall, inline, pushArguments } from './inlining.js';
import { isTail, type Body, type Want } from '../body/scope.js';

/** `loop(args)`: assigns the parameters and goes back to the start. */
export function restart(b: Body, s: LoopStmt): void {
  const f = b.frame;
  const depth = f.depth;
  const args = s.args ?? [];
  const call = b.enclosing.findLast((e) => e.kind === 'inlined');
  f.from(s.span);
  pushArguments(b, args);
  unwind(b, leftBy('loop', b.enclosing));
  if (call?.kind === 'inlined') {
    assign(b, call.params.slice(0, args.length));
    f.pop(f.depth - call.depth);
    f.jump(call.start, 'loop');
  } else {
    assign(b, args.map((_, i) => ({ area: 'param', at: i }))); // prettier-ignore
    f.release(0);
    f.pop(f.depth);
    f.jump(b.start, 'loop');
  }
  f.depth = depth;
}

/** A call of a session, as a statement. */
export function callSession(b: Body, entity: Extract<Entity, { kind: 'session' }>, e: CallExpr, want: Want): void {
  const f = b.frame;
  const known = b.unit.known(entity);
  if (known === undefined) return nothing(b, want);
  const item = entity.item;
  if (want === 'return' && isTail(b) && b.ends === 'session') {
    pushArguments(b, e.args);
    f.from(e.span);
    f.emit('tail_call_function', [known.callee], -e.args.length);
    f.live = false;
    return;
  }
  const call = around(b, item);
  if (call !== undefined && endsCall(b, want)) return again(b, call, e.args);
  if (item === undefined) {
    pushArguments(b, e.args);
    f.from(e.span);
    f.emit('call_function', [known.callee], -e.args.length);
  } else inline(b, item, e.args, false);
  nothing(b, want);
}
