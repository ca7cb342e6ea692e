/**
 * Operators, with the instruction chosen by the static type of the operands, and conditions as jumps.
 * The machine takes the left operand from the top, so comparisons use the mirrored row, and where the order of
 * evaluation cannot be noticed the right operand is computed first.
 * Invariant: operands are evaluated left to right as far as a program can tell.
 */
import type { Label } from '../../../runtime/bytecode/builder.js';
import type { BinaryExpr, BinaryOp, Expr, UnaryExpr } from '../../ast/ast.js';
import { conditionOf } from '../../ast/endless.js';
import { settleValue } from '../body/leaving.js';
import { expression, type Body, type Want } from '../body/scope.js';
import { builtinName, isScalar } from '../image/type-of.js';
import { typed } from '../body/typed.js';

/** Rows for `left op right` with left below and right on top. */
const MIRRORED: Readonly<Partial<Record<BinaryOp, readonly [string, string, string]>>> = {
  // int, float, any other type
  '==': ['eq', 'feq', 'equal'],
  '!=': ['ne', 'fne', 'not_equal'],
  '<': ['gt', 'fgt', 'greater'],
  '<=': ['ge', 'fge', 'greater_equal'],
  '>': ['lt', 'flt', 'less'],
  '>=': ['le', 'fle', 'less_equal'],
  '+': ['add', 'fadd', 'add'],
  '*': ['mul', 'fmul', 'mul'],
};

/** Rows that need left on top. */
const ORDERED: Readonly<Partial<Record<BinaryOp, readonly [string, string]>>> = {
  '-': ['sub', 'fsub'],
  '/': ['div', 'fdiv'],
  '%': ['rem', 'frem'],
};

export function binary(b: Body, e: BinaryExpr): void {
  const f = b.frame;
  const type = builtinName(b.unit.typeOf(e.left.id));
  const ordered = ORDERED[e.op];
  if (ordered !== undefined || e.op === '++') {
    leftOnTop(b, e.left, e.right);
    f.from(e.span);
    if (ordered !== undefined) f.op(ordered[type === 'float' ? 1 : 0]);
    else if (type === 'string') f.op('concat');
    else {
      f.op('append');
      typed(b, e.id);
    }
    return;
  }
  expression(b, e.left, 'value');
  expression(b, e.right, 'value');
  f.from(e.span);
  if (e.op === '..') return f.op('range');
  f.op(comparison(e.op, b, e.left));
}

/** The row for an operator whose operands lie left below right. */
function comparison(op: BinaryOp, b: Body, left: Expr): string {
  const rows = MIRRORED[op]!;
  const type = b.unit.typeOf(left.id);
  if (builtinName(type) === 'float') return rows[1];
  const equality = op === '==' || op === '!=';
  if (op === '+' || op === '*' || builtinName(type) === 'int' || (equality && isScalar(type))) return rows[0];
  return rows[2];
}

/** Pushes right and then left, without a program noticing. */
function leftOnTop(b: Body, left: Expr, right: Expr): void {
  if (isFixed(b, left)) {
    expression(b, right, 'value');
    expression(b, left, 'value');
  } else {
    expression(b, left, 'value');
    expression(b, right, 'value');
    b.frame.op('swap');
  }
}

/** Is the value the same whenever it is computed, and computing it cannot fail? */
function isFixed(b: Body, e: Expr): boolean {
  if (e.kind === 'literal') return true;
  if (e.kind !== 'path') return false;
  const entity = b.unit.entity(e.path.id);
  return entity?.kind === 'local' && !entity.local.assigned;
}

/** `a && b`, `a || b`: what is right of it is in tail position where the whole is. */
export function shortCircuit(b: Body, e: BinaryExpr, want: Want): void {
  const f = b.frame;
  const short = f.label();
  const done = f.label();
  const stop = e.op === '||';
  const base = f.depth;
  branch(b, e.left, short, stop);
  expression(b, e.right, want);
  if (want !== 'return') f.jump(done);
  f.depth = base;
  f.place(short);
  if (want !== 'effect') {
    f.bool(stop);
    settleValue(b, want);
  }
  f.place(done);
}

export function unary(b: Body, e: UnaryExpr): void {
  const f = b.frame;
  const { operand } = e;
  const negative = e.op === '-' && operand.kind === 'literal' ? operand.literal : undefined;
  if (negative?.type === 'int' && negative.value !== 0) return f.int(-negative.value);
  if (negative?.type === 'float') return f.float(-negative.value);
  expression(b, operand, 'value');
  f.from(e.span);
  f.op(e.op === 'not' ? 'not' : builtinName(b.unit.typeOf(operand.id)) === 'float' ? 'fneg' : 'neg');
}

/** Jumps to `target` if the condition is `when`, else goes on; nothing stays on the stack. */
export function branch(b: Body, e: Expr, target: Label, when: boolean): void {
  const f = b.frame;
  const parts = conditionOf(e);
  // The way that a constant does not take is no code at all: protocols do not have it either.
  if (parts.kind === 'constant') return parts.value === when ? f.jump(target) : undefined;
  if (parts.kind === 'not') return branch(b, parts.operand, target, !when);
  if (parts.kind === 'either') {
    // `a && b` is false, or `a || b` is true, as soon as `a` is.
    if (parts.decides === when) {
      branch(b, parts.left, target, when);
      return branch(b, parts.right, target, when);
    }
    const on = f.label();
    branch(b, parts.left, on, !when);
    branch(b, parts.right, target, when);
    return f.place(on);
  }
  expression(b, e, 'value');
  f.jump(target, when ? 'jump_if' : 'jump_unless');
}
