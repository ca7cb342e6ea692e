/**
 * Services: which sessions a reference may mean.
 * Invariant: every session that accepts clients of the reference's type is among them, so nothing is left unchecked.
 */
import type { Automaton } from './automaton.js';
import type { Services } from './clusters.js';

/** `service` as made by `serviceKey`. */
export function servicesOf(automatonOf: (key: string) => Automaton | undefined): Services {
  return {
    offering: (service) =>
      service
        .split(' ')
        .map(automatonOf)
        .filter((a) => a !== undefined)
        .filter((a) => a.states.some((s) => s.edges.some((e) => e.kind === 'accept'))),
  };
}
