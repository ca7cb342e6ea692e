/** Host half of `bytes`. */
import type { Cons } from '../runtime/values/value.js';
import { room, spend, spendText, textRoom } from '../runtime/values/work.js';
import { fromList, type HostFunctions, option, Raise, toList } from './support.js';
import { bytesOf, exactText } from './text.js';

function fromNumbers(numbers: Cons): Uint8Array {
  const values = fromList<number>(numbers);
  textRoom(values.length);
  spend(values.length);
  if (values.some((n) => n < 0 || n > 255)) throw new Raise('OutOfRange');
  return Uint8Array.from(values);
}

function fromHex(s: string): Uint8Array | undefined {
  if (!/^([0-9a-f]{2})*$/i.test(s)) return undefined;
  return Uint8Array.from({ length: s.length / 2 }, (_, i) => parseInt(s.slice(2 * i, 2 * i + 2), 16));
}

function toBinary(b: Uint8Array): string {
  let text = '';
  for (const byte of b) text += String.fromCharCode(byte);
  return text;
}

function fromBase64(s: string): Uint8Array | undefined {
  if (!/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(s)) return undefined;
  return Uint8Array.from(atob(s), (c) => c.charCodeAt(0));
}

function slice(b: Uint8Array, first: number, last: number): Uint8Array {
  const from = Math.max(0, first);
  spendText(Math.max(0, Math.min(b.length, last) - from));
  return b.slice(from, Math.max(from, last));
}

/** There is room for so many units of text or bytes, and time for them one by one. */
function each<T>(units: number, content: T): T {
  textRoom(units);
  spend(units);
  return content;
}

/** The same, of a list. */
function listed(b: Uint8Array): Cons {
  room(2 * b.length);
  spend(b.length);
  return toList([...b]);
}

export const host: HostFunctions = {
  length: (b: Uint8Array) => b.length,
  slice,
  to_list: listed,
  from_list: fromNumbers,
  from_string: (s: string) => bytesOf(each(s.length, s)),
  to_string: (b: Uint8Array) => option(exactText(each(b.length, b))),
  to_hex: (b: Uint8Array) => [...each(2 * b.length, b)].map((n) => n.toString(16).padStart(2, '0')).join(''),
  from_hex: (s: string) => option(fromHex(each(s.length, s))),
  to_base64: (b: Uint8Array) => btoa(toBinary(each(2 * b.length, b))),
  from_base64: (s: string) => option(fromBase64(each(s.length, s))),
};
