/**
 * Lowering of what deals with ends directly: sends, waits, spawns, groups, connections, calls that pass ends.
 * Invariant: arguments and payloads are evaluated before the action, left to right; an end passed on is named by its slot.
 */
import type { CallExpr, Expr, MessageBranch, OnExpr, Stmt } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import { globalKey, moduleOf } from '../../resolve/resolution.js';
import type { Body, Context } from './body.js';
import { carriedOf, inRound, lowerBlock, lowerExpression } from './body.js';
import { GIVEN } from './code.js';
import type { Op, Point, Slot, WaitBranch, WaitSource } from './code.js';
import { argument, evaluate, kept, operands, passed } from './lower-operands.js';
import { finalizersLeft, leave } from './lower-try.js';
import { localReference, referenceOf } from './service-key.js';

export function lowerSend(body: Body, e: Extract<Expr, { kind: 'send' }>, next: Point, context: Context): Point {
  const local = body.localOf(e.peer.id);
  const values = operands(body, e.args);
  if (local === undefined) return evaluate(values, next, context);
  const message = {
    label: e.label.text,
    carried: e.args.map((a) => carriedOf(body.typeOf(a.id))),
    gives: values.map((v) => v.slot),
    services: e.args.map((a) => referenceOf(body, a)),
    span: e.span,
    to: next,
  };
  const variable = body.slot(local);
  if (variable !== undefined) {
    const over = kept(body, { slot: variable, lower: (to) => to }, local, e.peer.span, e.args);
    const sent = body.emit({ op: 'send', slot: over.slot!, ...message }, context);
    return evaluate([over, ...values], sent, context);
  }
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
  const values = operands(body, e.args, argument);
  const gives = values.some((v) => v.slot !== undefined);
  if (callee?.kind === 'session' || (callee?.kind === 'fun' && gives)) {
    const op = { op: 'call', code: globalKey(callee.id), name: callee.id.name, span: e.span, to: next } as const;
    const services = e.args.map((a) => referenceOf(body, a));
    const closing = closingOf(body, callee.kind, e, context);
    const called = { ...op, args: values.map((v) => v.slot), services, ...(closing !== undefined && { closing }) };
    return evaluate(values, body.emit(called, context), context);
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
  if (callee?.kind !== 'fun' && callee?.kind !== 'extern-fun') codes.push(...functionOf(body, e.callee));
  const given = e.args.flatMap((a) => (body.typeOf(a.id)?.kind === 'fun' ? functionOf(body, a) : []));
  // What a host function is given comes after its own name, of which there is no code.
  if (callee?.kind === 'extern-fun' && codes.length === 0 && given.length > 0) codes.push(globalKey(callee.id));
  codes.push(...given);
  const call = codes.length === 0 ? next : body.emit({ op: 'run', codes, span: e.span, to: next }, context);
  const run = evaluate(values, call, context);
  return callee?.kind === 'fun' ? run : lowerExpression(body, e.callee, run, context);
}

/** Where a `close` inside of a called session goes on here: it leaves what is around the call, too. */
function closingOf(body: Body, kind: 'session' | 'fun', e: CallExpr, context: Context): Point | undefined {
  if (kind === 'fun' || finalizersLeft('close', context).length === 0) return undefined;
  return leave(body, 'close', context, body.emit({ op: 'close', span: e.span }, {}));
}

/** What is run if a function value is called: a closure or named function by its key, a parameter, or any. */
function functionOf(body: Body, e: Expr): string[] {
  if (e.kind === 'lambda') return [`${moduleOf(body.key)}::#${e.id}`];
  const entity = e.kind === 'path' ? body.entity(e.path.id) : undefined;
  if (entity?.kind === 'local') {
    const own = body.params.has(entity.local) && !entity.local.assigned ? GIVEN : undefined;
    return [own ?? body.localFunction(entity.local) ?? '?'];
  }
  if (entity?.kind === 'fun' || entity?.kind === 'extern-fun') return [body.traceOf(entity) ?? []].flat();
  return DATA.has(entity?.kind) ? [] : ['?'];
}

/** What makes data when it is called. */
const DATA: ReadonlySet<string | undefined> = new Set(['constructor', 'exception', 'record']);

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
  const values = operands(body, [s.end, ...(s.datum === undefined ? [] : [s.datum]), s.pool]);
  const end = values[0]!;
  const pool = values.at(-1)!;
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
  const rest = body.emit({ op: 'drop', slot: pool.slot, span: s.span, to: next }, context);
  const to = lowerBlock(body, s.body, back, inRound(context, rest, back));
  body.fill(
    head,
    { op: 'take', pool: pool.slot, slot, to, empty: next, spoke: true, last: true, span: s.span },
    context,
  );
  return pool.lower(head, context);
}
