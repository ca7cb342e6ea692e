/**
 * A readable form of the abstract syntax, for `--emit ast` and for tests: one node a line, children indented.
 * Invariant: everything in a tree is shown but ids and places, so two trees look alike only if they mean the same.
 */
import type { Literal, Module } from './ast.js';

/** Shows the items of a module as an indented tree. */
export const showAst = (module: Module): string => {
  const head = module.wrapper ? `module ${module.wrapper.text}\n` : 'module\n';
  return head + module.items.map((item) => showNode(item, 1)).join('');
};

type Shape = Readonly<Record<string, unknown>>;

const HIDDEN: ReadonlySet<string> = new Set(['id', 'span', 'opSpan', 'kind']);

/** Shows any part of a tree, from one node down. */
export function showNode(node: object, depth = 0, role = ''): string {
  const shape = node as Shape;
  const pad = '  '.repeat(depth);
  const short = atom(shape);
  if (short !== undefined) return `${pad}${role}${short}\n`;
  const words: string[] = [];
  const below: string[] = [];
  for (const [key, value] of Object.entries(shape)) {
    if (HIDDEN.has(key) || value === undefined) continue;
    if (key === 'doc') below.push(...(value as readonly string[]).map((line) => `${pad}  ## ${line}\n`));
    else if (Array.isArray(value))
      below.push(...value.map((element, i) => part(element, depth + 1, arrayRole(key, i))));
    else if (typeof value === 'object' && value !== null) {
      const atomic = atom(value as Shape);
      if (atomic !== undefined && isName(value as Shape)) words.push(key === 'name' ? atomic : `${key}=${atomic}`);
      else below.push(showNode(value, depth + 1, `${key}: `));
    } else words.push(key === 'op' || key === 'polarity' ? String(value) : `${key}=${JSON.stringify(value)}`);
  }
  const kind = typeof shape['kind'] === 'string' ? shape['kind'] : '';
  const line = [kind, ...words].filter((word) => word !== '').join(' ');
  return `${pad}${role}${line === '' ? '-' : line}\n${below.join('')}`;
}

const part = (value: unknown, depth: number, role: string): string =>
  typeof value === 'object' && value !== null
    ? showNode(value, depth, role)
    : `${'  '.repeat(depth)}${role}${JSON.stringify(value)}\n`;

/** Lists whose elements say themselves what they are need no role in front of each. */
const arrayRole = (key: string, _index: number): string =>
  ['items', 'statements', 'elements', 'parts', 'bindings', 'branches', 'alternatives'].includes(key)
    ? ''
    : `${key.replace(/ies$/, 'y').replace(/s$/, '')}: `;

const isName = (shape: Shape): boolean => typeof shape['text'] === 'string';

/** Nodes that fit on the line of their parent: names, paths, literals, plain variables and bindings. */
function atom(shape: Shape): string | undefined {
  if (isName(shape)) return shape['text'] as string;
  if (shape['kind'] === undefined && Array.isArray(shape['parts']))
    return (shape['parts'] as readonly Shape[]).map((name) => name['text']).join('::');
  switch (shape['kind']) {
    case 'path':
      return atom(shape['path'] as Shape);
    case 'literal':
      return showLiteral(shape['literal'] as Literal);
    case 'bind':
      return `bind ${String((shape['name'] as Shape)['text'])}`;
    case 'name':
      if ((shape['args'] as readonly unknown[]).length > 0) return undefined;
      return (shape['parts'] as readonly Shape[]).map((name) => name['text']).join('.');
    default:
      return undefined;
  }
}

export function showLiteral(literal: Literal): string {
  switch (literal.type) {
    case 'unit':
      return '()';
    case 'string':
      return JSON.stringify(literal.value);
    case 'bytes':
      return `bytes ${Buffer.from(literal.value).toString('hex')}`;
    case 'float':
      return Number.isInteger(literal.value) ? literal.value.toFixed(1) : String(literal.value);
    default:
      return String(literal.value);
  }
}
