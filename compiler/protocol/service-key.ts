/**
 * The class of a service reference: references that may mean the same sessions have the same key.
 * Invariant: the key depends on the type only, so a client and the sessions it may reach are matched by inference alone.
 */
import type { EndType, Type } from '../types/type.js';
import { endOf, pruned } from './type-text.js';

/** The key of the client's side of an end. */
export const clientKey = (end: EndType): string => `e${endOf(end).id}`;

export function serviceKey(type: Type | undefined): string {
  if (type === undefined) return '';
  const t = pruned(type);
  return t.kind === 'service' || t.kind === 'end' ? clientKey(t.end) : '';
}
