/**
 * Object files (`.o`): a big-endian count of instructions, then the instructions, operands in big-endian 32 bits
 * (conformance A1.3). Reading is the machine's verifier: whatever the bytes are, the answer is an image or one line of
 * error.
 * Invariant: an `Image` holds only known opcodes, operators and encodable tags, and `encode(decode(b))` is `b`.
 */
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { BINARY, BY_CODE, Tag, UNARY } from './isa.js';

/** A loaded program: instruction i is `ops[i]` with operand `args[i]` (for `push`, a value of tag `tags[i]`). */
export interface Image {
  readonly count: number;
  readonly ops: Uint8Array;
  readonly args: Int32Array;
  readonly tags: Uint8Array;
}

/** Why a text or a file was refused: one line, and the byte or the line (from 1) it is about. */
export interface GrumpyError {
  readonly message: string;
  readonly at: number;
}

const refuse = (at: number, what: string): Either<GrumpyError, never> =>
  left({ message: `malformed object file: ${what} at byte ${at}`, at });

const hasPayload = (tag: number): boolean => tag === Tag.i32 || tag === Tag.loc;

export function decodeObject(bytes: Uint8Array): Either<GrumpyError, Image> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength;
  if (length < 4) return refuse(length, 'the header of 4 bytes is cut short');
  const count = view.getUint32(0);
  // Every instruction takes a byte at least, so a count the file cannot hold is refused before anything is allocated.
  if (count > length - 4) return refuse(0, `${count} instructions promised in a file of ${length} bytes`);
  const image = { count, ops: new Uint8Array(count), args: new Int32Array(count), tags: new Uint8Array(count) };
  let at = 4;
  for (let i = 0; i < count; i++) {
    if (at >= length) return refuse(at, `the file ends before instruction ${i} of ${count}`);
    const code = bytes[at]!;
    const row = BY_CODE.get(code);
    if (row === undefined) return refuse(at, `unknown opcode 0x${hex(code)}`);
    image.ops[i] = code;
    at++;
    if (row.operand === 'none') continue;
    if (at >= length) return refuse(at, `the operand of ${row.name} is cut short`);
    const byte = bytes[at]!;
    if (row.operand === 'unary' || row.operand === 'binary') {
      if (byte >= (row.operand === 'unary' ? UNARY : BINARY).length) {
        return refuse(at, `unknown ${row.operand} operator 0x${hex(byte)}`);
      }
      image.args[i] = byte;
      at++;
      continue;
    }
    if (row.operand === 'value') {
      if (byte > Tag.undef) return refuse(at, `unknown value tag 0x${hex(byte)}`);
      image.tags[i] = byte;
      at++;
      if (!hasPayload(byte)) continue;
    }
    if (at + 4 > length) return refuse(at, `the operand of ${row.name} is cut short`);
    image.args[i] = view.getInt32(at);
    at += 4;
  }
  if (at !== length) return refuse(at, `${length - at} bytes after the last instruction`);
  return right(image);
}

export function encodeObject(image: Image): Uint8Array {
  const bytes = new Uint8Array(4 + image.count * 6);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, image.count);
  let at = 4;
  for (let i = 0; i < image.count; i++) {
    const operand = BY_CODE.get(image.ops[i]!)!.operand;
    bytes[at++] = image.ops[i]!;
    if (operand === 'none') continue;
    if (operand === 'unary' || operand === 'binary') {
      bytes[at++] = image.args[i]!;
      continue;
    }
    if (operand === 'value') {
      bytes[at++] = image.tags[i]!;
      if (!hasPayload(image.tags[i]!)) continue;
    }
    view.setInt32(at, image.args[i]!);
    at += 4;
  }
  return bytes.slice(0, at);
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
