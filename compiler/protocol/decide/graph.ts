/**
 * A part of the reachable configurations with queues bounded by k: every configuration is expanded by some of its roles, and
 * an expanded role contributes all its enabled edges. With every role expanded everywhere this is the whole bounded space.
 * Invariant: every arc is a real step, so each configuration is reachable by the arcs from number 0; an arc is marked free
 * exactly when its role was free in its source, in the weaker sense of `freeWhenWhole` in a whole graph, and it is no outside event.
 */
import { Configurations, Ints } from './configurations.js';
import { ENDED, OUTSIDE, RECEIVING, SENDING, STEPPING } from './machine.js';
import { isStuck } from './stuck.js';
import type { Steps } from './steps.js';
import type { Step } from './verdict.js';

/** Where an exploration stops: a time (milliseconds, as `performance.now`) and a number of configurations. */
export interface Limits {
  readonly deadline: number;
  readonly states: number;
}

export type Ended = 'complete' | 'stuck' | 'limit';

export class Graph {
  readonly configurations: Configurations;
  /** By arc. */
  readonly sources = new Ints();
  readonly targets = new Ints();
  readonly edges = new Ints();
  readonly isFree = new Ints();
  /** Arc by which a configuration was discovered; -1 for the first. */
  readonly parents = new Ints();
  /** Roles expanded, `roleWords` words of bits per configuration. */
  private readonly expandedRoles = new Ints();
  readonly roleWords: number;
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
    this.roleWords = Math.ceil(steps.machine.roles / 32);
    this.row = steps.initialRow();
    this.add(this.row, -1);
  }

  get count(): number {
    return this.configurations.count;
  }

  offset(c: number): number {
    return c * this.steps.width;
  }

  isExpanded(c: number, role: number): boolean {
    return (this.expandedRoles.get(c * this.roleWords + (role >>> 5)) & (1 << (role & 31))) !== 0;
  }

  private add(row: Int32Array, parent: number): number {
    const before = this.count;
    const c = this.configurations.intern(row);
    if (c < before) return c;
    this.parents.push(parent);
    for (let w = 0; w < this.roleWords; w++) this.expandedRoles.push(0);
    if (this.stuckAt < 0 && this.isGoal(this.steps, this.configurations.cells, this.offset(c))) this.stuckAt = c;
    return c;
  }

  /** Adds all enabled edges of `role` in c; nothing when they are there already. */
  expand(c: number, role: number): void {
    if (this.isExpanded(c, role)) return;
    const { steps, row } = this;
    const { edgeStart } = steps.machine;
    const at = this.offset(c);
    this.expandedRoles.data[c * this.roleWords + (role >>> 5)]! |= 1 << (role & 31);
    const { cells: now } = this.configurations;
    const free = (this.whole ? steps.freeWhenWhole(now, at, role, this.bound) : steps.free(now, at, role, this.bound))
      ? 1
      : 0;
    const state = this.configurations.cells[at + role]!;
    for (let e = edgeStart[state]!; e < edgeStart[state + 1]!; e++) {
      const { cells } = this.configurations;
      if (!steps.enabled(cells, at, e, this.bound)) continue;
      for (let i = 0; i < steps.width; i++) row[i] = cells[at + i]!;
      steps.fire(row, e);
      const arc = this.sources.length;
      this.sources.push(c);
      this.edges.push(e);
      this.isFree.push(steps.machine.kind[e] === OUTSIDE ? 0 : free);
      this.targets.push(this.add(row, arc));
    }
  }

  /** Expands what was discovered and not expanded, oldest first, until nothing is left, something is stuck or a limit is met. */
  explore(limits: Limits): Ended {
    for (; this.pending < this.count && this.stuckAt < 0; this.pending++) {
      if (this.count > limits.states) return 'limit';
      if ((this.pending & 255) === 0 && performance.now() > limits.deadline) return 'limit';
      this.expandOne(this.pending);
    }
    return this.stuckAt < 0 ? 'complete' : 'stuck';
  }

  private expandOne(c: number): void {
    const chosen = this.whole ? -1 : this.choose(c);
    if (chosen >= 0) this.expand(c, chosen);
    else for (let p = 0; p < this.steps.machine.roles; p++) this.expand(c, p);
  }

  /** A free role to expand alone, -1 for none: receives and own steps first, then the send into the emptiest queue. */
  private choose(c: number): number {
    const { steps, bound } = this;
    const { machine, words } = steps;
    const { cells } = this.configurations;
    const at = this.offset(c);
    let best = -1;
    let bestCost = Infinity;
    for (let p = 0; p < machine.roles; p++) {
      const shape = machine.shape[cells[at + p]!]!;
      if (shape === ENDED || !steps.free(cells, at, p, bound)) continue;
      if (shape === RECEIVING || shape === STEPPING) return p;
      const edge = machine.edgeStart[cells[at + p]!]!;
      const cost = shape === SENDING ? words.length(steps.word(cells, at, machine.channel[edge]!)) : bound;
      if (cost >= bestCost) continue;
      best = p;
      bestCost = cost;
    }
    return best;
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
