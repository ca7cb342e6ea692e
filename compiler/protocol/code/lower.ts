/**
 * Lower: from the typed tree of a session or function to its code, statements here, expressions in `lower-expression`,
 * what talks to peers in `lower-talk`.
 * Invariant: every action on an end or pool in the tree is one operation of the code, reached in the order of evaluation;
 * what does not touch ends leaves no trace but the choices between paths that do.
 */
import type { Block, ConstItem, Expr, FunItem, LambdaExpr, Param, SessionItem, Stmt, TestItem } from '../../ast/ast.js';
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import type { Span } from '../../source/source.js';
import type { Typing } from '../../types/module/typing.js';
import type { Context } from './body.js';
import { Body, inRound, lowerBlock, lowerExpression } from './body.js';
import type { Code, CodeParam, Point, Slot } from './code.js';
import { isChoice, lowerCondition, lowerForm } from './lower-expression.js';
import { referenceOf } from './service-key.js';
import { argument, evaluate, operands, passed } from './lower-operands.js';
import { lowerGroup } from './lower-spawn.js';
import { lowerDrop, lowerPut, lowerServe, noteFlows } from './lower-talk.js';
import { finalizersLeft, leave } from './lower-try.js';
import { showType } from '../../types/solve/show.js';

export interface Lowered {
  readonly code: Code;
  readonly diagnostics: readonly Diagnostic[];
}

export function lowerSession(item: SessionItem, typing: Typing, key: string): Lowered {
  return lowerBody(key, item.name.text, 'session', item.params, item.body, item.span, typing);
}

export function lowerFunction(item: FunItem, typing: Typing, key: string): Lowered {
  return lowerBody(key, item.name.text, 'fun', item.params, item.body, item.span, typing);
}

export function lowerTest(item: TestItem, typing: Typing, key: string): Lowered {
  return lowerBody(key, `test "${item.title}"`, 'fun', [], item.body, item.span, typing);
}

export function lowerLambda(item: LambdaExpr, typing: Typing, key: string): Lowered {
  return lowerBody(key, 'a closure', 'fun', item.params, item.body, item.span, typing);
}

/** The code of a module constant: what is done when the module is loaded, and the functions it takes. */
export function lowerConstant(item: ConstItem, typing: Typing, key: string): Lowered {
  const value: Block = {
    statements: [{ kind: 'expr', id: item.id, expr: item.value, span: item.span }],
    id: item.id,
    span: item.span,
  };
  return lowerBody(key, `constant ${item.name.text}`, 'fun', [], value, item.span, typing);
}

function lowerBody(
  key: string,
  name: string,
  kind: 'session' | 'fun',
  params: readonly Param[],
  block: Block,
  span: Span,
  typing: Typing,
): Lowered {
  const body = new Body(typing, key, { expression: lowerForm, block: lowerStatements });
  const codeParams = params.map((p, i) => paramOf(body, p, i));
  const exit = body.emit({ op: 'return', span: endSpan(span) }, {});
  const entry = lowerBlock(body, block, exit, { exit, around: [] });
  return {
    code: {
      key,
      name,
      kind,
      params: codeParams,
      slots: body.slots,
      points: body.points,
      values: [...body.values],
      ...(body.inner.size > 0 && { inner: [...body.inner] }),
      ...(body.reads.size > 0 && { reads: [...body.reads] }),
      ...(body.shares !== undefined && { shares: body.shares }),
      flows: body.flows,
      entry,
      span,
    },
    diagnostics: body.diagnostics,
  };
}

/** The closing `end`. */
function endSpan(span: Span): Span {
  const text = span.file.text.slice(span.start, span.end);
  return /\bend$/.test(text) ? { ...span, start: span.end - 3 } : span;
}

function paramOf(body: Body, param: Param, index: number): CodeParam {
  const pattern = param.pattern;
  const type = body.typeOf(pattern.id) ?? body.typeOf(param.id);
  if (pattern.kind !== 'bind') return { name: '_', kind: 'data', type: type ? showType(type) : '_', span: param.span };
  const local = body.typing.resolution.binders.get(pattern.name.id);
  const kind = local === undefined ? 'data' : body.kindOf(local);
  if (local !== undefined) body.params.set(local, index);
  const found = local && body.typing.locals.get(local)?.scheme.type;
  const slot = local && body.slot(local);
  return {
    name: pattern.name.text,
    kind,
    ...(slot !== undefined && { slot }),
    type: found ? showType(found) : type ? showType(type) : '_',
    span: param.span,
  };
}

/** `result`: the slot that takes the block's value, if that value is an end or pool. */
function lowerStatements(body: Body, block: Block, next: Point, context: Context, result?: Slot): Point {
  block.statements.forEach((s) => rememberReferences(body, s));
  let point = next;
  for (let i = block.statements.length - 1; i >= 0; i--) {
    const last = i === block.statements.length - 1;
    point = lowerStatement(body, block.statements[i]!, point, context, last ? result : undefined);
  }
  return point;
}

/** Expressions that are all evaluated when they make their value. */
const ATOMIC: ReadonlySet<Expr['kind']> = new Set(['path', 'spawn', 'connect', 'call'] as const);

/** Blocks are lowered backwards, so what names stand for is noted before. */
function rememberReferences(body: Body, s: Stmt): void {
  const note = (id: number, value: Expr): void => {
    const local = body.typing.resolution.binders.get(id);
    const reference = referenceOf(body, value);
    if (local !== undefined && reference !== null && !local.assigned) body.received.set(local, reference);
  };
  if (s.kind === 'let') for (const b of s.bindings) if (b.pattern.kind === 'bind') note(b.pattern.name.id, b.value);
  if (s.kind === 'assign') note(s.name.id, s.value);
}

function lowerStatement(body: Body, s: Stmt, next: Point, context: Context, result?: Slot): Point {
  switch (s.kind) {
    case 'let': {
      if (s.bindings.length > 1) return lowerGroup(body, s, next, context);
      const binding = s.bindings[0]!;
      return lowerExpression(body, binding.value, next, context, body.patternSlot(binding.pattern));
    }
    case 'var': {
      const local = body.typing.resolution.binders.get(s.name.id);
      return lowerExpression(body, s.value, next, context, local && body.slot(local));
    }
    case 'assign': {
      const local = body.typing.resolution.binders.get(s.name.id) ?? body.localOf(s.name.id);
      const slot = local && body.slot(local);
      if (slot === undefined || ATOMIC.has(s.value.kind)) return lowerExpression(body, s.value, next, context, slot);
      // Until the whole value is there, the variable is what it was.
      const value = body.temporary(local!.name, body.slots[slot]!.kind, s.value.span);
      const named = body.emit({ op: 'move', from: value, slot, span: s.span, to: next }, context);
      return lowerExpression(body, s.value, named, context, value);
    }
    case 'local-fun':
      body.makes(s.fun);
      return next;
    case 'while':
      return lowerWhile(body, s, next, context);
    case 'for':
      return lowerFor(body, s, next, context);
    case 'serve':
      return lowerServe(body, s, next, context);
    case 'put':
      return lowerPut(body, s, next, context);
    case 'drop':
      return lowerDrop(body, s, next, context);
    case 'loop': {
      const args = s.args && operands(body, s.args, argument, finalizersLeft('loop', context));
      if (s.args !== undefined) noteFlows(body, body.key, s.args);
      const again = { op: 'loop', ...(args !== undefined && { args: args.map((p) => p.slot) }), span: s.span } as const;
      return evaluate(args ?? [], leave(body, 'loop', context, body.emit(again, {})), context);
    }
    case 'close':
      return leave(body, 'close', context, body.emit({ op: 'close', span: s.span }, {}));
    case 'fail':
      return lowerExpression(body, s.value, body.emit({ op: 'fail', span: s.span }, context), context);
    case 'raise':
      return lowerExpression(body, s.value, body.emit({ op: 'raise', span: s.span }, context), context);
    case 'return': {
      const exit = leave(body, 'return', context, context.exit);
      return s.value === undefined ? exit : lowerExpression(body, s.value, exit, context);
    }
    case 'break':
    case 'continue': {
      const round = context.around.findLast((form) => form.kind === 'loop');
      if (round?.kind !== 'loop') return next;
      return leave(body, s.kind, context, s.kind === 'break' ? round.brk : round.cont);
    }
    case 'expr':
      return lowerExpression(body, s.expr, next, context, result);
  }
}

function lowerWhile(body: Body, s: Extract<Stmt, { kind: 'while' }>, next: Point, context: Context): Point {
  const head = body.reserve(s.span);
  const again = lowerBlock(body, s.body, head, inRound(context, next, head));
  const entry = lowerCondition(body, s.condition, again, next, s.condition.span, context);
  // A loop that touches no end is over some time, as far as is known; not so one that only runs round in itself.
  if (entry === next || (again === head && isChoice(body, entry, head, next))) return next;
  body.fill(head, { op: 'jump', to: [entry], span: s.span }, context);
  return head;
}

function lowerFor(body: Body, s: Extract<Stmt, { kind: 'for' }>, next: Point, context: Context): Point {
  if (body.linear(s.source.id) === 'pool') {
    const value = passed(body, s.source);
    if (value.slot === undefined) return value.lower(next, context);
    const member = memberSlot(body, s) ?? body.temporary('_', 'end', s.pattern.span);
    const head = body.reserve(s.span);
    // What `break` leaves in the pool is dropped, as the pool is discharged by the loop.
    const rest = body.emit({ op: 'drop', slot: value.slot, span: s.span, to: next }, context);
    const to = lowerBlock(body, s.body, head, inRound(context, rest, head));
    body.fill(
      head,
      { op: 'take', pool: value.slot, slot: member, to, empty: next, spoke: false, last: true, span: s.pattern.span },
      context,
    );
    return value.lower(head, context);
  }
  const head = body.reserve(s.span);
  const to = lowerBlock(body, s.body, head, inRound(context, next, head));
  if (to === head) return lowerExpression(body, s.source, next, context);
  body.fill(head, { op: 'jump', to: [to, next], span: s.span }, context);
  return lowerExpression(body, s.source, head, context);
}

/** `for w in ws` and `for (w, d) in ws`: the variable that takes the end. */
function memberSlot(body: Body, s: Extract<Stmt, { kind: 'for' }>): Slot | undefined {
  const first = s.pattern.kind === 'tuple' ? s.pattern.elements[0] : s.pattern;
  return first && body.patternSlot(first);
}
