/**
 * Annotations that say what is done with an end which comes in a message, compared with what the session does with it.
 * Invariant: as for every annotation, a difference found is one; where the end is given on, the rest is the taker's.
 */
import type { Automaton, Edge, EndId } from '../automaton/automaton.js';
import { endNames, type Node, nodesOf, withoutPeers } from './nodes.js';
import { type Difference, difference } from './subtype.js';
import type { Delegated } from './type-automaton.js';

export interface Differs {
  readonly step: Difference;
  readonly found: readonly Node[];
  readonly wanted: readonly Node[];
}

/** The first end that is not used as one of the types written for it says. */
export function delegatedDifference(automaton: Automaton, written: readonly Delegated[]): Differs | undefined {
  const names = endNames(automaton);
  for (const edge of automaton.states.flatMap((s) => s.edges)) {
    if (edge.kind !== 'receive' && edge.kind !== 'accept' && edge.kind !== 'any') continue;
    const from = edge.kind === 'any' ? names[edge.pool] : edge.end === undefined ? undefined : names[edge.end];
    for (const [position, { end }] of edge.payload.entries()) {
      const types = written.filter((d) => d.from === from && d.label === edge.label && d.position === position);
      if (end === undefined || types.length === 0) continue;
      const found = withoutPeers(nodesOf(untilGiven(automaton, edge.to, end)), (peer) => peer !== names[end]);
      const compared = types.map((d) => compare(found, d.automaton, names[end]!));
      if (compared.every((c) => c !== undefined)) return compared[0];
    }
  }
  return undefined;
}

function compare(found: readonly Node[], type: Automaton, name: string): Differs | undefined {
  const wanted = nodesOf(type).map((n): Node =>
    n.kind === 'send' || n.kind === 'receive'
      ? { ...n, branches: n.branches.map((b) => (b.peer === '' ? b : { ...b, peer: name })) }
      : n,
  );
  const step = difference(found, wanted);
  return step && { step, found, wanted };
}

/** The automaton from a state on; where the end is given on, it stops as if the thread had failed. */
function untilGiven(automaton: Automaton, initial: number, end: EndId): Automaton {
  const { states } = automaton;
  const gone = states.length;
  const until = (e: Edge): Edge => (gives(e, end) ? { ...e, to: gone } : e);
  const shortened = states.map((s) => ({ ...s, edges: s.edges.map(until) }));
  return {
    ...automaton,
    initial,
    states: [...shortened, { edges: [], kind: 'fail', held: [], span: states[0]!.span }],
  };
}

function gives(edge: Edge, end: EndId): boolean {
  if (edge.kind === 'send' || edge.kind === 'cast') return edge.payload.some((p) => p.end === end);
  if (edge.kind === 'put') return edge.end === end;
  return edge.kind === 'spawn' && edge.members.some((m) => m.args.some((a) => a.kind === 'end' && a.end === end));
}
