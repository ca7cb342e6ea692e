/**
 * Diagnostics for waits on several links of which none is sure to bring something: with a run of the program that gets
 * stuck there, if one is found, else with the reason why nothing could be proved.
 * Invariant: an error either way; the schedule shown is one that can happen.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.js';
import { error } from '../../diagnostics/diagnostic.js';
import type { Automaton } from '../automaton/automaton.js';
import { spawnedBy } from '../automaton/automaton.js';
import { certainlyStuck, isMain, type Known } from '../whole/certain.js';
import { noteMilliseconds } from '../decide/decide.js';
import { sequenceDiagram } from './diagram.js';
import { awaited, type Place } from '../compose/projection.js';
import { stuckRun } from '../whole/search.js';
import { describeRun, reasonOf, type StuckRun } from '../whole/stuck-run.js';

type ByKey = (key: string) => Automaton | undefined;

/** A run of the program that gets stuck with a thread at this wait, if one is found. `automata`: all it may start with. */
export function findStuck(place: Place, automata: readonly Automaton[], byKey: ByKey): StuckRun | undefined {
  const begun = performance.now();
  for (const root of automata) {
    if (root.params.some((p) => p !== undefined) || !leadsTo(root, place.automaton, byKey)) continue;
    const found = stuckRun(root, place, byKey);
    if (found === undefined) continue;
    const run = describeRun(found);
    noteMilliseconds(run.system, performance.now() - begun);
    return run;
  }
  return undefined;
}

/**
 * A run that gets stuck, of a program of which every run does, and where a thread waits in it; what begins with `main` is looked at
 * first.
 */
export function findCertain(roots: readonly Automaton[], known: Known): { run: StuckRun; place: Place } | undefined {
  const begun = performance.now();
  for (const root of [...roots].sort((a, b) => Number(isMain(b)) - Number(isMain(a)))) {
    const found = certainlyStuck(root, known);
    if (found === undefined) continue;
    const run = describeRun(found);
    noteMilliseconds(run.system, performance.now() - begun);
    return { run, place: run.places[run.stuck.waiting[0]!.role]! };
  }
  return undefined;
}

/** Whether threads that start with one automaton make threads of the other. */
function leadsTo(root: Automaton, wanted: Automaton, byKey: ByKey): boolean {
  const seen = new Set([root]);
  for (const automaton of seen) {
    if (automaton === wanted) return true;
    for (const key of spawnedBy(automaton)) {
      const child = byKey(key);
      if (child !== undefined) seen.add(child);
    }
  }
  return false;
}

/** The diagnostic for a run that gets stuck with a thread at this wait. */
export function diagnoseStuck(place: Place, found: StuckRun): Diagnostic {
  const name = (role: number): string => found.system.roles[role]!.name;
  const here = place.automaton.states[place.state]!.span;
  const spans = found.stuck.waiting.map((w) => {
    const at = found.places[w.role]!;
    return { span: at.automaton.states[at.state]!.span, text: `${name(w.role)} waits here` };
  });
  return error('Q0301', here, reasonOf(found), {
    label: `${place.automaton.name} waits here`,
    labels: spans.filter((s) => s.span.start !== here.start || s.span.file !== here.file),
    figure: sequenceDiagram(found.system, found.schedule, found.stuck),
  });
}

/** The diagnostic for a wait of which neither a run that gets stuck there nor a reason why it never does is known. */
export function diagnoseOpenWait(place: Place): Diagnostic {
  const { automaton, state } = place;
  const at = automaton.states[state]!;
  const peers = [...new Set(at.edges.flatMap(awaited))].map((end) => `\`${automaton.ends[end]!.name}\``);
  const list = `${peers.slice(0, -1).join(', ')} and ${peers.at(-1)!}`;
  const message = `${automaton.name} may wait here for ever: ${list} may all be waiting for ${automaton.name}`;
  return error('Q0304', at.span, message, {
    label: 'each of them may only go on after a branch that another one must start',
    hints: ['at a wait on several links, at least one of them must bring a message whatever the others do'],
  });
}
