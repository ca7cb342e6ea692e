/**
 * What can happen in a configuration: which edges are enabled, what firing one gives, and which roles are *free*, that is,
 * can be expanded alone without losing any behaviour of the others (docs/decisions/020-deciding-systems.md, "Free roles").
 * Invariant: only the bound keeps a send from being enabled; everything else enabled for a role stays so until that role moves.
 */
import type { Machine } from './tables.js';
import {
  DROP,
  ENDED,
  FAIL,
  GENERAL,
  hasBit,
  LOST,
  OUTSIDE,
  RECEIVE,
  RECEIVING,
  SEND,
  SENDING,
  STEPPING,
} from './tables.js';
import { CLOSED, EMPTY, Words } from './words.js';

/** No bound on queues. */
export const UNBOUNDED = 0x7fffffff;

export class Steps {
  readonly words: Words;
  readonly width: number;
  private readonly live: Uint8Array;

  constructor(readonly machine: Machine) {
    this.words = new Words(machine.symbols, machine.isLoss);
    this.width = machine.roles + machine.channels.length;
    this.live = new Uint8Array(machine.roles);
  }

  initialRow(): Int32Array {
    const row = new Int32Array(this.width).fill(EMPTY);
    row.set(this.machine.initial);
    return row;
  }

  word(cells: Int32Array, at: number, channel: number): number {
    return cells[at + this.machine.roles + channel]!;
  }

  /** Whether `edge` can fire in the configuration at `cells[at..]` with queues no longer than `bound`. */
  enabled(cells: Int32Array, at: number, edge: number, bound: number): boolean {
    const { machine, words } = this;
    const kind = machine.kind[edge]!;
    if (kind === SEND) {
      const word = this.word(cells, at, machine.channel[edge]!);
      return word === CLOSED || words.length(word) < bound;
    }
    if (kind === RECEIVE || kind === LOST)
      return words.head(this.word(cells, at, machine.channel[edge]!)) === machine.symbol[edge];
    return true;
  }

  anyEnabled(cells: Int32Array, at: number, role: number, bound: number): boolean {
    const { edgeStart } = this.machine;
    const state = cells[at + role]!;
    for (let e = edgeStart[state]!; e < edgeStart[state + 1]!; e++) if (this.enabled(cells, at, e, bound)) return true;
    return false;
  }

  /** Changes `row` by an edge that is enabled in it. */
  fire(row: Int32Array, edge: number): void {
    const { machine, words } = this;
    const kind = machine.kind[edge]!;
    const role = machine.role[edge]!;
    row[role] = machine.target[edge]!;
    const cell = machine.roles + machine.channel[edge]!;
    if (kind === SEND) row[cell] = words.push(row[cell]!, machine.symbol[edge]!);
    else if (kind === RECEIVE) row[cell] = words.pop(row[cell]!);
    else if (kind === LOST) row[cell] = CLOSED;
    else if (kind === DROP) this.drop(row, machine.channel[edge]!, machine.symbol[edge]!);
    else if (kind === FAIL) {
      for (const channel of machine.outgoing[role]!) this.drop(row, channel, this.machine.lossOf[channel]!);
    }
  }

  private drop(row: Int32Array, channel: number, loss: number): void {
    const { roles, reverse } = this.machine;
    row[roles + channel] = this.words.push(row[roles + channel]!, loss);
    const back = reverse[channel]!;
    if (back >= 0) row[roles + back] = CLOSED;
  }

  /**
   * Whether every edge of the role is enabled now or cannot become enabled before the role itself moves, and one that is no
   * outside event is. An outside event is always enabled, but nothing is shown by means of it: its arcs are never free.
   */
  free(cells: Int32Array, at: number, role: number, bound: number): boolean {
    const { machine } = this;
    const state = cells[at + role]!;
    switch (machine.shape[state]!) {
      case ENDED:
        return false;
      case STEPPING:
        return true;
      case SENDING:
        return this.enabled(cells, at, machine.edgeStart[state]!, bound);
      case RECEIVING:
        return this.anyEnabled(cells, at, role, bound);
      default:
        return this.freeInGeneral(cells, at, role, bound);
    }
  }

  private freeInGeneral(cells: Int32Array, at: number, role: number, bound: number): boolean {
    const { machine } = this;
    const state = cells[at + role]!;
    let some = false;
    let computed = false;
    for (let e = machine.edgeStart[state]!; e < machine.edgeStart[state + 1]!; e++) {
      const kind = machine.kind[e]!;
      if (kind === OUTSIDE) continue;
      if (this.enabled(cells, at, e, bound)) {
        some = true;
        continue;
      }
      if (kind === SEND) return false;
      const channel = machine.channel[e]!;
      if (this.word(cells, at, channel) !== EMPTY) continue;
      if (!computed) this.computeLive(cells, at, role, true);
      computed = true;
      const sender = machine.channels[channel]!.from;
      if (this.live[sender] === 1 && hasBit(machine.sendable, cells[at + sender]!, machine.symbol[e]!)) return false;
    }
    return some;
  }

  /**
   * Whether the steps of an agent that splits off here can be taken alone: one of them is enabled, and no other of them can
   * become enabled before the agent itself moves. What its role does with others does not matter to it.
   */
  agentFree(cells: Int32Array, at: number, agent: number, bound: number): boolean {
    const { machine } = this;
    const state = cells[at + machine.agents.role[agent]!]!;
    if (!hasBit(machine.agents.splits, state, agent)) return false;
    let some = false;
    for (let e = machine.edgeStart[state]!; e < machine.edgeStart[state + 1]!; e++) {
      if (machine.agents.of[e] !== agent) continue;
      if (this.enabled(cells, at, e, bound)) some = true;
      else if (machine.kind[e] === SEND || this.word(cells, at, machine.channel[e]!) === EMPTY) return false;
    }
    return some;
  }

  /**
   * Marks the roles that might still move: those with an enabled edge, and those that wait on an empty queue of a role that
   * might move and whose own graph still sends what is awaited (or whose failure is). `except` (-1 for none) is taken not to move; `outside` says
   * whether outside events come; `plain` leaves the senders' own graphs out of account. The answer, by role, is valid until
   * the next call.
   */
  computeLive(cells: Int32Array, at: number, except: number, outside: boolean, plain = false): Uint8Array {
    const { machine, live } = this;
    let waiting = 0;
    for (let p = 0; p < machine.roles; p++) {
      live[p] = 0;
      if (p === except) continue;
      const state = cells[at + p]!;
      for (let e = machine.edgeStart[state]!; e < machine.edgeStart[state + 1]!; e++) {
        if ((outside || machine.kind[e] !== OUTSIDE) && this.enabled(cells, at, e, UNBOUNDED)) {
          live[p] = 1;
          break;
        }
      }
      if (live[p] === 0 && machine.shape[state] !== ENDED) waiting++;
    }
    for (let changed = waiting > 0; changed;) {
      changed = false;
      for (let p = 0; p < machine.roles; p++) {
        if (live[p] === 1 || p === except || !this.mayBeServed(cells, at, p, plain)) continue;
        live[p] = 1;
        changed = true;
      }
    }
    return live;
  }

  private mayBeServed(cells: Int32Array, at: number, role: number, plain: boolean): boolean {
    const { machine, live } = this;
    const state = cells[at + role]!;
    for (let e = machine.edgeStart[state]!; e < machine.edgeStart[state + 1]!; e++) {
      const channel = machine.channel[e]!;
      if (channel < 0 || this.word(cells, at, channel) !== EMPTY) continue;
      const sender = machine.channels[channel]!.from;
      if (sender === role || live[sender] === 0) continue;
      if (plain || machine.forFailure[state] === 1) return true;
      if (hasBit(machine.sendable, cells[at + sender]!, machine.symbol[e]!)) return true;
    }
    return false;
  }

  /**
   * Whether the role is free in a configuration of which *every* enabled edge is explored. Then a behaviour not yet followed
   * is held back everywhere: each of its next steps is a send into a full queue, or a wait on an empty queue whose sender is
   * held back in turn. The role is free if none of its own edges can be such a step.
   */
  freeWhenWhole(cells: Int32Array, at: number, role: number, bound: number): boolean {
    if (this.free(cells, at, role, bound)) return true;
    const { machine } = this;
    const state = cells[at + role]!;
    if (machine.shape[state] !== GENERAL) return false;
    let held: Uint8Array | undefined;
    let some = false;
    for (let e = machine.edgeStart[state]!; e < machine.edgeStart[state + 1]!; e++) {
      if (machine.kind[e] === OUTSIDE) continue;
      if (this.enabled(cells, at, e, bound)) {
        some = true;
        continue;
      }
      if (machine.kind[e] === SEND) return false;
      const channel = machine.channel[e]!;
      if (this.word(cells, at, channel) !== EMPTY) continue;
      held ??= this.computeHeldBack(cells, at, role, bound);
      const sender = machine.channels[channel]!.from;
      if (held[sender] === 1 && hasBit(machine.sendable, cells[at + sender]!, machine.symbol[e]!)) return false;
    }
    return some;
  }

  /** Roles other than `except` with a send held back by the bound, and those that wait on an empty queue of such a role. */
  private computeHeldBack(cells: Int32Array, at: number, except: number, bound: number): Uint8Array {
    const { machine, live } = this;
    for (let p = 0; p < machine.roles; p++) {
      live[p] = 0;
      if (p === except) continue;
      const state = cells[at + p]!;
      for (let e = machine.edgeStart[state]!; e < machine.edgeStart[state + 1]!; e++) {
        if (machine.kind[e] === SEND && !this.enabled(cells, at, e, bound)) live[p] = 1;
      }
    }
    for (let changed = true; changed;) {
      changed = false;
      for (let p = 0; p < machine.roles; p++) {
        if (live[p] === 1 || p === except || !this.mayBeServed(cells, at, p, false)) continue;
        live[p] = 1;
        changed = true;
      }
    }
    return live;
  }
}
