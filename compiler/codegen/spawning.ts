/**
 * Spawning. A group makes its threads empty first, so that each can be named by the others, and then starts them; the
 * machine makes one link for each pair that name each other.
 * Invariant: after a group every member's slot holds what its name means: the spawner's end if it took `self`, else a
 * reference.
 */
import type { Binding, Expr, SpawnExpr } from '../ast/ast.js';
import { expression } from './expressions.js';
import { implicitConnect } from './links.js';
import type { Body } from './scope.js';
import type { Local } from '../resolve/resolution.js';

export function spawn(b: Body, e: SpawnExpr): void {
  const f = b.frame;
  const known = knownSession(b, e);
  if (known === undefined) {
    // `spawn_empty()` under its written name has no session.
    f.op('spawn_empty');
    return;
  }
  spawnArguments(b, e.args);
  f.from(e.span);
  f.emit('call_constructor_spawn', [known.callee], 1 - e.args.length);
}

function knownSession(b: Body, e: SpawnExpr) {
  const entity = b.unit.entity(e.session.id);
  return entity === undefined ? undefined : b.unit.known(entity);
}

export function spawnArguments(b: Body, args: readonly Expr[]): void {
  for (const arg of args) {
    expression(b, arg, 'value');
    implicitConnect(b, arg.id);
  }
}

export function spawnGroup(b: Body, bindings: readonly Binding[]): void {
  const f = b.frame;
  const members: (Local | undefined)[] = [];
  for (const { pattern } of bindings) {
    f.op('spawn_empty');
    const local = pattern.kind === 'bind' ? b.unit.localOf(pattern.name.id) : undefined;
    if (local !== undefined) f.bind(local, f.under(0));
    members.push(local);
  }
  // Starting a member that takes `self` makes an end of the slot it is started through: the others still need the
  // thread, so members are started through copies, and those are what the names mean afterwards.
  const copied = bindings.some(({ value }) => value.kind === 'spawn' && value.args.some((a) => a.kind === 'self'));
  const names = f.depth - bindings.length;
  if (copied) bindings.forEach((_, i) => f.get({ area: 'stack', at: names + i }));
  const first = f.depth - bindings.length;
  bindings.forEach(({ value }, i) => {
    if (value.kind !== 'spawn') return;
    const known = knownSession(b, value);
    if (known === undefined) return;
    const there = alreadyOnTop(b, value.args);
    if (!there) spawnArguments(b, value.args);
    f.from(value.span);
    f.emit('call_constructor_async', [known.callee, f.slot({ area: 'stack', at: first + i })], 0);
    if (!there) f.pop(value.args.length);
  });
  members.forEach((local, i) => {
    if (local !== undefined) f.bind(local, { area: 'stack', at: first + i });
  });
}

/** Are the arguments the values on top of the stack already, in order? */
function alreadyOnTop(b: Body, args: readonly Expr[]): boolean {
  return args.every((arg, i) => {
    if (arg.kind !== 'path' || b.unit.typing.spawnArgs.get(arg.id) === 'connect') return false;
    const entity = b.unit.entity(arg.path.id);
    const place = entity?.kind === 'local' ? b.frame.placeOf(entity.local) : undefined;
    return place?.area === 'stack' && place.at === b.frame.depth - args.length + i;
  });
}
