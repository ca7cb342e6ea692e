/**
 * The class of a service reference: the sessions it may mean.
 * Invariant: the key depends on the type only; inference has collected every session that a reference of the type can name.
 */
import type { EndType, Type } from '../types/type.js';
import { endOf, prune } from '../types/type.js';

/** Keys (`module::Session`) in order, joined by spaces; empty when nothing is known about the reference. */
export const serviceOf = (end: EndType): string => [...endOf(end).services].sort().join(' ');

export function serviceKey(type: Type | undefined): string {
  if (type === undefined) return '';
  const t = prune(type);
  return t.kind === 'service' || t.kind === 'end' ? serviceOf(t.end) : '';
}
