/**
 * A run worth showing: for a safe system a shortest complete one, or once round where it never ends; for a rejected one its
 * schedule. Invariant: what is shown is a run of the system, found by its own steps.
 */
import { Graph } from '../../compiler/protocol/decide/graph.js';
import { tabulate } from '../../compiler/protocol/decide/machine.js';
import { ENDED } from '../../compiler/protocol/decide/tables.js';
import { Steps, UNBOUNDED } from '../../compiler/protocol/decide/steps.js';
import type { System } from '../../compiler/protocol/decide/system.js';
import type { Step, Verdict } from '../../compiler/protocol/decide/verdict.js';

export interface Run {
  readonly steps: readonly Step[];
  /** Whether every role has ended and nothing is unread at the end. */
  readonly complete: boolean;
  /** The step to which the run returns after its last one, where it goes round for ever. */
  readonly loopFrom?: number;
}

/** Configurations looked at; larger systems are shown by some complete run instead of a shortest one. */
const LOOKED_AT = 30_000;
const SECONDS = 2;

const quiet = (steps: Steps, cells: Int32Array, at: number): boolean =>
  steps.machine.channels.every((_, c) =>
    steps.words.symbols(steps.word(cells, at, c)).every((symbol) => steps.machine.isLoss(symbol)),
  );

const isOver = (steps: Steps, cells: Int32Array, at: number): boolean =>
  steps.machine.initial.every((_, p) => steps.machine.shape[cells[at + p]!] === ENDED) && quiet(steps, cells, at);

/** The run to draw for a system with this verdict; undefined if the system is too large to find one. */
export function runOf(system: System, verdict: Verdict): Run | undefined {
  if (verdict.verdict === 'rejected') return { steps: verdict.schedule, complete: false };
  if (verdict.verdict === 'unknown') {
    return verdict.loop.length === 0
      ? undefined
      : { steps: [...verdict.prefix, ...verdict.loop], complete: false, loopFrom: verdict.prefix.length };
  }
  const machine = tabulate(system);
  const limits = { deadline: performance.now() + SECONDS * 1000, states: LOOKED_AT };
  const whole = new Graph(new Steps(machine), UNBOUNDED, true, isOver);
  const ended = whole.explore(limits);
  if (ended === 'stuck') return { steps: whole.scheduleTo(whole.stuckAt), complete: true };
  const round = onceRound(whole);
  if (round !== undefined) return round;
  const some = new Graph(new Steps(machine), verdict.bound, false, isOver);
  return some.explore({ ...limits, deadline: limits.deadline + SECONDS * 1000 }) === 'stuck'
    ? { steps: some.scheduleTo(some.stuckAt), complete: true }
    : undefined;
}

/** The shortest way found back to a configuration met on the way, with nothing unread there. */
function onceRound(graph: Graph): Run | undefined {
  const depth = new Int32Array(graph.count);
  for (let c = 1; c < graph.count; c++) depth[c] = depth[graph.sources.get(graph.parents.get(c))]! + 1;
  let best = -1;
  for (let a = 0; a < graph.sources.length; a++) {
    const [from, to] = [graph.sources.get(a), graph.targets.get(a)];
    if (depth[to]! > depth[from]! || (best >= 0 && depth[from]! >= depth[graph.sources.get(best)]!)) continue;
    if (!quiet(graph.steps, graph.configurations.cells, graph.offset(to)) || !isAncestor(graph, depth, to, from))
      continue;
    const round = [...graph.scheduleTo(from), graph.stepOf(a)].slice(depth[to]);
    if (round.some((s) => s.edge.kind === 'send')) best = a;
  }
  if (best < 0) return undefined;
  const steps = [...graph.scheduleTo(graph.sources.get(best)), graph.stepOf(best)];
  return { steps, complete: false, loopFrom: depth[graph.targets.get(best)]! };
}

function isAncestor(graph: Graph, depth: Int32Array, ancestor: number, of: number): boolean {
  let at = of;
  while (depth[at]! > depth[ancestor]!) at = graph.sources.get(graph.parents.get(at));
  return at === ancestor;
}
