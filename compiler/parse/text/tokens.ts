/**
 * The words of a text, found without the grammar: for `--emit tokens`, for cutting a file into items, and for saying
 * what stands at the place of a syntax error.
 * Invariant: tokens lie in order, never overlap, and cover everything but spaces; scanning is linear, whatever the text.
 */
import type { SourceFile } from '../../source/source.js';

export type TokenKind =
  'keyword' | 'name' | 'upper' | 'number' | 'string' | 'bytes' | 'symbol' | 'newline' | 'comment' | 'unknown';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** A string or bytes literal that its line (a raw one: the file) ends before it does. */
  readonly unterminated?: true;
}

export const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'and break case catch close continue elif else end exception extern fail false finally for from fun if let loop ' +
    'module not on or protocol raise require return self session spawn true try type var when while'
  ).split(' '),
);

const NEXT = new RegExp(
  [
    '(?<space>[ \\t\\r]+)',
    '(?<newline>\\n)',
    '(?<comment>#(?!\\{)[^\\n]*)',
    '(?<string>b?")',
    '(?<word>[A-Za-z_][A-Za-z0-9_]*)',
    '(?<number>0[xX][0-9a-fA-F_]+|[0-9](?:_?[0-9])*(?:\\.[0-9](?:_?[0-9])*)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?)',
    '(?<symbol>#\\{|\\|>|\\|\\||&&|==|!=|<=|>=|\\.\\.\\.|\\.\\.|\\+\\+|->|~>|::|[-+*/%<>=!?.,:;(){}[\\]|])',
  ].join('|'),
  'y',
);

export const BYTE_ORDER_MARK = '\ufeff';

/** The tokens of a file, comments and line breaks among them. */
export function tokens(file: Pick<SourceFile, 'text'>): readonly Token[] {
  const text = file.text;
  const found: Token[] = [];
  const strings = new Strings(text);
  // Some editors mark UTF-8 files so; the mark is no part of the text.
  for (let start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0; start < text.length;) {
    NEXT.lastIndex = start;
    const groups = NEXT.exec(text)?.groups;
    if (groups === undefined) {
      const end = start + String.fromCodePoint(text.codePointAt(start)!).length;
      found.push({ kind: 'unknown', text: text.slice(start, end), start, end });
      start = end;
    } else if (groups['space'] !== undefined) {
      start = NEXT.lastIndex;
    } else if (groups['string'] !== undefined) {
      const kind = groups['string'].length === 2 ? 'bytes' : 'string';
      const { end, closed } = strings.end(start, kind);
      found.push({ kind, text: text.slice(start, end), start, end, ...(!closed && { unterminated: true }) });
      start = end;
    } else {
      const end = NEXT.lastIndex;
      found.push({ kind: kindOf(groups), text: text.slice(start, end), start, end });
      start = end;
    }
  }
  return found;
}

function kindOf(groups: Readonly<Record<string, string | undefined>>): TokenKind {
  const word = groups['word'];
  if (word !== undefined) return KEYWORDS.has(word) ? 'keyword' : /^_*[A-Z]/.test(word) ? 'upper' : 'name';
  if (groups['number'] !== undefined) return 'number';
  if (groups['newline'] !== undefined) return 'newline';
  return groups['comment'] !== undefined ? 'comment' : 'symbol';
}

/** A hole of a template that is being scanned: how many brackets are open in it, and whether it holds a block. */
interface Hole {
  brackets: number;
  block: boolean;
}

const BLOCK_WORD = /(?:if|case|try|on|take)\b/y;

/** Finds where strings end. Holes nest, and may go over several lines only inside brackets or blocks. */
class Strings {
  // One unfinished hole could make every later string search to the end of the text: after it, holes stay on their line.
  private holesGoOn = true;

  constructor(private readonly text: string) {}

  end(start: number, kind: 'string' | 'bytes'): { readonly end: number; readonly closed: boolean } {
    const { text } = this;
    if (kind === 'string' && text.startsWith('"""', start)) {
      const close = text.indexOf('"""', start + 3);
      return close < 0 ? { end: text.length, closed: false } : { end: close + 3, closed: true };
    }
    const end = kind === 'bytes' ? this.plainEnd(start + 2) : this.templateEnd(start + 1);
    if (end !== undefined) return { end, closed: true };
    const line = text.indexOf('\n', start);
    return { end: line < 0 ? text.length : line, closed: false };
  }

  private plainEnd(start: number): number | undefined {
    for (let i = start; i < this.text.length; i++) {
      const c = this.text[i];
      if (c === '"') return i + 1;
      if (c === '\n') return undefined;
      if (c === '\\' && this.text[i + 1] !== '\n') i++;
    }
    return undefined;
  }

  private templateEnd(start: number): number | undefined {
    const { text } = this;
    const holes: Hole[] = [];
    let inText = true;
    let i = start;
    while (i < text.length) {
      const c = text[i]!;
      const hole = holes[holes.length - 1];
      if (inText || hole === undefined) {
        if (c === '\n') return undefined;
        if (c === '"') {
          if (hole === undefined) return i + 1;
          inText = false;
        } else if (c === '{') {
          holes.push({ brackets: 0, block: false });
          inText = false;
        } else if (c === '\\' && text[i + 1] !== '\n') i++;
      } else if (c === '"') {
        if (text.startsWith('"""', i)) {
          const close = text.indexOf('"""', i + 3);
          if (close < 0) return undefined;
          i = close + 2;
        } else inText = true;
      } else if (c === '}' && hole.brackets === 0) {
        holes.pop();
        inText = true;
      } else if (c === '(' || c === '[' || c === '{') hole.brackets++;
      else if (c === ')' || c === ']' || c === '}') hole.brackets--;
      else if (c === '\n') {
        if (!this.holesGoOn || (hole.brackets <= 0 && !hole.block)) return undefined;
      } else if (c === '#' && text[i + 1] !== '{') {
        const line = text.indexOf('\n', i);
        if (line < 0) break;
        i = line - 1;
      } else if (/[a-z|]/.test(c) && !/\w/.test(text[i - 1] ?? '')) {
        BLOCK_WORD.lastIndex = i;
        hole.block ||= BLOCK_WORD.test(text) || /^\|[ \t\r]*\n/.test(text.slice(i, i + 80));
      }
      i++;
    }
    this.holesGoOn = false;
    return undefined;
  }
}

/** A readable list of tokens: a line each with its place (from 1), kind and text. */
export function showTokens(file: SourceFile): string {
  return tokens(file)
    .map((token) => {
      const { line, character } = file.position(token.start);
      const text = token.kind === 'newline' ? '' : ` ${JSON.stringify(token.text)}`;
      return `${line + 1}:${character + 1} ${token.kind}${text}\n`;
    })
    .join('');
}
