/**
 * Types of operators, field access and indexing. What an operator means may depend on types that are known only later;
 * then it waits, and if nothing decides it: numbers are `int`, anything else is an error that asks for an annotation.
 */
import type { BinaryExpr, FieldExpr, IndexExpr, UnaryExpr } from '../../ast/ast.js';
import { error } from '../../diagnostics/diagnostic.js';
import { fieldHints, nearest } from '../../diagnostics/suggest.js';
import type { Span } from '../../source/source.js';
import type { BodyContext, Context } from './context.js';
import { inferData } from './inside.js';
import { fieldsOf, instanceOf, recordsWith } from './declarations.js';
import { describe } from '../solve/show.js';
import { BOOL, BYTES, INT, isBuiltin, listOf, mapOf, prune, STRING, type Type } from '../solve/type.js';

export function inferUnary(c: Context, b: BodyContext, e: UnaryExpr): Type {
  const type = inferData(c, b, e.operand);
  if (e.op === 'not') {
    c.expect(BOOL, type, e.operand.span, { what: 'what follows `not`' });
    return BOOL;
  }
  const number = c.number(e.span);
  c.expect(number, type, e.operand.span);
  return prune(number);
}

export function inferBinary(c: Context, b: BodyContext, e: BinaryExpr): Type {
  const left = inferData(c, b, e.left);
  const right = inferData(c, b, e.right);
  const both = (type: Type): Type => {
    if (c.expect(type, left, e.left.span, { what: `the left side of \`${e.op}\`` }))
      c.expect(type, right, e.right.span, { what: `the right side of \`${e.op}\``, ...leftLabel(e, left) });
    return type;
  };
  switch (e.op) {
    case '&&':
    case '||':
      c.expect(BOOL, left, e.left.span, { what: `the left side of \`${e.op}\`` });
      c.expect(BOOL, right, e.right.span, { what: `the right side of \`${e.op}\`` });
      return BOOL;
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return arithmetic(c, e, left, right);
    case '..':
      both(INT);
      return listOf(INT);
    case '++':
      if (isNumber(prune(left)) || isBuiltin(prune(left), 'float')) return joinedNumber(c, e, prune(left));
      if (c.expect(left, right, e.right.span, { what: 'the right side of `++`', ...leftLabel(e, left) }))
        joinable(c, left, e.opSpan);
      return left;
    default:
      if (c.expect(left, right, e.right.span, { what: `the right side of \`${e.op}\``, ...leftLabel(e, left) }))
        comparable(c, left, e);
      return BOOL;
  }
}

const leftLabel = (e: BinaryExpr, left: Type) => {
  const t = prune(left);
  return t.kind === 'var' ? {} : { other: { span: e.left.span, text: `this is ${describe(left)}` } };
};

function arithmetic(c: Context, e: BinaryExpr, left: Type, right: Type): Type {
  const known = [left, right].map(prune).find((t) => isBuiltin(t, 'int') || isBuiltin(t, 'float'));
  if (known !== undefined && prune(left) === known && prune(right) === known) return known;
  for (const [side, type] of [
    [e.left, left],
    [e.right, right],
  ] as const)
    if (isBuiltin(prune(type), 'string') && e.op === '+') {
      c.report(
        error('Q0201', side.span, '`+` adds numbers, but this is a `string`', { hints: ['`++` joins strings'] }),
      );
      return c.data();
    }
  const number = c.number(e.opSpan);
  const ok = c.expect(number, left, e.left.span, { what: `the left side of \`${e.op}\`` });
  const right_ = { what: `the right side of \`${e.op}\``, ...leftLabel(e, left) };
  const both = ok && c.expect(number, right, e.right.span, right_);
  // What is wrong already says nothing about the result.
  return both ? prune(number) : c.data();
}

/** `n ++ 1`, or `n++`, which goes on with the line below. */
function joinedNumber(c: Context, e: BinaryExpr, is: Type): Type {
  const { left } = e;
  const name = left.kind === 'path' ? left.path.parts.at(-1)!.text : undefined;
  const below = lineOf(e.right.span.start, e) > lineOf(e.opSpan.start, e);
  c.report(
    error(
      'Q0201',
      left.span,
      `\`++\` joins strings, lists or bytes, but this is ${is.kind === 'var' ? 'a number' : describe(is)}`,
      {
        hints: [
          below && name !== undefined
            ? `Quartz has no \`${name}++\`: write \`${name} = ${name} + 1\`, where \`${name}\` is a \`var\``
            : '`+` adds numbers; `"{...}"` puts a number into a string',
        ],
      },
    ),
  );
  return c.data();
}

const lineOf = (offset: number, e: BinaryExpr): number => e.span.file.position(offset).line;

/** `++` joins strings, lists, bytes. */
function joinable(c: Context, type: Type, at: Span): void {
  later(c, type, at, 'whether `++` joins strings, lists or bytes', (t) => {
    if (!isBuiltin(t, 'string') && !isBuiltin(t, 'list') && !isBuiltin(t, 'bytes'))
      c.report(error('Q0201', at, `\`++\` joins strings, lists or bytes, but this is ${describe(t)}`));
  });
}

/** Any data but functions can be compared. */
function comparable(c: Context, type: Type, e: BinaryExpr): void {
  c.checks.push(() => {
    if (holdsFunction(type))
      c.report(error('Q0209', e.opSpan, `functions cannot be compared with \`${e.op}\``, { label: describe(type) }));
  });
}

function holdsFunction(type: Type): boolean {
  const t = prune(type);
  if (t.kind === 'fun') return true;
  if (t.kind === 'con') return t.args.some(holdsFunction);
  return t.kind === 'tuple' && t.elements.some(holdsFunction);
}

/** Runs when the type is known; if it never is, says what could not be told. */
function later(c: Context, type: Type, at: Span, what: string, run: (t: Type) => void): void {
  const attempt = (force: boolean): boolean => {
    const t = prune(type);
    if (t.kind !== 'var') {
      run(t);
      return true;
    }
    if (!force) return false;
    if (!c.tainted)
      c.report(error('Q0211', at, `nothing here tells ${what}`, { hints: ['say it with an annotation: `x : T`'] }));
    return true;
  };
  if (!attempt(false)) c.deferred.push({ rank: 'shape', holds: [type], run: attempt });
}

export function inferField(c: Context, b: BodyContext, e: FieldExpr): Type {
  const record = inferData(c, b, e.record);
  const result = c.data();
  const name = e.field.text;
  const of = (t: Type): void => {
    const fields = t.kind === 'con' ? fieldsOf(c, t.id, t.args) : undefined;
    const field = fields?.get(name);
    if (field !== undefined) c.expect(result, field, e.field.span);
    else
      c.report(
        error('Q0203', e.field.span, `${describe(t)} has no field \`${name}\``, {
          hints: fields === undefined ? accessHints(c, t, name) : fieldHints(name, fields.keys()),
        }),
      );
  };
  if (prune(record).kind === 'var') {
    const candidates = recordsWith(c, name);
    if (candidates.length === 1) c.expect(record, instanceOf(c, candidates[0]!).result, e.record.span);
    else if (candidates.length === 0) {
      if (!c.tainted) c.report(error('Q0203', e.field.span, `no record type here has a field \`${name}\``));
      return result;
    }
  }
  later(c, record, e.record.span, `which record type this is (\`${name}\` is a field of several)`, of);
  return prune(result);
}

const isNumber = (t: Type): boolean => (t.kind === 'var' && t.constraint === 'number') || isBuiltin(t, 'int');

/** Functions are not called as methods; the module of the type may have one of that name. */
function accessHints(c: Context, t: Type, name: string): string[] {
  if (t.kind !== 'con' || t.id.module !== '') return [];
  const module = t.id.name;
  const known = c.env.get(module)?.functions;
  if (known === undefined) return [`functions on it live in modules, such as \`${module}\``];
  const near = known.has(name) ? name : nearest(name, known.keys());
  return [`functions on it live in a module: ${near === undefined ? `\`${module}\`` : `\`${module}::${near}(...)\``}`];
}

export function inferIndex(c: Context, b: BodyContext, e: IndexExpr): Type {
  const base = inferData(c, b, e.base);
  const index = inferData(c, b, e.index);
  const result = c.data();
  const at = (wanted: Type): boolean => c.expect(wanted, index, e.index.span, { what: 'this index' });
  const give = (element: Type): void => void c.expect(result, element, e.span);
  // Only a map is indexed by anything but numbers.
  const keyed = (): void => {
    const key = prune(index);
    const known = key.kind !== 'var' || key.constraint === 'number' ? !isNumber(key) : false;
    if (known && prune(base).kind === 'var') c.expect(base, mapOf(index, c.data()), e.base.span);
  };
  keyed();
  if (prune(base).kind === 'var')
    c.deferred.push({ rank: 'peer', holds: [base, index], run: () => (keyed(), prune(base).kind !== 'var') });
  later(c, base, e.base.span, 'whether this is a list, a map, a string or bytes', (t) => {
    if (t.kind === 'con' && isBuiltin(t, 'map')) {
      at(t.args[0]!);
      return give(t.args[1]!);
    }
    if (t.kind === 'con' && isBuiltin(t, 'list')) return (at(INT), give(t.args[0]!));
    if (isBuiltin(t, 'string')) return (at(INT), give(STRING));
    if (t === BYTES || isBuiltin(t, 'bytes')) return (at(INT), give(INT));
    c.report(
      error('Q0212', e.base.span, `${describe(t)} cannot be indexed`, {
        hints: ['lists, maps, strings and bytes can'],
      }),
    );
  });
  return prune(result);
}
