/**
 * Sending, connecting, watching. Invariant: a send reads its peer from the slot where it lives; a payload that may hold
 * ends or captured variables goes by `transfer_msg`, which moves and copies, any other by the cheaper `send_msg`.
 */
import type { ConnectExpr, SendExpr, WatchExpr } from '../../ast/ast.js';
import { isReassigned } from '../../resolve/operands.js';
import type { Local } from '../../resolve/resolution.js';
import { nothing } from '../body/leaving.js';
import type { Operand } from '../body/frame.js';
import { expression, type Body, type Want } from '../body/scope.js';
import { listTypes } from '../image/listed.js';
import { isPlain } from '../../types/module/plain.js';

/** The slot operand of a local as seen from the present top; it must not be an upvalue. */
export function slotOf(b: Body, local: Local): Operand {
  const place = b.frame.placeOf(local);
  if (place === undefined) throw new Error(`${local.name} has no place in ${b.name}`);
  return b.frame.slot(place);
}

export function send(b: Body, e: SendExpr, want: Want): void {
  const f = b.frame;
  const n = e.args.length;
  const entity = b.unit.entity(e.peer.id);
  const local = entity?.kind === 'local' ? entity.local : undefined;
  const place = local === undefined ? undefined : f.placeOf(local);
  const type = entity?.kind === 'local' ? b.unit.kindOf(entity.local) : 'reference';
  // A reference that is no slot of this frame (a constant, a captured variable) is pushed first, and so is what the payload assigns.
  const changed = local !== undefined && isReassigned(local, e.args, b.unit.typing.resolution);
  const pushed = place === undefined || place.upvalue === true || changed;
  if (pushed) {
    if (local !== undefined && place !== undefined) f.get(place);
    else if (entity?.kind === 'const') f.op('global', b.unit.global(entity.id.name));
  }
  const at = pushed ? f.under(0) : place;
  for (const arg of e.args) {
    expression(b, arg, 'value');
    implicitConnect(b, arg.id);
  }
  f.from(e.span);
  const plain = e.args.every((a) => isPlain(b.unit, b.unit.typeOf(a.id)));
  if (plain) for (const a of e.args) listTypes(b.unit, b.unit.typeOf(a.id));
  const [cheap, moving] = type === 'end' ? ['send_msg', 'transfer_msg'] : ['cast_msg', 'transfer_cast'];
  f.emit(plain ? cheap : moving, [n, f.slot(at), e.label.text], -n);
  if (pushed) f.pop();
  nothing(b, want);
}

/** A reference where an end is wanted connects. */
export function implicitConnect(b: Body, arg: number): void {
  if (b.unit.typing.spawnArgs.get(arg) === 'connect') b.frame.op('connect');
}

export function connect(b: Body, e: ConnectExpr): void {
  expression(b, e.service, 'value');
  b.frame.from(e.span);
  b.frame.op('connect');
}

/** `watch t` as a statement: the end that tells of its loss stays on the stack for the `Down` branches of this scope. */
export function watchFor(b: Body, e: WatchExpr): void {
  watchValue(b, e);
  const entity = e.thread.kind === 'path' ? b.unit.entity(e.thread.path.id) : undefined;
  if (entity?.kind === 'local') b.watched.set(entity.local, b.frame.under(0));
}

export function watchValue(b: Body, e: WatchExpr): void {
  expression(b, e.thread, 'value');
  b.frame.from(e.span);
  b.frame.op('watch');
}
