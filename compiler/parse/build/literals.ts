/**
 * Literals: what the written form of numbers, strings and bytes means.
 * Invariant: a literal that cannot be represented exactly as written is reported, never rounded or replaced.
 */
import type { Expr, Literal } from '../../ast/ast.js';
import type { Span } from '../../source/source.js';
import type { Tree } from '../text/grammar.js';
import { at, make, problem } from './make.js';

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  '\\': '\\',
  '"': '"',
  '{': '{',
  '}': '}', // prettier-ignore
};
const ESCAPE = /\\(?:u\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})|(.))/gs;

export function number(tree: Tree): Literal {
  const written = tree.sourceString;
  const digits = written.replaceAll('_', '');
  const value = Number(digits);
  if (/^0x/i.test(digits) || /^[0-9]+$/.test(digits)) {
    if (value > Number.MAX_SAFE_INTEGER)
      problem('Q0013', at(tree), 'this number is too large for an int', {
        label: 'the largest int is 9007199254740991',
        hints: ['write it with a decimal point to make it a float'],
      });
    return { type: 'int', value };
  }
  if (!Number.isFinite(value))
    problem('Q0013', at(tree), 'this number is too large for a float', { label: 'the largest float is about 1.8e308' });
  return { type: 'float', value };
}

/** `true`, `false`. */
export const truth = (tree: Tree): Literal => ({ type: 'bool', value: tree.sourceString === 'true' });

export const rawString = (tree: Tree): Literal => ({ type: 'string', value: tree.sourceString.slice(3, -3) });

/** A string literal, or a template if it has holes. */
export function string(tree: Tree): Expr {
  const parts: (string | Expr)[] = [];
  let text = '';
  for (const part of tree.child(1).children) {
    const inner = part.child(0);
    if (inner.ctorName === 'hole') {
      if (text !== '') parts.push(text);
      text = '';
      parts.push(inner.child(1).expr());
    } else text += inner.ctorName === 'escape' ? decode(inner.sourceString, at(inner)) : inner.sourceString;
  }
  if (text !== '') parts.push(text);
  if (parts.every((part) => typeof part === 'string'))
    return make(at(tree), { kind: 'literal' as const, literal: { type: 'string' as const, value: parts.join('') } });
  return make(at(tree), { kind: 'template' as const, parts });
}

/** The text of a string that may not have holes: a title, a module's path, a pattern. */
export function plainString(tree: Tree, what: string): string {
  if (tree.ctorName === 'rawString') return tree.sourceString.slice(3, -3);
  let text = '';
  for (const part of tree.child(1).children) {
    const inner = part.child(0);
    if (inner.ctorName === 'hole')
      problem('Q0004', at(inner), `${what} cannot contain a value in braces`, {
        label: 'a brace in a string is filled in when the program runs',
        hints: ['write `\\{` for a brace'],
      });
    else text += inner.ctorName === 'escape' ? decode(inner.sourceString, at(inner)) : inner.sourceString;
  }
  return text;
}

/** Bytes: characters stand for their UTF-8 encoding, `\x` for one byte. */
export function bytes(tree: Tree): Literal {
  const written = tree.sourceString.slice(2, -1);
  const encoder = new TextEncoder();
  const chunks: number[] = [];
  let from = 0;
  for (const found of written.matchAll(ESCAPE)) {
    for (const byte of encoder.encode(written.slice(from, found.index))) chunks.push(byte);
    if (found[2] !== undefined) chunks.push(Number.parseInt(found[2], 16));
    else for (const byte of encoder.encode(decode(found[0], at(tree)))) chunks.push(byte);
    from = found.index + found[0].length;
  }
  for (const byte of encoder.encode(written.slice(from))) chunks.push(byte);
  return { type: 'bytes', value: Uint8Array.from(chunks) };
}

function decode(escape: string, where: Span): string {
  if (!escape.startsWith('\\u')) return SIMPLE[escape.slice(1)] ?? escape;
  const code = Number.parseInt(escape.slice(3, -1), 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
    problem('Q0020', where, 'this escape is not a Unicode character', {
      label: 'the characters are 0 to 10FFFF without D800 to DFFF',
    });
    return '\ufffd';
  }
  return String.fromCodePoint(code);
}
