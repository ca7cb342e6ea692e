/**
 * Values as the language writes them.
 * Invariant: iterative; a string on its own shows as it is, inside another value it shows quoted and escaped, so that
 * data shown reads back as the same data; a float always shows a point, an exponent or a name, so it never looks like an int.
 */
import { PersistentMap } from './map.js';
import { Cons, Exn, Float, Label, NIL, Opaque, Partial, fieldsOf, isData } from './value.js';
import type { Value } from './value.js';
import { spendText, textRoom } from './work.js';

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

/** What is still to be shown, the next last: texts, and values wrapped in an array of one. */
type Part = string | readonly [Value];

/** Puts the parts of a value on the pile; false if it has none. */
function unfold(v: Value, todo: Part[]): boolean {
  if (v instanceof Cons) {
    const elements = toValues(v);
    todo.push(']');
    for (let i = elements.length - 1; i >= 0; i--) {
      todo.push([elements[i]]);
      if (i > 0) todo.push(', ');
    }
    todo.push('[');
    return true;
  }
  if (v instanceof PersistentMap) {
    const entries = [...v.entries()];
    todo.push('}');
    for (let i = entries.length - 1; i >= 0; i--) {
      todo.push([entries[i]!.value], ': ', [entries[i]!.key]);
      if (i > 0) todo.push(', ');
    }
    todo.push('#{');
    return true;
  }
  if (!(v instanceof Exn || isData(v))) return false;
  const { kind, name, fields } = v.ctor;
  const values = fieldsOf(v);
  const record = kind === 'record';
  if (values.length === 0 && kind !== 'tuple' && !record) {
    todo.push(name);
    return true;
  }
  todo.push(record ? '}' : ')');
  for (let i = values.length - 1; i >= 0; i--) {
    todo.push([values[i]]);
    if (record) todo.push(`${fields[i]!}: `);
    if (i > 0) todo.push(', ');
  }
  todo.push(record ? `${name}{` : `${name}(`);
  return true;
}

function toValues(l: Cons): Value[] {
  const elements: Value[] = [];
  for (let c = l; c !== NIL; c = c.tail) elements.push(c.head);
  return elements;
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

/** Parts after which what there is becomes one text. */
const GATHERED = 4096;

/** The value as source text where it has one: strings quoted. What is shared is shown wherever it stands, as far as there is room. */
export function inspect(v: Value): string {
  let text = '';
  let out: string[] = [];
  let length = 0;
  const say = (part: string): void => {
    length += part.length;
    if (out.push(part) < GATHERED) return;
    textRoom(length);
    text += out.join('');
    out = [];
  };
  const todo: Part[] = [[v]];
  while (todo.length > 0) {
    const next = todo.pop()!;
    if (typeof next === 'string') say(next);
    else {
      const [value] = next;
      if (typeof value === 'number') say(String(value));
      else {
        const before = todo.length;
        if (!unfold(value, todo)) say(opaque(value));
        else if (todo.length > before + GATHERED) textRoom(length + todo.length - before);
      }
    }
  }
  textRoom(length);
  spendText(8 * length);
  return text + out.join('');
}
