/**
 * Pools: putting members in, taking them out one by one.
 * Invariant: a loop over a pool ends when the pool is empty, and then the pool is finished.
 */
import type { Expr, ForStmt, PutStmt, TakeExpr } from '../../ast/ast.js';
import { nothing } from '../body/leaving.js';
import type { Place } from '../body/frame.js';
import { match } from '../body/matching.js';
import { block, declare, enter, expression, inside, leave, type Body, type Want } from '../body/scope.js';
import { typed, typedAs } from '../body/typed.js';

/** The place of a pool: that of the variable that names it, else the top of the stack where it was just made. */
export function poolPlace(b: Body, e: Expr): { readonly place: Place; readonly pushed: boolean } {
  const entity = e.kind === 'path' ? b.unit.entity(e.path.id) : undefined;
  const place = entity?.kind === 'local' ? b.frame.placeOf(entity.local) : undefined;
  if (place !== undefined) return { place, pushed: false };
  expression(b, e, 'value');
  return { place: b.frame.under(0), pushed: true };
}

export function put(b: Body, s: PutStmt): void {
  const f = b.frame;
  expression(b, s.end, 'value');
  if (s.datum === undefined) f.unit();
  else expression(b, s.datum, 'value');
  const { place, pushed } = poolPlace(b, s.pool);
  // A pool that was just made lies above what goes into it.
  if (pushed) [1, 1].forEach((below) => f.get(f.under(below + 1)));
  f.from(s.span);
  f.op('pool_put', f.slot(place));
  if (pushed) f.pop(3);
}

/** Jumps to the label if the pool is empty. */
export function jumpIfEmpty(b: Body, pool: Place, label: ReturnType<Body['frame']['label']>): void {
  const f = b.frame;
  f.op('pool_size', f.slot(pool));
  f.int(0);
  f.op('eq');
  f.jump(label, 'jump_if');
}

export function take(b: Body, e: TakeExpr, want: Want): void {
  const f = b.frame;
  const outer = enter(b);
  const { place } = poolPlace(b, e.pool);
  const empty = f.label();
  const done = f.label();
  const base = f.depth;
  jumpIfEmpty(b, place, empty);
  f.op('pool_take', f.slot(place));
  const member = b.unit.localOf(e.name.id);
  if (member !== undefined) declare(b, member);
  const datum = e.datum === undefined ? undefined : b.unit.localOf(e.datum.id);
  if (datum !== undefined) {
    f.op('datum', f.slot(f.under(0)));
    typedAs(b, b.unit.typing.locals.get(datum)?.scheme.type);
    declare(b, datum);
  }
  block(b, e.body, want);
  if (want !== 'return') {
    leave(b, outer, want === 'value');
    f.jump(done);
  }
  f.depth = base;
  f.place(empty);
  if (e.otherwise !== undefined) block(b, e.otherwise, want);
  else nothing(b, want);
  if (want !== 'return') leave(b, outer, want === 'value');
  f.depth = outer.depth + (want === 'value' ? 1 : 0);
  f.place(done);
}

/** `for w in ws` and `for (w, d) in ws`: takes every member out in the order they were put in. */
export function eachMember(b: Body, s: ForStmt): void {
  const f = b.frame;
  const outer = f.depth;
  const { place } = poolPlace(b, s.source);
  const base = f.depth;
  const head = f.label();
  const next = f.label();
  const exit = f.label();
  f.place(head);
  jumpIfEmpty(b, place, exit);
  const mark = enter(b);
  const around = { kind: 'loop' as const, onBreak: exit, onContinue: next, breakDepth: base, continueDepth: base };
  const inner = inside(b, { ...around, fixed: mark.fixed });
  f.op('pool_take', f.slot(place));
  bindMember(inner, s);
  block(inner, s.body, 'effect');
  leave(b, mark, false);
  f.place(next);
  f.depth = base;
  f.jump(head, 'loop');
  f.depth = base;
  f.place(exit);
  f.op('drop', f.slot(place));
  f.pop(base - outer);
}

function bindMember(b: Body, s: ForStmt): void {
  const f = b.frame;
  const both = s.pattern.kind === 'tuple' ? s.pattern.elements : undefined;
  match(b, both?.[0] ?? s.pattern);
  if (both === undefined) return;
  f.op('datum', f.slot(f.under(0)));
  typed(b, both[1]!.id);
  match(b, both[1]!);
}
