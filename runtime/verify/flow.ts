/**
 * Abstract interpretation of one function: instructions in order of their offsets, each once. Every jump but `loop` goes
 * forward, so when an instruction's turn comes all paths to it but loops are known and can be joined; a loop must come
 * back with a state that its head already allows (Kildall 1973, with the order that makes one pass enough).
 * Invariant: an instruction is looked at only in a state it can really be reached in; joining two states costs what differs
 * between them, and the budget bounds that.
 */
import { flowOf } from '../bytecode/isa.js';
import type { FunctionImage } from '../bytecode/module.js';
import type { Alt, Carried, Proto } from './protocol.js';
import { reject, Rejection } from './rejection.js';
import type { Environment, Signature } from './signature.js';
import { leave, over } from './finish.js';
import type { Member } from './pools.js';
import type { Heads } from './heads.js';
import { Instances } from './instances.js';
import { replaced } from './replaced.js';
import { cellOn, cut, handled, isDead, joined, unlike } from './state.js';
import type { Cell, Dead, EndState, Handled, State } from './state.js';
import { Ancestors } from './ancestors.js';
import { Slots } from './slots.js';
import { instructionsOf, MOST_SLOTS, type Instruction } from './structure.js';
import type { Ty, Types } from './types.js';

/** What an instruction does to the state; false if the next instruction does not follow. */
export type Handler = (f: Flow, operands: readonly number[], i: Instruction) => boolean;

/** Rows after which a function's path is over whatever the stack holds: they may stand at a dead-end label. */
const ENDINGS: ReadonlySet<string> = new Set(['close_err', 'halt', 'raise_text']);

export class Flow {
  readonly types: Types;
  readonly instances: Instances;
  readonly signature: Signature;
  state: State;
  pc = 0;
  highest = 0;
  /** What the members of each pool do, once it is known. */
  readonly pools = new Map<number, Member>();
  #nextEnd = 0;
  readonly #waiting = new Map<number, State | Dead>();
  readonly #handlers = new Map<number, Handled>();
  /** States at the heads of loops. */
  readonly #begun = new Map<number, State>();
  /** Every instruction met (its offset plus one) under its immediate dominator. */
  readonly #dominators: Ancestors;
  /** The dominator found so far for instructions still to come; -1 if no edge leads there yet. */
  readonly #from: Int32Array;

  constructor(
    readonly env: Environment,
    readonly image: FunctionImage,
    readonly index: number,
    readonly rows: ReadonlyMap<string, Handler>,
    readonly otherwise: Handler,
    readonly heads: Heads,
  ) {
    this.types = env.types;
    this.instances = new Instances(env.types);
    this.signature = env.ofFunction(index);
    this.#nextEnd = this.image.params.length;
    this.#dominators = new Ancestors(image.code.length + 2);
    this.#from = new Int32Array(image.code.length + 1).fill(-1);
    this.state = this.#entry();
  }

  get lenient(): boolean {
    return this.env.lenient;
  }
  #entry(): State {
    const t = this.types;
    let ends = Slots.empty<EndState>();
    const locals = this.signature.params.map((p, i): Ty => {
      if (p.kind === 'upvalue') return t.make('upvalue', '', [p.type]);
      if (p.kind !== 'end' && p.kind !== 'pool') return p.type;
      if (p.kind === 'pool') {
        ends = ends.with(i, { kind: 'pool' });
        if (p.member !== undefined)
          this.pools.set(i, { kind: 'free', at: [p.member.proto], peer: '', dual: false, datum: p.member.datum });
      } else if (this.signature.session && p.proto === undefined) ends = ends.with(i, { kind: 'peer', peer: p.name });
      else ends = ends.with(i, { kind: 'free', at: p.proto === undefined ? [] : [p.proto], peer: '', dual: false });
      return t.make(p.kind, String(i));
    });
    for (let i = 0; i < this.image.locals; i++) locals.push(t.unset);
    this.env.budget.spend(locals.length);
    const { body } = this.signature;
    return {
      locals: Slots.of(locals),
      stack: undefined,
      ends,
      at: body === undefined ? [] : this.env.protocols.ways([body]),
      pending: undefined,
      region: undefined,
    };
  }

  /** Rejects, or returns the highest operand stack. */
  run(): number {
    const list = instructionsOf(this.env.image, this.image);
    const loops = new Set(list.flatMap((i) => (flowOf(i.row) === 'loop' ? [i.operands[0]!] : [])));
    let reached: State | Dead | undefined = this.state;
    let before = -1;
    for (const i of list) {
      this.pc = i.pc;
      this.env.budget.spend(1);
      try {
        const state = this.#arrive(i.pc, reached, before);
        before = i.pc;
        reached = undefined;
        if (state === undefined) continue;
        if (isDead(state)) {
          if (!ENDINGS.has(i.row.name) || (state.region === 'several' && i.row.name === 'raise_text'))
            reject(`${state.dead} (only close_err, halt or raise "text" may follow)`);
          continue;
        }
        const begun = loops.has(i.pc) ? this.heads.at(i.pc, state) : state;
        this.state = begun;
        if (loops.has(i.pc)) this.#begun.set(i.pc, begun);
        this.#raises(begun);
        const handler = this.rows.get(i.row.name) ?? this.otherwise;
        if (!handler(this, i.operands, i)) continue;
        reached = this.state;
        // What fails half-way may have moved ends already.
        const moved = reached.ends !== begun.ends || reached.at !== begun.at;
        if (moved && reached.region === begun.region) this.#raises(reached);
      } catch (error) {
        if (error instanceof Rejection && error.pc < 0) throw new Rejection(error.message, i.pc, this.index);
        throw error;
      }
    }
    this.pc = this.image.code.length;
    this.#fallOff(this.#arrive(this.pc, reached, before));
    return this.highest;
  }

  #fallOff(end: State | Dead | undefined): void {
    if (end === undefined) return;
    try {
      if (isDead(end)) reject(`${end.dead} (only close_err, halt or raise "text" may follow)`);
      this.state = end;
      if (end.region !== undefined) reject('a `try` is still open at the end');
      if (this.signature.result !== undefined) reject('falls off its end without a value to return');
      leave(this);
    } catch (error) {
      if (error instanceof Rejection && error.pc < 0) throw new Rejection(error.message, this.pc, this.index);
      throw error;
    }
  }

  /** Joins everything that leads to pc; undefined if nothing does. */
  #arrive(pc: number, fallen: State | Dead | undefined, before: number): State | Dead | undefined {
    let state = fallen;
    if (fallen !== undefined && before >= 0) this.#edge(before, pc);
    for (const other of [this.#waiting.get(pc), this.#handlers.get(pc)?.state])
      if (other !== undefined) state = state === undefined ? other : this.#joined(state, other);
    this.#waiting.delete(pc);
    this.#handlers.delete(pc);
    if (state !== undefined) this.#dominators.add(pc + 1, Math.max(0, this.#from[pc]!));
    if (state !== undefined && !isDead(state)) this.highest = Math.max(this.highest, state.stack?.height ?? 0);
    return state;
  }

  /** Joins two paths. Where they do not agree a text may still be raised, so handlers learn of both. */
  #joined(a: State | Dead, b: State | Dead): State | Dead {
    const made = joined(a, b, this.types, this.#isOver);
    if (isDead(made)) for (const s of [a, b]) if (!isDead(s)) this.#raises(s);
    return made;
  }

  /** Records an edge of control flow for the dominator tree (edges come in order, so one pass makes it). */
  #edge(from: number, to: number): void {
    this.env.budget.spend(1);
    const known = this.#from[to]!;
    this.#from[to] = known < 0 ? from + 1 : this.#dominators.common(known, from + 1);
  }

  /** Sends a state (the present one) to a later instruction. */
  jump(to: number, state: State | Dead = this.state): void {
    this.#edge(this.pc, to);
    const other = this.#waiting.get(to);
    this.#waiting.set(to, other === undefined ? state : this.#joined(other, state));
  }

  /** Is an end of a state finished, or a thread that runs? */
  readonly #isOver = (e: EndState, { pending, at }: State): boolean =>
    pending === undefined && at !== 'lost' && over(this, e, at);

  /** Goes back to the head of a loop. */
  loop(to: number): void {
    const head = this.#begun.get(to);
    if (head === undefined) reject('the head of the loop cannot be reached');
    if (!this.#dominators.isAbove(to + 1, this.pc + 1)) reject('the loop can be entered without passing its head');
    const back = replaced(this, this.state, head);
    const why = unlike(back, this.heads.widened(to, back, head), this.types, this.#isOver);
    if (why !== undefined) reject(why);
    this.env.budget.spend(this.state.ends.size);
    for (const e of this.state.ends.values())
      if (e.kind === 'thread' && e.session < 0) reject('a thread that has no program yet cannot cross a loop');
  }

  /** Whatever fails here goes on at the handler of the innermost region. */
  #raises(state: State): void {
    const { region } = state;
    if (region === undefined) return;
    if (region.target <= this.pc) reject('the handler of an open `try` lies before this instruction');
    const before = this.#handlers.get(region.target);
    this.#edge(this.pc, region.target);
    this.#handlers.set(region.target, handled(before, state, region, this.types));
  }

  // ---------------------------------------------------------------- stack

  get height(): number {
    return this.state.stack?.height ?? 0;
  }
  /** Slots of the frame in use: parameters, locals, stack. */
  get depth(): number {
    return this.state.locals.size + this.height;
  }

  push(type: Ty): void {
    const height = this.height + 1;
    if (height > MOST_SLOTS) reject('the stack is too high');
    this.highest = Math.max(this.highest, height);
    this.state = { ...this.state, stack: cellOn(this.state.stack, type) };
  }

  /** Takes the top, whatever it is. */
  take(): Ty {
    const { stack, region } = this.state;
    if (stack === undefined) return reject('the stack is empty');
    if (region !== undefined && stack.height <= region.height) reject('takes what was on the stack before its `try`');
    this.state = { ...this.state, stack: stack.below };
    return stack.type;
  }

  /** Takes a value of a type. */
  pop(type: Ty): Ty {
    const found = this.take();
    if (!this.types.fits(found, type)) reject(`needs ${this.types.show(type)} and finds ${this.types.show(found)}`);
    return found;
  }
  /** Takes any data. */
  popData(): Ty {
    const found = this.take();
    this.data(found);
    return found;
  }
  data(found: Ty): void {
    if (!this.types.isData(found)) reject(`needs a value and finds ${this.types.show(found)}`);
  }

  cellAt(slot: number): Cell | undefined {
    return slot >= this.height ? undefined : cut(this.state.stack, this.height - slot);
  }
  /** Type of the slot counted down from the top; it may be a local. */
  slot(n: number): Ty {
    if (n < this.height) return this.cellAt(n)!.type;
    const local = this.depth - 1 - n;
    return this.state.locals.get(local) ?? reject(`slot [${0 - n}] is below the stack`);
  }
  setSlot(n: number, type: Ty): void {
    if (n >= this.height) return this.setLocal(this.depth - 1 - n, type);
    this.env.budget.spend(n);
    const above: Ty[] = [];
    let cell = this.state.stack!;
    for (let k = 0; k < n; k++) {
      above.push(cell.type);
      cell = cell.below!;
    }
    this.state = { ...this.state, stack: above.reduceRight(cellOn, cellOn(cell.below, type)) };
  }
  setLocal(n: number, type: Ty): void {
    if (this.state.locals.get(n) === type) return;
    this.state = { ...this.state, locals: this.state.locals.with(n, type) };
  }
  /** Type of a local that holds something. */
  local(n: number): Ty {
    const t = this.state.locals.get(n)!;
    if (t.kind === 'unset') reject(`local ${n} holds nothing yet`);
    return t;
  }

  // ---------------------------------------------------------------- ends

  setEnd(id: number, e: EndState | undefined): void {
    this.state = { ...this.state, ends: this.state.ends.with(id, e) };
  }
  /** A new end, thread or pool. */
  fresh(kind: 'end' | 'thread' | 'pool', e: EndState): Ty {
    const id = this.#nextEnd++;
    if (e.kind === 'peer') {
      this.env.budget.spend(this.state.ends.size);
      for (const other of this.state.ends.values())
        if (other.kind === 'peer' && other.peer === e.peer)
          reject(`the end ${e.peer} of an earlier round is not finished`);
    }
    this.setEnd(id, e);
    return this.types.make(kind, String(id));
  }
  /** The type of a payload that arrived. */
  arrived(c: Carried): Ty {
    if (c.kind === 'data') return this.instances.decided(c.type);
    return this.fresh('end', { kind: 'free', at: c.proto.kind === 'cut' ? [] : [c.proto], peer: '', dual: false });
  }
  /** Points of the session, or a rejection if the protocol was lost or a label is still open. */
  settled(): readonly Proto[] {
    const { pending, at } = this.state;
    if (pending !== undefined)
      reject(`the label received from ${this.peerName(pending.end)} has not been compared yet`);
    return at === 'lost' ? reject('the protocol is lost: a `try` that took part in it has failed') : at;
  }
  peerName(id: number): string {
    const e = this.state.ends.get(id);
    return e?.kind === 'peer'
      ? e.peer
      : this.signature.params[id]?.kind === 'end'
        ? (this.image.params[id]?.name ?? 'it')
        : 'it';
  }
  /** Payload types in the order they are pushed: last first, padded with unit. */
  pushPayload(alt: Alt, count: number): void {
    for (let i = count - 1; i >= 0; i--) {
      const c = alt.payload[i];
      this.push(c === undefined ? this.types.unit : this.arrived(c));
    }
  }
}
