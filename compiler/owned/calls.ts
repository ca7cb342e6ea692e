/**
 * Arguments: of calls, messages, spawns and of what makes values. All are evaluated, left to right, before one that is a
 * variable is used up: `respond(x, answer(request(x)))` looks at `x` and then gives it away.
 * Invariant: what a callee is given it takes, but for functions known by name that only look at it.
 */
import type { CallExpr, Expr, FunItem, LambdaExpr, Path, PathExpr } from '../ast/ast.js';
import { eachNode } from '../ast/walk.js';
import type { Entity, Local } from '../resolve/resolution.js';
import type { Span } from '../source/source.js';
import { prune, type Type } from '../types/solve/type.js';
import type { Body, Mode } from './body.js';
import { captured, copied } from './say.js';

/** An operand, and what is done with it; `text` says so in messages. */
export interface Operand {
  readonly value: Expr;
  readonly mode: Mode;
  readonly text: string;
}

/** Evaluates operands and then uses up those that are taken. */
export function operands(b: Body, list: readonly Operand[]): void {
  const late: (readonly [Local, Operand])[] = [];
  let returns = true;
  for (const operand of list) {
    const { value, mode } = operand;
    const local = b.holder(value);
    if (mode === undefined && b.held(value.id) !== undefined) returns = false;
    if (mode === 'looks') look(b, value);
    else if (local === undefined) b.forms.expression(b, value, true);
    else late.push([local, operand]);
  }
  for (const [local, { value, text }] of late) b.take(local, { span: value.span, text });
  // A call of which it is not known yet how it comes back does not, as far as is known.
  if (!returns) b.state = undefined;
}

export const taken = (values: readonly Expr[], text: string): Operand[] =>
  values.map((value) => ({ value, mode: 'takes', text }));

/** Evaluates what is only looked at: a variable keeps its value, and a value without a name is forgotten. */
export function look(b: Body, e: Expr): void {
  const local = b.holder(e);
  if (local !== undefined) return b.look(local, e.span);
  if (e.kind === 'field') return look(b, e.record);
  if (e.kind === 'index') {
    look(b, e.base);
    return look(b, e.index);
  }
  b.forms.expression(b, e, false);
}

export const pathText = (p: Path): string => p.parts.map((part) => part.text).join('::');

export const nameOf = (e: Expr): string => (e.kind === 'path' ? pathText(e.path) : 'the call');

export function call(b: Body, e: CallExpr): void {
  const entity = e.callee.kind === 'path' ? b.entity(e.callee.path.id) : undefined;
  const name = nameOf(e.callee);
  switch (entity?.kind) {
    case 'constructor':
      operands(b, taken(e.args, 'it was put into a value'));
      partial(b, e);
      return;
    case 'exception':
      for (const a of e.args)
        refuse(b, a, 'be kept in an exception', 'exceptions are data: answer first, and raise then');
      return operands(b, taken(e.args, 'it was put into an exception'));
    case 'fun':
    case 'extern-fun': {
      const refused = !used(b, entity, e.callee as PathExpr);
      // One message for one mistake.
      if (refused)
        for (const a of e.args) {
          const local = b.holder(a);
          if (local !== undefined) b.hush(local);
        }
      const isPartial = partial(b, e);
      const mode = (a: Expr, i: number): Mode =>
        refused || isPartial || b.held(a.id) === undefined ? 'takes' : b.surroundings.modeOf(entity, i);
      return operands(b, e.args.map((value, i) => ({ value, mode: mode(value, i), text: `\`${name}\` took it` }))); // prettier-ignore
    }
    case 'session':
      return operands(b, taken(e.args, `\`${name}\` took it`));
    default:
      look(b, e.callee);
      partial(b, e);
      return operands(b, taken(e.args, `\`${name}\` took it`));
  }
}

/** A call with too few arguments keeps those it has in a function value. */
function partial(b: Body, e: CallExpr): boolean {
  const type = b.typeOf(e.callee.id);
  if (type?.kind !== 'fun' || e.args.length >= type.params.length) return false;
  for (const a of e.args) {
    const local = b.holder(a);
    if (b.held(a.id) !== undefined)
      b.report(captured(local?.name ?? 'this', a.span, local?.span ?? a.span, 'a partial application'));
  }
  return true;
}

/** Something held is put where it would be copied. */
export function refuse(b: Body, e: Expr, where: string, hint: string): void {
  const held = b.held(e.id);
  if (held !== undefined) b.report(copied(e.span, held, where, hint));
}

/** A function used as a value: whoever calls it expects that it takes what it is given. */
export function functionValue(b: Body, e: PathExpr, entity: Entity): void {
  used(b, entity, e);
  const type = b.typeOf(e.id);
  if (type?.kind !== 'fun') return;
  type.params.forEach((p, i) => {
    const held = b.heldAs(p);
    if (held === undefined || b.surroundings.modeOf(entity, i) !== 'looks') return;
    b.report(copied(e.span, held, `be given to \`${nameOf(e)}\` through a function value`, 'a function value takes what it is given, and this one only looks at it: write a closure that takes it')); // prettier-ignore
  });
}

/** Generic functions and sessions: nothing linear stands for a type variable of one that may copy or forget it. */
export function instances(
  b: Body,
  entity: Entity,
  types: readonly (Type | undefined)[],
  span: Span,
  name: string,
): boolean {
  const scheme = b.surroundings.schemeOf(entity);
  if (scheme === undefined) return true;
  const given = new Map<Type, Type[]>();
  scheme.types.forEach((t, i) => pair(t, types[i], given));
  for (const variable of scheme.variables) {
    const v = prune(variable);
    const all = given.get(v) ?? b.typing.instances.variables.get(v) ?? [];
    const held = all.map((t) => b.heldAs(t)).find((h) => h !== undefined);
    if (held === undefined) continue;
    const why = b.surroundings.carries(entity, v);
    if (why === true) continue;
    const copies = [...new Set(all.flatMap((t) => b.surroundings.copiesOf(t)))];
    const hint = copies.length > 0 ? `what ${copies.join(' or ')} makes of it may be copied` : FOR_ONE;
    b.report(copied(span, held, `be given to \`${name}\`, which is made for any data`, hint, why));
    return false;
  }
  return true;
}

const FOR_ONE = 'write one that takes each part once: `case` takes lists and values apart';

/** A function or variable is used at one of its types. */
export const used = (b: Body, entity: Entity, e: PathExpr): boolean =>
  instances(b, entity, [b.typeOf(e.id)], e.span, nameOf(e));

/** What stands for the variables of a declared type in one use of it. */
function pair(declared: Type, used: Type | undefined, found: Map<Type, Type[]>): void {
  const [d, u] = [prune(declared), used && prune(used)];
  if (u === undefined) return;
  if (d.kind === 'var') return void found.set(d, [...(found.get(d) ?? []), u]);
  if (d.kind !== u.kind) return;
  if (d.kind === 'con' && u.kind === 'con') d.args.forEach((a, i) => pair(a, u.args[i], found));
  if (d.kind === 'tuple' && u.kind === 'tuple') d.elements.forEach((a, i) => pair(a, u.elements[i], found));
  if (d.kind === 'fun' && u.kind === 'fun') {
    d.params.forEach((a, i) => pair(a, u.params[i], found));
    pair(d.result, u.result, found);
  }
}

/** A closure or local function: what the body around holds is not for it. Its own body is walked by itself. */
export function closure(b: Body, node: LambdaExpr | FunItem, why: string): void {
  eachNode(node.body, (inner) => {
    const e = inner as Partial<PathExpr>;
    const local = e.kind === 'path' ? b.holder(e as PathExpr) : undefined;
    if (local === undefined || b.state?.has(local) !== true) return;
    b.report(captured(local.name, e.span!, local.span, why));
    b.set(local, { kind: 'gone', taken: { span: e.span!, text: `${why} took it` } });
  });
}
