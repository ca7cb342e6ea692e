/**
 * Expressions. Invariant: with `value` exactly one value is pushed, with `effect` nothing stays, with `return` the body
 * has ended.
 */
import type { Expr, RecordExpr, TemplateExpr, UpdateExpr } from '../ast/ast.js';
import { settleValue } from './body/leaving.js';
import { call, pathValue } from './forms/calls.js';
import { caseExpression, ifExpression } from './forms/choices.js';
import { closureOver } from './body/closures.js';
import { tryExpression } from './forms/exceptions.js';
import { connect, send, watchValue } from './talk/links.js';
import { comprehension } from './forms/loops.js';
import { pushLiteral } from './body/matching.js';
import { binary, shortCircuit, unary } from './forms/operators.js';
import { take } from './talk/pools.js';
import { block, type Body, type Want } from './body/scope.js';
import { spawn } from './talk/spawning.js';
import { builtinName } from './image/type-of.js';
import { typed, typedIfOpen } from './body/typed.js';
import { wait } from './talk/waits.js';

export function expression(b: Body, e: Expr, want: Want): void {
  switch (e.kind) {
    // Those that end in blocks pass the wish on; so do calls, for tail calls.
    case 'if':
      return ifExpression(b, e, want);
    case 'case':
      return caseExpression(b, e, want);
    case 'try':
      return tryExpression(b, e, want);
    case 'on':
      return wait(b, e, want);
    case 'take':
      return take(b, e, want);
    case 'block':
      return block(b, e.block, want);
    case 'call':
      return call(b, e, want);
    case 'send':
      return send(b, e, want);
    case 'binary':
      if (e.op === '&&' || e.op === '||') return shortCircuit(b, e, want);
      binary(b, e);
      return settleValue(b, want);
    default:
      value(b, e);
      return settleValue(b, want);
  }
}

type Plain = Exclude<Expr, { kind: 'if' | 'case' | 'try' | 'on' | 'take' | 'block' | 'call' | 'send' | 'binary' }>;

function value(b: Body, e: Plain): void {
  const f = b.frame;
  switch (e.kind) {
    case 'literal':
      return pushLiteral(b, e.literal);
    case 'template':
      return template(b, e);
    case 'path':
      return pathValue(b, e);
    case 'self':
      return f.op('push_self');
    case 'tuple':
      e.elements.forEach((x) => expression(b, x, 'value'));
      return f.emit('tuple', [e.elements.length], 1 - e.elements.length);
    case 'list':
      return list(b, e);
    case 'comprehension':
      return comprehension(b, e);
    case 'map':
      for (const entry of e.entries) {
        expression(b, entry.key, 'value');
        expression(b, entry.value, 'value');
      }
      f.emit('map', [e.entries.length], 1 - 2 * e.entries.length);
      return typed(b, e.id);
    case 'record':
      return record(b, e);
    case 'update':
      return update(b, e);
    case 'unary':
      return unary(b, e);
    case 'field': {
      expression(b, e.record, 'value');
      f.op('field', fieldIndex(b, e.record, e.field.text));
      return typed(b, e.id);
    }
    case 'index':
      expression(b, e.base, 'value');
      expression(b, e.index, 'value');
      f.from(e.span);
      f.op('index');
      return typed(b, e.id);
    case 'lambda':
      closureOver(b, b.unit.lift(e, b.name));
      return typedIfOpen(b, e.id);
    case 'spawn':
      return spawn(b, e);
    case 'connect':
      return connect(b, e);
    case 'watch':
      return watchValue(b, e);
  }
}

function template(b: Body, e: TemplateExpr): void {
  const f = b.frame;
  for (const part of e.parts) {
    if (typeof part === 'string') f.string(part);
    else {
      expression(b, part, 'value');
      if (builtinName(b.unit.typeOf(part.id)) !== 'string') f.op('to_string');
    }
  }
  if (e.parts.length === 0) f.string('');
  else if (e.parts.length > 1) f.emit('join', [e.parts.length], 1 - e.parts.length);
}

/** `[a, b, ..c, d]`: runs of elements are pushed, spreads are appended from the left. */
/** `[spawn A(self), spawn B(self)]`: a list of ends is a pool, its members in the order written. */
function poolOf(b: Body, e: Extract<Expr, { kind: 'list' }>): void {
  const f = b.frame;
  f.op('pool_new');
  const members = f.under(0);
  for (const { value } of e.elements) {
    expression(b, value, 'value');
    f.unit();
    f.op('pool_put', f.slot(members));
  }
}

function list(b: Body, e: Extract<Expr, { kind: 'list' }>): void {
  const f = b.frame;
  if (b.unit.typeOf(e.id)?.kind === 'pool') return poolOf(b, e);
  const last = e.elements.at(-1);
  if (e.elements.length > 1 && last?.spread === true && e.elements.every((x) => x === last || !x.spread)) {
    // A prefix before one list: cells in front of it.
    e.elements.forEach((x) => expression(b, x.value, 'value'));
    for (let i = 1; i < e.elements.length; i++) f.op('cons');
    return typed(b, e.id);
  }
  let run = 0;
  let have = false;
  const flush = (): void => {
    if (run === 0 && have) return;
    f.emit('list', [run], 1 - run);
    typed(b, e.id);
    run = 0;
    joined();
  };
  const joined = (): void => {
    if (have) {
      f.op('swap');
      f.op('append');
      typed(b, e.id);
    }
    have = true;
  };
  for (const element of e.elements) {
    if (element.spread && run > 0) flush();
    expression(b, element.value, 'value');
    if (element.spread) joined();
    else run++;
  }
  if (run > 0 || !have) flush();
}

/** Fields are computed in the order written and laid out in the order declared. */
function record(b: Body, e: RecordExpr): void {
  const f = b.frame;
  const entity = b.unit.entity(e.type.id);
  if (entity?.kind !== 'record') return;
  const written = e.fields.map((x) => x.name.text);
  for (const field of e.fields) expression(b, field.value, 'value');
  const n = entity.fields.length;
  const sorted = entity.fields.every((name, i) => written[i] === name);
  if (!sorted) {
    const first = f.depth - n;
    for (const name of entity.fields) f.get({ area: 'stack', at: first + written.indexOf(name) });
  }
  f.emit('make', [b.unit.constructorOf(entity)!], 1 - n);
  if (!sorted) f.slide(n);
  typed(b, e.id);
}

function update(b: Body, e: UpdateExpr): void {
  const entity = b.unit.entity(e.type.id);
  if (entity?.kind !== 'record') return;
  expression(b, e.base, 'value');
  for (const field of e.fields) {
    expression(b, field.value, 'value');
    b.frame.op('with_field', entity.fields.indexOf(field.name.text));
  }
  typed(b, e.id);
}

/** The place of a field among those of the record's type, which the image lists from here on. */
function fieldIndex(b: Body, recordExpr: Expr, name: string): number {
  const type = b.unit.typeOf(recordExpr.id);
  const fields = type?.kind === 'con' ? b.unit.fieldsOf(type.id) : undefined;
  if (type?.kind !== 'con' || fields === undefined) return 0;
  b.unit.constructorOf({ kind: 'record', id: type.id, fields });
  return fields.indexOf(name);
}
