/**
 * Cutting a file into its top-level items, by the words that start one in the first column. Errors then stay where they
 * are, and an item can be parsed without its neighbours.
 * Invariant: the pieces lie in order, do not overlap, and hold every token of the file but those of the wrapper.
 */
import type { SourceFile } from '../../source/source.js';
import type { Token } from './tokens.js';
import { BYTE_ORDER_MARK } from './tokens.js';

/** A range of the file that holds one top-level item (or something that stands where an item should). */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

export interface Cut {
  readonly pieces: readonly Piece[];
  /** `module Name ... end` around the items; `end` is absent if the file does not finish with it. */
  readonly wrapper?: { readonly word: Token; readonly name: Token; readonly end?: Token };
}

const STARTS: ReadonlySet<string> = new Set(
  'require session fun type exception protocol extern module'.split(' '), // prettier-ignore
);
/** Words before `type`. */
const USES: ReadonlySet<string> = new Set(['linear', 'affine']);
const BLOCKS: ReadonlySet<string> = new Set(['session', 'fun', 'protocol', 'test', 'module']);
/** Words that go on with what is above, also in the first column. */
const CONTINUES: ReadonlySet<string> = new Set('and or elif else when catch finally from'.split(' '));

export function cut(file: SourceFile, all: readonly Token[]): Cut {
  const words = all.filter((token) => token.kind !== 'comment' && token.kind !== 'newline' && token.text !== ';');
  const wrapper = findWrapper(file, words);
  const body = wrapper ? words.slice(2, wrapper.end ? -1 : undefined) : words;
  const first = body[0];
  if (first === undefined) return { pieces: [], ...(wrapper && { wrapper }) };

  const column = columnOf(file, first);
  const starts: number[] = [];
  let closed = true;
  let isBlock = false;
  body.forEach((token, index) => {
    if (index > 0 && (columnOf(file, token) !== column || !startsLine(file, token))) return;
    const test = token.text === 'test' && body[index + 1]?.kind === 'string';
    const held = USES.has(token.text) && body[index + 1]?.text === 'type';
    const starter = STARTS.has(token.text) || test || held || (token.text === 'let' && closed);
    const stray = closed && token.kind !== 'symbol' && !CONTINUES.has(token.text) && (token.text !== 'end' || isBlock);
    if (index === 0 || starter || stray) {
      starts.push(token.start);
      isBlock = BLOCKS.has(token.text);
      closed = starter && !isBlock;
    } else if (token.text === 'end') closed = true;
  });
  const limit = wrapper?.end?.start ?? file.text.length;
  const pieces = starts.map((start, index) => ({ start, end: starts[index + 1] ?? limit }));
  return { pieces, ...(wrapper && { wrapper }) };
}

function findWrapper(file: SourceFile, words: readonly Token[]): Cut['wrapper'] {
  const [word, name] = words;
  if (word?.text !== 'module' || name?.kind !== 'upper') return undefined;
  const next = words[2];
  if (next !== undefined && file.position(next.start).line === file.position(name.start).line) {
    if (!file.text.slice(name.end, next.start).includes(';')) return undefined;
  }
  const last = words[words.length - 1]!;
  return { word, name, ...(last.text === 'end' && { end: last }) };
}

function columnOf(file: SourceFile, token: Token): number {
  const { line, character } = file.position(token.start);
  return line === 0 && file.text.startsWith(BYTE_ORDER_MARK) ? character - 1 : character;
}

const startsLine = (file: SourceFile, token: Token): boolean => {
  const { line, character } = file.position(token.start);
  return file.line(line).slice(0, character).trim() === '';
};
