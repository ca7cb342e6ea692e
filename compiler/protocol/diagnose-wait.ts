/**
 * Diagnostics for waits on several links of which none is sure to bring something: with a run of the program that gets
 * stuck there, if one is found, else with the reason why nothing could be proved.
 * Invariant: an error either way; the schedule shown is one that can happen.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { error } from '../diagnostics/diagnostic.js';
import type { Automaton } from './automaton.js';
import { spawnedBy } from './automaton.js';
import type { OpenWait } from './compose.js';
import { sequenceDiagram } from './diagram.js';
import { awaited, type Place } from './project.js';
import type { StuckRun } from './search.js';
import { stuckRun } from './search.js';

type ByKey = (key: string) => Automaton | undefined;

/** `automata`: all that may be where a program starts. */
export function diagnoseOpenWait(open: OpenWait, automata: readonly Automaton[], byKey: ByKey): Diagnostic {
  return diagnoseStuck(open.place, automata, byKey) ?? unproved(open.place);
}

/** A run of the program that gets stuck with a thread at this wait, if one is found. */
export function diagnoseStuck(place: Place, automata: readonly Automaton[], byKey: ByKey): Diagnostic | undefined {
  for (const root of automata) {
    if (root.params.some((p) => p !== undefined) || !leadsTo(root, place.automaton, byKey)) continue;
    const found = stuckRun(root, place, byKey);
    if (found !== undefined) return stuckAt(place, found);
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

function stuckAt(place: Place, found: StuckRun): Diagnostic {
  const name = (role: number): string => found.system.roles[role]!.name;
  const clauses = found.stuck.waiting.map((w) => {
    const what = w.awaits.map((a) => `${a.labels.join(' or ')}${a.partner < 0 ? '' : ` from ${name(a.partner)}`}`);
    return `${name(w.role)} is waiting for ${what.join(' or ')}`;
  });
  const all = clauses.length < 2 ? clauses.join('') : `${clauses.slice(0, -1).join(', ')}, and ${clauses.at(-1)!}`;
  const here = place.automaton.states[place.state]!.span;
  const spans = found.stuck.waiting.map((w) => {
    const at = found.places[w.role]!;
    return { span: at.automaton.states[at.state]!.span, text: `${name(w.role)} waits here` };
  });
  return error('Q0301', here, `${all}: nobody can go on`, {
    label: `${place.automaton.name} waits here`,
    labels: spans.filter((s) => s.span.start !== here.start || s.span.file !== here.file),
    figure: sequenceDiagram(found.system, found.schedule, found.stuck),
  });
}

function unproved(place: Place): Diagnostic {
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
