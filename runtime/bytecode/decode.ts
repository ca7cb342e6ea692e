/**
 * From hostile bytes to a module image. What comes out is well-formed data and nothing more: `verify` judges it.
 * Invariant: never throws; the error names the offset; time and memory are linear in the number of bytes.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { type Either, left, right } from 'fp-ts/lib/Either.js';
import { MalformedError, Reader } from './binary.js';
import {
  CALLEES,
  CASES,
  CONSTANTS,
  CONSTRUCTORS,
  FORMAT_VERSION,
  HASH_BYTES,
  MAGIC,
  PARAM_KINDS,
  TABLES,
  toHex,
} from './encode.js';
import type {
  Callee,
  CodeTable,
  Constant,
  ConstructorImage,
  FunctionImage,
  ModuleImage,
  Param,
  SelectCase,
  SourceEntry,
} from './module.js';

export interface DecodeError {
  /** Byte offset of what could not be read. */
  readonly offset: number;
  readonly message: string;
}

export const isBytecode = (bytes: Uint8Array): boolean => MAGIC.every((byte, i) => bytes[i] === byte);

export function decode(bytes: Uint8Array): Either<DecodeError, ModuleImage> {
  try {
    return right(readModule(new Reader(bytes)));
  } catch (error) {
    if (error instanceof MalformedError) return left({ offset: error.offset, message: error.message });
    throw error;
  }
}

function readModule(r: Reader): ModuleImage {
  for (const byte of MAGIC) if (r.byte() !== byte) r.fail('this is not Quartz bytecode', 0);
  const versionAt = r.offset;
  const version = r.uint();
  if (version !== FORMAT_VERSION) {
    r.fail(
      `this bytecode has format version ${version}; this machine reads version ${FORMAT_VERSION}: compile it again`,
      versionAt,
    );
  }
  const hashAt = r.offset;
  const hash = toHex(r.raw(HASH_BYTES));
  if (toHex(sha256(r.bytesOf.subarray(r.offset))) !== hash)
    r.fail('the content does not have the hash it claims: it is damaged', hashAt);
  const name = r.text();
  const constants = r.list(() => readConstant(r));
  const messages = r.list(() => r.text());
  const constructors = r.list(() => readConstructor(r));
  const types = r.list(() => r.text());
  const functions = r.list(() => readFunction(r));
  const callees = r.list(() => readCallee(r));
  const hosts = r.list(() => ({ name: r.text(), params: r.list(() => r.text()), result: r.text(), async: r.flag() }));
  const requires = r.list(() => ({ name: r.text(), hash: r.text() }));
  const globals = r.list(() => ({ name: r.text(), type: r.text() }));
  const initialiser = r.uint() - 1;
  const interfaceText = r.text();
  const sourcePath = r.text();
  r.finish();
  return {
    name, hash, constants, messages, constructors, types, functions, callees, hosts, requires, globals, initialiser,
    interface: interfaceText, sourcePath,
  }; // prettier-ignore
}

const oneOf = <T extends string>(r: Reader, names: readonly T[], what: string): T =>
  names[r.below(names.length, what)]!;

function readConstant(r: Reader): Constant {
  const kind = oneOf(r, CONSTANTS, 'kind of constant');
  switch (kind) {
    case 'int': {
      const negative = r.flag();
      const value = r.uint();
      if (negative && value === 0) r.fail('an int is written as minus zero');
      return { kind, value: negative ? -value : value };
    }
    case 'float':
      return { kind, value: r.float() };
    case 'bool':
      return { kind, value: r.flag() };
    case 'string':
      return { kind, value: r.text() };
    case 'bytes':
      return { kind, value: r.bytes() };
    case 'unit':
      return { kind };
  }
}

const readConstructor = (r: Reader): ConstructorImage => ({
  module: r.text(),
  type: r.text(),
  name: r.text(),
  kind: oneOf(r, CONSTRUCTORS, 'kind of constructor'),
  tag: r.uint(),
  fields: r.list(() => ({ name: r.text(), type: r.text() })),
  params: r.list(() => r.text()),
});

const readParams = (r: Reader): Param[] =>
  r.list(() => ({ name: r.text(), kind: oneOf(r, PARAM_KINDS, 'kind of parameter'), type: r.text() }));

function readCallee(r: Reader): Callee {
  const kind = oneOf(r, CALLEES, 'kind of callee');
  if (kind !== 'import') return { kind, index: r.uint() };
  const module = r.uint();
  const name = r.text();
  return {
    kind,
    module,
    name,
    signature: { params: readParams(r), returns: r.flag(), session: r.flag(), type: r.text() },
  };
}

function readFunction(r: Reader): FunctionImage {
  return {
    name: r.text(),
    params: readParams(r),
    locals: r.uint(),
    returns: r.flag(),
    session: r.flag(),
    type: r.text(),
    exported: r.flag(),
    code: readCode(r),
    tables: r.list(() => readTable(r)),
    labels: r.list(() => ({ name: r.text(), pc: r.uint() })),
    slotNames: r.list(() => r.text()),
    source: readSource(r),
  };
}

function readCode(r: Reader): Int32Array {
  const start = r.offset;
  const n = r.uint();
  if (n > r.end - r.offset) r.fail('a count is larger than the data', start);
  const code = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const at = r.offset;
    const word = r.int();
    if (word !== (word | 0)) r.fail('a word of code does not fit in 32 bits', at);
    code[i] = word;
  }
  return code;
}

function readSource(r: Reader): SourceEntry[] {
  let pc = 0;
  let offset = 0;
  let line = 0;
  return r.list(() => {
    pc += r.int();
    offset += r.int();
    line += r.int();
    const inlined = r.list(() => r.text());
    return inlined.length === 0 ? { pc, offset, line } : { pc, offset, line, inlined };
  });
}

function readTable(r: Reader): CodeTable {
  const kind = oneOf(r, TABLES, 'kind of table');
  switch (kind) {
    case 'switch':
      return { kind, targets: r.list(() => r.uint()), otherwise: r.uint() };
    case 'capture':
      return { kind, locals: r.list(() => r.uint()) };
    case 'select':
      return { kind, cases: r.list(() => readCase(r)) };
  }
}

function readCase(r: Reader): SelectCase {
  const kind = oneOf(r, CASES, 'kind of case');
  switch (kind) {
    case 'message':
    case 'any':
      return { kind, slot: r.uint(), message: r.uint(), count: r.uint(), target: r.uint() };
    case 'accept':
      return { kind, message: r.uint(), count: r.uint(), target: r.uint() };
    case 'down':
    case 'any_down':
      return { kind, slot: r.uint(), target: r.uint() };
    case 'after':
      return { kind, target: r.uint() };
  }
}
