/**
 * What one operation over whole values may make and costs: texts, lists and bytes of computed size are refused before they are
 * made, and what takes long is charged as if it had been steps of the program, so that a slice of it is no longer than others.
 * Invariant: an operation that would make more than `bounds.most` values raises HeapExhausted; the charge depends on the values
 * alone, so both engines charge the same.
 */
import { exception } from './exceptions.js';

/** Values that one operation may make where nobody set a limit: a list of so many takes about 1.6 GB of the host's memory. */
export const UNLIMITED = 2 ** 27;
/** The host's longest string is just below 2^29 units. */
const LONGEST = 536_870_000;
/** Units of text, or bytes, that count as one value; and that are handled in the time of one part. */
const PER_VALUE = 8;
/** Parts that take the time of a step of the program, as a power of two; and how few are free. */
const PER_STEP = 4;
const FREE = 256;

/** `most`: what the machine whose slice it is allows. `charge`: takes steps from the slice; the engine puts itself there. */
export const bounds = { most: UNLIMITED, charge: (_steps: number): void => undefined };

/** Throws unless so many values may be made at once. */
export function room(values: number): void {
  if (!(values <= bounds.most)) throw exception('HeapExhausted');
}
/** Is there no room for a text, or bytes, of this length? */
export const isTooLong = (units: number): boolean => !(units <= LONGEST && units <= bounds.most * PER_VALUE);
/** As `room`, for texts and bytes. */
export function textRoom(units: number): void {
  if (isTooLong(units)) throw exception('HeapExhausted');
}
/** So many parts were looked at or made, or will be. */
export function spend(parts: number): void {
  if (parts >= FREE) bounds.charge(Math.ceil(parts / (1 << PER_STEP)));
}
/** As `spend`, for units of text and for bytes. */
export const spendText = (units: number): void => spend(units / PER_VALUE);
