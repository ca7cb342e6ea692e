/**
 * What a declared type alone says about the shape of a function: its parameters and whether a call pushes a value.
 * The text form relies on it, so a header needs no more than its type; images that differ say so with directives.
 * Invariant: total; a text that is not a type has no parameters and returns nothing.
 */
import type { Param, ParamKind } from './module.js';

export interface Shape {
  readonly params: readonly Param[];
  readonly returns: boolean;
}

const OPEN = '([{<';
const CLOSE = ')]}>';

/** Index just after the bracket that closes the one at `at`, or -1. `->`and `~>` are no brackets. */
function afterBracket(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const c = text[i]!;
    if (OPEN.includes(c)) depth++;
    else if (CLOSE.includes(c) && !(c === '>' && '-~'.includes(text[i - 1] ?? ' ')) && --depth === 0) return i + 1;
  }
  return -1;
}

/** Index just after the dot that ends the bound of a quantifier: not in brackets, not one of `...`; or -1. */
function afterBound(text: string): number {
  for (let i = 0; i < text.length; i++) {
    if ('([{'.includes(text[i]!)) {
      i = afterBracket(text, i) - 1;
      if (i < 0) return -1;
    } else if (text[i] === '.' && text[i - 1] !== '.' && text[i + 1] !== '.') return i + 1;
  }
  return -1;
}

/** Pieces of a list at commas outside brackets. */
function pieces(text: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (OPEN.includes(c)) depth++;
    else if (CLOSE.includes(c) && !(c === '>' && '-~'.includes(text[i - 1] ?? ' '))) depth--;
    else if (c === ',' && depth === 0) {
      out.push(text.slice(from, i));
      from = i + 1;
    }
  }
  out.push(text.slice(from));
  return out.map((p) => p.trim()).filter((p) => p !== '');
}

function kindOf(type: string): ParamKind {
  if (/^(?:[?!]|rec\s|End\b|Eps\b|end\b)/.test(type)) return 'end';
  if (/^service\b/.test(type)) return 'reference';
  return /^pool\b/.test(type) ? 'pool' : 'data';
}

function param(text: string): Param {
  const named = /^([A-Za-z_]\w*)\s*:\s*([^:].*)$/s.exec(text);
  const type = named ? named[2]! : text;
  return { name: named ? named[1]! : '', kind: kindOf(type), type };
}

/**
 * The shape of a function or session of the type. In a session `(x : T) ->` and `[s : S] ->` with S quantified are
 * parameters, with the arrow or, as of old, without; the first `[t : T] ->` of a named session is a spawn and ends them.
 */
export function shapeOf(type: string, session: boolean): Shape {
  let rest = type.trim();
  const quantified = new Set<string>();
  for (let m; (m = /^(?:exists|forall)\s+(\w+)\s*([.<])/.exec(rest));) {
    rest = rest.slice(m[0].length);
    quantified.add(m[1]!);
    if (m[2] === '<') rest = rest.slice(Math.max(0, afterBound(rest)));
    rest = rest.trimStart();
  }
  if (!session) {
    const end = rest.startsWith('(') ? afterBracket(rest, 0) : -1;
    const arrow = end < 0 ? undefined : /^\s*->\s*/.exec(rest.slice(end));
    if (!arrow) return { params: [], returns: false };
    const result = rest.slice(end + arrow[0].length);
    return { params: pieces(rest.slice(1, end - 1)).map(param), returns: !/^void\s*(,|$)/.test(result) };
  }
  const params: Param[] = [];
  for (;;) {
    const group = /^[([]\s*([A-Za-z_]\w*)\s*:/.exec(rest);
    if (!group) break;
    const end = afterBracket(rest, 0);
    if (end < 0) break;
    const one = param(rest.slice(1, end - 1).trim());
    if (rest.startsWith('[') && !quantified.has(one.type)) break;
    rest = rest.slice(end).replace(/^\s*(?:->\s*)?/, '');
    const speaks = new RegExp(`[?!]${one.name}\\b|[{,<]\\s*${one.name}\\.`).test(rest);
    params.push(quantified.has(one.type) || (speaks && one.kind === 'data') ? { ...one, kind: 'end' } : one);
  }
  return { params, returns: false };
}

/** Are two parameter lists the same? */
export const sameParams = (a: readonly Param[], b: readonly Param[]): boolean =>
  a.length === b.length && a.every((p, i) => p.name === b[i]!.name && p.kind === b[i]!.kind && p.type === b[i]!.type);
