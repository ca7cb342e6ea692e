/**
 * Lowering of spawns and groups.
 * Invariant: what the members are given is evaluated as written, left to right, before the one operation that starts them.
 */
import type { LetStmt, SpawnExpr } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import { globalKey } from '../../resolve/resolution.js';
import type { Local } from '../../resolve/resolution.js';
import type { Body, Context } from './body.js';
import { lowerExpression } from './body.js';
import type { Point, Slot, SpawnArg, SpawnMember } from './code.js';
import { argument, evaluate, kept, type PassedValue } from './lower-operands.js';
import { referenceOf } from './service-key.js';

export function lowerSpawn(body: Body, e: SpawnExpr, next: Point, context: Context, result?: Slot): Point {
  const { member, values } = spawnMember(body, e, result, new Map());
  if (member === undefined) return evaluate(values, next, context);
  return evaluate(values, body.emit({ op: 'spawn', members: [member], span: e.span, to: next }, context), context);
}

/**
 * `let p = spawn P(q) and q = spawn Q(p)`: the right sides are evaluated in the order written, and then one operation starts
 * all members. What is no `spawn` names none of them.
 */
export function lowerGroup(body: Body, s: LetStmt, next: Point, context: Context): Point {
  const group = new Map<Local, number>();
  const spawns = s.bindings.filter((b) => b.value.kind === 'spawn');
  spawns.forEach((b, i) => {
    const local = b.pattern.kind === 'bind' ? body.typing.resolution.binders.get(b.pattern.name.id) : undefined;
    if (local !== undefined) group.set(local, i);
  });
  const members: SpawnMember[] = [];
  const values = s.bindings.flatMap((b, i): PassedValue[] => {
    const result = body.patternSlot(b.pattern);
    const { value } = b;
    if (value.kind !== 'spawn')
      return [{ slot: undefined, lower: (to, c) => lowerExpression(body, value, to, c, result) }];
    const made = spawnMember(body, value, result, group, s.bindings.slice(i + 1));
    if (made.member !== undefined) members.push(made.member);
    return made.values;
  });
  const op = { op: 'spawn', members, span: s.span, to: next } as const;
  return evaluate(values, members.length === 0 ? next : body.emit(op, context), context);
}

function spawnMember(
  body: Body,
  e: SpawnExpr,
  result: Slot | undefined,
  group: ReadonlyMap<Local, number>,
  after: readonly unknown[] = [],
): { member?: SpawnMember; values: PassedValue[] } {
  const entity = body.entity(e.session.id);
  const values: PassedValue[] = [];
  const args = e.args.map((arg, i): SpawnArg => {
    const kind = body.typing.spawnArgs.get(arg.id);
    if (kind === 'self') return { kind: 'self' };
    const local = arg.kind === 'path' ? body.localOf(arg.path.id) : undefined;
    const member = local && group.get(local);
    if (member !== undefined && kind === 'group') return { kind: 'group', member };
    const value = kept(body, argument(body, arg), local, arg.span, [...e.args.slice(i + 1), ...after]);
    values.push(value);
    const service = referenceOf(body, arg);
    if (value.slot === undefined) return { kind: 'data', ...(service !== null && { service }) };
    return { kind: body.slots[value.slot]!.kind, slot: value.slot };
  });
  if (entity?.kind !== 'session') return { values };
  const linked = args.some((a) => a.kind === 'self');
  reportShape(body, e, args);
  const member: SpawnMember = {
    session: globalKey(entity.id),
    name: entity.id.name,
    span: e.span,
    args,
    ...(linked && result !== undefined && { result }),
  };
  return { member, values };
}

/** A pair of group members has at most one link. */
function reportShape(body: Body, e: SpawnExpr, args: readonly SpawnArg[]): void {
  const members = args.flatMap((a) => (a.kind === 'group' ? [a.member] : []));
  const twice = args.findIndex(
    (a, i) =>
      a.kind === 'group' &&
      members.includes(a.member) &&
      args.slice(0, i).some((b) => b.kind === 'group' && b.member === a.member),
  );
  if (twice >= 0)
    body.diagnostics.push(error('Q0319', e.args[twice]!.span, 'two members of a group have at most one link'));
}
