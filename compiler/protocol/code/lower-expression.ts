/**
 * Lowering of expressions: operands in order of evaluation, and the choices between branches.
 * Invariant: an end or pool reaches a slot only where language reference, section 3 allows one to be: variables, direct
 * payloads, arguments of a statically named callee, members of pools; anywhere else it is an error (Q0311).
 */
import type { Clause, Expr } from '../../ast/ast.js';
import { conditionOf, truthOf } from '../../ast/endless.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { Span } from '../../source/source.js';
import type { Body, Context } from './body.js';
import { lowerBlock, lowerExpression } from './body.js';
import { constantKey, type Point, type Slot } from './code.js';
import { lowerSpawn } from './lower-spawn.js';
import { lowerCall, lowerConnect, lowerOn, lowerSend, lowerTake } from './lower-talk.js';
import { lowerTry } from './lower-try.js';

/** Code that evaluates `e` and goes on at `next`; an end or pool that is its value goes into `result`. */
export function lowerForm(body: Body, e: Expr, next: Point, context: Context, result?: Slot): Point {
  const children = (list: readonly Expr[]): Point =>
    list.reduceRight((point, child) => lowerExpression(body, child, point, context), next);
  switch (e.kind) {
    case 'literal':
    case 'self':
      return next;
    case 'lambda':
      body.makes(e);
      return next;
    case 'template':
      return children(e.parts.filter((p): p is Expr => typeof p !== 'string'));
    case 'path':
      return lowerVariable(body, e, next, context, result);
    case 'tuple':
      return children(e.elements);
    case 'list':
      return lowerList(body, e, next, context, result);
    case 'comprehension':
      return lowerComprehension(body, e, next, context, result);
    case 'map':
      return children(e.entries.flatMap((entry) => [entry.key, entry.value]));
    case 'record':
      return children(e.fields.map((f) => f.value));
    case 'update':
      return children([e.base, ...e.fields.map((f) => f.value)]);
    case 'unary':
      return children([e.operand]);
    case 'binary': {
      if (e.op !== '&&' && e.op !== '||') return children([e.left, e.right]);
      const right = lowerExpression(body, e.right, next, context);
      const [yes, no] = e.op === '&&' ? [right, next] : [next, right];
      return lowerCondition(body, e.left, yes, no, e.opSpan, context);
    }
    case 'call':
      return lowerCall(body, e, next, context, result);
    case 'field':
      return children([e.record]);
    case 'index':
      return children([e.base, e.index]);
    case 'if':
      return lowerIf(body, e, next, context, result);
    case 'case':
      return lowerCase(body, e, next, context, result);
    case 'try':
      return lowerTry(body, e, next, context, result);
    case 'on':
      return lowerOn(body, e, next, context, result);
    case 'take':
      return lowerTake(body, e, next, context, result);
    case 'spawn':
      return lowerSpawn(body, e, next, context, result);
    case 'connect':
      return lowerConnect(body, e, next, context, result);
    case 'watch':
      return children([e.thread]);
    case 'send':
      return lowerSend(body, e, next, context);
    case 'block':
      return lowerBlock(body, e.block, next, context, result);
  }
}

function lowerVariable(
  body: Body,
  e: Extract<Expr, { kind: 'path' }>,
  next: Point,
  context: Context,
  result?: Slot,
): Point {
  const entity = body.entity(e.path.id);
  const trace = body.traceOf(entity);
  if (trace !== undefined) body.values.add(trace);
  if (entity?.kind === 'const') body.reads.add(constantKey(entity.id));
  const local = body.localOf(e.path.id);
  const slot = local && body.slot(local);
  if (slot === undefined) return next;
  if (result !== undefined) return body.emit({ op: 'move', from: slot, slot: result, span: e.span, to: next }, context);
  const what = body.slots[slot]!.kind === 'pool' ? 'a pool' : 'the end of a link';
  body.diagnostics.push(
    error('Q0311', e.span, `\`${local!.name}\` is ${what} and cannot be used as a value here`, {
      hints: ['ends and pools live in variables, messages, arguments of named sessions and functions, and pools only'],
    }),
  );
  return next;
}

function lowerList(
  body: Body,
  e: Extract<Expr, { kind: 'list' }>,
  next: Point,
  context: Context,
  result?: Slot,
): Point {
  if (result === undefined || body.linear(e.id) !== 'pool')
    return e.elements.reduceRight((point, el) => lowerExpression(body, el.value, point, context), next);
  const pool = body.temporary(body.slots[result]!.name, 'pool', e.span);
  const named = body.emit({ op: 'move', from: pool, slot: result, span: e.span, to: next }, context);
  const filled = e.elements.reduceRight((point, el) => {
    const member = body.temporary('_', 'end', el.span);
    const put = body.emit({ op: 'put', slot: member, pool, span: el.span, to: point }, context);
    return lowerExpression(body, el.value, put, context, member);
  }, named);
  return body.emit({ op: 'pool', slot: pool, span: e.span, to: filled }, context);
}

/** `[spawn W(self) for i in xs]` fills a pool; any other comprehension is a loop for the effects of its parts. */
function lowerComprehension(
  body: Body,
  e: Extract<Expr, { kind: 'comprehension' }>,
  next: Point,
  context: Context,
  result?: Slot,
): Point {
  // While it is filled it has no name yet: the variable that it will have may still hold another.
  const pool =
    result !== undefined && body.linear(e.id) === 'pool'
      ? body.temporary(body.slots[result]!.name, 'pool', e.span)
      : undefined;
  const round = (clauses: readonly Clause[], done: Point): Point => {
    const [clause, ...rest] = clauses;
    if (clause === undefined) {
      if (pool === undefined) return lowerExpression(body, e.element, done, context);
      const member = body.temporary('_', 'end', e.element.span);
      const put = body.emit({ op: 'put', slot: member, pool, span: e.element.span, to: done }, context);
      return lowerExpression(body, e.element, put, context, member);
    }
    if (clause.kind === 'if') {
      const inner = round(rest, done);
      return lowerCondition(body, clause.condition, inner, done, clause.span, context);
    }
    const head = body.reserve(clause.span);
    const inner = round(rest, head);
    if (inner === head) return lowerExpression(body, clause.source, done, context);
    body.fill(head, { op: 'jump', to: [inner, done], span: clause.span }, context);
    return lowerExpression(body, clause.source, head, context);
  };
  const named =
    pool === undefined ? next : body.emit({ op: 'move', from: pool, slot: result!, span: e.span, to: next }, context);
  const rounds = round(e.clauses, named);
  return pool === undefined ? rounds : body.emit({ op: 'pool', slot: pool, span: e.span, to: rounds }, context);
}

/** Goes on at `yes` or `no`, by the ways that the condition has (`ast/endless.ts`). */
export function lowerCondition(body: Body, e: Expr, yes: Point, no: Point, span: Span, context: Context): Point {
  const parts = conditionOf(e);
  switch (parts.kind) {
    case 'constant':
      return parts.value ? yes : no;
    case 'not':
      return lowerCondition(body, parts.operand, no, yes, span, context);
    case 'either': {
      const right = lowerCondition(body, parts.right, yes, no, span, context);
      // An operand that touches no end leaves the choice as it is, unless the one before it decides.
      const same = isChoice(body, right, yes, no) && truthOf(parts.left) === undefined;
      const [first, second] = same ? [yes, no] : parts.decides ? [yes, right] : [right, no];
      return lowerCondition(body, parts.left, first, second, span, context);
    }
    case 'test':
      return lowerExpression(body, e, body.choice([yes, no], span, context), context);
  }
}

/** Whether a point is nothing but a choice between the two. */
export function isChoice(body: Body, point: Point, yes: Point, no: Point): boolean {
  const op = body.points[point]!;
  return op.op === 'jump' && op.to.length === 2 && op.to.includes(yes) && op.to.includes(no);
}

function lowerIf(body: Body, e: Extract<Expr, { kind: 'if' }>, next: Point, context: Context, result?: Slot): Point {
  const otherwise = e.otherwise === undefined ? next : lowerBlock(body, e.otherwise, next, context, result);
  return e.branches.reduceRight((rest, branch) => {
    const taken = lowerBlock(body, branch.body, next, context, result);
    return lowerCondition(body, branch.condition, taken, rest, branch.condition.span, context);
  }, otherwise);
}

function lowerCase(
  body: Body,
  e: Extract<Expr, { kind: 'case' }>,
  next: Point,
  context: Context,
  result?: Slot,
): Point {
  // Exhaustive without `else`: one of the arms is taken, so the last one has nowhere else to go.
  let ways: Point[] = e.otherwise === undefined ? [] : [lowerBlock(body, e.otherwise, next, context, result)];
  for (const arm of [...e.arms].reverse()) {
    let entry = lowerBlock(body, arm.body, next, context, result);
    if (arm.guard !== undefined) {
      const test = body.choice([entry, ...ways], arm.guard.span, context);
      entry = lowerExpression(body, arm.guard, test, context);
    }
    ways = [entry, ...ways];
  }
  const choice = ways.length === 0 ? next : body.choice(ways, e.subject.span, context);
  return lowerExpression(body, e.subject, choice, context);
}
