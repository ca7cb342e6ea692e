/** The binary form: `decode` undoes `encode`, and hostile bytes give an error with an offset, never an exception. */
import fc from 'fast-check';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { decode } from '../../runtime/bytecode/decode.js';
import { encode, sealed } from '../../runtime/bytecode/encode.js';
import type { CodeTable, Constant, FunctionImage, ModuleImage } from '../../runtime/bytecode/module.js';

const text = fc.string({ unit: 'binary', maxLength: 8 });
const small = fc.nat(1000);
const constant: fc.Arbitrary<Constant> = fc.oneof(
  fc.maxSafeInteger().map((value) => ({ kind: 'int', value: value + 0 }) as const),
  fc.double().map((value) => ({ kind: 'float', value }) as const),
  fc.boolean().map((value) => ({ kind: 'bool', value }) as const),
  text.map((value) => ({ kind: 'string', value }) as const),
  fc.uint8Array({ maxLength: 9 }).map((value) => ({ kind: 'bytes', value: Uint8Array.from(value) }) as const),
  fc.constant({ kind: 'unit' } as const),
);
const params = fc.array(
  fc.record({ name: text, kind: fc.constantFrom('data', 'end', 'reference', 'pool', 'upvalue'), type: text }),
  { maxLength: 3 },
);
const table: fc.Arbitrary<CodeTable> = fc.oneof(
  fc.record({ kind: fc.constant('switch' as const), targets: fc.array(small, { maxLength: 4 }), otherwise: small }),
  fc.record({ kind: fc.constant('capture' as const), locals: fc.array(small, { maxLength: 4 }) }),
  fc.record({
    kind: fc.constant('select' as const),
    cases: fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constantFrom('message', 'any'),
          slot: small,
          message: small,
          count: small,
          target: small,
        }),
        fc.record({ kind: fc.constantFrom('down', 'any_down'), slot: small, target: small }),
        fc.record({ kind: fc.constant('accept' as const), message: small, count: small, target: small }),
        fc.record({ kind: fc.constant('after' as const), target: small }),
      ),
      { maxLength: 4 },
    ),
  }),
);
const fun: fc.Arbitrary<FunctionImage> = fc.record({
  name: text,
  params,
  locals: small,
  returns: fc.boolean(),
  session: fc.boolean(),
  type: text,
  exported: fc.boolean(),
  code: fc.array(fc.integer(), { maxLength: 12 }).map((words) => Int32Array.from(words)),
  tables: fc.array(table, { maxLength: 3 }),
  labels: fc.array(fc.record({ name: text, pc: small }), { maxLength: 2 }),
  slotNames: fc.array(text, { maxLength: 3 }),
  source: fc.array(fc.record({ pc: small, offset: small, line: small }), { maxLength: 4 }),
});
const image: fc.Arbitrary<ModuleImage> = fc.record({
  name: text,
  hash: fc.constant(''),
  constants: fc.array(constant, { maxLength: 6 }),
  messages: fc.array(text, { maxLength: 3 }),
  constructors: fc.array(
    fc.record({
      module: text,
      type: text,
      name: text,
      kind: fc.constantFrom('variant', 'record', 'exception'),
      tag: small,
      fields: fc.array(fc.record({ name: text, type: text }), { maxLength: 2 }),
      params: fc.array(text, { maxLength: 2 }),
    }),
    { maxLength: 3 },
  ),
  types: fc.array(text, { maxLength: 2 }),
  functions: fc.array(fun, { maxLength: 3 }),
  callees: fc.array(
    fc.oneof(
      fc.record({ kind: fc.constantFrom('function', 'host'), index: small }),
      fc.record({
        kind: fc.constant('import' as const),
        module: small,
        name: text,
        signature: fc.record({ params, returns: fc.boolean(), session: fc.boolean(), type: text }),
      }),
    ),
    { maxLength: 3 },
  ),
  hosts: fc.array(
    fc.record({ name: text, params: fc.array(text, { maxLength: 2 }), result: text, async: fc.boolean() }),
    {
      maxLength: 2,
    },
  ),
  requires: fc.array(fc.record({ name: text, hash: text }), { maxLength: 2 }),
  globals: fc.array(fc.record({ name: text, type: text }), { maxLength: 2 }),
  initialiser: fc.integer({ min: -1, max: 5 }),
  interface: text,
  sourcePath: text,
}) as fc.Arbitrary<ModuleImage>;

describe('the binary form of modules', () => {
  it('is undone by decode, and names the content by its hash', () => {
    fc.assert(
      fc.property(image, (made) => {
        const whole = sealed(made);
        const back = decode(encode(made));
        expect(isRight(back) && back.right).toEqual(whole);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it('refuses every single changed byte, since the hash covers all', () => {
    fc.assert(
      fc.property(image, fc.nat(), fc.integer({ min: 1, max: 255 }), (made, where, change) => {
        const bytes = encode(made);
        const at = where % bytes.length;
        bytes[at] = bytes[at]! ^ change;
        expect(isLeft(decode(bytes))).toBe(true);
      }),
      { numRuns: 300, seed: 8 },
    );
  });

  it('answers garbage with an offset inside it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const found = decode(bytes);
        if (isLeft(found)) expect(found.left.offset).toBeLessThanOrEqual(bytes.length);
        else expect(encode(found.right)).toEqual(bytes);
      }),
      { numRuns: 500, seed: 9 },
    );
  });

  it('says in words what is wrong', () => {
    const bytes = encode({ ...fc.sample(image, { numRuns: 1, seed: 1 })[0]! });
    const message = (b: Uint8Array): string => {
      const found = decode(b);
      return isLeft(found) ? found.left.message : 'accepted';
    };
    expect(message(new Uint8Array())).toBe('the data ends too early');
    expect(message(new TextEncoder().encode('session A'))).toBe('this is not Quartz bytecode');
    expect(message(bytes.with(4, 9))).toContain('format version 9');
    expect(message(bytes.with(40, bytes[40]! ^ 1))).toContain('damaged');
  });
});
