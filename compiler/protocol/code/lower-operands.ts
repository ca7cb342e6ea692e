/**
 * Lowering of operands: what is passed to a call, a message, a thread or a pool.
 * Invariant: operands are evaluated left to right, and an end or pool passed on is named by a slot that still holds what the
 * operand was when its turn came.
 */
import type { Expr } from '../../ast/ast.js';
import { isReassigned } from '../../resolve/operands.js';
import type { Local } from '../../resolve/resolution.js';
import type { Body, Context } from './body.js';
import { lowerExpression } from './body.js';
import type { Op, Passed, Point } from './code.js';
import { referenceOf } from './service-key.js';

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

/**
 * Operands in the order of the language reference: left to right, each of them what it was when its turn came. A variable
 * that a later operand (or what comes `after` them) assigns is kept aside.
 */
export function operands(
  body: Body,
  list: readonly Expr[],
  value: (body: Body, e: Expr) => PassedValue = passed,
  after: readonly unknown[] = [],
): PassedValue[] {
  return list.map((e, i) => {
    const local = e.kind === 'path' ? body.localOf(e.path.id) : undefined;
    return kept(body, value(body, e), local, e.span, [...list.slice(i + 1), ...after]);
  });
}

/** The value of a variable as it is now, whatever what comes `later` assigns to it. */
export function kept(
  body: Body,
  value: PassedValue,
  local: Local | undefined,
  span: Op['span'],
  later: unknown,
): PassedValue {
  const from = local && body.slot(local);
  if (from === undefined || !isReassigned(local!, later, body.typing.resolution)) return value;
  const slot = body.temporary(local!.name, body.slots[from]!.kind, span);
  return { slot, lower: (next, context) => body.emit({ op: 'move', from, slot, span, to: next }, context) };
}

/** Evaluates what is passed, in order, before `next`. */
export function evaluate(values: readonly PassedValue[], next: Point, context: Context): Point {
  return values.reduceRight((point, value) => value.lower(point, context), next);
}
