/**
 * Spawning. A group makes its threads empty first, so that each can be named by the others, and then starts them; the
 * machine makes one link for each pair that name each other.
 * Invariant: after a group every member's slot holds what its name means: the spawner's end if it took `self`, else a
 * reference.
 */
import type { Binding, Expr, SpawnExpr } from '../../ast/ast.js';
import { implicitConnect } from './links.js';
import { match } from '../body/matching.js';
import { expression, type Body } from '../body/scope.js';

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

/**
 * The right sides are evaluated in the order written, and then the members are started: if evaluating something could be
 * noticed, the arguments wait on the stack until then. What is no `spawn` is bound at its turn.
 */
export function spawnGroup(b: Body, bindings: readonly Binding[]): void {
  const f = b.frame;
  const group = bindings.flatMap(({ pattern, value }) =>
    value.kind === 'spawn'
      ? [{ spawn: value, local: pattern.kind === 'bind' ? b.unit.localOf(pattern.name.id) : undefined }]
      : [],
  );
  for (const { local } of group) {
    f.op('spawn_empty');
    if (local !== undefined) f.bind(local, f.under(0));
  }
  const names = f.depth - group.length;
  const apart = !group.every(({ spawn: e }) => e.args.every(isStill)) || group.length < bindings.length;
  const waiting = new Map<SpawnExpr, number>();
  for (const { pattern, value } of apart ? bindings : []) {
    if (value.kind === 'spawn') {
      waiting.set(value, f.depth);
      spawnArguments(b, value.args);
    } else {
      expression(b, value, 'value');
      match(b, pattern);
    }
  }
  // Starting a member that takes `self` makes an end of the slot it is started through: the others still need the
  // thread, so members are started through copies, and those are what the names mean afterwards.
  const copied = apart || group.some(({ spawn: e }) => e.args.some((a) => a.kind === 'self'));
  if (copied) group.forEach((_, i) => f.get({ area: 'stack', at: names + i }));
  const first = f.depth - group.length;
  group.forEach(({ spawn: e }, i) => {
    const known = knownSession(b, e);
    if (known === undefined) return;
    const from = waiting.get(e);
    const there = from === undefined && alreadyOnTop(b, e.args);
    if (from !== undefined) e.args.forEach((_, k) => f.get({ area: 'stack', at: from + k }));
    else if (!there) spawnArguments(b, e.args);
    f.from(e.span);
    f.emit('call_constructor_async', [known.callee, f.slot({ area: 'stack', at: first + i })], 0);
    if (!there) f.pop(e.args.length);
  });
  group.forEach(({ local }, i) => {
    if (local !== undefined) f.bind(local, { area: 'stack', at: first + i });
  });
}

/** Is the value the same whenever it is computed, before or after a member is started? */
const isStill = (e: Expr): boolean =>
  e.kind === 'literal' || e.kind === 'path' || e.kind === 'self' || e.kind === 'lambda';

/** Are the arguments the values on top of the stack already, in order? */
function alreadyOnTop(b: Body, args: readonly Expr[]): boolean {
  return args.every((arg, i) => {
    if (arg.kind !== 'path' || b.unit.typing.spawnArgs.get(arg.id) === 'connect') return false;
    const entity = b.unit.entity(arg.path.id);
    const place = entity?.kind === 'local' ? b.frame.placeOf(entity.local) : undefined;
    return place?.area === 'stack' && place.at === b.frame.depth - args.length + i;
  });
}
