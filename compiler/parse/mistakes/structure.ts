/**
 * The block and bracket structure of an item, guessed from its tokens and their indentation, for placing the report of
 * a missing `end` or bracket. It follows what the author seems to have meant, which the grammar cannot.
 * Invariant: used only after a match has failed; a wrong guess makes a message worse, never a program accepted.
 */
import type { Piece } from '../text/cut.js';
import type { Token } from '../text/tokens.js';

/** A token that is not space, with its place on its line. */
export interface Word extends Token {
  /** Number of its line, from 0, within the piece. */
  readonly line: number;
  /** The column of the first word of its line. */
  readonly indent: number;
  readonly first: boolean;
  readonly last: boolean;
}

export interface Structure {
  /** The block that lacks its `end`, by indentation, if one does; `before` is where that shows. */
  readonly unclosed?: { readonly opener: Word; readonly before?: Word };
  /** An `end` that no block is open for. */
  readonly stray?: Word;
  /** Brackets still open at the place of the failure, outermost first. */
  readonly brackets: readonly Word[];
}

const OPENERS: ReadonlySet<string> = new Set('session fun protocol test module if case try on while for'.split(' '));

/** The words of a piece, comments and line breaks left out. */
export function wordsOf(text: string, all: readonly Token[], piece: Piece): readonly Word[] {
  const found: Word[] = [];
  let line = 0;
  let indent = 0;
  let first = true;
  const inPiece = all.filter((token) => token.start >= piece.start && token.end <= piece.end);
  inPiece.forEach((token, index) => {
    if (token.kind === 'comment') return;
    if (token.kind === 'newline') {
      line++;
      first = true;
      return;
    }
    if (first) indent = token.start - (text.lastIndexOf('\n', token.start - 1) + 1);
    const next = inPiece[index + 1]?.kind;
    found.push({ ...token, line, indent, first, last: next === undefined || next === 'newline' || next === 'comment' });
    first = false;
  });
  return found;
}

export function structureOf(words: readonly Word[], failure: number): Structure {
  const blocks: Word[] = [];
  const brackets: Word[] = [];
  let atFailure: readonly Word[] | undefined;
  let unclosed: Structure['unclosed'];
  let stray: Word | undefined;
  words.forEach((word, index) => {
    if (word.start >= failure) atFailure ??= [...brackets];
    if (isOpenBracket(word)) brackets.push(word);
    else if (word.text === ')' || word.text === ']' || word.text === '}') brackets.pop();
    else if (word.text === 'end') {
      // An `end` further left than the line that opened the innermost block belongs to an outer one.
      while (word.first && blocks.length > 0 && blocks[blocks.length - 1]!.indent > word.indent) {
        const opener = blocks.pop()!;
        unclosed ??= { opener, before: word };
      }
      if (blocks.pop() === undefined) stray ??= word;
    } else if (opensBlock(words, index, brackets[brackets.length - 1])) blocks.push(word);
  });
  const left = blocks[blocks.length - 1];
  if (left !== undefined) unclosed ??= { opener: left };
  return { ...(unclosed && { unclosed }), ...(stray && { stray }), brackets: atFailure ?? brackets };
}

const isOpenBracket = (word: Word): boolean => ['(', '[', '{', '#{'].includes(word.text);

function opensBlock(words: readonly Word[], index: number, bracket: Word | undefined): boolean {
  const word = words[index]!;
  if (word.kind !== 'keyword' && word.kind !== 'name' && word.kind !== 'symbol') return false;
  const before = words[index - 1];
  const next = words[index + 1];
  const line = lineBefore(words, index);
  if (word.kind === 'symbol')
    return word.last && ['=', '|', '||'].includes(word.text) && (line[0] ?? word).text !== 'type';
  if (word.text === 'take' || word.text === 'serve')
    return next !== undefined && !word.last && next.start > word.end && (next.kind === 'name' || next.text === '(');
  if (word.text === 'test') return index === 0 && next?.kind === 'string';
  if (!OPENERS.has(word.text) || word.kind !== 'keyword') return false;
  if (word.text === 'fun') return before?.text !== 'extern' && before?.text !== 'async';
  if (word.text === 'if' && line.some((one) => one.text === 'when'))
    return line.findLast((one) => one.text === 'when' || one.text === 'then')?.text === 'then';
  return !(bracket?.text === '[' && (word.text === 'if' || word.text === 'for'));
}

/** The words of the same line in front of a word. */
function lineBefore(words: readonly Word[], index: number): readonly Word[] {
  let start = index;
  // Bounded, so that a file on one line costs no more than others.
  while (start > 0 && index - start < 100 && !words[start]!.first) start--;
  return words.slice(start, index);
}
