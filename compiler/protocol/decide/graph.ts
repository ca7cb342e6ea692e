/**
 * A part of the reachable configurations with queues bounded by k: every configuration is expanded by some of its *units*,
 * roles or agents of roles, and an expanded unit contributes all its enabled edges. With every role expanded everywhere this is
 * the whole bounded space.
 * Invariant: every arc is a real step, so each configuration is reachable by the arcs from number 0; an arc is marked free
 * exactly when its agent was free in its source, or its role (in the weaker sense of `freeWhenWhole` in a whole graph), and it
 * is no outside event.
 */
import { Configurations, Ints } from './configurations.js';
import { ENDED, hasBit, OUTSIDE, RECEIVING, SEND, SENDING, STEPPING } from './tables.js';
import { isStuck } from './stuck.js';
import type { Steps } from './steps.js';
import type { Step } from './verdict.js';

/** Where an exploration stops: a number of configurations and, only where one was asked for, a time (as `performance.now`). */
export interface Limits {
  readonly deadline?: number;
  readonly states: number;
}

export const isLate = ({ deadline }: Limits): boolean => deadline !== undefined && performance.now() > deadline;

export type Ended = 'complete' | 'stuck' | 'limit';

export class Graph {
  readonly configurations: Configurations;
  /** By arc. */
  readonly sources = new Ints();
  readonly targets = new Ints();
  readonly edges = new Ints();
  /** One more than the unit whose steps are free there; 0 for none. */
  readonly freeAs = new Ints();
  /** Arc by which a configuration was discovered; -1 for the first. */
  readonly parents = new Ints();
  /** Units expanded, `unitWords` words of bits per configuration. A unit is a role, or an agent after all roles. */
  private readonly expandedUnits = new Ints();
  readonly unitWords: number;
  private pending = 0;
  private readonly row: Int32Array;
  /** The first stuck configuration met, -1 for none. */
  stuckAt = -1;

  constructor(
    readonly steps: Steps,
    readonly bound: number,
    /** Whether every configuration is expanded by every role. */
    readonly whole: boolean,
    private readonly isGoal: typeof isStuck = isStuck,
  ) {
    this.configurations = new Configurations(steps.width);
    const { roles, agents } = steps.machine;
    this.unitWords = Math.ceil((roles + (agents.splitting.length > 0 ? agents.count : 0)) / 32);
    this.row = steps.initialRow();
    this.add(this.row, -1);
  }

  get count(): number {
    return this.configurations.count;
  }

  offset(c: number): number {
    return c * this.steps.width;
  }

  isExpanded(c: number, unit: number): boolean {
    return (this.expandedUnits.get(c * this.unitWords + (unit >>> 5)) & (1 << (unit & 31))) !== 0;
  }

  isFree(c: number, unit: number): boolean {
    const { steps, bound } = this;
    const { cells } = this.configurations;
    const { roles } = steps.machine;
    return unit < roles
      ? steps.free(cells, this.offset(c), unit, bound)
      : steps.agentFree(cells, this.offset(c), unit - roles, bound);
  }

  private add(row: Int32Array, parent: number): number {
    const before = this.count;
    const c = this.configurations.intern(row);
    if (c < before) return c;
    this.parents.push(parent);
    for (let w = 0; w < this.unitWords; w++) this.expandedUnits.push(0);
    if (this.stuckAt < 0 && this.isGoal(this.steps, this.configurations.cells, this.offset(c))) this.stuckAt = c;
    return c;
  }

  /** Adds all enabled edges of a unit in c; nothing when they are there already. */
  expand(c: number, unit: number): void {
    const { steps, row } = this;
    const { machine } = steps;
    const { agents, edgeStart, roles } = machine;
    const role = unit < roles ? unit : agents.role[unit - roles]!;
    if (this.isExpanded(c, unit) || this.isExpanded(c, role)) return;
    const at = this.offset(c);
    const state = this.configurations.cells[at + role]!;
    const splits = agents.some[role] === 1;
    const { cells: now } = this.configurations;
    let roleFree = 0;
    if (
      unit < roles &&
      (this.whole ? steps.freeWhenWhole(now, at, role, this.bound) : steps.free(now, at, role, this.bound))
    )
      roleFree = role + 1;
    for (let e = edgeStart[state]!; e < edgeStart[state + 1]!; e++) {
      const agent = agents.of[e]!;
      if (unit >= roles && agent !== unit - roles) continue;
      if (splits && unit < roles && agent >= 0 && this.isExpanded(c, roles + agent)) continue;
      const { cells } = this.configurations;
      if (!steps.enabled(cells, at, e, this.bound)) continue;
      let free = roleFree;
      if (splits && agent >= 0 && steps.agentFree(cells, at, agent, this.bound)) free = roles + agent + 1;
      for (let i = 0; i < steps.width; i++) row[i] = cells[at + i]!;
      steps.fire(row, e);
      const arc = this.sources.length;
      this.sources.push(c);
      this.edges.push(e);
      this.freeAs.push(machine.kind[e] === OUTSIDE ? 0 : free);
      this.targets.push(this.add(row, arc));
    }
    this.expandedUnits.data[c * this.unitWords + (unit >>> 5)]! |= 1 << (unit & 31);
  }

  /** Expands what was discovered and not expanded, oldest first, until nothing is left, something is stuck or a limit is met. */
  explore(limits: Limits): Ended {
    for (; this.pending < this.count && this.stuckAt < 0; this.pending++) {
      if (this.count > limits.states) return 'limit';
      if ((this.pending & 255) === 0 && isLate(limits)) return 'limit';
      this.expandOne(this.pending);
    }
    return this.stuckAt < 0 ? 'complete' : 'stuck';
  }

  private expandOne(c: number): void {
    const chosen = this.whole ? -1 : this.choose(c);
    if (chosen >= 0) this.expand(c, chosen);
    else for (let p = 0; p < this.steps.machine.roles; p++) this.expand(c, p);
  }

  /** A free unit to expand alone, -1 for none: receives and own steps first, then the send into the emptiest queue. */
  private choose(c: number): number {
    const { steps, bound } = this;
    const { machine, words } = steps;
    const { cells } = this.configurations;
    const at = this.offset(c);
    let best = -1;
    let bestCost = Infinity;
    for (let p = 0; p < machine.roles; p++) {
      const shape = machine.shape[cells[at + p]!]!;
      if (shape === ENDED) continue;
      if (steps.free(cells, at, p, bound)) {
        if (shape === RECEIVING || shape === STEPPING) return p;
        const edge = machine.edgeStart[cells[at + p]!]!;
        const cost = shape === SENDING ? words.length(steps.word(cells, at, machine.channel[edge]!)) : bound;
        if (cost < bestCost) {
          best = p;
          bestCost = cost;
        }
      }
      if (machine.agents.some[p] === 0) continue;
      const agent = this.chooseAgent(cells, at, p);
      if (agent < 0) continue;
      const edge = this.sendOf(cells[at + p]!, agent);
      if (edge < 0) return machine.roles + agent;
      const cost = words.length(steps.word(cells, at, machine.channel[edge]!));
      if (cost >= bestCost) continue;
      best = machine.roles + agent;
      bestCost = cost;
    }
    return best;
  }

  /** A free agent of the role, one that sends nothing if there is one; -1 for none. */
  private chooseAgent(cells: Int32Array, at: number, role: number): number {
    const { steps, bound } = this;
    const { agents, edgeStart } = steps.machine;
    const state = cells[at + role]!;
    let found = -1;
    for (let e = edgeStart[state]!, last = -1; e < edgeStart[state + 1]!; e++) {
      const agent = agents.of[e]!;
      if (agent < 0 || agent === last || !hasBit(agents.splits, state, agent)) continue;
      last = agent;
      if (!steps.agentFree(cells, at, agent, bound)) continue;
      if (this.sendOf(state, agent) < 0) return agent;
      if (found < 0) found = agent;
    }
    return found;
  }

  /** A send of the agent at a state, -1 for none. */
  private sendOf(state: number, agent: number): number {
    const { agents, edgeStart, kind } = this.steps.machine;
    for (let e = edgeStart[state]!; e < edgeStart[state + 1]!; e++)
      if (agents.of[e] === agent && kind[e] === SEND) return e;
    return -1;
  }

  /** Whether every role with an enabled edge was expanded in every configuration. */
  isComplete(): boolean {
    const { cells } = this.configurations;
    for (let c = 0; c < this.count; c++) {
      for (let p = 0; p < this.steps.machine.roles; p++) {
        if (!this.isExpanded(c, p) && this.steps.anyEnabled(cells, this.offset(c), p, this.bound)) return false;
      }
    }
    return true;
  }

  /** The steps from the first configuration to c, along the arcs of discovery: a shortest way in a whole graph. */
  scheduleTo(c: number): Step[] {
    const steps: Step[] = [];
    for (let arc = this.parents.get(c); arc >= 0; arc = this.parents.get(this.sources.get(arc)))
      steps.push(this.stepOf(arc));
    return steps.reverse();
  }

  stepOf(arc: number): Step {
    const { machine } = this.steps;
    const edge = this.edges.get(arc);
    const role = machine.role[edge]!;
    return { role, edge: machine.system.roles[role]!.edges[machine.original[edge]!]! };
  }
}
