/**
 * Rows that compute: stack, locals, numbers, comparison, text, upvalues, globals.
 * Invariant: none of these rows touches anything another thread can see, and none of them suspends.
 * As in the original machine, the left operand of a binary row is on top: `now new sub` is new - now.
 */
import type { Meaning, RowText, Texts } from './isa.js';

const move: Meaning = { kind: 'move' };
const value = (js: (v: Texts) => string, more: Partial<Extract<Meaning, { kind: 'value' }>> = {}): Meaning => ({
  kind: 'value',
  js,
  ...more,
});
const set = (js: (v: Texts) => string, makes?: number): Meaning => ({
  kind: 'set',
  js,
  ...(makes === undefined ? {} : { makes }),
});
const act = (js: (v: Texts) => string): Meaning => ({ kind: 'act', js });

const row = (name: string, operands: string, effect: string, meaning: Meaning, doc: string): RowText => ({
  name,
  operands,
  effect,
  doc,
  meaning,
});

const one = (): string => '1';
/** A string counts 1 + an eighth of its length; a concatenation, which shares, as much as its shorter part. */
const text = (_v: Texts, r: string): string => `1 + (${r}.length >> 3)`;
const shorter = (v: Texts): string => `1 + (Math.min(${v['x']}.length, ${v['y']}.length) >> 3)`;
const divides = { when: (v: Texts) => `${v['y']} === 0`, exception: 'DivideByZero' };
const intOp = (name: string, js: (x: string, y: string) => string, doc: string, divide = false): RowText =>
  row(
    name,
    '',
    'y:int x:int -> r:int',
    value((v) => js(v['x']!, v['y']!), { check: 'int', ...(divide ? { guard: divides } : {}) }),
    doc,
  );
const floatOp = (name: string, op: string, doc: string): RowText =>
  row(
    name,
    '',
    'y:float x:float -> r:float',
    value((v) => `new Float(${v['x']}.value ${op} ${v['y']}.value)`, { allocates: one }),
    doc,
  );
const intTest = (name: string, op: string, type: string, doc: string): RowText =>
  row(
    name,
    '',
    `y:${type} x:${type} -> r:bool`,
    value((v) => `${v['x']} ${op} ${v['y']}`),
    doc,
  );
const floatTest = (name: string, op: string, doc: string): RowText =>
  row(
    name,
    '',
    'y:float x:float -> r:bool',
    value((v) => `${v['x']}.value ${op} ${v['y']}.value`),
    doc,
  );
const anyTest = (name: string, js: (x: string, y: string) => string, doc: string): RowText =>
  row(
    name,
    '',
    'y:a x:a -> r:bool',
    value((v) => js(v['x']!, v['y']!), { long: true }),
    doc,
  );

export const dataRows: readonly RowText[] = [
  row('push', 'k:constant', '-> k', move, 'Pushes a constant.'),
  {
    ...row(
      'push_function',
      'f:callee',
      '-> r:function',
      value((v) => `functionValue(${v['f']})`),
      'Pushes a function as a value: a partial application to nothing.',
    ),
    text: 'push',
  },
  row('pop', '', 'a ->', move, 'Drops the top.'),
  row('dup', '', 'a -> a a', move, 'Pushes the top again.'),
  row('swap', '', 'a b -> b a', move, 'Exchanges the two topmost.'),
  row('get', 's:slot', '-> s', move, 'Pushes a copy of a slot counted from the top.'),
  row(
    'load',
    'n:local',
    '-> n',
    move,
    'Pushes a local: a slot counted from the bottom of the frame, parameters first.',
  ),
  row(
    'store',
    'n:local',
    'a ->',
    set((v) => v['a']!),
    'Assigns the top to a local.',
  ),
  row(
    'cast',
    't:type',
    'a -> a',
    move,
    'States the type of the top; widening is checked by the verifier and costs nothing.',
  ),

  intOp('add', (x, y) => `${x} + ${y}`, 'Sum of two ints; Overflow outside the exact range.'),
  intOp('sub', (x, y) => `${x} - ${y}`, 'Top minus the one below.'),
  intOp('mul', (x, y) => `${x} * ${y}`, 'Product of two ints.'),
  intOp('div', (x, y) => `(${x} - ${x} % ${y}) / ${y}`, 'Top divided by the one below, truncated; DivideByZero.', true),
  intOp(
    'rem',
    (x, y) => `${x} % ${y}`,
    'Remainder of the same division: the sign of the dividend; DivideByZero.',
    true,
  ),
  row(
    'neg',
    '',
    'x:int -> r:int',
    value((v) => `0 - ${v['x']}`, { check: 'int' }),
    'Negated int.',
  ),
  floatOp('fadd', '+', 'Sum of two floats (IEEE 754 binary64, as all float rows).'),
  floatOp('fsub', '-', 'Top minus the one below.'),
  floatOp('fmul', '*', 'Product of two floats.'),
  floatOp('fdiv', '/', 'Top divided by the one below; dividing by zero gives an infinity or NaN.'),
  floatOp('frem', '%', 'Remainder with the sign of the dividend.'),
  row(
    'fneg',
    '',
    'x:float -> r:float',
    value((v) => `new Float(-${v['x']}.value)`, { allocates: one }),
    'Negated float.',
  ),

  intTest('eq', '===', 'scalar', 'Are two ints, bools or strings equal?'),
  intTest('ne', '!==', 'scalar', 'Are two ints, bools or strings different?'),
  intTest('lt', '<', 'int', 'Is the top less than the one below?'),
  intTest('le', '<=', 'int', 'Is the top at most the one below?'),
  intTest('gt', '>', 'int', 'Is the top greater than the one below?'),
  intTest('ge', '>=', 'int', 'Is the top at least the one below?'),
  floatTest('feq', '===', 'Are two floats equal? NaN equals nothing.'),
  floatTest('fne', '!==', 'Are two floats different?'),
  floatTest('flt', '<', 'Is the top less than the one below?'),
  floatTest('fle', '<=', 'Is the top at most the one below?'),
  floatTest('fgt', '>', 'Is the top greater than the one below?'),
  floatTest('fge', '>=', 'Is the top at least the one below?'),
  anyTest('equal', (x, y) => `equal(${x}, ${y})`, 'Structural equality of two values of one type.'),
  anyTest('not_equal', (x, y) => `!equal(${x}, ${y})`, 'Structural inequality.'),
  anyTest(
    'less',
    (x, y) => `order(${x}, ${y}) < 0`,
    'Structural order: strings by code points, lists and tuples lexicographically, variants by constructor; none if a NaN decides.',
  ),
  anyTest('less_equal', (x, y) => `order(${x}, ${y}) <= 0`, 'Structural order.'),
  anyTest('greater', (x, y) => `order(${x}, ${y}) > 0`, 'Structural order.'),
  anyTest('greater_equal', (x, y) => `order(${x}, ${y}) >= 0`, 'Structural order.'),
  row(
    'not',
    '',
    'x:bool -> r:bool',
    value((v) => `!${v['x']}`),
    'Negated bool.',
  ),

  row(
    'concat',
    '',
    'y:string x:string -> r:string',
    value((v) => `concat(${v['x']}, ${v['y']})`, { fails: true, allocates: shorter }),
    'Top followed by the one below; HeapExhausted beyond the longest string.',
  ),
  row(
    'join',
    'n:count',
    'args(n) -> r:string',
    value((v) => (v['count'] === '2' ? `concat(${v['args']})` : `joined([${v['args']}])`), {
      fails: true,
      allocates: text,
    }),
    'The n topmost strings joined in the order they were pushed: interpolation.',
  ),
  row(
    'to_string',
    '',
    'a -> r:string',
    value((v) => `show(${v['a']})`, { fails: true, long: true, allocates: text }),
    'The value as the language writes it; a string stays as it is.',
  ),
  row(
    'code_point',
    '',
    's:string -> r:int',
    value((v) => `${v['s']}.codePointAt(0)`, { guard: { when: (v) => `${v['s']} === ''`, exception: 'OutOfRange' } }),
    'The Unicode number of the first character of a string.',
  ),

  row(
    'open_upvalue',
    'n:local',
    '->',
    set((v) => `new Upvalue(${v['n']})`, 1),
    'Turns local n into an open upvalue that closures share.',
  ),
  row(
    'get_upvalue',
    'n:local',
    '-> r',
    value((v) => `${v['n']}.value`),
    'Reads through the upvalue in local n.',
  ),
  row(
    'set_upvalue',
    'n:local',
    'a ->',
    act((v) => `${v['n']}.value = ${v['a']}`),
    'Writes through the upvalue in local n.',
  ),
  row(
    'global',
    'g:global',
    '-> r',
    value((v) => `${v['g']}.value`, { guard: { when: (v) => `!${v['g']}.ready`, exception: 'Uninitialised' } }),
    'Reads a constant of this module.',
  ),
  row(
    'set_global',
    'g:global',
    'a ->',
    act((v) => `setGlobal(${v['g']}, ${v['a']})`),
    'Gives a constant of this module its value; only in the initialiser.',
  ),
];
