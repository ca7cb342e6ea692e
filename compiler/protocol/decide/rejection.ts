/**
 * A rejection: a configuration of a graph in which somebody waits in vain, with the schedule that leads there.
 * Invariant: the schedule fires step by step from the first configuration and ends in the one described.
 */
import type { Graph } from './graph.js';
import { kindOf, reasonOf, stuckOf } from './stuck.js';
import type { Rejected } from './verdict.js';

/** `outside`: whether outside events are taken to come, so that who waits for one is not stuck. */
export const rejectionAt = (graph: Graph, c: number, { outside = true } = {}): Rejected => {
  const { steps } = graph;
  const stuck = stuckOf(steps, graph.configurations.cells, graph.offset(c), outside);
  return {
    verdict: 'rejected',
    kind: kindOf(stuck),
    schedule: graph.scheduleTo(c),
    shortest: false,
    stuck,
    reason: reasonOf(steps, stuck),
    states: graph.count,
  };
};
