/**
 * The paths through one function: states that wait for instructions further on, handlers that failures lead to, heads of loops,
 * and which instruction lies on every path to which (Cooper, Harvey, Kennedy 2001).
 * Invariant: edges come in the order of the instructions they start at, so when one's turn comes all that leads to it but loops
 * is here.
 */
import { Ancestors } from './ancestors.js';
import { isOver, merged, type Lanes } from './lanes.js';
import { handled, type Handled } from './handlers.js';
import { reject } from '../terms/rejection.js';
import { isDead, joined } from './state.js';
import type { Dead, IsOver, State } from './state.js';
import type { Types } from '../terms/types.js';

export class Paths {
  readonly #waiting = new Map<number, Lanes>();
  readonly #handlers = new Map<number, Handled>();
  /** States at the heads of loops. */
  readonly #begun = new Map<number, readonly State[]>();
  /** Every instruction met (its offset plus one) under its immediate dominator. */
  readonly #dominators: Ancestors;
  /** The dominator found so far for instructions still to come; -1 if no edge leads there yet. */
  readonly #from: Int32Array;

  constructor(
    readonly types: Types,
    length: number,
    readonly isFinished: IsOver,
  ) {
    this.#dominators = new Ancestors(length + 2);
    this.#from = new Int32Array(length + 1).fill(-1);
  }

  /** All ways that lead to pc. */
  arrive(pc: number, fallen: readonly State[], before: { readonly pc: number } | undefined): Lanes {
    let lanes: Lanes = fallen;
    if (fallen.length > 0 && before !== undefined) this.#edge(before.pc, pc);
    const others = this.#waiting.get(pc) ?? [];
    for (const other of isOver(others) ? [others] : others) lanes = this.#merged(pc, lanes, other);
    const caught = this.#handlers.get(pc)?.state;
    if (caught !== undefined) lanes = this.#merged(pc, lanes, caught);
    this.#waiting.delete(pc);
    this.#handlers.delete(pc);
    if (isOver(lanes) || lanes.length > 0) this.#dominators.add(pc + 1, Math.max(0, this.#from[pc]!));
    return lanes;
  }

  /** One more path. Where it does not agree with the others a text may still be raised, so handlers learn of all. */
  #merged(pc: number, lanes: Lanes, more: State | Dead): Lanes {
    if (!isOver(lanes) && lanes.length === 0) return isDead(more) ? more : [more];
    const made = merged(lanes, more, this.types, this.joined);
    if (isOver(made)) for (const s of [...(isOver(lanes) ? [] : lanes), more]) if (!isDead(s)) this.raises(pc, s);
    return made;
  }

  readonly joined = (a: State | Dead, b: State | Dead): State | Dead => joined(a, b, this.types, this.isFinished);

  #edge(from: number, to: number): void {
    this.types.budget.spend(1);
    const known = this.#from[to]!;
    this.#from[to] = known < 0 ? from + 1 : this.#dominators.common(known, from + 1);
  }

  /** Sends a state to a later instruction. */
  send(pc: number, to: number, state: State | Dead): void {
    this.#edge(pc, to);
    this.#waiting.set(to, this.#merged(pc, this.#waiting.get(to) ?? [], state));
  }

  /** Whatever fails at pc goes on at the handler of the innermost region. */
  raises(pc: number, state: State): void {
    const { region } = state;
    if (region === undefined) return;
    if (region.target <= pc) reject('the handler of an open `try` lies before this instruction');
    const before = this.#handlers.get(region.target);
    this.#edge(pc, region.target);
    this.#handlers.set(region.target, handled(before, state, region, this.types));
  }

  begin(pc: number, heads: readonly State[]): void {
    if (heads.length > 0) this.#begun.set(pc, heads);
  }

  /** The states at the head of a loop that pc goes back to. */
  headsOf(pc: number, to: number): readonly State[] {
    const heads = this.#begun.get(to);
    if (heads === undefined) return reject('the head of the loop cannot be reached');
    if (!this.#dominators.isAbove(to + 1, pc + 1)) reject('the loop can be entered without passing its head');
    return heads;
  }
}
