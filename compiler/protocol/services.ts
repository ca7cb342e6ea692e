/**
 * Services: which sessions a reference may mean.
 * Invariant: every session that accepts clients of the reference's type is among them, so nothing is left unchecked.
 */
import type { Typing } from '../types/typing.js';
import type { Automaton } from './automaton.js';
import type { Services } from './clusters.js';
import { clientKey } from './service-key.js';
import { endOf } from './type-text.js';

export function servicesOf(typing: Typing, automatonOf: (key: string) => Automaton | undefined): Services {
  const offering = new Map<string, Automaton[]>();
  for (const [name, session] of typing.sessions) {
    if (session.service === undefined) continue;
    const automaton = automatonOf(name.includes('::') ? name : `${typing.resolution.name}::${name}`);
    if (automaton === undefined) continue;
    const server = endOf(session.service);
    const keys = [clientKey(server), ...(server.dual === undefined ? [] : [clientKey(server.dual)])];
    for (const key of keys) offering.set(key, [...(offering.get(key) ?? []), automaton]);
  }
  return { offering: (service) => offering.get(service) ?? [] };
}
