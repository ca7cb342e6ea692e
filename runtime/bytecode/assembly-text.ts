/**
 * The words of the text form `.qza`: tokens of a line, quoted names, constants as text and back.
 * Invariant: `token(quote(s))` is s again for every string, and every constant but those `constantText` refuses comes
 * back the same; nothing here throws.
 */
import type { Constant } from './module.js';

export type Token =
  | { readonly kind: 'word' | 'string' | 'callee' | 'message' | 'type'; readonly text: string; readonly column: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly column: number }
  | { readonly kind: 'slot' | 'count' | 'raw' | 'pc'; readonly value: number; readonly column: number }
  | { readonly kind: 'bad'; readonly text: string; readonly column: number };

const NAME = /^[A-Za-z_][\w.'/]*(?:::[A-Za-z_][\w.'/]*)*$/;
const KEYWORDS = new Set(['params', 'fields', 'async', 'true', 'false', 'unit', 'nan', 'inf', 'self', 'case', 'else']);

/** A name as written: bare where that is unambiguous, else quoted. */
export const nameText = (name: string): string => (NAME.test(name) && !KEYWORDS.has(name) ? name : quote(name));

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '0': '\0', '"': '"', '\\': '\\' };
const NAMED = new Map(Object.entries(ESCAPES).map(([k, v]) => [v, `\\${k}`]));

/** A string literal; control characters and unpaired surrogates are written as `\u{..}`. */
export function quote(text: string): string {
  let out = '"';
  for (const c of text) {
    const code = c.codePointAt(0)!;
    const plain =
      code >= 0x20 && code !== 0x7f && (code < 0xd800 || code > 0xdfff) && code !== 0x2028 && code !== 0x2029;
    out += NAMED.get(c) ?? (plain && code !== 0x85 ? c : `\\u{${code.toString(16)}}`);
  }
  return `${out}"`;
}

function unquote(body: string): string | undefined {
  let ok = true;
  const text = body.replace(/\\(u\{([0-9a-fA-F]{1,6})\}|.)/gs, (_, escape: string, hex: string | undefined) => {
    if (hex !== undefined) {
      const code = Number.parseInt(hex, 16);
      if (code <= 0x10ffff) return String.fromCodePoint(code);
    }
    const known = ESCAPES[escape];
    if (known === undefined) ok = false;
    return known ?? '';
  });
  return ok ? text : undefined;
}

export function bytesText(bytes: Uint8Array): string {
  return `b"${Array.from(bytes, (b) => `\\x${b.toString(16).padStart(2, '0')}`).join('')}"`;
}

const SHAPES: readonly [Token['kind'], RegExp][] = [
  ['string', /"((?:[^"\\]|\\.)*)"/y],
  ['bytes', /b"((?:\\x[0-9a-fA-F]{2})*)"/y],
  ['callee', /@(?:"((?:[^"\\]|\\.)*)"|([A-Za-z_][\w.'/]*(?:::[A-Za-z_][\w.'/]*)*))/y],
  ['message', /\$(?:"((?:[^"\\]|\\.)*)"|([A-Za-z_][\w.'/]*))/y],
  ['slot', /\[\s*(-?\d{1,10})\s*\]/y],
  ['count', /\(\s*(\d{1,10})\s*\)/y],
  ['raw', /%(-?\d{1,10})/y],
  ['pc', /\+(-?\d{1,10})/y],
  ['type', /<(.*)>/y],
  ['word', /->/y],
  ['word', /[^\s"#<>[\]()@$%]+/y],
];

/** The tokens of one line without its comment. A `<` runs to the last `>` of what is left of the line. */
export function tokens(line: string): readonly Token[] {
  const out: Token[] = [];
  let at = 0;
  const stop = commentStart(line);
  const code = line.slice(0, stop);
  for (;;) {
    while (at < code.length && /\s/.test(code[at]!)) at++;
    if (at >= code.length) return out;
    const column = at + 1;
    let made: Token | undefined;
    for (const [kind, shape] of SHAPES) {
      shape.lastIndex = at;
      const m = shape.exec(code);
      if (m === null) continue;
      at = shape.lastIndex;
      made = tokenOf(kind, m, column);
      break;
    }
    if (made === undefined) {
      out.push({ kind: 'bad', text: code[at]!, column });
      return out;
    }
    out.push(made);
    if (made.kind === 'bad') return out;
  }
}

function tokenOf(kind: Token['kind'], m: RegExpExecArray, column: number): Token {
  const quoted = m[1];
  switch (kind) {
    case 'string':
    case 'callee':
    case 'message': {
      const text = quoted === undefined ? m[2] : unquote(quoted);
      return text === undefined ? { kind: 'bad', text: m[0], column } : { kind, text, column };
    }
    case 'bytes': {
      const hex = quoted!.split('\\x').slice(1);
      return { kind, bytes: Uint8Array.from(hex, (h) => Number.parseInt(h, 16)), column };
    }
    case 'slot':
    case 'count':
    case 'raw':
    case 'pc':
      return { kind, value: Number(quoted), column };
    case 'type':
      return { kind, text: quoted!.trim(), column };
    default:
      return { kind: 'word', text: m[0], column };
  }
}

/** Where the comment of a line starts (its length if there is none): the first `#` outside quotes. */
function commentStart(line: string): number {
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (quoted && c === '\\') i++;
    else if (c === '"') quoted = !quoted;
    else if (c === '#' && !quoted) return i;
  }
  return line.length;
}

/** Exact text of a number, minus zero included. */
const numberText = (n: number): string => (Object.is(n, -0) ? '-0' : String(n));

/** A constant as an operand, or undefined if only the `constant` directive can say it (an int that is no exact int). */
export function constantText(c: Constant): string | undefined {
  switch (c.kind) {
    case 'unit':
      return 'unit';
    case 'bool':
      return String(c.value);
    case 'string':
      return quote(c.value);
    case 'bytes':
      return bytesText(c.value);
    case 'int':
      return /^-?\d{1,16}$/.test(numberText(c.value)) ? numberText(c.value) : undefined;
    case 'float': {
      if (Number.isNaN(c.value)) return 'nan';
      if (!Number.isFinite(c.value)) return c.value > 0 ? 'inf' : '-inf';
      const text = numberText(c.value).replace('e+', 'e');
      return /[.e]/.test(text) ? text : `${text}.0`;
    }
  }
}

/** What the `constant` directive writes after the kind. */
export const constantDirective = (c: Constant): string => {
  const plain = constantText(c);
  return plain ?? `int ${quote(numberText((c as { value: number }).value))}`;
};

/** The constant a token stands for. */
export function constantOf(token: Token): Constant | undefined {
  if (token.kind === 'string') return { kind: 'string', value: token.text };
  if (token.kind === 'bytes') return { kind: 'bytes', value: token.bytes };
  if (token.kind !== 'word') return undefined;
  const t = token.text;
  if (t === 'unit') return { kind: 'unit' };
  if (t === 'true' || t === 'false') return { kind: 'bool', value: t === 'true' };
  if (/^-?\d+$/.test(t)) return { kind: 'int', value: Number(t) };
  if (t === 'nan') return { kind: 'float', value: Number.NaN };
  if (t === 'inf' || t === '-inf') return { kind: 'float', value: t === 'inf' ? Infinity : -Infinity };
  if (/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(t)) return { kind: 'float', value: Number(t) };
  return undefined;
}

/** A key under which equal constants meet. */
export function constantKey(c: Constant): string {
  if (c.kind === 'unit') return 'unit';
  if (c.kind === 'bytes') return bytesText(c.value);
  return `${c.kind} ${typeof c.value === 'number' ? numberText(c.value) : String(c.value)}`;
}

/** The nearest of `names` within a third of its length of edits (Damerau-Levenshtein without the transposed-twice case). */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const other of names) {
    if (Math.abs(other.length - name.length) >= least) continue;
    const d = distance(name, other);
    if (d < least) [best, least] = [other, d];
  }
  return best;
}

function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let d = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, before[j - 2]! + 1);
      row.push(d);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
