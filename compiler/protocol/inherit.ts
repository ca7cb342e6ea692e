/**
 * Progress across compositions: a composition whose threads also wait on other links makes progress only as far as those
 * do. Invariant: a composition is left `proved` only if every composition that its threads wait on, directly or through
 * others, is proved too.
 */
import type { Automaton, EndId } from './automaton.js';
import type { Composition } from './compose.js';
import { progressOf } from './progress.js';
import { awaited } from './project.js';

export function inheritProgress(compositions: readonly Composition[]): Composition[] {
  const own = compositions.map((c) => progressOf(c));
  const weak = new Map<number, number>();
  const dependants = dependantsOf(compositions);
  const work: { at: number; from: number }[] = own.flatMap((p, at) => (p === 'proved' ? [] : [{ at, from: at }]));
  for (const { at, from } of work) {
    if (weak.has(at)) continue;
    weak.set(at, from);
    for (const next of dependants.get(at) ?? []) work.push({ at: next, from });
  }
  return compositions.map((c, i) => {
    const from = weak.get(i);
    if (from === undefined || from === i) return c;
    return { ...c, inherited: `${own[from]!} (through ${compositions[from]!.cluster.name})` };
  });
}

/** Per composition, those whose threads wait on it while they hold a link of their own. */
function dependantsOf(compositions: readonly Composition[]): Map<number, Set<number>> {
  const classes = new Map<string, Set<number>>();
  const keyOf = (a: Automaton, state: number, end: EndId): string => `${a.key} ${state} ${end}`;
  compositions.forEach((c, i) => {
    for (const p of c.projections)
      for (const { place, held } of p.visited)
        for (const [, end] of held) {
          const key = keyOf(place.automaton, place.state, end);
          classes.set(key, (classes.get(key) ?? new Set<number>()).add(i));
        }
  });
  const found = new Map<number, Set<number>>();
  compositions.forEach((c, i) => {
    for (const p of c.projections)
      for (const { place, held } of p.visited) {
        const state = place.automaton.states[place.state]!;
        if (state.kind !== 'wait' || state.edges.some((e) => e.kind === 'timeout')) continue;
        const mine = held.map(([, end]) => end);
        for (const end of state.edges.flatMap(awaited)) {
          if (mine.includes(end)) continue;
          for (const on of classes.get(keyOf(place.automaton, place.state, end)) ?? [])
            if (on !== i) found.set(on, (found.get(on) ?? new Set<number>()).add(i));
        }
      }
  });
  return found;
}
