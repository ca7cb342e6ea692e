/**
 * Values as the language writes them.
 * Invariant: iterative; a string on its own shows as it is, inside another value it shows quoted and escaped, so that
 * data shown reads back as the same data; a float always shows a point, an exponent or a name, so it never looks like an int.
 */
import { PersistentMap } from './map.js';
import { Cons, Exn, Float, Label, NIL, Opaque, Partial, fieldsOf, isData } from './value.js';
import type { Value } from './value.js';

/** The text `std::print` and interpolation give. (V8 makes better code of a template than of a call of `String`.) */
export const show = (v: Value): string => (typeof v === 'string' ? v : typeof v === 'number' ? `${v}` : inspect(v));

export function showFloat(x: number): string {
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  if (Object.is(x, -0)) return '-0.0';
  const text = String(x);
  return /[.e]/.test(text) ? text.replace('e+', 'e') : `${text}.0`;
}

const escapes: Record<string, string> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\0': '\\0',
  '\\': '\\\\',
  '"': '\\"',
  '{': '\\{',
  '}': '\\}',
};
const control = (c: string): string => escapes[c] ?? `\\u{${c.codePointAt(0)!.toString(16)}}`;
export const quote = (s: string): string => `"${s.replace(/[\\"{}\p{Cc}]/gu, control)}"`;

function showBytes(b: Uint8Array): string {
  const one = (x: number): string => {
    const c = String.fromCharCode(x);
    if (c === '"' || c === '\\') return `\\${c}`;
    return x >= 32 && x < 127 ? c : `\\x${x.toString(16).padStart(2, '0')}`;
  };
  return `b"${[...b].map(one).join('')}"`;
}

/** The parts of a value in order: texts, and values wrapped in an array of one. */
type Part = string | readonly [Value];

function separated(open: string, parts: readonly Part[][], close: string): Part[] {
  return [open, ...parts.flatMap((p, i) => (i > 0 ? [', ', ...p] : p)), close];
}

function parts(v: Value): Part[] {
  if (v instanceof Cons) {
    const elements: Part[][] = [];
    for (let c = v; c !== NIL; c = c.tail) elements.push([[c.head]]);
    return separated('[', elements, ']');
  }
  if (v instanceof PersistentMap) {
    return separated(
      '#{',
      [...v.entries()].map((e): Part[] => [[e.key], ': ', [e.value]]),
      '}',
    );
  }
  if (v instanceof Exn || isData(v)) {
    const { kind, name, fields } = v.ctor;
    const values = fieldsOf(v);
    if (kind === 'record') {
      return separated(
        `${name}{`,
        values.map((x, i): Part[] => [`${fields[i]!}: `, [x]]),
        '}',
      );
    }
    if (values.length === 0 && kind !== 'tuple') return [name];
    return separated(
      `${name}(`,
      values.map((x): Part[] => [[x]]),
      ')',
    );
  }
  return [opaque(v)];
}

function opaque(v: Value): string {
  switch (typeof v) {
    case 'string':
      return quote(v);
    case 'undefined':
      return 'void';
    case 'object':
      break;
    default:
      return String(v);
  }
  if (v instanceof Float) return showFloat(v.value);
  if (v instanceof Uint8Array) return showBytes(v);
  if (v instanceof Label) return `$${v.name}`;
  if (v instanceof Partial) return `<function ${v.fn.name}>`;
  return v instanceof Opaque ? v.describe() : '<host object>';
}

/** The value as source text where it has one: strings quoted. */
export function inspect(v: Value): string {
  const out: string[] = [];
  const todo: Part[] = [[v]];
  while (todo.length > 0) {
    const next = todo.pop()!;
    if (typeof next === 'string') out.push(next);
    else {
      const [value] = next;
      if (typeof value === 'number') out.push(String(value));
      else {
        const inner = parts(value);
        if (inner.length === 1 && typeof inner[0] === 'string') out.push(inner[0]);
        else for (let i = inner.length - 1; i >= 0; i--) todo.push(inner[i]!);
      }
    }
  }
  return out.join('');
}
