/**
 * Looking for a text in a text, in time that grows with both and not with their product: the host's own search takes as long as the
 * product where they are nearly alike, and cannot be stopped.
 * Invariant: finds what `indexOf` finds.
 */
import { room, spendText } from '../runtime/values/work.js';

/** Units of one times units of the other that the host may look at. */
const LITTLE = 1 << 22;

/** Where to go on in the part when a unit differs (Knuth, Morris and Pratt 1977). */
function borders(part: string): Int32Array {
  const border = new Int32Array(part.length);
  for (let i = 1, k = 0; i < part.length; i++) {
    while (k > 0 && part.charCodeAt(i) !== part.charCodeAt(k)) k = border[k - 1]!;
    if (part.charCodeAt(i) === part.charCodeAt(k)) k++;
    border[i] = k;
  }
  return border;
}

/** The first place from `from` on, or -1; `border`: that of the part, if it is known. */
export function find(text: string, part: string, from: number, border?: Int32Array): number {
  if (part.length > text.length - from) return -1;
  if (part.length <= 16 || part.length * (text.length - from) <= LITTLE) {
    const at = text.indexOf(part, from);
    spendText(part.length * ((at < 0 ? text.length : at) - from));
    return at;
  }
  const next = border ?? borders(part);
  let k = 0;
  let i = from;
  for (; i < text.length && k < part.length; i++) {
    while (k > 0 && text.charCodeAt(i) !== part.charCodeAt(k)) k = next[k - 1]!;
    if (text.charCodeAt(i) === part.charCodeAt(k)) k++;
  }
  spendText(8 * (i - from + part.length));
  return k === part.length ? i - k : -1;
}

/** The text between the places where another stands; there is room for them. */
export function cut(text: string, at: string): string[] {
  const parts: string[] = [];
  const border = at.length > 16 && at.length * text.length > LITTLE ? borders(at) : undefined;
  let from = 0;
  for (let to = find(text, at, 0, border); to >= 0; to = find(text, at, from, border)) {
    parts.push(text.slice(from, to));
    from = to + at.length;
    if ((parts.length & 1023) === 0) room(3 * parts.length);
  }
  parts.push(text.slice(from));
  room(2 * parts.length);
  spendText(text.length + 8 * parts.length);
  return parts;
}
