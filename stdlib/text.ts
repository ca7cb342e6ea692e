/**
 * Between texts and bytes in UTF-8, nothing lost: a byte order mark is a character like any other, and bytes that are no UTF-8
 * become the code points U+DC80 to U+DCFF, which no text in UTF-8 holds, and become those bytes again (as in Python's PEP 383).
 * Invariant: `bytesOf(textOf(b))` is `b` for all bytes.
 */
const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text, or undefined where the bytes are no UTF-8. */
export function exactText(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The text; bytes that are no UTF-8 stay what they are. */
export function textOf(bytes: Uint8Array): string {
  const exact = exactText(bytes);
  if (exact !== undefined) return exact;
  let text = '';
  let from = 0;
  for (let i = 0; i < bytes.length;) {
    const n = sequence(bytes, i);
    if (n === 0) {
      text += strict.decode(bytes.subarray(from, i)) + String.fromCharCode(0xdc00 + bytes[i]!);
      from = ++i;
    } else i += n;
  }
  return text + strict.decode(bytes.subarray(from));
}

/** The length of the character in UTF-8 that begins at a place; 0 if none does (Unicode 15, table 3-7). */
function sequence(bytes: Uint8Array, i: number): number {
  const lead = bytes[i]!;
  if (lead < 0x80) return 1;
  const second = bytes[i + 1] ?? 0;
  const next = (k: number): boolean => ((bytes[i + k] ?? 0) & 0xc0) === 0x80;
  if (lead >= 0xc2 && lead <= 0xdf) return next(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const fits = second >= (lead === 0xe0 ? 0xa0 : 0x80) && second <= (lead === 0xed ? 0x9f : 0xbf);
    return fits && next(2) ? 3 : 0;
  }
  if (lead < 0xf0 || lead > 0xf4) return 0;
  const fits = second >= (lead === 0xf0 ? 0x90 : 0x80) && second <= (lead === 0xf4 ? 0x8f : 0xbf);
  return fits && next(2) && next(3) ? 4 : 0;
}

/** A low surrogate that follows no high one. */
const LONE = /(?<![\ud800-\udbff])[\udc80-\udcff]/;

/** The text in UTF-8. */
export function bytesOf(text: string): Uint8Array {
  if (!LONE.test(text)) return encoder.encode(text);
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const { index } of text.matchAll(new RegExp(LONE, 'g'))) {
    parts.push(encoder.encode(text.slice(from, index)), Uint8Array.of(text.charCodeAt(index) & 0xff));
    from = index + 1;
  }
  parts.push(encoder.encode(text.slice(from)));
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Text that comes in pieces, cut anywhere. */
export class TextStream {
  #rest: Uint8Array = new Uint8Array();

  decode(chunk: Uint8Array): string {
    const bytes = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk);
    const cut = bytes.length - unfinished(bytes);
    this.#rest = bytes.slice(cut);
    return textOf(bytes.subarray(0, cut));
  }
  /** What was left unfinished. */
  end(): string {
    const rest = this.#rest;
    this.#rest = new Uint8Array();
    return textOf(rest);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** How many bytes at the end may be the beginning of a character. */
function unfinished(bytes: Uint8Array): number {
  for (let n = 1; n <= Math.min(3, bytes.length); n++) {
    const b = bytes[bytes.length - n]!;
    if (b < 0x80) return 0;
    if (b >= 0xc0) return (b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2) > n ? n : 0;
  }
  return 0;
}
