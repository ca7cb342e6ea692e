/** Host half of `string`. Strings are the host's own (UTF-16), so every count and index goes by code points here. */
import { codePoints, sliced } from '../runtime/values/list.js';
import { type Cons, NIL } from '../runtime/values/value.js';
import { room, spend, spendText, textRoom } from '../runtime/values/work.js';
import { cut, find } from './searching.js';
import { fromList, type HostFunctions, option, Raise, toList } from './support.js';

/** White space is what Unicode calls so: U+0085 is, a byte order mark is not. */
const SPACE = String.raw`\p{White_Space}`;
const WORDS = /\P{White_Space}+/gu;
const AT_START = new RegExp(`^${SPACE}+`, 'u');
const AT_END = new RegExp(`${SPACE}$`, 'u');

/** From the end, one by one: a pattern would look at every run of white space in the text. */
function trimEnd(s: string): string {
  let end = s.length;
  while (end > 0 && AT_END.test(s[end - 1]!)) end--;
  return s.slice(0, end);
}
const trimStart = (s: string): string => s.replace(AT_START, '');

const clamp = (n: number, low: number, high: number): number => Math.min(Math.max(n, low), high);

function slice(s: string, first: number, last: number): unknown {
  const length = codePoints(s);
  const from = clamp(first, 0, length);
  return sliced(s, from, clamp(last, from, length));
}

function pad(s: string, width: number, fill: string): string {
  if (codePoints(fill) !== 1) throw new Raise('OutOfRange');
  return repeat(fill, width - codePoints(s));
}

function repeat(s: string, n: number): string {
  if (n <= 0) return '';
  textRoom(s.length * n);
  spendText(s.length * n);
  return s.repeat(n);
}

function join(parts: Cons, separator: string): string {
  let length = 0;
  let n = 0;
  for (let c = parts; c !== NIL; c = c.tail, n++) length += (c.head as string).length + separator.length;
  textRoom(length);
  spend(n);
  spendText(length);
  return fromList<string>(parts).join(separator);
}

/** Text that is as long as it was, or three times as long at most. */
function changed(s: string, change: (s: string) => string): string {
  textRoom(s.length);
  spendText(8 * s.length);
  return change(s);
}

function characters(s: string): string[] {
  room(2 * s.length);
  spend(s.length);
  return [...s];
}

function words(s: string): Cons {
  const found: string[] = [];
  for (const [word] of s.matchAll(WORDS)) {
    found.push(word);
    if ((found.length & 1023) === 0) room(3 * found.length);
  }
  spend(s.length / 4 + found.length);
  return toList(found);
}

function replace(s: string, old: string, by: string): string {
  if (old === '') return s;
  const parts = cut(s, old);
  textRoom(s.length + (parts.length - 1) * (by.length - old.length));
  spendText(s.length + parts.length * by.length);
  return parts.join(by);
}

function fromCodepoints(points: Cons): string {
  let text = '';
  const all = fromList<number>(points);
  textRoom(all.length);
  spend(all.length);
  for (const point of all) {
    if (point < 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw new Raise('OutOfRange');
    text += String.fromCodePoint(point);
  }
  return text;
}

function indexOf(s: string, part: string): unknown {
  const at = find(s, part, 0);
  return option(at < 0 ? undefined : codePoints(s.slice(0, at)));
}

export const host: HostFunctions = {
  length: (s: string) => codePoints(s),
  slice,
  split: (s: string, separator: string) => toList(separator === '' ? characters(s) : cut(s, separator)),
  lines: (s: string) => {
    const lines = cut(s, '\n').map((line, i, all) =>
      i < all.length - 1 && line.endsWith('\r') ? line.slice(0, -1) : line,
    );
    if (lines.at(-1) === '') lines.pop();
    return toList(lines);
  },
  words,
  join,
  trim: (s: string) => trimStart(trimEnd(s)),
  trim_start: trimStart,
  trim_end: trimEnd,
  replace,
  upper: (s: string) => changed(s, (t) => t.toUpperCase()),
  lower: (s: string) => changed(s, (t) => t.toLowerCase()),
  contains: (s: string, part: string) => find(s, part, 0) >= 0,
  starts_with: (s: string, prefix: string) => s.startsWith(prefix),
  ends_with: (s: string, suffix: string) => s.endsWith(suffix),
  index_of: indexOf,
  repeat,
  pad_start: (s: string, width: number, fill: string) => pad(s, width, fill) + s,
  pad_end: (s: string, width: number, fill: string) => s + pad(s, width, fill),
  chars: (s: string) => toList(characters(s)),
  codepoints: (s: string) => toList(characters(s).map((c) => c.codePointAt(0)!)),
  from_codepoints: fromCodepoints,
  is_letters: (s: string) => /^\p{L}+$/u.test(s),
  is_space: (s: string) => s !== '' && trimStart(s) === '',
};
