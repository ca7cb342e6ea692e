/**
 * The automata of a module and the verdicts of its compositions as text, for `--emit protocol` and `check -v`.
 * Invariant: a state is one line with its edges below it; every composition is one line that ends in its progress.
 */
import type { Automaton, Edge } from './automaton/automaton.js';
import type { Protocols } from './check.js';
import type { Composition } from './compose/composition.js';
import { endNames } from './written/nodes.js';
import { crashProgressOf, progressOf } from './compose/progress.js';

export function showProtocols(protocols: Protocols): string {
  const automata = [...protocols.automata.values()].filter((a) => a.kind === 'session' || a.states.length > 1);
  const parts = automata.map(showAutomaton);
  const verdicts = protocols.compositions.map(showComposition);
  return [...parts, ...(verdicts.length === 0 ? [] : [verdicts.join('\n')])].map((p) => `${p}\n`).join('\n');
}

export function showComposition(c: Composition): string {
  const line = c.cluster.span.file.position(c.cluster.span.start).line + 1;
  const crash = crashProgressOf(c);
  const verdict = `${c.cluster.kind} ${c.cluster.name} (line ${line}): ${c.verdict.verdict}; progress: ${progressOf(c)}`;
  return crash === undefined ? verdict : `${verdict}; ${crash}`;
}

export function showAutomaton(automaton: Automaton): string {
  const names = endNames(automaton);
  const lines = [`${automaton.kind} ${automaton.name}`];
  automaton.states.forEach((state, at) => {
    const mark = at === automaton.initial ? '>' : ' ';
    const end = state.kind === 'end' || state.kind === 'fail' ? ` ${state.kind}` : '';
    lines.push(`${mark} ${at}${end}`);
    for (const edge of state.edges) lines.push(`      ${edgeText(edge, names)} -> ${edge.to}`);
  });
  return lines.join('\n');
}

function edgeText(edge: Edge, names: readonly string[]): string {
  const name = (end: number | undefined): string => (end === undefined ? '_' : (names[end] ?? '_'));
  const message = (e: Extract<Edge, { payload: unknown }>): string => {
    const carried = e.payload.map((p) => (p.carried.kind === 'data' ? p.carried.type : name(p.end)));
    return `${e.label}${carried.length === 0 ? '' : `(${carried.join(', ')})`}`;
  };
  switch (edge.kind) {
    case 'send':
      return `${name(edge.end)}!${message(edge)}`;
    case 'receive':
      return `${name(edge.end)}?${message(edge)}`;
    case 'accept':
      return `accept ${name(edge.end)}?${message(edge)}`;
    case 'any':
      return `any ${name(edge.end)} in ${name(edge.pool)}?${message(edge)}`;
    case 'cast':
      return `service!${message(edge)}`;
    case 'down':
      return `${name(edge.end)} lost`;
    case 'watched':
      return `${edge.name} ended`;
    case 'spawn':
      return `spawn ${edge.members.map((m) => (m.end === undefined ? m.name : `${name(m.end)} : ${m.name}`)).join(', ')}`;
    case 'connect':
      return `connect ${name(edge.end)}`;
    case 'drop':
      return `drop ${name(edge.end)}`;
    case 'lose':
      return `lose ${edge.ends.map(name).join(', ')}`;
    case 'put':
      return `put ${name(edge.end)} in ${name(edge.pool)}`;
    case 'take':
      return `take ${name(edge.end)} in ${name(edge.pool)}`;
    case 'empty':
      return `${name(edge.pool)} is empty`;
    case 'pool':
      return `pool ${name(edge.pool)}`;
    default:
      return edge.kind;
  }
}
