/**
 * Decides whether a graph of bounded configurations speaks for the unbounded system: whether from each configuration, each
 * edge that the unbounded system could fire next is fired after steps of free roles other than its own. Generalises
 * k-exhaustiveness (Lange & Yoshida, CAV 2019, Definition 7) to any automata and to partly expanded graphs; the proof is in
 * docs/decisions/020-deciding-systems.md, "The join". Where the answer is no because too little was expanded, it expands more.
 * Invariant: `covered` is answered only when the condition was checked on every configuration of the graph.
 */
import type { Graph, Limits } from './graph.js';
import { classesOf, unitOf, type Classes } from './classes.js';
import { SEND } from './tables.js';
import { UNBOUNDED } from './steps.js';

export type Coverage =
  | { readonly answer: 'covered'; /** Whether some send was held back by the bound. */ readonly heldBack: boolean }
  | { readonly answer: 'stuck' | 'limit' }
  /** In configuration `at`, the send of `edge` can never be fired within the bound. */
  | { readonly answer: 'blocked'; readonly at: number; readonly role: number; readonly channel: number };

/** Bits per configuration, one for each class of steps. */
class Rows {
  private data = new Uint32Array(1024);

  constructor(readonly width: number) {}

  cover(rows: number): void {
    if (rows * this.width <= this.data.length) return;
    const bigger = new Uint32Array(Math.max(rows * this.width, this.data.length * 2));
    bigger.set(this.data);
    this.data = bigger;
  }

  get words(): Uint32Array {
    return this.data;
  }

  set(row: number, bit: number): void {
    this.data[row * this.width + (bit >>> 5)]! |= 1 << (bit & 31);
  }
}

/** Expansions tried for held-back sends in one pass, so that a hopeless bound is not explored whole. */
const PATIENCE = 64;

export class CoverageCheck {
  private readonly classes: Classes;
  private readonly width: number;
  private readonly own: Uint32Array;
  private readonly need: Rows;
  private readonly cover: Rows;
  private scanned = 0;
  private arcs = 0;
  private firstIn: Int32Array = new Int32Array(0);
  private nextIn: Int32Array = new Int32Array(0);
  private heldBack = false;

  constructor(private readonly graph: Graph) {
    this.classes = classesOf(graph.steps.machine);
    this.width = this.classes.width;
    this.own = this.classes.own;
    this.need = new Rows(this.width);
    this.cover = new Rows(this.width);
  }

  /** Explores, checks and expands until the answer is known or a limit is met; may be asked again with a larger one. */
  run(limits: Limits): Coverage {
    for (;;) {
      const ended = this.graph.explore(limits);
      if (ended !== 'complete') return { answer: ended };
      this.absorb();
      const open = this.missing();
      if (open.expanded) continue;
      if (open.blocked.length === 0) return { answer: 'covered', heldBack: this.heldBack };
      const hopeless = this.hopeless(open.blocked);
      if (hopeless !== undefined) return hopeless;
      for (const c of open.blocked.filter((b) => this.canGrow(b)).slice(0, PATIENCE))
        for (const unit of this.unitsAt(c)) if (this.graph.isFree(c, unit)) this.expand(c, unit);
    }
  }

  /** The roles, and the agents that may split off there. */
  private unitsAt(c: number): readonly number[] {
    const { machine } = this.graph.steps;
    const units: number[] = [];
    for (let p = 0; p < machine.roles; p++) units.push(p);
    for (const a of machine.agents.splitting)
      if (!this.graph.isExpanded(c, machine.agents.role[a]!)) units.push(machine.roles + a);
    return units;
  }

  private canGrow(c: number): boolean {
    return this.unitsAt(c).some((unit) => !this.graph.isExpanded(c, unit) && this.graph.isFree(c, unit));
  }

  private expand(c: number, unit: number): void {
    this.graph.expand(c, unit);
    this.satisfy(c, unit);
  }

  /** What expanding `unit` in c fires: its sends into queues with room, and everything else that is enabled. */
  private satisfy(c: number, unit: number): void {
    const { steps, bound, configurations } = this.graph;
    const { machine } = steps;
    const { roles, agents } = machine;
    const at = this.graph.offset(c);
    const state = configurations.cells[at + (unit < roles ? unit : agents.role[unit - roles]!)]!;
    for (let e = machine.edgeStart[state]!; e < machine.edgeStart[state + 1]!; e++) {
      if (unit >= roles && agents.of[e] !== unit - roles) continue;
      if (steps.enabled(configurations.cells, at, e, bound)) this.cover.set(c, this.classes.of[e]!);
    }
  }

  /** Takes in what the graph gained since the last call, and sweeps backwards to a fixed point. */
  private absorb(): void {
    const { graph } = this;
    const { steps } = graph;
    const { machine } = steps;
    const { cells } = graph.configurations;
    this.need.cover(graph.count);
    this.cover.cover(graph.count);
    for (let c = this.scanned; c < graph.count; c++) {
      const at = graph.offset(c);
      for (let p = 0; p < machine.roles; p++) {
        const state = cells[at + p]!;
        for (let e = machine.edgeStart[state]!; e < machine.edgeStart[state + 1]!; e++) {
          if (!steps.enabled(cells, at, e, UNBOUNDED)) continue;
          this.need.set(c, this.classes.of[e]!);
          if (machine.kind[e] === SEND && !steps.enabled(cells, at, e, graph.bound)) this.heldBack = true;
        }
        if (graph.isExpanded(c, p)) this.satisfy(c, p);
      }
      for (const a of machine.agents.splitting)
        if (graph.isExpanded(c, machine.roles + a)) this.satisfy(c, machine.roles + a);
    }
    this.firstIn = grown(this.firstIn, graph.count);
    this.nextIn = grown(this.nextIn, graph.sources.length);
    for (let a = this.arcs; a < graph.sources.length; a++) {
      if (graph.freeAs.get(a) === 0) continue;
      this.nextIn[a] = this.firstIn[graph.targets.get(a)]!;
      this.firstIn[graph.targets.get(a)] = a;
    }
    const from: number[] = [];
    for (let c = 0; c < graph.count; c++) from.push(c);
    this.arcs = graph.sources.length;
    this.scanned = graph.count;
    this.sweep(this.cover.words, from);
  }

  /** Carries bits backwards along free arcs, each arc letting through all bits but those of its own unit. */
  private sweep(words: Uint32Array, from: number[]): void {
    const { graph, width, own } = this;
    while (from.length > 0) {
      const c = from.pop()!;
      for (let a = this.firstIn[c]!; a >= 0; a = this.nextIn[a]!) {
        const source = graph.sources.get(a);
        const unit = graph.freeAs.get(a) - 1;
        let changed = false;
        for (let w = 0; w < width; w++) {
          const gained = words[c * width + w]! & ~own[unit * width + w]! & ~words[source * width + w]!;
          if (gained === 0) continue;
          words[source * width + w]! |= gained;
          changed = true;
        }
        if (changed) from.push(source);
      }
    }
  }

  private lacks(c: number, bit: number): boolean {
    const w = c * this.width + (bit >>> 5);
    return (this.need.words[w]! & ~this.cover.words[w]! & (1 << (bit & 31))) !== 0;
  }

  /** Expands units whose steps are needed and enabled but fired nowhere; else lists where a send is held back for good. */
  private missing(): { expanded: boolean; blocked: number[] } {
    const { graph, width, classes } = this;
    const { steps } = graph;
    const { machine } = steps;
    const blocked: number[] = [];
    let expanded = false;
    for (let c = this.scanned - 1; c >= 0; c--) {
      let lacking = 0;
      for (let w = c * width; w < (c + 1) * width; w++) lacking |= this.need.words[w]! & ~this.cover.words[w]!;
      if (lacking === 0) continue;
      let held = false;
      for (let bit = 0; bit < classes.count; bit++) {
        if (!this.lacks(c, bit)) continue;
        const { cells } = graph.configurations;
        const role = classes.role[bit]!;
        const unit = unitOf(machine, classes, bit, cells[graph.offset(c) + role]!);
        if (graph.isExpanded(c, role) || graph.isExpanded(c, unit) || !this.anyEnabled(c, role, unit)) held = true;
        else {
          this.expand(c, unit);
          this.sweep(this.cover.words, [c]);
          expanded = true;
        }
      }
      if (held) blocked.push(c);
    }
    return { expanded, blocked };
  }

  /** Whether the unit has a step that the bound allows. */
  private anyEnabled(c: number, role: number, unit: number): boolean {
    const { steps, bound, configurations } = this.graph;
    const { edgeStart, roles, agents } = steps.machine;
    const at = this.graph.offset(c);
    const state = configurations.cells[at + role]!;
    for (let e = edgeStart[state]!; e < edgeStart[state + 1]!; e++) {
      if (unit >= roles && agents.of[e] !== unit - roles) continue;
      if (steps.enabled(configurations.cells, at, e, bound)) return true;
    }
    return false;
  }

  /** A held-back send that no further expansion could let go: the bound is too small. */
  private hopeless(blocked: readonly number[]): Coverage | undefined {
    const { width, classes } = this;
    const hope = new Uint32Array(this.scanned * width);
    const from: number[] = [];
    for (const c of blocked) {
      if (!this.canGrow(c)) continue;
      for (let w = c * width; w < (c + 1) * width; w++) hope[w] = this.need.words[w]! & ~this.cover.words[w]!;
      from.push(c);
    }
    this.sweep(hope, from);
    for (const c of blocked) {
      for (let bit = 0; bit < classes.count; bit++) {
        const channel = classes.channel[bit]!;
        if (channel < 0 || !this.lacks(c, bit) || (hope[c * width + (bit >>> 5)]! & (1 << (bit & 31))) !== 0) continue;
        return { answer: 'blocked', at: c, role: classes.role[bit]!, channel };
      }
    }
    return undefined;
  }
}

const grown = (old: Int32Array, length: number): Int32Array => {
  if (old.length >= length) return old;
  const bigger = new Int32Array(Math.max(length, old.length * 2)).fill(-1);
  bigger.set(old);
  return bigger;
};
