/**
 * Reads S-expressions, for VMActor and for the Eval dialect alike. Written by hand and without recursion instead of as a
 * grammar: at run time a text may come from anyone, and a parser that recurses can be made to exhaust the host's stack.
 * Invariant: time and memory are linear in the text; the answer is the trees or one line of error, never an exception.
 */
import { brief } from './brief.js';
import { left, right, type Either } from 'fp-ts/lib/Either.js';

/** A tree; `at` is the offset of its first character. A list with a `tail` was written with a dot. */
export type SExpr =
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'string'; readonly value: string; readonly at: number }
  | { readonly kind: 'symbol'; readonly name: string; readonly at: number }
  | { readonly kind: 'list'; readonly items: readonly SExpr[]; readonly tail?: SExpr; readonly at: number };

/** What went wrong and where (UTF-16 offset; lines and columns count from 1). */
export interface SExprError {
  readonly message: string;
  readonly at: number;
  readonly line: number;
  readonly column: number;
}

/** What differs between dialects. */
export interface Dialect {
  /** Whether `3` is a number, or a symbol like any other. */
  readonly numbers: boolean;
  /** Whether tabs are white space, or an error. */
  readonly tabs: boolean;
  /** Whether a lone `.` makes a pair. */
  readonly dots: boolean;
  /** Whether `,x` is `(unquote x)`. */
  readonly unquote: boolean;
}

export const ACTOR_DIALECT: Dialect = { numbers: true, tabs: true, dots: false, unquote: true };
export const EVAL_DIALECT: Dialect = { numbers: false, tabs: false, dots: true, unquote: false };

/** Deeper trees are refused, so that whatever walks a tree may recurse. */
export const MAX_DEPTH = 1000;

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['"', '"'],
  ['\\', '\\'],
]);

/** A list under construction, or a quote mark that waits for what it quotes. */
interface Open {
  readonly quote: string | undefined;
  readonly items: SExpr[];
  readonly at: number;
  /** undefined before a dot, then null, then what follows it. */
  tail: SExpr | null | undefined;
}

/** All trees of a text. */
export function read(text: string, dialect: Dialect): Either<SExprError, readonly SExpr[]> {
  const trees: SExpr[] = [];
  const open: Open[] = [];
  let at = 0;
  let problem: SExprError | undefined;
  const fail = (where: number, message: string): void => {
    problem ??= errorAt(text, where, message);
  };
  const add = (tree: SExpr): void => {
    let made = tree;
    for (;;) {
      const top = open.at(-1);
      if (top === undefined) {
        trees.push(made);
        return;
      }
      if (top.quote === undefined) {
        if (top.tail === undefined) top.items.push(made);
        else if (top.tail === null) top.tail = made;
        else fail(made.at, 'Unexpected expression after the one that follows the dot');
        return;
      }
      open.pop();
      made = { kind: 'list', items: [{ kind: 'symbol', name: top.quote, at: top.at }, made], at: top.at };
    }
  };
  const begin = (quote: string | undefined): void => {
    if (open.length >= MAX_DEPTH) fail(at, `Expressions are nested more than ${MAX_DEPTH} deep`);
    open.push({ quote, items: [], at, tail: undefined });
    at++;
  };
  while (at < text.length && problem === undefined) {
    const c = text[at]!;
    if (c === '\t' && !dialect.tabs) fail(at, 'tabs are not valid whitespace');
    else if (isSpace(c)) at++;
    else if (c === ';') while (at < text.length && text[at] !== '\n') at++;
    else if (c === '(') begin(undefined);
    else if (c === "'") begin('quote');
    else if (c === ',' && dialect.unquote) begin('unquote');
    else if (c === ')') {
      const top = open.at(-1);
      if (top === undefined) fail(at, 'Unexpected )');
      else if (top.quote !== undefined) fail(at, 'Unexpected ) after a quote mark');
      else if (top.tail === null) fail(at, 'Unexpected ) after a dot');
      else {
        open.pop();
        at++;
        add({ kind: 'list', items: top.items, at: top.at, ...(top.tail !== undefined && { tail: top.tail }) });
      }
    } else if (c === '"') {
      const start = at;
      const string = readString(text, at + 1);
      if (typeof string === 'string') fail(start, string);
      else {
        at = string.next;
        add({ kind: 'string', value: string.value, at: start });
      }
    } else {
      const start = at;
      while (at < text.length && !isDelimiter(text[at]!, dialect)) at++;
      const word = text.slice(start, at);
      const top = open.at(-1);
      if (word === '.' && dialect.dots) {
        if (top === undefined || top.quote !== undefined || top.items.length === 0 || top.tail !== undefined) {
          fail(start, 'Unexpected dot');
        } else top.tail = null;
      } else if (dialect.numbers && INTEGER.test(word) && !Number.isSafeInteger(Number(word)))
        fail(
          start,
          `The number ${brief(word)} is too large to be exact; with a point (${brief(word)}.0) it is rounded`,
        );
      else if (dialect.numbers && NUMBER.test(word)) add({ kind: 'number', value: Number(word), at: start });
      else add({ kind: 'symbol', name: word, at: start });
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    const what = unclosed.quote === undefined ? 'Unmatched (' : 'Nothing after the quote mark';
    fail(unclosed.at, `${what}: the text ends before it is closed`);
  }
  return problem === undefined ? right(trees) : left(problem);
}

/** Whether more input could still make a text whole: nothing is wrong with it but that it ends too early. */
export const isIncomplete = (error: SExprError): boolean =>
  error.message.endsWith('the text ends before it is closed') || error.message === 'Unclosed string';

export function errorAt(text: string, at: number, message: string): SExprError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return { message, at, line, column: at - before.lastIndexOf('\n') };
}

function readString(text: string, start: number): { value: string; next: number } | string {
  let value = '';
  let at = start;
  for (;;) {
    const from = at;
    while (at < text.length && text[at] !== '"' && text[at] !== '\\') at++;
    value += text.slice(from, at);
    if (at >= text.length) return 'Unclosed string';
    if (text[at] === '"') return { value, next: at + 1 };
    if (at + 1 >= text.length) return 'Unclosed string';
    const escaped = ESCAPES.get(text[at + 1]!);
    if (escaped === undefined) return 'Unknown escape in a string: only \\n \\t \\r \\" and \\\\ are known';
    value += escaped;
    at += 2;
  }
}

const isSpace = (c: string): boolean => c === ' ' || c === '\n' || c === '\r' || c === '\t';

const isDelimiter = (c: string, dialect: Dialect): boolean =>
  isSpace(c) || c === '(' || c === ')' || c === '"' || c === ';' || c === "'" || (c === ',' && dialect.unquote);
