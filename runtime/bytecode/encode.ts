/**
 * The binary form of a module, `.qzb`: magic, format version, content hash, then the content (see `docs/bytecode.md`).
 * Invariant: `decode(encode(image))` is the image again but for its hash, and equal images have equal bytes, so that a
 * module can be named by its content hash.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { Writer } from './binary.js';
import { ROWS } from './isa.js';
import type {
  Callee,
  CodeTable,
  Constant,
  ConstructorImage,
  FunctionImage,
  ModuleImage,
  Param,
  SelectCase,
} from './module.js';

export const MAGIC = Uint8Array.of(0x51, 0x5a, 0x42, 0x0a); // QZB and a newline: text-mode copies damage it visibly
/** Raised whenever the form of anything but code changes. */
const LAYOUT = 1;
/** Changes whenever the meaning of bytes does: an instruction more makes another version, since codes are places in the table. */
export const FORMAT_VERSION = LAYOUT * 256 + ROWS.length;
export const HASH_BYTES = 32;

export const CONSTANTS = ['int', 'float', 'bool', 'string', 'bytes', 'unit'] as const;
export const PARAM_KINDS = ['data', 'end', 'reference', 'pool', 'upvalue'] as const;
export const TABLES = ['switch', 'capture', 'select'] as const;
export const CASES = ['message', 'down', 'any', 'any_down', 'accept', 'after'] as const;
export const CALLEES = ['function', 'import', 'host'] as const;
export const CONSTRUCTORS = ['variant', 'record', 'exception'] as const;

export const toHex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');

/** The bytes of a module. Its `hash` field is not consulted; the bytes carry the right one. */
export function encode(image: ModuleImage): Uint8Array {
  const content = encodeContent(image);
  const w = new Writer();
  w.raw(MAGIC);
  w.uint(FORMAT_VERSION);
  w.raw(sha256(content));
  w.raw(content);
  return w.done();
}

/** The image with its content hash filled in. */
export const sealed = (image: ModuleImage): ModuleImage => ({ ...image, hash: toHex(sha256(encodeContent(image))) });

function encodeContent(image: ModuleImage): Uint8Array {
  const w = new Writer();
  w.text(image.name);
  w.list(image.constants, (c) => writeConstant(w, c));
  w.list(image.messages, (m) => w.text(m));
  w.list(image.constructors, (c) => writeConstructor(w, c));
  w.list(image.types, (t) => w.text(t));
  w.list(image.functions, (f) => writeFunction(w, f));
  w.list(image.callees, (c) => writeCallee(w, c));
  w.list(image.hosts, (h) => {
    w.text(h.name);
    w.list(h.params, (p) => w.text(p));
    w.text(h.result);
    w.flag(h.async);
  });
  w.list(image.requires, (r) => {
    w.text(r.name);
    w.text(r.hash);
  });
  w.list(image.globals, (g) => {
    w.text(g.name);
    w.text(g.type);
  });
  w.uint(image.initialiser + 1);
  w.text(image.interface);
  w.text(image.sourcePath);
  return w.done();
}

function writeConstant(w: Writer, c: Constant): void {
  w.byte(CONSTANTS.indexOf(c.kind));
  switch (c.kind) {
    case 'int':
      w.flag(c.value < 0);
      w.uint(Math.abs(c.value));
      break;
    case 'float':
      w.float(c.value);
      break;
    case 'bool':
      w.flag(c.value);
      break;
    case 'string':
      w.text(c.value);
      break;
    case 'bytes':
      w.bytes(c.value);
      break;
    case 'unit':
      break;
  }
}

function writeConstructor(w: Writer, c: ConstructorImage): void {
  w.text(c.module);
  w.text(c.type);
  w.text(c.name);
  w.byte(CONSTRUCTORS.indexOf(c.kind));
  w.uint(c.tag);
  w.list(c.fields, (f) => {
    w.text(f.name);
    w.text(f.type);
  });
  w.list(c.params, (p) => w.text(p));
}

function writeParams(w: Writer, params: readonly Param[]): void {
  w.list(params, (p) => {
    w.text(p.name);
    w.byte(PARAM_KINDS.indexOf(p.kind));
    w.text(p.type);
  });
}

function writeCallee(w: Writer, c: Callee): void {
  w.byte(CALLEES.indexOf(c.kind));
  if (c.kind !== 'import') {
    w.uint(c.index);
    return;
  }
  w.uint(c.module);
  w.text(c.name);
  writeParams(w, c.signature.params);
  w.flag(c.signature.returns);
  w.flag(c.signature.session);
  w.text(c.signature.type);
}

function writeFunction(w: Writer, f: FunctionImage): void {
  w.text(f.name);
  writeParams(w, f.params);
  w.uint(f.locals);
  w.flag(f.returns);
  w.flag(f.session);
  w.text(f.type);
  w.flag(f.exported);
  writeCode(w, f.code);
  w.list(f.tables, (t) => writeTable(w, t));
  w.list(f.labels, (l) => {
    w.text(l.name);
    w.uint(l.pc);
  });
  w.list(f.slotNames, (s) => w.text(s));
  let pc = 0;
  let offset = 0;
  let line = 0;
  w.list(f.source, (s) => {
    // Differences are small: a source map is nearly half of a module otherwise.
    w.int(s.pc - pc);
    w.int(s.offset - offset);
    w.int(s.line - line);
    w.list(s.inlined ?? [], (name) => w.text(name));
    ({ pc, offset, line } = s);
  });
}

function writeCode(w: Writer, code: Int32Array): void {
  w.uint(code.length);
  for (const word of code) w.int(word);
}

function writeTable(w: Writer, t: CodeTable): void {
  w.byte(TABLES.indexOf(t.kind));
  if (t.kind === 'switch') {
    w.list(t.targets, (pc) => w.uint(pc));
    w.uint(t.otherwise);
  } else if (t.kind === 'capture') w.list(t.locals, (n) => w.uint(n));
  else w.list(t.cases, (c) => writeCase(w, c));
}

function writeCase(w: Writer, c: SelectCase): void {
  w.byte(CASES.indexOf(c.kind));
  if (c.kind !== 'accept' && c.kind !== 'after') w.uint(c.slot);
  if (c.kind === 'message' || c.kind === 'any' || c.kind === 'accept') {
    w.uint(c.message);
    w.uint(c.count);
  }
  w.uint(c.target);
}
