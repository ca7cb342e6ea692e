/**
 * Writes an example of an unmatched value the way the source would: `Some(_)`, `[_, ..]`, `Point{x: 0, y: _}`.
 * Invariant: the text of a pattern without open exceptions parses as a pattern that matches the example.
 */
import type { Literal } from '../ast/ast.js';
import type { Pat } from './pattern.js';

/** The pattern in source syntax. */
export function showPattern(pattern: Pat): string {
  if (pattern.kind === 'wild') return '_';
  if (pattern.kind === 'or') return pattern.alternatives.map(showPattern).join(' | ');
  const { head, args } = pattern;
  const list = args.map(showPattern).join(', ');
  switch (head.kind) {
    case 'variant':
      return args.length === 0 ? head.name : `${head.name}(${list})`;
    case 'exception':
      return args.length === 0 ? head.id.name : `${head.id.name}(${list})`;
    case 'record':
      return `${head.id.name}{${head.fields.map((f, i) => `${f}: ${showPattern(args[i]!)}`).join(', ')}}`;
    case 'tuple':
      return `(${list})`;
    case 'nil':
    case 'cons':
      return showList(pattern);
    case 'literal':
      return showLiteral(head.literal);
  }
}

function showList(pattern: Pat): string {
  const elements: string[] = [];
  let rest = pattern;
  while (rest.kind === 'con' && rest.head.kind === 'cons') {
    elements.push(showPattern(rest.args[0]!));
    rest = rest.args[1]!;
  }
  if (rest.kind !== 'con') elements.push('..');
  return `[${elements.join(', ')}]`;
}

const NAMED: Readonly<Record<string, string>> = {
  '\n': '\\n', '\t': '\\t', '\r': '\\r', '\0': '\\0', '\\': '\\\\', '"': '\\"', '{': '\\{', '}': '\\}',
}; // prettier-ignore

/** A literal as the source writes it. */
export function showLiteral(literal: Literal): string {
  switch (literal.type) {
    case 'unit':
      return '()';
    case 'int':
    case 'bool':
      return String(literal.value);
    case 'float':
      return Number.isInteger(literal.value) && Math.abs(literal.value) < 1e21
        ? literal.value.toFixed(1)
        : String(literal.value);
    case 'string':
      return `"${[...literal.value].map((c) => NAMED[c] ?? c).join('')}"`;
    case 'bytes':
      return `b"${[...literal.value].map(showByte).join('')}"`;
  }
}

function showByte(byte: number): string {
  const text = String.fromCharCode(byte);
  const printable = byte >= 0x20 && byte < 0x7f && text !== '"' && text !== '\\';
  return printable ? text : `\\x${byte.toString(16).padStart(2, '0')}`;
}
