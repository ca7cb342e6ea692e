/**
 * Texts that put what a wait received into slots; `w` is the message, or what `select` chose.
 * Invariant: payloads are pushed last value first, as the interpreter does.
 */
import type { Case } from '../function.js';

const PARTS = ['a', 'b', 'c'];

/** The payload of the message in `w`; `slot(i)` is the variable of the i-th value pushed. */
export function payloadText(count: number, slot: (i: number) => string): string {
  const values = Array.from({ length: count }, (_, k) => count - 1 - k);
  return values.map((i, k) => `${slot(k)} = ${i < 3 ? `w.${PARTS[i]}` : `payload(w, ${i})`};`).join(' ');
}

/** What a chosen case of a select pushes. */
export function pushedText(c: Case, slot: (i: number) => string): string {
  const first = c.kind === 'any' || c.kind === 'accept' || c.kind === 'any_down' ? 1 : 0;
  const end = first === 1 ? `${slot(0)} = w.end; ` : '';
  if (c.kind === 'after') return end;
  if (c.kind === 'down' || c.kind === 'any_down') return `${end}${slot(first)} = w.reason; `;
  return `${end}w = w.message; ${payloadText(c.count, (i) => slot(first + i))} `;
}
