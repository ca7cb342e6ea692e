/**
 * Precedence: from a flat row of operands and operators to a tree, by precedence climbing (Pratt 1973).
 * Invariant: comparisons and ranges never chain; a row that does is reported and read from left to right.
 */
import type { BinaryOp, Expr } from '../../ast/ast.js';
import type { Span } from '../../source/source.js';
import { cover, textOf } from '../../source/source.js';
import { forget, make, now, problem } from './make.js';
import { Row } from './rows.js';

export interface Infix {
  readonly text: string;
  readonly span: Span;
}

export interface Operand {
  readonly prefixes: readonly Infix[];
  readonly expr: Expr;
}

const PIPE = 1;
const COMPARISON = 5;
const RANGE = 6;

/** Loosest first; `not` stands between `&&` and the comparisons, unary minus above all. */
const LEVEL: Readonly<Record<string, number>> = {
  '|>': PIPE,
  '||': 2,
  '&&': 3,
  '==': COMPARISON,
  '!=': COMPARISON,
  '<': COMPARISON,
  '<=': COMPARISON,
  '>': COMPARISON,
  '>=': COMPARISON,
  '..': RANGE,
  '++': 7,
  '+': 8,
  '-': 8,
  '*': 9,
  '/': 9,
  '%': 9, // prettier-ignore
};

export function climb(operands: readonly Operand[], operators: readonly Infix[]): Expr {
  let next = 0;

  const operand = (): Expr => {
    const { prefixes, expr } = operands[next]!;
    const innermostNot = prefixes.findLastIndex((prefix) => prefix.text === 'not');
    let value = expr;
    // Minus binds the operand alone; whatever stands left of a `not` gets the whole comparison after it.
    const signs = new Row();
    for (let i = prefixes.length - 1; i > innermostNot; i--) value = unary(prefixes[i]!, signs.next(value));
    value = signs.whole(value);
    if (innermostNot < 0) return value;
    value = row(value, COMPARISON);
    const nots = new Row();
    for (let i = innermostNot; i >= 0; i--) value = unary(prefixes[i]!, nots.next(value));
    return nots.whole(value);
  };

  const row = (first: Expr, loosest: number): Expr => {
    const steps = new Row();
    let left = first;
    let before: Infix | undefined;
    for (;;) {
      const operator = operators[next];
      const level = operator === undefined ? 0 : LEVEL[operator.text]!;
      if (operator === undefined || level < loosest) return steps.whole(left);
      next++;
      const right = row(operand(), level + 1);
      if (before !== undefined && LEVEL[before.text] === level) refuseChain(before, operator, level);
      before = level === COMPARISON || level === RANGE ? operator : undefined;
      if (operator.text === '|>') left = piped(isNamed(right) ? steps.next(left) : left, right);
      else left = binary(operator, steps.next(left), right);
    }
  };

  return row(operand(), PIPE);
}

/** Whether nothing is evaluated to find out what is called, so that the argument may as well come first. */
const isNamed = (target: Expr): boolean =>
  ['path', 'lambda'].includes(target.kind === 'call' ? target.callee.kind : target.kind);

const unary = (prefix: Infix, operand: Expr): Expr =>
  make(cover(prefix.span, operand.span), {
    kind: 'unary' as const,
    op: prefix.text === '-' ? ('-' as const) : ('not' as const),
    operand,
  });

const binary = (operator: Infix, left: Expr, right: Expr): Expr =>
  make(cover(left.span, right.span), {
    kind: 'binary' as const,
    op: operator.text as BinaryOp,
    opSpan: operator.span,
    left,
    right,
  });

/** `x |> f(y)` calls f(x, y), `x |> f` calls f(x). */
function piped(argument: Expr, target: Expr): Expr {
  const where = cover(argument.span, target.span);
  if (target.kind !== 'call' || target.piped === true || now().parenthesised.has(target))
    return make(where, { kind: 'call' as const, callee: target, args: [argument], piped: true });
  // The call that was built for `f(y)` gives way to the one with the piped argument.
  forget(target);
  return make(where, {
    kind: 'call' as const,
    callee: target.callee,
    args: [argument, ...target.args],
    piped: true,
  });
}

function refuseChain(first: Infix, second: Infix, level: number): void {
  const what = level === RANGE ? 'ranges' : 'comparisons';
  const hint =
    level === RANGE
      ? 'put one of them in parentheses'
      : `write \`a ${textOf(first.span)} b && b ${textOf(second.span)} c\``;
  problem('Q0015', second.span, `${what} cannot be chained`, {
    label: 'the second one of a row',
    labels: [{ span: first.span, text: 'the first one is here' }],
    hints: [hint],
  });
}
