/**
 * The assembler: GrumpyVM's text (`.s`), one instruction or one `Label:` a line, to an image (conformance A1.4 to A1.6).
 * A label's address is the index of the next instruction; references may come before the label.
 * Invariant: it reads hostile text in time linear in its length and answers with an image or one line of error, which
 * quotes at most a short, printable piece of the text.
 */
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import type { GrumpyError, Image } from './image.js';
import { BINARY, BY_NAME, Op, Tag, UNARY, type InstructionRow } from './isa.js';

const LABEL = /^_?L[a-zA-Z0-9]+$/;
const INTEGER = /^-?[0-9]{1,20}$/;
const UNSIGNED = /^[0-9]{1,20}$/;

const VALUES: ReadonlyMap<string, number> = new Map([
  ['tt', Tag.unit],
  ['true', Tag.true],
  ['false', Tag.false],
  ['undef', Tag.undef],
]);

/** An operand as written: a finished payload, or a label to be looked up when all are known. */
type Operand = { readonly tag: number; readonly payload: number } | { readonly label: string };

interface Draft {
  readonly code: number;
  readonly operand: Operand;
  readonly line: number;
}

const NOTHING: Operand = { tag: 0, payload: 0 };

export function assemble(text: string): Either<GrumpyError, Image> {
  const labels = new Map<string, number>();
  const drafts: Draft[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const words = lines[i]!.trim().split(/[ \t]+/);
    const first = words[0]!;
    if (first === '') continue;
    if (first.endsWith(':')) {
      const name = first.slice(0, -1);
      if (words.length > 1) return refuse(i, `a label stands alone on its line, found ${quote(words[1]!)} after it`);
      if (!LABEL.test(name)) return refuse(i, `${quote(name)} is not a label: L or _L, then letters and digits`);
      if (labels.has(name)) return refuse(i, `label ${quote(name)} is declared twice`);
      labels.set(name, drafts.length);
      continue;
    }
    const row = BY_NAME.get(first);
    if (row === undefined) return refuse(i, `unknown instruction ${quote(first)}`);
    const wanted = row.operand === 'none' ? 1 : 2;
    if (words.length !== wanted) {
      return refuse(i, `${row.name} takes ${wanted === 1 ? 'no operand' : 'one operand'}, found ${words.length - 1}`);
    }
    const operand = wanted === 1 ? right(NOTHING) : readOperand(row, words[1]!);
    if (isLeft(operand)) return refuse(i, operand.left);
    drafts.push({ code: row.code, operand: operand.right, line: i });
  }
  return link(drafts, labels);
}

function readOperand(row: InstructionRow, word: string): Either<string, Operand> {
  switch (row.operand) {
    case 'unary':
    case 'binary': {
      const index = (row.operand === 'unary' ? UNARY : BINARY).indexOf(word);
      return index < 0 ? left(`unknown ${row.operand} operator ${quote(word)}`) : right({ tag: 0, payload: index });
    }
    case 'u32': {
      const value = UNSIGNED.test(word) ? Number(word) : Number.NaN;
      if (!(value <= 0xffffffff)) return left(`${row.name} needs a number from 0 to 4294967295, found ${quote(word)}`);
      return right({ tag: 0, payload: value | 0 });
    }
    default: {
      const tag = VALUES.get(word);
      if (tag !== undefined) return right({ tag, payload: 0 });
      if (LABEL.test(word)) return right({ label: word });
      const value = INTEGER.test(word) ? Number(word) : Number.NaN;
      if (!(value >= -0x80000000 && value <= 0x7fffffff)) {
        return left(`push needs tt, true, false, undef, a label or a 32-bit integer, found ${quote(word)}`);
      }
      return right({ tag: Tag.i32, payload: value | 0 });
    }
  }
}

function link(drafts: readonly Draft[], labels: ReadonlyMap<string, number>): Either<GrumpyError, Image> {
  const count = drafts.length;
  const image = { count, ops: new Uint8Array(count), args: new Int32Array(count), tags: new Uint8Array(count) };
  for (let i = 0; i < count; i++) {
    const { code, operand, line } = drafts[i]!;
    image.ops[i] = code;
    if ('label' in operand) {
      const address = labels.get(operand.label);
      if (address === undefined) return refuse(line, `label ${quote(operand.label)} is not declared`);
      image.tags[i] = Tag.loc;
      image.args[i] = address;
    } else {
      image.tags[i] = code === Op.push ? operand.tag : 0;
      image.args[i] = operand.payload;
    }
  }
  return right(image);
}

const refuse = (index: number, what: string): Either<GrumpyError, never> =>
  left({ message: `line ${index + 1}: ${what}`, at: index + 1 });

/** A piece of the text that is safe inside a one-line message. */
function quote(word: string): string {
  const short = word.length > 40 ? `${word.slice(0, 40)}...` : word;
  return `'${short.replace(/[^\x20-\x7e]/g, '?')}'`;
}
