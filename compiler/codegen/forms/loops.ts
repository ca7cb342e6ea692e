/**
 * `while`, `for` and comprehensions. A range in a `for` is counted without making a list. What a loop keeps between
 * rounds is on top of the stack at its head, so every round finds the same stack.
 * Invariant: `loop` is the only backward jump, and it goes to a label all rounds passed.
 */
import type { BinaryExpr, Clause, ComprehensionExpr, Expr, ForStmt, Pattern, WhileStmt } from '../../ast/ast.js';
import { match } from '../body/matching.js';
import { branch } from './operators.js';
import { eachMember } from '../talk/pools.js';
import { block, enter, expression, inside, leave, type Body } from '../body/scope.js';
import { builtinName } from '../image/type-of.js';
import { typed, typedAs } from '../body/typed.js';

export function whileLoop(b: Body, s: WhileStmt): void {
  const f = b.frame;
  const depth = f.depth;
  const head = f.label();
  const next = f.label();
  const exit = f.label();
  f.place(head);
  branch(b, s.condition, exit, false);
  const around = { kind: 'loop' as const, onBreak: exit, onContinue: next, breakDepth: depth, continueDepth: depth };
  block(inside(b, { ...around, fixed: f.fixed }), s.body, 'effect');
  f.place(next);
  f.jump(head, 'loop');
  f.depth = depth;
  f.place(exit);
}

export function forLoop(b: Body, s: ForStmt): void {
  if (b.unit.typeOf(s.source.id)?.kind === 'pool') return eachMember(b, s);
  each(b, s.pattern, s.source, (inner) => block(inner, s.body, 'effect'));
}

/** Runs `round` for each element of `source` with the pattern bound; `round` leaves the stack as it was. */
function each(b: Body, pattern: Pattern, source: Expr, round: (inner: Body) => void): void {
  if (source.kind === 'binary' && source.op === '..') count(b, pattern, source, round);
  else traverse(b, pattern, source, round);
}

/** `for x in low..high`: the high end and the counter are kept. */
function count(b: Body, pattern: Pattern, source: BinaryExpr, round: (inner: Body) => void): void {
  const f = b.frame;
  const outer = f.depth;
  expression(b, source.left, 'value');
  expression(b, source.right, 'value');
  f.op('swap');
  const high = f.under(1);
  const counter = f.under(0);
  const head = f.label();
  const next = f.label();
  const exit = f.label();
  f.get(high);
  f.get(counter);
  f.op('le');
  f.jump(exit, 'jump_unless');
  f.place(head);
  perRound(b, next, exit, (inner) => {
    match(inner, pattern);
    round(inner);
  });
  f.place(next);
  // The last round is told by equality, so that a range may end at the largest int.
  f.get(high);
  f.get(counter);
  f.op('eq');
  f.jump(exit, 'jump_if');
  f.int(1);
  f.op('add');
  f.jump(head, 'loop');
  f.depth = outer + 2;
  f.place(exit);
  f.pop(2);
}

/** Any other source: the list of what is left is kept. */
function traverse(b: Body, pattern: Pattern, source: Expr, round: (inner: Body) => void): void {
  const f = b.frame;
  const outer = f.depth;
  const type = b.unit.typeOf(source.id);
  expression(b, source, 'value');
  const isList = builtinName(type) === 'list';
  if (!isList) f.op('items');
  const left = f.under(0);
  const head = f.label();
  const next = f.label();
  const exit = f.label();
  f.place(head);
  f.get(left);
  f.op('empty');
  f.jump(exit, 'jump_if');
  perRound(b, next, exit, (inner) => {
    f.get(left);
    f.op('head');
    typed(b, pattern.id);
    match(inner, pattern);
    round(inner);
  });
  f.place(next);
  f.op('tail');
  if (isList) typedAs(b, type);
  f.jump(head, 'loop');
  f.depth = outer + 1;
  f.place(exit);
  f.pop();
}

/** One round as a scope of its own, with the labels that `break` and `continue` go to. */
function perRound(
  b: Body,
  next: ReturnType<Body['frame']['label']>,
  exit: typeof next,
  round: (inner: Body) => void,
): void {
  const f = b.frame;
  const mark = enter(b);
  const around = { kind: 'loop' as const, onBreak: exit, onContinue: next, breakDepth: mark.depth, continueDepth: mark.depth }; // prettier-ignore
  round(inside(b, { ...around, fixed: mark.fixed }));
  leave(b, mark, false);
  f.depth = mark.depth;
}

/** `[e for x in xs if c]`: collected backwards in a fixed slot; a list of spawned ends becomes a pool. */
export function comprehension(b: Body, e: ComprehensionExpr): void {
  const f = b.frame;
  const pool = b.unit.typeOf(e.id)?.kind === 'pool';
  if (pool) {
    f.op('pool_new');
    const members = f.under(0);
    clauses(b, e.clauses, (inner) => {
      expression(inner, e.element, 'value');
      f.unit();
      f.op('pool_put', f.slot(members));
    });
    return;
  }
  const mark = enter(b);
  const result = f.fix();
  f.emit('list', [0], 1);
  typed(b, e.id);
  f.set(result);
  clauses(b, e.clauses, (inner) => {
    expression(inner, e.element, 'value');
    f.get(result);
    f.op('cons');
    typed(b, e.id);
    f.set(result);
  });
  f.get(result);
  f.op('reverse');
  typed(b, e.id);
  leave(b, mark, true);
}

function clauses(b: Body, list: readonly Clause[], element: (inner: Body) => void): void {
  const [first, ...rest] = list;
  if (first === undefined) return element(b);
  if (first.kind === 'for') return each(b, first.pattern, first.source, (inner) => clauses(inner, rest, element));
  const skip = b.frame.label();
  branch(b, first.condition, skip, false);
  clauses(b, rest, element);
  b.frame.place(skip);
}
