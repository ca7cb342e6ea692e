/**
 * Expressions: what each does with what its parts hold. The value of an expression belongs to whoever asked for it.
 * Invariant: every part is walked once, in the order of evaluation.
 */
import { truthOf } from '../ast/endless.js';
import type { BinaryExpr, CaseExpr, ComprehensionExpr, Expr, IfExpr, OnExpr, PathExpr, TakeExpr } from '../ast/ast.js'; // prettier-ignore
import type { Body } from './body.js';
import { call, closure, functionValue, instances, look, operands, pathText, refuse, taken, used } from './calls.js';
import { bind, restIsHeld } from './patterns.js';
import { through } from './rounds.js';
import { walkTry } from './tries.js';
import type { Path } from './state.js';

const IN_VALUE = 'it was put into a value';
const NOT_HERE = 'not on this path';

/** Walks an expression. If it is not `wanted`, its value is forgotten. */
export function expression(b: Body, e: Expr, wanted: boolean): void {
  switch (e.kind) {
    case 'if':
      return walkIf(b, e, wanted);
    case 'case':
      return walkCase(b, e, wanted);
    case 'try':
      return walkTry(b, e, wanted);
    case 'on':
      return walkOn(b, e, wanted);
    case 'take':
      return walkTake(b, e, wanted);
    case 'block':
      return b.forms.block(b, e.block, wanted);
    default:
      value(b, e);
      if (!wanted) b.forgetValue(b.typeOf(e.id), e.span);
  }
}

type Plain = Exclude<Expr, { kind: 'if' | 'case' | 'try' | 'on' | 'take' | 'block' }>;

function value(b: Body, e: Plain): void {
  switch (e.kind) {
    case 'literal':
    case 'self':
      return;
    case 'path':
      return path(b, e);
    case 'template':
      for (const part of e.parts) if (typeof part !== 'string') look(b, part);
      return;
    case 'tuple':
      return operands(b, taken(e.elements, IN_VALUE));
    case 'list':
      return operands(b, taken(e.elements.map((x) => x.value), IN_VALUE)); // prettier-ignore
    case 'comprehension':
      return clauses(b, e, 0);
    case 'map':
      return operands(b, taken(e.entries.flatMap(({ key, value: v }) => [key, v]), IN_VALUE)); // prettier-ignore
    case 'record':
      return operands(b, taken(e.fields.map((f) => f.value), IN_VALUE)); // prettier-ignore
    case 'update':
      for (const f of e.fields)
        refuse(b, f.value, 'be put in the place of another', 'take the record apart with `case`, and make a new one');
      return operands(b, taken([e.base, ...e.fields.map((f) => f.value)], IN_VALUE));
    case 'unary':
      return look(b, e.operand);
    case 'binary':
      return binary(b, e);
    case 'call':
      return call(b, e);
    case 'field':
    case 'index':
      refuse(b, e, 'be taken out of what it is in', 'take the whole apart with a pattern: `case` or `let`');
      return look(b, e);
    case 'lambda':
      return closure(b, e, 'a closure');
    case 'spawn': {
      const entity = b.entity(e.session.id);
      if (entity !== undefined)
        instances(b, entity, e.args.map((a) => b.typeOf(a.id)), e.session.span, pathText(e.session)); // prettier-ignore
      return operands(b, taken(e.args, `it was given to \`${pathText(e.session)}\``));
    }
    case 'connect':
      return look(b, e.service);
    case 'watch':
      return look(b, e.thread);
    case 'send':
      return operands(b, taken(e.args, `it was sent with \`${e.label.text}\``));
  }
}

function path(b: Body, e: PathExpr): void {
  const entity = b.entity(e.path.id);
  const local = b.holder(e);
  if (local !== undefined) b.take(local, { span: e.span, text: 'it was given away' });
  if (entity?.kind === 'fun' || entity?.kind === 'extern-fun') functionValue(b, e, entity);
  else if (entity?.kind === 'local') used(b, entity, e);
}

function binary(b: Body, e: BinaryExpr): void {
  if (e.op === '++') return operands(b, taken([e.left, e.right], IN_VALUE));
  look(b, e.left);
  if (e.op !== '&&' && e.op !== '||') return look(b, e.right);
  b.ways([
    { walk: () => look(b, e.right), left: { span: e.right.span, text: 'not on this path' } },
    { walk: () => undefined, left: { span: e.left.span, text: 'not where this decides' } },
  ]);
}

/** A comprehension is a loop in each of its `for` clauses. */
function clauses(b: Body, e: ComprehensionExpr, from: number): void {
  const away: Path[] = [];
  let clause = e.clauses[from];
  let at = from;
  for (; clause?.kind === 'if'; clause = e.clauses[++at]) {
    look(b, clause.condition);
    away.push({ state: b.state, left: { span: clause.condition.span, text: 'not where this is false' } });
  }
  if (clause === undefined) operands(b, taken([e.element], IN_VALUE));
  else through(b, clause.source, clause.pattern, clause.span, () => clauses(b, e, at + 1));
  for (const path of away.reverse())
    b.meet([{ state: b.state, left: { span: e.element.span, text: 'not on this path' } }, path]);
}

/** Branch after branch, and not one in the other: there may be thousands. */
function walkIf(b: Body, e: IfExpr, wanted: boolean): void {
  const steps: { readonly yes: Path | undefined; readonly no: Path['left'] }[] = [];
  let isOver = false;
  for (const { condition, body } of e.branches) {
    look(b, condition);
    const truth = truthOf(condition);
    const before = b.state;
    let yes: Path | undefined;
    if (truth !== false) {
      b.forms.block(b, body, wanted);
      yes = { state: b.state, left: { span: body.span, text: NOT_HERE } };
      b.state = before;
    }
    const no = { span: (e.otherwise ?? condition).span, text: e.otherwise ? NOT_HERE : 'not where this is false' };
    steps.push({ yes, no });
    if ((isOver = truth === true)) break;
  }
  if (!isOver && e.otherwise) b.forms.block(b, e.otherwise, wanted);
  for (const [i, { yes, no }] of [...steps.entries()].reverse()) {
    const rest: Path[] = isOver && i === steps.length - 1 ? [] : [{ state: b.state, left: no }];
    b.meet(yes === undefined ? rest : [yes, ...rest]);
  }
}

function walkCase(b: Body, e: CaseExpr, wanted: boolean): void {
  if (b.held(e.subject.id) === undefined) look(b, e.subject);
  else operands(b, taken([e.subject], 'it was taken apart'));
  const type = b.typeOf(e.subject.id);
  const ways = e.arms.map((arm, i) => ({
    walk: (): void => {
      b.enter();
      if (arm.pattern.kind !== 'any') bind(b, arm.pattern);
      else if (restIsHeld(b, type, e.arms.slice(0, i))) b.forgetValue(type, arm.pattern.span);
      if (arm.guard !== undefined) look(b, arm.guard);
      b.forms.block(b, arm.body, wanted);
      b.leave();
    },
    left: { span: arm.span, text: NOT_HERE },
  }));
  const { otherwise } = e;
  if (otherwise !== undefined)
    ways.push({
      walk: () => {
        if (restIsHeld(b, type, e.arms)) b.forgetValue(type, otherwise.span);
        b.forms.block(b, otherwise, wanted);
      },
      left: { span: otherwise.span, text: NOT_HERE },
    });
  b.ways(ways);
}

function walkOn(b: Body, e: OnExpr, wanted: boolean): void {
  b.ways(
    e.branches.map((branch) => ({
      walk: (): void => {
        b.enter();
        if (branch.kind === 'after') look(b, branch.milliseconds);
        else branch.params.forEach((p) => bind(b, p.pattern));
        b.forms.block(b, branch.body, wanted);
        b.leave();
      },
      left: { span: branch.span, text: NOT_HERE },
    })),
  );
}

function walkTake(b: Body, e: TakeExpr, wanted: boolean): void {
  const { otherwise } = e;
  look(b, e.pool);
  b.ways([
    { walk: () => b.forms.block(b, e.body, wanted), left: { span: e.body.span, text: NOT_HERE } },
    {
      walk: () => otherwise && b.forms.block(b, otherwise, wanted),
      left: { span: (otherwise ?? e).span, text: 'not where the pool is empty' },
    },
  ]);
}
