import fc from 'fast-check';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { assemble, formatAsmError } from '../../runtime/bytecode/assemble.js';
import { disassemble } from '../../runtime/bytecode/disassemble.js';
import { shapeOf } from '../../runtime/bytecode/assembly-header.js';
import { ROWS } from '../../runtime/bytecode/isa.js';
import type {
  CodeTable,
  Constant,
  FunctionImage,
  ModuleImage,
  Param,
  SelectCase,
} from '../../runtime/bytecode/module.js';
import { LISTING } from '../support/listing.js';

function assembled(text: string): ModuleImage {
  const r = assemble(text, 'test.qza');
  if (isLeft(r)) throw new Error(r.left.map(formatAsmError).join('\n'));
  return r.right;
}
const errorsOf = (text: string): string[] => {
  const r = assemble(text, 'test.qza');
  return isRight(r) ? [] : r.left.map(formatAsmError);
};

describe('the listing', () => {
  const image = assembled(LISTING);
  it('assembles as printed', () => {
    expect(image.functions.map((f) => [f.name, f.session, f.params.map((p) => `${p.name}:${p.kind}`)])).toEqual([
      ['Timer', true, ['s:end']],
      ['P', true, ['q:end']],
      ['Q', true, ['p:end']],
      ['main', false, []],
    ]);
    expect(image.hosts.map((h) => h.name)).toEqual(['std::get_time_ms', 'std::print', 'std::wait']);
    expect(image.messages).toEqual(['Start', 'Stop', 'Took', 'Ping', 'Pong']);
  });
  it('encodes slots, counts and labels', () => {
    const took = image.functions[0]!;
    const code = ROWS.findIndex((r) => r.name === 'send_msg');
    const at = took.code.indexOf(code);
    expect([...took.code.subarray(at, at + 4)]).toEqual([code, 1, 1, image.messages.indexOf('Took')]);
    expect(took.labels).toEqual([{ name: '_nomatch0', pc: took.code.length - 2 }]);
  });
  it('comes back from its text', () => expect(assembled(disassemble(image))).toEqual({ ...image, name: 'test' }));
});

describe('errors', () => {
  it('are all reported, with places and suggestions', () => {
    expect(
      errorsOf(
        [
          'function f < () -> void >:',
          '  psuh 1',
          '  jump _ende',
          '  call_function @std::prnt # so',
          '_end:',
          '  send_msg [0]',
          '  add 1',
          '  push "open',
        ].join('\n'),
      ),
    ).toEqual([
      'test.qza:8:8: cannot read "',
      'test.qza:2:3: no instruction is called psuh (did you mean push?)',
      'test.qza:4:17: a function called std::prnt is not known (did you mean std::print?)',
      'test.qza:6:3: send_msg needs a message label such as $Ping',
      'test.qza:7:7: add takes no more operands',
      'test.qza:3:8: f has no label _ende (did you mean _end?)',
    ]);
  });
  it.each([
    ['push 1', 'no function is open here'],
    ['function f < () -> void >', 'a header is written'],
    ['function f < () -> void >:\nfunction f < () -> void >:', 'f is defined twice'],
    ['function f < () -> void >:\na:\na:', 'label a is placed twice'],
    ['function f < () -> void >:\n  .locals', '.locals is written'],
    ['function f < () -> void >:\n  .colour 1', 'no directive is called .colour'],
    ['function f < () -> void >:\n  case x', 'case belongs to a table'],
    ['function f < () -> void >:\n  table t select\n  case [0] down x y', 'not a case of select'],
    ['function f < () -> void >:\n  select @t', 'f has no table t'],
    ['function f < () -> void >:\n  table t switch\n  table t switch', 'table t is there twice'],
    ['function f < () -> void >:\n  make Some', 'a constructor called Some is not known'],
    ['function f < () -> void >:\n  global x', 'a global called x is not known'],
    ['function f < () -> void >:\n  load x', 'the number of a local'],
    ['host h "int"', 'host is written'],
    ['constructor variant a b', 'constructor is written'],
    ['initialiser g', 'initialiser is written'],
    ['modul x', 'did you mean module?'],
  ])('%s', (text, message) => expect(errorsOf(text).join('\n')).toContain(message));
});

describe('the push family and raise', () => {
  const image = assembled(
    'function f < () -> void >:\n push @self\n push @f\n push 1.0\n push "a # b" # c\n raise "no"\n',
  );
  const names = [...image.functions[0]!.code].filter((_, i) => i !== 2 && i !== 4).map((c) => ROWS[c]?.name);
  it('chooses the row by the operand', () => {
    expect(names.slice(0, 2)).toEqual(['push_self', 'push_function']);
    expect(image.constants.slice(0, 2)).toEqual([
      { kind: 'float', value: 1 },
      { kind: 'string', value: 'a # b' },
    ]);
    expect(ROWS[image.functions[0]!.code.at(-2)!]!.name).toBe('raise_text');
  });
});

describe('shapes of declared types', () => {
  it.each<[string, boolean, string[], boolean]>([
    ['() -> void', false, [], false],
    ['(int, list<a>) -> b', false, [':data:int', ':data:list<a>'], true],
    ['((int) -> string, (a, b)) -> (int, int)', false, [':data:(int) -> string', ':data:(a, b)'], true],
    ['(q : ?{Data(int) ~> X}) -> int, q : X', false, ['q:end:?{Data(int) ~> X}'], true],
    ['(q : !{A ~> X}) -> void, q : X', false, ['q:end:!{A ~> X}'], false],
    ['exists S. (n : int) -> [s : S] -> ?s{A ~> End}', true, ['n:data:int', 's:end:S'], false],
    ['exists Q. (q : Q) -> [t : Timer] -> !t{A ~> End}', true, ['q:end:Q'], false],
    ['(t : Server) -> !t{A ~> End}', true, ['t:end:Server'], false],
    ['(r : service<A>) -> (w : pool<B>) -> End', true, ['r:reference:service<A>', 'w:pool:pool<B>'], false],
    ['nonsense', false, [], false],
    ['((((', true, [], false],
  ])('%s', (type, session, params, returns) => {
    const shape = shapeOf(type, session);
    expect(shape.params.map((p) => `${p.name}:${p.kind}:${p.type}`)).toEqual(params);
    expect(shape.returns).toBe(returns);
  });
});

// Arbitrary images, valid or not: the two directions are inverse whatever the words say.
const word = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 6 }) },
  { weight: 1, arbitrary: fc.integer({ min: -0x80000000, max: 0x7fffffff }) },
);
const text = fc.oneof(
  fc.constantFrom('x', 'Some', 'a b', 'std::print', 'case', '', '#"\\\n', '\u2028'),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const type = fc.oneof(
  fc.constantFrom(
    '() -> void',
    'int',
    '(x : a) -> b',
    'exists S. [s : S] -> End',
    '(list<int>) -> int',
    'a > b',
    ' # ',
  ),
  text,
);
const constant: fc.Arbitrary<Constant> = fc.oneof(
  fc.double().map((value): Constant => ({ kind: 'float', value })),
  fc
    .oneof(fc.integer(), fc.double(), fc.constantFrom(-0, Number.NaN, 2 ** 53))
    .map((value): Constant => ({ kind: 'int', value })),
  fc.string({ unit: 'binary' }).map((value): Constant => ({ kind: 'string', value })),
  fc.boolean().map((value): Constant => ({ kind: 'bool', value })),
  fc.uint8Array({ maxLength: 4 }).map((value): Constant => ({ kind: 'bytes', value: Uint8Array.from(value) })),
  fc.constant<Constant>({ kind: 'unit' }),
);
const param: fc.Arbitrary<Param> = fc.record({
  name: text,
  kind: fc.constantFrom('data', 'end', 'reference', 'pool', 'upvalue'),
  type,
});
const nat = fc.integer({ min: 0, max: 40 });
const selectCase: fc.Arbitrary<SelectCase> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('message' as const, 'any' as const),
    slot: word,
    message: word,
    count: nat,
    target: word,
  }),
  fc.record({ kind: fc.constantFrom('down' as const, 'any_down' as const), slot: word, target: word }),
  fc.record({ kind: fc.constant('accept' as const), message: word, count: nat, target: word }),
  fc.record({ kind: fc.constant('after' as const), target: word }),
);
const table: fc.Arbitrary<CodeTable> = fc.oneof(
  fc.record({ kind: fc.constant('switch' as const), targets: fc.array(word, { maxLength: 3 }), otherwise: word }),
  fc.record({ kind: fc.constant('capture' as const), locals: fc.array(word, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('select' as const), cases: fc.array(selectCase, { maxLength: 3 }) }),
);
const opcode = fc.integer({ min: 0, max: ROWS.length - 1 });
const instruction = fc
  .tuple(opcode, fc.array(word, { minLength: 3, maxLength: 3 }))
  .map(([c, ops]) => [c, ...ops.slice(0, ROWS[c]!.operands.length)]);
const fn = fc.record({
  params: fc.array(param, { maxLength: 2 }),
  locals: nat,
  returns: fc.boolean(),
  session: fc.boolean(),
  type,
  exported: fc.boolean(),
  code: fc
    .tuple(fc.array(instruction, { maxLength: 8 }), fc.array(word, { maxLength: 2 }))
    .map(([a, b]) => Int32Array.from([...a.flat(), ...b])),
  tables: fc.array(table, { maxLength: 2 }),
  labels: fc.array(fc.record({ name: fc.oneof(fc.constantFrom('a', 'b', '_c'), text), pc: nat }), { maxLength: 3 }),
  slotNames: fc.array(text, { maxLength: 3 }),
  source: fc.array(
    fc.oneof(
      fc.record({ pc: nat, offset: nat, line: nat }),
      fc.record({ pc: nat, offset: nat, line: nat, inlined: fc.array(text, { minLength: 1, maxLength: 2 }) }),
    ),
    { maxLength: 3 },
  ),
});
const image: fc.Arbitrary<ModuleImage> = fc.record({
  name: text,
  hash: fc.constant(''),
  constants: fc.array(constant, { maxLength: 5 }),
  messages: fc.array(text, { maxLength: 4 }),
  constructors: fc.array(
    fc.record({
      module: text,
      type: text,
      name: text,
      kind: fc.constantFrom('variant' as const, 'record' as const, 'exception' as const),
      tag: nat,
      fields: fc.array(fc.record({ name: text, type }), { maxLength: 2 }),
      params: fc.array(text, { maxLength: 2 }),
    }),
    { maxLength: 3 },
  ),
  types: fc.array(type, { maxLength: 3 }),
  functions: fc
    .uniqueArray(fc.tuple(text, fn), { maxLength: 4, selector: ([name]) => name })
    .map((fs): FunctionImage[] => fs.map(([name, f]) => ({ name, ...f }))),
  callees: fc.array(
    fc.oneof(
      fc.record({ kind: fc.constantFrom('function' as const, 'host' as const), index: word }),
      fc.record({
        kind: fc.constant('import' as const),
        module: word,
        name: text,
        signature: fc.record({
          params: fc.array(param, { maxLength: 2 }),
          returns: fc.boolean(),
          session: fc.boolean(),
          type,
        }),
      }),
    ),
    { maxLength: 4 },
  ),
  hosts: fc.array(
    fc.record({ name: text, params: fc.array(type, { maxLength: 2 }), result: type, async: fc.boolean() }),
    { maxLength: 3 },
  ),
  requires: fc.array(fc.record({ name: text, hash: text }), { maxLength: 2 }),
  globals: fc.array(fc.record({ name: text, type }), { maxLength: 2 }),
  initialiser: word,
  interface: text,
  sourcePath: text,
});

describe('assemble and disassemble', () => {
  it('are inverse on any image', () => {
    fc.assert(
      fc.property(image, (m) => {
        const printed = disassemble(m);
        const back = assemble(printed, 'any.qza');
        if (isLeft(back)) throw new Error(`${back.left.map(formatAsmError).join('\n')}\n${printed}`);
        expect(back.right).toEqual(m);
        expect(disassemble(back.right)).toBe(printed);
      }),
      { seed: 11, numRuns: 400 },
    );
  });
  it('survive any text', () => {
    const lines = disassemble(assembled(LISTING)).split('\n');
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...lines), fc.string()), { maxLength: 20 }), (ls) => {
        const r = assemble(ls.join('\n'), 'any.qza');
        if (isRight(r))
          expect(assemble(disassemble(r.right), 'again.qza')).toEqual({ _tag: 'Right', right: { ...r.right } });
      }),
      { seed: 12, numRuns: 200 },
    );
  });
});
