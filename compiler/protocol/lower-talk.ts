/**
 * Lowering of what deals with ends directly: sends, waits, spawns, groups, connections, calls that pass ends.
 * Invariant: arguments and payloads are evaluated before the action, left to right; an end passed on is named by its slot.
 */
import type { Binding, CallExpr, Expr, LetStmt, MessageBranch, OnExpr, SpawnExpr, Stmt } from '../ast/ast.js';
import { error } from '../diagnostics/diagnostic.js';
import { globalKey } from '../resolve/resolution.js';
import type { Local } from '../resolve/resolution.js';
import type { Body, Context } from './body.js';
import { carriedOf } from './body.js';
import type { Op, Passed, Point, Slot, SpawnArg, SpawnMember, WaitBranch, WaitSource } from './code.js';
import { lowerExpression } from './lower-expression.js';
import { lowerBlock } from './lower.js';
import { localReference, referenceOf } from './service-key.js';

/** A value to be passed: how to evaluate it, and the slot that holds it if it is an end or a pool. */
export interface PassedValue {
  readonly slot: Passed;
  readonly lower: (next: Point, context: Context) => Point;
}

/** `wants`: what the receiver takes, if known; a reference passed where an end is wanted connects. */
export function passed(body: Body, e: Expr, wants?: 'end'): PassedValue {
  const local = e.kind === 'path' ? body.localOf(e.path.id) : undefined;
  const slot = local && body.slot(local);
  if (slot !== undefined) return { slot, lower: (next) => next };
  const type = body.typeOf(e.id);
  if (wants === 'end' && (type?.kind === 'service' || e.kind === 'self')) {
    const temporary = body.temporary('_', 'end', e.span);
    return {
      slot: temporary,
      lower: (next, context) => {
        const service = referenceOf(body, e) ?? '?';
        const op = { op: 'connect', service, slot: temporary, span: e.span, to: next } as const;
        return lowerExpression(body, e, body.emit(op, context), context);
      },
    };
  }
  const linear = body.linear(e.id);
  if (linear === undefined)
    return { slot: undefined, lower: (next, context) => lowerExpression(body, e, next, context) };
  const temporary = body.temporary('_', linear, e.span);
  return { slot: temporary, lower: (next, context) => lowerExpression(body, e, next, context, temporary) };
}

/** An argument of a session or function called by name; a reference where it takes an end connects. */
export function argument(body: Body, e: Expr): PassedValue {
  return passed(body, e, body.typing.spawnArgs.get(e.id) === 'connect' ? 'end' : undefined);
}

export function evaluate(values: readonly PassedValue[], next: Point, context: Context): Point {
  return values.reduceRight((point, value) => value.lower(point, context), next);
}

export function lowerSend(body: Body, e: Extract<Expr, { kind: 'send' }>, next: Point, context: Context): Point {
  const local = body.localOf(e.peer.id);
  const values = e.args.map((a) => passed(body, a));
  if (local === undefined) return evaluate(values, next, context);
  const message = {
    label: e.label.text,
    carried: e.args.map((a) => carriedOf(body.typeOf(a.id))),
    gives: values.map((v) => v.slot),
    services: e.args.map((a) => referenceOf(body, a)),
    span: e.span,
    to: next,
  };
  const slot = body.slot(local);
  if (slot !== undefined) return evaluate(values, body.emit({ op: 'send', slot, ...message }, context), context);
  const service = localReference(body, local);
  return evaluate(values, body.emit({ op: 'cast', service, ...message }, context), context);
}

export function lowerOn(body: Body, e: OnExpr, next: Point, context: Context, result?: Slot): Point {
  const branches: WaitBranch[] = [];
  let after: Point | undefined;
  let milliseconds: Expr | undefined;
  let source: WaitSource | undefined;
  for (const b of e.branches) {
    if (b.kind === 'message') rememberReceived(body, b);
    const to = lowerBlock(body, b.body, next, context, result);
    if (b.kind === 'after') {
      after = to;
      milliseconds = b.milliseconds;
      continue;
    }
    source = sourceOf(body, b) ?? (b.source === undefined ? source : undefined);
    if (source === undefined) continue;
    const types = body.typing.payloads.get(b.id) ?? [];
    branches.push({
      source,
      label: b.label.text,
      down: b.label.text === 'Down',
      carried: b.params.map((p, i) => carriedOf(types[i] ?? body.typeOf(p.pattern.id))),
      binds: b.params.map((p) => body.patternSlot(p.pattern)),
      span: b.source === undefined ? b.label.span : { ...b.label.span, end: b.source.span.end },
      to,
    });
  }
  if (branches.length === 0 && after === undefined) return next;
  const op = { op: 'wait', branches, span: headSpan(e), ...(after !== undefined && { after }) } as const;
  const wait = body.emit(op, context);
  return milliseconds === undefined ? wait : lowerExpression(body, milliseconds, wait, context);
}

function rememberReceived(body: Body, b: MessageBranch): void {
  b.params.forEach((p, i) => {
    const local = p.pattern.kind === 'bind' ? body.typing.resolution.binders.get(p.pattern.name.id) : undefined;
    if (local !== undefined) body.received.set(local, `M:${b.label.text}:${i}`);
  });
}

function headSpan(e: OnExpr): Op['span'] {
  const first = e.branches[0];
  if (first?.kind !== 'message') return e.span;
  return { ...e.span, end: first.source?.span.end ?? first.params.at(-1)?.span.end ?? first.label.span.end };
}

function sourceOf(body: Body, b: MessageBranch): WaitSource | undefined {
  const source = b.source;
  if (source === undefined) {
    const found = body.typing.sources.get(b.id);
    const slot = found && body.slot(found);
    return slot === undefined ? undefined : { kind: 'end', slot };
  }
  const client = body.typing.resolution.binders.get(source.name.id);
  if (source.kind === 'any') {
    const pool = passed(body, source.pool).slot;
    const slot = (client && body.slot(client)) ?? body.temporary(source.name.text, 'end', source.name.span);
    return pool === undefined ? undefined : { kind: 'any', pool, slot };
  }
  if (client !== undefined) {
    const slot = body.slot(client);
    return { kind: 'accept', ...(slot !== undefined && { slot }) };
  }
  const local = body.localOf(source.name.id);
  if (local === undefined) return undefined;
  const slot = body.slot(local);
  if (slot !== undefined) return { kind: 'end', slot };
  return { kind: 'watch', name: local.name, thread: localReference(body, local) };
}

export function lowerSpawn(body: Body, e: SpawnExpr, next: Point, context: Context, result?: Slot): Point {
  const { member, values } = spawnMember(body, e, result, new Map());
  if (member === undefined) return evaluate(values, next, context);
  return evaluate(values, body.emit({ op: 'spawn', members: [member], span: e.span, to: next }, context), context);
}

/** `let p = spawn P(q) and q = spawn Q(p)`: one operation for all members. */
export function lowerGroup(body: Body, s: LetStmt, next: Point, context: Context): Point {
  const members = new Map<Local, number>();
  const spawned: { binding: Binding; spawn: SpawnExpr }[] = [];
  for (const binding of s.bindings) {
    if (binding.value.kind !== 'spawn' || binding.pattern.kind !== 'bind') continue;
    const local = body.typing.resolution.binders.get(binding.pattern.name.id);
    if (local !== undefined) members.set(local, spawned.length);
    spawned.push({ binding, spawn: binding.value });
  }
  const made = spawned.map(({ binding, spawn }) =>
    spawnMember(body, spawn, body.patternSlot(binding.pattern), members),
  );
  const list = made.flatMap((m) => (m.member === undefined ? [] : [m.member]));
  const op = body.emit({ op: 'spawn', members: list, span: s.span, to: next }, context);
  const rest = s.bindings.filter((b) => !spawned.some((x) => x.binding === b));
  const before = rest.reduceRight(
    (point, b) => lowerExpression(body, b.value, point, context, body.patternSlot(b.pattern)),
    list.length === 0 ? next : op,
  );
  return evaluate(
    made.flatMap((m) => m.values),
    before,
    context,
  );
}

function spawnMember(
  body: Body,
  e: SpawnExpr,
  result: Slot | undefined,
  group: ReadonlyMap<Local, number>,
): { member?: SpawnMember; values: PassedValue[] } {
  const entity = body.entity(e.session.id);
  const values: PassedValue[] = [];
  const args = e.args.map((arg): SpawnArg => {
    const kind = body.typing.spawnArgs.get(arg.id);
    if (kind === 'self') return { kind: 'self' };
    const local = arg.kind === 'path' ? body.localOf(arg.path.id) : undefined;
    const member = local && group.get(local);
    if (member !== undefined && kind === 'group') return { kind: 'group', member };
    const value = passed(body, arg, kind === 'connect' ? 'end' : undefined);
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

export function lowerConnect(
  body: Body,
  e: Extract<Expr, { kind: 'connect' }>,
  next: Point,
  context: Context,
  result?: Slot,
): Point {
  const slot = result ?? body.temporary('_', 'end', e.span);
  const service = referenceOf(body, e.service) ?? '?';
  return lowerExpression(
    body,
    e.service,
    body.emit({ op: 'connect', service, slot, span: e.span, to: next }, context),
    context,
  );
}

export function lowerCall(body: Body, e: CallExpr, next: Point, context: Context, result?: Slot): Point {
  const callee = e.callee.kind === 'path' ? body.entity(e.callee.path.id) : undefined;
  if (body.linear(e.id) === 'pool' && result !== undefined && e.args.length === 0)
    return body.emit({ op: 'pool', slot: result, span: e.span, to: next }, context);
  const values = e.args.map((a) => argument(body, a));
  const gives = values.some((v) => v.slot !== undefined);
  if (callee?.kind === 'session' || (callee?.kind === 'fun' && gives)) {
    const op = { op: 'call', code: globalKey(callee.id), name: callee.id.name, span: e.span, to: next } as const;
    const services = e.args.map((a) => referenceOf(body, a));
    return evaluate(values, body.emit({ ...op, args: values.map((v) => v.slot), services }, context), context);
  }
  if (gives) {
    body.diagnostics.push(
      error('Q0311', e.span, 'an end or pool can only be passed to a session or function that is named here', {
        hints: ['a closure, a constructor or a function value cannot take an end'],
      }),
    );
  }
  const codes: string[] = [];
  const key = body.traceOf(callee);
  if (key !== undefined) {
    if (callee?.kind === 'fun') noteFlows(body, key, e.args);
    // A function with fewer arguments than parameters is a value: it runs later, with what is not known here.
    const type = body.typeOf(e.callee.id);
    const partial = type?.kind === 'fun' && e.args.length < type.params.length;
    if (partial || body.typeOf(e.id)?.kind === 'fun') body.values.add(key);
    if (!partial) codes.push(key);
  }
  if (callee?.kind === 'local' || e.callee.kind !== 'path' || e.args.some((a) => body.typeOf(a.id)?.kind === 'fun'))
    codes.push('?');
  const call = codes.length === 0 ? next : body.emit({ op: 'run', codes, span: e.span, to: next }, context);
  const run = evaluate(values, call, context);
  return callee?.kind === 'fun' ? run : lowerExpression(body, e.callee, run, context);
}

/** References among arguments: what flows into which parameter. */
export function noteFlows(body: Body, key: string, args: readonly Expr[]): void {
  args.forEach((a, i) => {
    const from = referenceOf(body, a);
    if (from !== null) body.flows.push({ into: `P:${key}:${i}`, from });
  });
}

export function lowerTake(
  body: Body,
  e: Extract<Expr, { kind: 'take' }>,
  next: Point,
  context: Context,
  result?: Slot,
): Point {
  const pool = passed(body, e.pool);
  const local = body.typing.resolution.binders.get(e.name.id);
  const slot = (local && body.slot(local)) ?? body.temporary(e.name.text, 'end', e.name.span);
  const empty = e.otherwise === undefined ? next : lowerBlock(body, e.otherwise, next, context, result);
  const to = lowerBlock(body, e.body, next, context, result);
  if (pool.slot === undefined) return pool.lower(body.choice([to, empty], e.span, context), context);
  const op = { op: 'take', pool: pool.slot, slot, to, empty, spoke: false, last: false, span: e.span } as const;
  return pool.lower(body.emit(op, context), context);
}

export function lowerPut(body: Body, s: Extract<Stmt, { kind: 'put' }>, next: Point, context: Context): Point {
  const end = passed(body, s.end);
  const pool = passed(body, s.pool);
  const values = [end, ...(s.datum === undefined ? [] : [passed(body, s.datum)]), pool];
  if (end.slot === undefined || pool.slot === undefined) return evaluate(values, next, context);
  const op = { op: 'put', slot: end.slot, pool: pool.slot, span: s.span, to: next } as const;
  return evaluate(values, body.emit(op, context), context);
}

export function lowerDrop(body: Body, s: Extract<Stmt, { kind: 'drop' }>, next: Point, context: Context): Point {
  const local = body.localOf(s.name.id);
  const slot = local && body.slot(local);
  return slot === undefined ? next : body.emit({ op: 'drop', slot, span: s.span, to: next }, context);
}

/**
 * Each round takes the member that spoke first. At the end of the body an end still in the variable goes back into the
 * pool, also where nothing more can come from it: who is done with a member drops it.
 */
export function lowerServe(body: Body, s: Extract<Stmt, { kind: 'serve' }>, next: Point, context: Context): Point {
  const pool = passed(body, s.pool);
  if (pool.slot === undefined) return pool.lower(next, context);
  const local = body.typing.resolution.binders.get(s.name.id);
  const slot = (local && body.slot(local)) ?? body.temporary(s.name.text, 'end', s.name.span);
  const head = body.reserve(s.span);
  const back = body.emit({ op: 'back', slot, pool: pool.slot, span: s.name.span, to: head }, context);
  const to = lowerBlock(body, s.body, back, { ...context, brk: next, cont: back });
  body.fill(
    head,
    { op: 'take', pool: pool.slot, slot, to, empty: next, spoke: true, last: true, span: s.span },
    context,
  );
  return pool.lower(head, context);
}
