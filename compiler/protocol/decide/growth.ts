/**
 * Finds a loop that makes a queue grow, to explain why no bound was enough: a reachable configuration and steps from it that
 * lead to the same local states with longer queues and can be taken again and again.
 * Invariant: a reported loop was fired several times over, each round leaving more messages than the one before.
 */
import { Graph } from './graph.js';
import type { Machine } from './tables.js';
import { Steps, UNBOUNDED } from './steps.js';
import type { Step } from './verdict.js';

export interface Growth {
  readonly prefix: readonly Step[];
  readonly loop: readonly Step[];
}

const ROUNDS = 4;

const total = (steps: Steps, cells: Int32Array, at: number): number => {
  let sum = 0;
  for (let c = 0; c < steps.machine.channels.length; c++) sum += steps.words.length(steps.word(cells, at, c));
  return sum;
};

/** Searches the first `states` unbounded configurations, breadth first. */
export const growingLoop = (machine: Machine, states = 3000): Growth | undefined => {
  const graph = new Graph(new Steps(machine), UNBOUNDED, true);
  graph.explore({ states });
  for (let c = 0; c < graph.count; c++) {
    const found = growthAlong(graph, c);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** A growing loop on the way by which a configuration was found, that ends there. */
export const growthAlong = (graph: Graph, ends: number): Growth | undefined => {
  const { steps } = graph;
  const { cells } = graph.configurations;
  const { roles } = steps.machine;
  const size = total(steps, cells, graph.offset(ends));
  const edges: number[] = [];
  for (let at = ends, arc = graph.parents.get(at); arc >= 0; arc = graph.parents.get(at)) {
    edges.push(graph.edges.get(arc));
    at = graph.sources.get(arc);
    let same = true;
    for (let p = 0; p < roles && same; p++) same = cells[graph.offset(at) + p] === cells[graph.offset(ends) + p];
    if (!same || total(steps, cells, graph.offset(at)) >= size) continue;
    if (!repeats(steps, cells, graph.offset(ends), edges.toReversed())) continue;
    const prefix = graph.scheduleTo(at);
    return { prefix, loop: graph.scheduleTo(ends).slice(prefix.length) };
  }
  return undefined;
};

/** A growing loop anywhere on the way to configuration c. */
export const growthBefore = (graph: Graph, c: number): Growth | undefined => {
  for (let at = c; ; at = graph.sources.get(graph.parents.get(at))) {
    const found = growthAlong(graph, at);
    if (found !== undefined || graph.parents.get(at) < 0) return found;
  }
};

/** What grows, in a sentence without a full stop. */
export const growthText = ({ system }: Machine, { loop }: Growth): string => {
  const more = new Map<string, { from: number; to: number; count: number }>();
  for (const { role, edge } of loop) {
    const [from, to] = edge.kind === 'send' ? [role, edge.partner] : [edge.partner, role];
    if (edge.kind !== 'send' && edge.kind !== 'receive') continue;
    const key = `${String(from)} ${String(to)}`;
    const known = more.get(key) ?? { from, to, count: 0 };
    known.count += edge.kind === 'send' ? 1 : -1;
    more.set(key, known);
  }
  const grown = [...more.values()].find((q) => q.count > 0);
  const name = (p: number): string => system.roles[p]?.name ?? '?';
  if (grown === undefined) return 'a loop leaves more and more unread';
  const [from, to] = [name(grown.from), name(grown.to)];
  return `${from} can send to ${to} again and again before ${to} listens: no bound on that queue is enough`;
};

const repeats = (steps: Steps, cells: Int32Array, at: number, edges: readonly number[]): boolean => {
  const row = cells.slice(at, at + steps.width);
  for (let round = 0; round < ROUNDS; round++) {
    for (const e of edges) {
      if (!steps.enabled(row, 0, e, UNBOUNDED)) return false;
      steps.fire(row, e);
    }
  }
  return true;
};
