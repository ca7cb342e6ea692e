/**
 * An argument for systems whose queues grow without end: what may lie in each queue is described for all configurations at
 * once (`languages.ts`), so that no bound is needed. Nothing that is described is stuck. Who moves from wherever it is described,
 * in a number of steps that does not depend on how much is queued, waits for nobody's loop; the others may
 * (docs/decisions/093-queues-that-grow.md).
 * Invariant: answers `safe` only; every configuration that the unbounded system can reach is described.
 */
import { appended, contains, joined, NOTHING, withoutFirst, type Language } from './languages.js';
import type { Machine } from './tables.js';
import { DROP, ENDED, FAIL, LOST, OUTSIDE, RECEIVE, SEND } from './tables.js';
import { Steps, UNBOUNDED } from './steps.js';
import { atOutside, isStuck, isSurprised, stuckWithoutOutside } from './stuck.js';
import type { DependsOn, Step, Verdict } from './verdict.js';
import { CLOSED, EMPTY, NONE } from './words.js';

/** So many pairs of where the roles stand, and so many configurations that differ by what is first in their queues. */
const MOST_KEYS = 1_000;
const MOST_NODES = 6_000;
/** So many changes of what may be queued. */
const MOST_CHANGES = 10_000;

/** Where the roles stand, which queues are closed (`undefined`), and what the others may hold. */
interface Described {
  readonly states: Int32Array;
  queues: (Language | undefined)[];
}

/** Steps that can be made in a configuration, and all that they may lead to. */
interface Arc {
  readonly edge: number;
  readonly targets: readonly number[];
}

interface Node {
  readonly at: Described;
  /** By channel: the word of the symbol at its head alone; EMPTY or CLOSED. */
  readonly heads: readonly number[];
}

/**
 * `safe`, or undefined if this does not show it. `loop`: one that makes a queue grow, which others may have to wait for.
 */
export function safeWhateverIsQueued(machine: Machine, loop: readonly Step[]): Verdict | undefined {
  if (machine.system.roles.some((r) => r.mustLeave !== undefined)) return undefined;
  if (machine.channels.some((c) => c.from === c.to)) return undefined;
  return new Unbounded(machine, loop).run();
}

class Unbounded {
  private readonly steps: Steps;
  private readonly described = new Map<string, Described>();
  private readonly work: Described[] = [];
  private readonly fired = new Set<number>();
  private readonly nodes: Node[] = [];
  private readonly numbers = new Map<string, number>();
  private changes = 0;

  private readonly waitsOutside = new Map<string, { role: number; state: number; starved: Set<number> }>();

  constructor(
    private readonly machine: Machine,
    private readonly loop: readonly Step[],
  ) {
    this.steps = new Steps(machine);
  }

  run(): Verdict | undefined {
    const { machine } = this;
    this.note(
      machine.initial,
      machine.channels.map(() => NOTHING),
    );
    for (let at = this.work.pop(); at !== undefined; at = this.work.pop()) {
      for (const e of this.edgesAt(at)) {
        const made = this.after(at, e, undefined);
        if (made !== undefined) this.note(made.states, made.queues);
      }
      if (this.described.size > MOST_KEYS || this.changes > MOST_CHANGES) return undefined;
    }
    for (const at of this.described.values()) {
      for (const heads of this.headsOf(at.queues)) {
        if (this.isWrong(at, heads)) return undefined;
        this.number(at, heads);
        if (this.nodes.length > MOST_NODES) return undefined;
      }
    }
    const dependsOn = this.held();
    if (dependsOn === undefined) return undefined;
    const dependsOutside = [...this.waitsOutside.values()].map((o) => ({ ...o, starved: [...o.starved].sort() }));
    const happens = machine.kind.includes(DROP) ? { happens: this.happening() } : {};
    return {
      verdict: 'safe',
      bound: 0,
      argument: 'regular',
      dependsOn,
      dependsOutside,
      ...happens,
      states: this.described.size,
    };
  }

  private *edgesAt({ states }: Described): Iterable<number> {
    const { edgeStart } = this.machine;
    for (const state of states) for (let e = edgeStart[state]!; e < edgeStart[state + 1]!; e++) yield e;
  }

  private note(states: Int32Array, queues: readonly (Language | undefined)[]): void {
    const key = keyOf(states, queues);
    const known = this.described.get(key);
    if (known === undefined) {
      const made = { states, queues: [...queues] };
      this.described.set(key, made);
      this.work.push(made);
      this.changes++;
      return;
    }
    let grew = false;
    const all = known.queues.map((old, c) => {
      const more = queues[c];
      if (old === undefined || more === undefined || contains(old, more)) return old;
      grew = true;
      return joined(old, more);
    });
    if (!grew) return;
    known.queues = all;
    this.work.push(known);
    this.changes++;
  }

  private symbolOf(letter: number, channel: number): number {
    const { machine } = this;
    return machine.kind[letter] === FAIL ? machine.lossOf[channel]! : machine.symbol[letter]!;
  }

  /** The letters of a language that stand for a symbol and may come first. */
  private begin(words: Language, channel: number, symbol: number): number[] {
    return [...words.first].filter((l) => this.symbolOf(l, channel) === symbol);
  }

  /**
   * What an edge leads to; undefined if it cannot be taken. `heads`, where they are known, say what is at the heads of the queues.
   */
  private after(at: Described, edge: number, heads: readonly number[] | undefined): Described | undefined {
    const { machine, steps } = this;
    const kind = machine.kind[edge]!;
    const channel = machine.channel[edge]!;
    const queues = [...at.queues];
    if (kind === RECEIVE || kind === LOST) {
      const symbol = machine.symbol[edge]!;
      const words = queues[channel];
      if (words === undefined) return undefined;
      if (heads !== undefined && steps.words.head(heads[channel]!) !== symbol) return undefined;
      const left = withoutFirst(words, this.begin(words, channel, symbol));
      if (left === undefined) return undefined;
      queues[channel] = kind === LOST ? undefined : left;
    } else if (kind === SEND) this.append(queues, channel, edge);
    else if (kind === DROP) this.drop(queues, channel, edge);
    else if (kind === FAIL) for (const c of machine.outgoing[machine.role[edge]!]!) this.drop(queues, c, edge);
    const states = at.states.slice();
    states[machine.role[edge]!] = machine.target[edge]!;
    this.fired.add(edge);
    return { states, queues };
  }

  private append(queues: (Language | undefined)[], channel: number, edge: number): void {
    const words = queues[channel];
    if (words === undefined) return;
    queues[channel] = appended(words, edge, (l) => this.machine.isLoss(this.symbolOf(l, channel)));
  }

  private drop(queues: (Language | undefined)[], channel: number, edge: number): void {
    this.append(queues, channel, edge);
    const back = this.machine.reverse[channel]!;
    if (back >= 0) queues[back] = undefined;
  }

  /** Everything that may be at the heads of queues, as words of one symbol. */
  private *headsOf(queues: readonly (Language | undefined)[], from = 0): Iterable<number[]> {
    if (from === queues.length) {
      yield [];
      return;
    }
    for (const head of this.headsIn(queues[from], from))
      for (const rest of this.headsOf(queues, from + 1)) yield [head, ...rest];
  }

  private headsIn(words: Language | undefined, channel: number): number[] {
    if (words === undefined) return [CLOSED];
    const symbols = new Set([...words.first].map((l) => this.symbolOf(l, channel)));
    const heads = [...symbols].map((s) => this.steps.words.push(EMPTY, s));
    return words.empty ? [EMPTY, ...heads] : heads;
  }

  /** Whether somebody is stuck there; who waits for the outside is noted. Both are told by the heads of the queues alone. */
  private isWrong({ states }: Described, heads: readonly number[]): boolean {
    const { machine, steps } = this;
    const row = Int32Array.from([...states, ...heads]);
    if (isStuck(steps, row, 0)) return true;
    if (!machine.hasOutside) return false;
    const starved = stuckWithoutOutside(steps, row, 0);
    for (const role of starved) {
      if (!atOutside(steps, row, 0, role)) continue;
      // Whether this happens is not known, and a run would have to be shown.
      if (isSurprised(steps, row, 0, role)) return true;
      const state = states[role]! - machine.firstState[role]!;
      const entry = this.waitsOutside.get(`${role} ${state}`) ?? { role, state, starved: new Set<number>() };
      for (const p of starved) entry.starved.add(p);
      this.waitsOutside.set(`${role} ${state}`, entry);
    }
    return false;
  }

  private number(at: Described, heads: readonly number[]): number {
    const key = `${keyOf(at.states, at.queues)} ${heads.join()}`;
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.nodes.push({ at: this.described.get(keyOf(at.states, at.queues))!, heads });
    this.numbers.set(key, this.nodes.length - 1);
    return this.nodes.length - 1;
  }

  /** The steps that can be counted on in a configuration: each is there whatever lies behind the heads. */
  private arcsOf({ at, heads }: Node): Arc[] {
    const { machine, steps } = this;
    const row = Int32Array.from([...at.states, ...heads]);
    const arcs: Arc[] = [];
    for (const edge of this.edgesAt(at)) {
      if (machine.kind[edge] === OUTSIDE || !steps.enabled(row, 0, edge, UNBOUNDED)) continue;
      const made = this.after(at, edge, heads);
      if (made === undefined) continue;
      // What is queued behind the head of the queue that is read is not known; the heads of all others are.
      const after = row.slice();
      steps.fire(after, edge);
      const read = machine.kind[edge] === RECEIVE ? machine.channel[edge]! : -1;
      const now = [...after.slice(machine.roles)].map((word) => {
        const head = steps.words.head(word);
        return head === NONE ? word : steps.words.push(EMPTY, head);
      });
      const next = read < 0 ? [now[0]!] : this.headsIn(made.queues[read], read);
      const all = read < 0 ? [now] : next.map((head) => now.map((word, c) => (c === read ? head : word)));
      arcs.push({ edge, targets: all.map((h) => this.number(made, h)) });
    }
    return arcs;
  }

  /**
   * Who cannot be made to move from somewhere by steps that are there whatever is queued, and whose messages cannot be made to
   * be read: they may have to wait until others leave their loop. Undefined if more is described than was looked at.
   */
  private held(): DependsOn[] | undefined {
    const { machine } = this;
    const known = this.nodes.length;
    const arcs = this.nodes.map((n) => this.arcsOf(n));
    if (this.nodes.length !== known) return undefined;
    const runners = [...new Set(this.loop.map((s) => s.role))].sort((a, b) => a - b);
    const found: DependsOn[] = [];
    const note = (n: Node | undefined, role: number, unreadFrom?: number): void => {
      if (n === undefined) return;
      const state = n.at.states[role]! - machine.firstState[role]!;
      found.push({ role, state, ...(unreadFrom !== undefined && { unreadFrom }), loop: this.loop, runners });
    };
    for (let p = 0; p < machine.roles; p++)
      note(
        this.unreached(
          arcs,
          (n) => machine.shape[n.at.states[p]!] !== ENDED && !this.isStarved(n, p),
          (edge) => machine.role[edge] === p,
        ),
        p,
      );
    machine.channels.forEach(({ from, to }, c) => {
      const isMessage = (n: Node): boolean => {
        const head = this.steps.words.head(n.heads[c]!);
        return head !== NONE && !machine.isLoss(head) && !this.isStarved(n, to);
      };
      note(
        this.unreached(arcs, isMessage, (edge) => this.reads(edge, c)),
        to,
        from,
      );
    });
    return found;
  }

  /** Whether the role waits there for what only the outside can bring. */
  private isStarved({ at, heads }: Node, role: number): boolean {
    if (!this.machine.hasOutside) return false;
    return stuckWithoutOutside(this.steps, Int32Array.from([...at.states, ...heads]), 0).includes(role);
  }

  private reads(edge: number, channel: number): boolean {
    const { machine } = this;
    const kind = machine.kind[edge]!;
    if (kind === RECEIVE || kind === LOST) return machine.channel[edge] === channel;
    if (kind === DROP) return machine.reverse[machine.channel[edge]!] === channel;
    return kind === FAIL && machine.incoming[machine.role[edge]!]!.includes(channel);
  }

  /** A configuration that needs a step which is wanted, and from which one cannot be made sure of; undefined if there is none. */
  private unreached(
    arcs: readonly (readonly Arc[])[],
    needs: (n: Node) => boolean,
    wanted: (edge: number) => boolean,
  ): Node | undefined {
    const won = new Uint8Array(this.nodes.length);
    const into: { readonly from: number; left: number }[][] = this.nodes.map(() => []);
    const work: number[] = [];
    const win = (n: number): void => {
      if (won[n] === 1) return;
      won[n] = 1;
      work.push(n);
    };
    arcs.forEach((list, from) => {
      if (list.some((a) => wanted(a.edge))) win(from);
      for (const { targets } of list) {
        const distinct = new Set(targets);
        const arc = { from, left: distinct.size };
        for (const to of distinct) into[to]!.push(arc);
      }
    });
    for (const n of work) for (const arc of into[n]!) if (--arc.left === 0) win(arc.from);
    return this.nodes.find((n, i) => won[i] === 0 && needs(n));
  }

  private happening(): Step[] {
    const { machine } = this;
    const shown = [...this.fired].filter((e) => [SEND, DROP, LOST].includes(machine.kind[e]!));
    return shown.map((e) => {
      const role = machine.role[e]!;
      return { role, edge: machine.system.roles[role]!.edges[machine.original[e]!]! };
    });
  }
}

const keyOf = (states: Int32Array, queues: readonly (Language | undefined)[]): string =>
  `${states.join()} ${queues.map((q) => (q === undefined ? 'x' : '.')).join('')}`;
