/** Host half of `string`. Strings are the host's own (UTF-16), so every count and index goes by code points here. */
import { codePoints, sliced } from '../runtime/values/list.js';
import type { Cons } from '../runtime/values/value.js';
import { fromList, type HostFunctions, option, Raise, toList } from './support.js';

const clamp = (n: number, low: number, high: number): number => Math.min(Math.max(n, low), high);

function slice(s: string, first: number, last: number): unknown {
  const length = codePoints(s);
  const from = clamp(first, 0, length);
  return sliced(s, from, clamp(last, from, length));
}

function pad(s: string, width: number, fill: string): string {
  if (codePoints(fill) !== 1) throw new Raise('OutOfRange');
  return fill.repeat(Math.max(0, width - codePoints(s)));
}

function fromCodepoints(points: Cons): string {
  let text = '';
  for (const point of fromList<number>(points)) {
    if (point < 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) throw new Raise('OutOfRange');
    text += String.fromCodePoint(point);
  }
  return text;
}

function indexOf(s: string, part: string): unknown {
  const at = s.indexOf(part);
  return option(at < 0 ? undefined : codePoints(s.slice(0, at)));
}

export const host: HostFunctions = {
  length: (s: string) => codePoints(s),
  slice,
  split: (s: string, separator: string) => toList(separator === '' ? [...s] : s.split(separator)),
  lines: (s: string) => {
    const lines = s.split(/\r?\n/);
    if (lines.at(-1) === '') lines.pop();
    return toList(lines);
  },
  words: (s: string) => toList(s.split(/\s+/u).filter((word) => word !== '')),
  join: (parts: Cons, separator: string) => fromList<string>(parts).join(separator),
  trim: (s: string) => s.trim(),
  trim_start: (s: string) => s.trimStart(),
  trim_end: (s: string) => s.trimEnd(),
  replace: (s: string, old: string, by: string) => (old === '' ? s : s.split(old).join(by)),
  upper: (s: string) => s.toUpperCase(),
  lower: (s: string) => s.toLowerCase(),
  contains: (s: string, part: string) => s.includes(part),
  starts_with: (s: string, prefix: string) => s.startsWith(prefix),
  ends_with: (s: string, suffix: string) => s.endsWith(suffix),
  index_of: indexOf,
  repeat: (s: string, n: number) => s.repeat(Math.max(0, n)),
  pad_start: (s: string, width: number, fill: string) => pad(s, width, fill) + s,
  pad_end: (s: string, width: number, fill: string) => s + pad(s, width, fill),
  chars: (s: string) => toList([...s]),
  codepoints: (s: string) => toList([...s].map((c) => c.codePointAt(0)!)),
  from_codepoints: fromCodepoints,
  is_letters: (s: string) => /^\p{L}+$/u.test(s),
  is_space: (s: string) => /^\s+$/u.test(s),
};
