/**
 * Finds a loop that makes a queue grow, to explain why no bound was enough: a reachable configuration and steps from it that
 * lead to the same local states with longer queues and can be taken again and again.
 * Invariant: a reported loop was fired several times over, each round leaving more messages than the one before.
 */
import { Graph } from './graph.js';
import type { Machine } from './machine.js';
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

/** Searches the first `states` unbounded configurations, breadth first; empty lists where no such loop is among them. */
export const growingLoop = (machine: Machine, states = 3000): Growth => {
  const steps = new Steps(machine);
  const graph = new Graph(steps, UNBOUNDED, true);
  graph.explore({ deadline: Infinity, states });
  const { cells } = graph.configurations;
  const sameStates = (a: number, b: number): boolean => {
    for (let p = 0; p < machine.roles; p++) if (cells[graph.offset(a) + p] !== cells[graph.offset(b) + p]) return false;
    return true;
  };
  for (let c = 0; c < graph.count; c++) {
    const size = total(steps, cells, graph.offset(c));
    const edges: number[] = [];
    for (let at = c, arc = graph.parents.get(at); arc >= 0; arc = graph.parents.get(at)) {
      edges.unshift(graph.edges.get(arc));
      at = graph.sources.get(arc);
      if (
        !sameStates(at, c) ||
        total(steps, cells, graph.offset(at)) >= size ||
        !repeats(steps, cells, graph.offset(c), edges)
      )
        continue;
      return { prefix: graph.scheduleTo(at), loop: graph.scheduleTo(c).slice(graph.scheduleTo(at).length) };
    }
  }
  return { prefix: [], loop: [] };
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
