/**
 * Decides whether a graph of bounded configurations speaks for the unbounded system: whether from each configuration, each
 * edge that the unbounded system could fire next is fired after steps of free roles other than its own. Generalises
 * k-exhaustiveness (Lange & Yoshida, CAV 2019, Definition 7) to any automata and to partly expanded graphs; the proof is in
 * docs/decisions/020-deciding-systems.md, "The join". Where the answer is no because too little was expanded, it expands more.
 * Invariant: `covered` is answered only when the condition was checked on every configuration of the graph.
 */
import type { Graph, Limits } from './graph.js';
import { SEND } from './machine.js';
import { UNBOUNDED } from './steps.js';

export type Coverage =
  | { readonly answer: 'covered'; /** Whether some send was held back by the bound. */ readonly heldBack: boolean }
  | { readonly answer: 'stuck' | 'limit' }
  /** In configuration `at`, the send of `edge` can never be fired within the bound. */
  | { readonly answer: 'blocked'; readonly at: number; readonly role: number; readonly channel: number };

/** Bits per configuration: one for each role (its edges other than sends), one for each channel (its writer's sends). */
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
  private readonly width: number;
  private readonly own: Uint32Array;
  private readonly need: Rows;
  private readonly cover: Rows;
  private scanned = 0;
  private arcs = 0;
  private firstIn: Int32Array = new Int32Array(0);
  private nextIn: Int32Array = new Int32Array(0);
  private heldBack = false;
  private deadline = Infinity;

  constructor(private readonly graph: Graph) {
    const { machine } = graph.steps;
    this.width = Math.ceil((machine.roles + machine.channels.length) / 32);
    this.own = new Uint32Array(machine.roles * this.width);
    const mark = (role: number, bit: number): void => {
      this.own[role * this.width + (bit >>> 5)]! |= 1 << (bit & 31);
    };
    for (let p = 0; p < machine.roles; p++) {
      mark(p, p);
      for (const c of machine.outgoing[p]!) mark(p, machine.roles + c);
    }
    this.need = new Rows(this.width);
    this.cover = new Rows(this.width);
  }

  /** Explores, checks and expands until the answer is known or a limit is met. */
  run(limits: Limits): Coverage {
    this.deadline = limits.deadline;
    for (;;) {
      const ended = this.graph.explore(limits);
      if (ended !== 'complete') return { answer: ended };
      this.absorb();
      if (performance.now() > limits.deadline) return { answer: 'limit' };
      const open = this.missing();
      if (open === undefined) return { answer: 'limit' };
      if (open.expanded) continue;
      if (open.blocked.length === 0) return { answer: 'covered', heldBack: this.heldBack };
      const hopeless = this.hopeless(open.blocked);
      if (hopeless !== undefined) return hopeless;
      for (const c of open.blocked.filter((b) => this.canGrow(b)).slice(0, PATIENCE)) {
        for (let p = 0; p < this.graph.steps.machine.roles; p++) if (this.isFree(c, p)) this.expand(c, p);
      }
    }
  }

  private isFree(c: number, role: number): boolean {
    const { graph } = this;
    return graph.steps.free(graph.configurations.cells, graph.offset(c), role, graph.bound);
  }

  private canGrow(c: number): boolean {
    for (let p = 0; p < this.graph.steps.machine.roles; p++)
      if (!this.graph.isExpanded(c, p) && this.isFree(c, p)) return true;
    return false;
  }

  private expand(c: number, role: number): void {
    this.graph.expand(c, role);
    this.satisfy(c, role);
  }

  /** What expanding `role` in c fires: its sends into queues with room, and everything else that is enabled. */
  private satisfy(c: number, role: number): void {
    const { steps, bound, configurations } = this.graph;
    const { machine } = steps;
    const at = this.graph.offset(c);
    const state = configurations.cells[at + role]!;
    for (let e = machine.edgeStart[state]!; e < machine.edgeStart[state + 1]!; e++) {
      if (!steps.enabled(configurations.cells, at, e, bound)) continue;
      this.cover.set(c, machine.kind[e] === SEND ? machine.roles + machine.channel[e]! : role);
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
          const sends = machine.kind[e] === SEND;
          this.need.set(c, sends ? machine.roles + machine.channel[e]! : p);
          if (sends && !steps.enabled(cells, at, e, graph.bound)) this.heldBack = true;
        }
        if (graph.isExpanded(c, p)) this.satisfy(c, p);
      }
    }
    this.firstIn = grown(this.firstIn, graph.count);
    this.nextIn = grown(this.nextIn, graph.sources.length);
    for (let a = this.arcs; a < graph.sources.length; a++) {
      if (graph.isFree.get(a) === 0) continue;
      this.nextIn[a] = this.firstIn[graph.targets.get(a)]!;
      this.firstIn[graph.targets.get(a)] = a;
    }
    const from: number[] = [];
    for (let c = 0; c < graph.count; c++) from.push(c);
    this.arcs = graph.sources.length;
    this.scanned = graph.count;
    this.sweep(this.cover.words, from);
  }

  /** Carries bits backwards along free arcs, each arc letting through all bits but those of its own role. */
  private sweep(words: Uint32Array, from: number[]): void {
    const { graph, width, own } = this;
    const { machine } = graph.steps;
    // Stopping early leaves bits out, which can only make an answer less sure.
    for (let turn = 0; from.length > 0; turn++) {
      if ((turn & 4095) === 4095 && performance.now() > this.deadline) return;
      const c = from.pop()!;
      for (let a = this.firstIn[c]!; a >= 0; a = this.nextIn[a]!) {
        const source = graph.sources.get(a);
        const role = machine.role[graph.edges.get(a)]!;
        let changed = false;
        for (let w = 0; w < width; w++) {
          const gained = words[c * width + w]! & ~own[role * width + w]! & ~words[source * width + w]!;
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

  /** Expands roles whose edges are needed and enabled but fired nowhere; else lists where a send is held back for good; undefined when late. */
  private missing(): { expanded: boolean; blocked: number[] } | undefined {
    const { graph, width } = this;
    const { machine } = graph.steps;
    const blocked: number[] = [];
    let expanded = false;
    for (let c = this.scanned - 1; c >= 0; c--) {
      if ((c & 255) === 0 && performance.now() > this.deadline) return undefined;
      let lacking = 0;
      for (let w = c * width; w < (c + 1) * width; w++) lacking |= this.need.words[w]! & ~this.cover.words[w]!;
      if (lacking === 0) continue;
      let held = false;
      for (let p = 0; p < machine.roles; p++) {
        const wanted = this.lacks(c, p) || machine.outgoing[p]!.some((ch) => this.lacks(c, machine.roles + ch));
        if (!wanted) continue;
        if (
          graph.isExpanded(c, p) ||
          !graph.steps.anyEnabled(graph.configurations.cells, graph.offset(c), p, graph.bound)
        )
          held = true;
        else {
          this.expand(c, p);
          this.sweep(this.cover.words, [c]);
          expanded = true;
        }
      }
      if (held) blocked.push(c);
    }
    return { expanded, blocked };
  }

  /** A held-back send that no further expansion could let go: the bound is too small. */
  private hopeless(blocked: readonly number[]): Coverage | undefined {
    const { width } = this;
    const { machine } = this.graph.steps;
    const hope = new Uint32Array(this.scanned * width);
    const from: number[] = [];
    for (const c of blocked) {
      if (!this.canGrow(c)) continue;
      for (let w = c * width; w < (c + 1) * width; w++) hope[w] = this.need.words[w]! & ~this.cover.words[w]!;
      from.push(c);
    }
    this.sweep(hope, from);
    for (const c of blocked) {
      for (let ch = 0; ch < machine.channels.length; ch++) {
        const bit = machine.roles + ch;
        if (!this.lacks(c, bit) || (hope[c * width + (bit >>> 5)]! & (1 << (bit & 31))) !== 0) continue;
        return { answer: 'blocked', at: c, role: machine.channels[ch]!.from, channel: ch };
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
