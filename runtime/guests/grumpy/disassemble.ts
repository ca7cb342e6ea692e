/**
 * The disassembler, the assembler's inverse: `assemble(disassemble(image))` encodes to the same bytes.
 * Invariant: every `Vloc` is written as a label, so an image that pushes an address no label can have is refused rather
 * than written as a text that would not assemble.
 */
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import type { GrumpyError, Image } from './image.js';
import { BINARY, BY_CODE, Op, Tag, UNARY } from './isa.js';

export function disassemble(image: Image): Either<GrumpyError, string> {
  const targets = new Set<number>();
  for (let i = 0; i < image.count; i++) {
    if (image.ops[i] !== Op.push || image.tags[i] !== Tag.loc) continue;
    const address = image.args[i]! >>> 0;
    if (address > image.count) {
      const message = `instruction ${i} pushes Vloc(${address}), beyond the program's ${image.count} instructions`;
      return left({ message, at: i });
    }
    targets.add(address);
  }
  const lines: string[] = [];
  for (let i = 0; i <= image.count; i++) {
    if (targets.has(i)) lines.push(`L${i}:`);
    if (i < image.count) lines.push(instructionText(image, i));
  }
  return right(lines.map((line) => `${line}\n`).join(''));
}

/** One instruction as the assembler reads it. */
export function instructionText(image: Image, i: number): string {
  const row = BY_CODE.get(image.ops[i]!)!;
  const arg = image.args[i]!;
  switch (row.operand) {
    case 'none':
      return row.name;
    case 'u32':
      return `${row.name} ${arg >>> 0}`;
    case 'unary':
      return `${row.name} ${UNARY[arg]!}`;
    case 'binary':
      return `${row.name} ${BINARY[arg]!}`;
    case 'value':
      return `${row.name} ${literal(image.tags[i]!, arg)}`;
  }
}

function literal(tag: number, payload: number): string {
  switch (tag) {
    case Tag.unit:
      return 'tt';
    case Tag.true:
      return 'true';
    case Tag.false:
      return 'false';
    case Tag.undef:
      return 'undef';
    case Tag.loc:
      return `L${payload >>> 0}`;
    default:
      return String(payload);
  }
}
