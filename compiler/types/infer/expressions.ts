/**
 * Types of expressions, by cases. Invariant: every expression gets a type in the table, and an expression that stands
 * where data is wanted is an error if it is an end or a pool.
 */
import type { ComprehensionExpr, Expr, LambdaExpr, RecordExpr, UpdateExpr } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import { fieldHints } from '../../diagnostics/suggest.js';
import { span } from '../../source/source.js';
import { rigidNames, typeOf } from './annotations.js';
import { inferCall } from './calls.js';
import type { BodyContext, Context, Wanted } from './context.js';
import { inferBlock, inferData, inferExpr, joinBlocks, lastSpan } from './inside.js';
import { fieldsOf, instanceOf } from './declarations.js';
import { literalType } from '../solve/literals.js';
import { inferPath, isLinear } from './names.js';
import { inferBinary, inferField, inferIndex, inferUnary } from './operators.js';
import { inferPattern } from './patterns.js';
import { elementOf, inferTake } from './pools.js';
import { inferSpawn } from './spawn.js';
import { inferConnect, inferOn, inferSend, selfType } from './talk.js';
import { BOOL, EXN, listOf, mapOf, prune, STRING, THREAD, UNIT, type Type } from '../solve/type.js';

/** The type of an expression by its form; `inferExpr` enters it in the table. */
export function expressionType(c: Context, b: BodyContext, e: Expr, wanted: Wanted): Type {
  switch (e.kind) {
    case 'literal':
      return literalType(e.literal);
    case 'template':
      e.parts.forEach((p) => typeof p !== 'string' && inferData(c, b, p));
      return STRING;
    case 'path':
      return inferPath(c, b, e);
    case 'self':
      return selfType(c, b, e.span);
    case 'tuple': {
      const hints = hintOf(wanted, 'tuple');
      const elements = e.elements.map((x, i) =>
        inferData(c, b, x, hints?.kind === 'tuple' ? hints.elements[i] : undefined),
      );
      return { kind: 'tuple', elements };
    }
    case 'list':
      return inferList(c, b, e, wanted);
    case 'comprehension':
      return inferComprehension(c, b, e);
    case 'map': {
      const [key, value] = [c.data(), c.data()];
      for (const entry of e.entries) {
        c.expect(key, inferData(c, b, entry.key), entry.key.span, { what: 'this key' });
        c.expect(value, inferData(c, b, entry.value), entry.value.span, { what: 'this value' });
      }
      return mapOf(key, value);
    }
    case 'record':
    case 'update':
      return inferRecord(c, b, e);
    case 'unary':
      return inferUnary(c, b, e);
    case 'binary':
      return inferBinary(c, b, e);
    case 'call':
      return inferCall(c, b, e);
    case 'field':
      return inferField(c, b, e);
    case 'index':
      return inferIndex(c, b, e);
    case 'lambda':
      return inferLambda(c, b, e, wanted);
    case 'if': {
      for (const branch of e.branches)
        c.expect(BOOL, inferData(c, b, branch.condition), branch.condition.span, { what: 'this condition' });
      const blocks = e.branches.map((x) => x.body);
      if (e.otherwise !== undefined) return joinBlocks(c, b, [...blocks, e.otherwise], wanted);
      blocks.forEach((block) => inferBlock(c, b, block, 'discard'));
      if (wanted === 'discard') return UNIT;
      const unit: Type = { ...UNIT };
      c.u.elseless.set(unit, {
        header: span(e.span.file, e.span.start, e.branches[0]!.condition.span.end),
        whole: e.span,
      });
      return unit;
    }
    case 'case': {
      const subject = inferData(c, b, e.subject);
      for (const arm of e.arms) {
        inferPattern(c, arm.pattern, subject);
        if (arm.guard !== undefined)
          c.expect(BOOL, inferData(c, b, arm.guard), arm.guard.span, { what: 'this condition' });
      }
      return joinBlocks(c, b, [...e.arms.map((a) => a.body), ...(e.otherwise ? [e.otherwise] : [])], wanted);
    }
    case 'try': {
      for (const handler of e.handlers) inferPattern(c, handler.pattern, EXN);
      const type = joinBlocks(c, b, [e.body, ...e.handlers.map((h) => h.body)], wanted);
      if (e.finalizer !== undefined) inferBlock(c, b, e.finalizer, 'discard');
      return type;
    }
    case 'on':
      return inferOn(c, b, e, wanted);
    case 'take':
      return inferTake(c, b, e, wanted);
    case 'spawn':
      return inferSpawn(c, b, e);
    case 'connect':
      return inferConnect(c, b, e);
    case 'watch': {
      const type = inferExpr(c, b, e.thread);
      const t = prune(type);
      if (t.kind !== 'end' && t.kind !== 'service') c.expect(THREAD, type, e.thread.span, { what: 'what is watched' });
      return UNIT;
    }
    case 'send':
      return inferSend(c, b, e);
    case 'block':
      return inferBlock(c, b, e.block, wanted);
  }
}

const hintOf = (wanted: Wanted, kind: Type['kind']): Type | undefined => {
  const t = wanted === undefined || wanted === 'discard' ? undefined : prune(wanted);
  return t?.kind === kind ? t : undefined;
};

function inferList(c: Context, b: BodyContext, e: Extract<Expr, { kind: 'list' }>, wanted: Wanted): Type {
  const hint = hintOf(wanted, 'con');
  const element = hint?.kind === 'con' && hint.id.name === 'list' ? hint.args[0]! : c.open();
  for (const el of e.elements) {
    if (el.spread) {
      c.expect(listOf(element), inferData(c, b, el.value), el.span, { what: 'what is spread here' });
      continue;
    }
    const type = inferExpr(c, b, el.value, element);
    c.expectValue(element, type, el.span, { what: 'this element' });
  }
  return collection(c, element);
}

/** A list of data, or a pool if the elements are ends. */
function collection(c: Context, element: Type): Type {
  const t = prune(element);
  if (t.kind === 'end') return { kind: 'pool', end: t.end, datum: UNIT };
  if (t.kind === 'var') t.linear = false;
  return listOf(t);
}

function inferComprehension(c: Context, b: BodyContext, e: ComprehensionExpr): Type {
  for (const clause of e.clauses)
    if (clause.kind === 'if')
      c.expect(BOOL, inferData(c, b, clause.condition), clause.condition.span, { what: 'this condition' });
    else {
      const source = inferData(c, b, clause.source);
      inferPattern(c, clause.pattern, elementOf(c, source, clause.source.span));
    }
  return collection(c, inferExpr(c, b, e.element));
}

function inferRecord(c: Context, b: BodyContext, e: RecordExpr | UpdateExpr): Type {
  const entity = c.entity(e.type.id);
  const declared = entity?.kind === 'record' ? c.declaration(entity.id) : undefined;
  const result = declared && instanceOf(c, declared).result;
  const name = e.type.parts.at(-1)!.text;
  if (e.kind === 'update') {
    const base = inferData(c, b, e.base, result);
    if (result !== undefined) c.expect(result, base, e.base.span, { what: `what stands before \`|\`` });
  }
  const t = result && prune(result);
  const fields = t?.kind === 'con' ? fieldsOf(c, t.id, t.args) : undefined;
  const given = new Set<string>();
  for (const field of e.fields) {
    const wanted = fields?.get(field.name.text);
    const type = inferData(c, b, field.value, wanted);
    if (given.has(field.name.text))
      c.report(error('Q0102', field.name.span, `the field \`${field.name.text}\` is given twice`));
    given.add(field.name.text);
    if (wanted !== undefined) c.expect(wanted, type, field.value.span, { what: `the field \`${field.name.text}\`` });
    else if (fields !== undefined)
      c.report(
        error('Q0203', field.name.span, `\`${name}\` has no field \`${field.name.text}\``, {
          hints: fieldHints(field.name.text, fields.keys()),
        }),
      );
  }
  const missing = e.kind === 'record' ? [...(fields?.keys() ?? [])].filter((f) => !given.has(f)) : [];
  if (missing.length > 0)
    c.report(
      error('Q0204', e.span, `this \`${name}\` lacks ${missing.map((m) => `\`${m}\``).join(', ')}`, {
        hints: [`all fields are given when a record is made; \`${name}{old | ...}\` changes some of an old one`],
      }),
    );
  return result ?? c.data();
}

function inferLambda(c: Context, b: BodyContext, e: LambdaExpr, wanted: Wanted): Type {
  const hint = hintOf(wanted, 'fun');
  const names = rigidNames(c, b.named);
  const params = e.params.map((p, i) => {
    const type = p.annotation === undefined ? c.data() : typeOf(c, p.annotation, names);
    const given = hint?.kind === 'fun' && hint.params.length === e.params.length ? hint.params[i] : undefined;
    if (given !== undefined) c.expect(given, type, p.span, { what: 'this parameter' });
    inferPattern(c, p.pattern, type);
    return type;
  });
  for (const [i, p] of params.entries())
    if (isLinear(p)) c.report(error('Q0231', e.params[i]!.span, 'a closure cannot take an end or a pool'));
  const result = c.data();
  const body: BodyContext = { ...b, owner: e, result };
  const type = inferBlock(c, body, e.body, result);
  c.expect(result, type, lastSpan(e.body), { what: 'the value of this closure' });
  return { kind: 'fun', params, result };
}
