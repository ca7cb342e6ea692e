/**
 * Whether every message is understood: no thread may come to stand before messages on all links that it awaits, none of which
 * it takes. Whether it goes on may hang on what others bring over other links, and is then not proved; what it is sent must
 * be right all the same, for nothing may ever come from there: a pool may have no other members.
 * Invariant: after this a composition is safe only if that cannot happen, or the thread also waits for clients or for the end
 * of a watched thread, where the machine waits as well.
 */
import type { Composition } from './composition.js';
import type { Rejected, Verdict } from '../decide/verdict.js';
import type { Projection } from './projection.js';

/** The composition, rejected if a message may come that is not understood. */
export function understood(c: Composition): Composition {
  const found = surpriseIn(c.verdict, c.projections);
  return found === undefined ? c : { ...c, verdict: found };
}

/** A run to a message that is not understood. `of`: looked for in this role only. */
export function surpriseIn(verdict: Verdict, projections: readonly Projection[], of?: number): Rejected | undefined {
  if (verdict.verdict !== 'safe') return undefined;
  for (const { role, state, surprise } of verdict.dependsOutside) {
    const wait = projections[role]!.mixed.get(state);
    if (surprise === undefined || wait === undefined || (of !== undefined && role !== of)) continue;
    const { automaton, state: at } = wait.place;
    if (!automaton.states[at]!.edges.some((e) => e.kind === 'accept' || e.kind === 'watched')) return surprise;
  }
  return undefined;
}
