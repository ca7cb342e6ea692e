/**
 * Abstract interpretation of one function: instructions in order of their offsets, each once. Every jump but `loop` goes
 * forward, so when an instruction's turn comes all paths to it but loops are known and can be joined; a loop must come
 * back with a state that its head already allows (Kildall 1973, with the order that makes one pass enough).
 * Invariant: an instruction is looked at only in a state it can really be reached in; joining two states costs what differs
 * between them, and the budget bounds that.
 */
import { flowOf, ROWS } from '../../bytecode/isa.js';
import type { FunctionImage } from '../../bytecode/module.js';
import type { Alt, Carried, Proto } from '../terms/protocol.js';
import { reject, Rejection } from '../terms/rejection.js';
import type { Environment, Signature } from '../module/signature.js';
import { goBack } from './back.js';
import { standing } from '../state/failed.js';
import { leave, over } from './finish.js';
import { flagged, isOver, merged, type Lanes } from '../state/lanes.js';
import type { Member } from './pools.js';
import type { Heads } from './heads.js';
import { Instances } from '../terms/instances.js';
import { Paths } from '../state/paths.js';
import { referenceTo } from './service.js';
import { cellOn, cut } from '../state/state.js';
import type { Cell, Dead, EndState, State } from '../state/state.js';
import { Slots } from '../state/slots.js';
import { instructionsOf, MOST_SLOTS, type Instruction } from '../module/structure.js';
import type { Ty, Types } from '../terms/types.js';

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
  /** Numbers of ends by the instruction that makes them, so that they are the same in every lane. */
  readonly #made = new Map<string, number>();
  #madeHere = 0;
  /** The instruction before this one, if nothing else leads here. */
  before: Instruction | undefined;
  readonly #paths: Paths;

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
    this.#paths = new Paths(env.types, image.code.length, this.isOver);
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
    let reached: readonly State[] = [this.state];
    let before: Instruction | undefined;
    for (const i of list) {
      this.pc = i.pc;
      try {
        const lanes = this.#paths.arrive(i.pc, reached, before);
        if (!isOver(lanes) && lanes.length > 0) this.highest = Math.max(this.highest, lanes[0]!.stack?.height ?? 0);
        const alone = reached.length > 0 && lanes === reached;
        this.before = alone ? before : undefined;
        before = i;
        reached = [];
        if (isOver(lanes)) {
          if (!ENDINGS.has(i.row.name) || (lanes.region === 'several' && i.row.name === 'raise_text'))
            reject(`${lanes.dead} (only close_err, halt or raise "text" may follow)`);
          continue;
        }
        const begun = loops.has(i.pc)
          ? lanes.map((s) => ({ ...this.heads.at(i.pc, s, this), flags: undefined }))
          : lanes;
        if (loops.has(i.pc)) this.#paths.begin(i.pc, begun);
        for (const state of begun) if (this.#step(i, state)) reached = this.#one(reached, this.state);
      } catch (error) {
        if (error instanceof Rejection && error.pc < 0) throw new Rejection(error.message, i.pc, this.index);
        throw error;
      }
    }
    this.pc = this.image.code.length;
    this.#fallOff(this.#paths.arrive(this.pc, reached, before));
    return this.highest;
  }

  /** Does an instruction in one lane; is it followed by the next? */
  #step(i: Instruction, begun: State): boolean {
    this.env.budget.spend(1);
    this.state = begun;
    this.#madeHere = 0;
    this.#paths.raises(this.pc, begun);
    const handler = this.rows.get(i.row.name) ?? this.otherwise;
    if (!handler(this, i.operands, i)) return false;
    // What fails half-way may have moved ends already.
    const moved = this.state.ends !== begun.ends || this.state.at !== begun.at;
    if (moved && this.state.region === begun.region) this.#paths.raises(this.pc, this.state);
    return true;
  }

  /** What goes on behind an instruction: lanes only leave one another where paths meet, so none is ended here. */
  #one(lanes: readonly State[], more: State): readonly State[] {
    const all = merged(lanes, more, this.types, this.#paths.joined);
    return isOver(all) ? [...lanes, more] : all;
  }

  #fallOff(ends: Lanes): void {
    try {
      if (isOver(ends)) return reject(`${ends.dead} (only close_err, halt or raise "text" may follow)`);
      for (const end of ends) {
        this.state = end;
        if (end.region !== undefined) reject('a `try` is still open at the end');
        if (this.signature.result !== undefined) reject('falls off its end without a value to return');
        leave(this);
      }
    } catch (error) {
      if (error instanceof Rejection && error.pc < 0) throw new Rejection(error.message, this.pc, this.index);
      throw error;
    }
  }

  /** Sends a state (the present one) to a later instruction. */
  jump(to: number, state: State | Dead = this.state): void {
    this.#paths.send(this.pc, to, state);
  }

  /** Is an end of a state finished, or a thread that runs? */
  readonly isOver = (e: EndState, s: State): boolean => {
    if (e.kind === 'lost') return true;
    const at = s.pending === undefined ? standing(this.env.protocols, s) : undefined;
    return at !== undefined && over(this, e, at);
  };

  /** Goes back to the head of a loop. */
  loop(to: number): void {
    goBack(this, this.#paths.headsOf(this.pc, to), to);
  }

  /** The instruction at an offset. */
  rowAt(pc: number): string | undefined {
    return ROWS[this.image.code[pc]!]?.name;
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
    // By now more may be known of what a generic peer said.
    return this.types.isData(stack.type) ? this.instances.resolve(stack.type) : stack.type;
  }

  /** Takes a value of a type. */
  pop(type: Ty): Ty {
    const found = this.asData(this.take());
    if (!this.fits(found, type)) reject(`needs ${this.types.show(type)} and finds ${this.types.show(found)}`);
    return found;
  }
  /** May a value be used as the type asks, with what generic peers say chosen so that it may? */
  fits(found: Ty, type: Ty): boolean {
    return this.types.fits(found, type) || (found.open && this.instances.fits(found, type));
  }
  /** Takes any data. */
  popData(): Ty {
    const found = this.asData(this.take());
    this.data(found);
    return found;
  }
  /** A thread that runs is, as a value, a reference to it. */
  asData(t: Ty): Ty {
    const e = t.kind === 'thread' ? this.state.ends.get(Number(t.name)) : undefined;
    if (e?.kind !== 'thread' || e.session < 0) return t;
    if (this.lenient) return this.types.reference;
    return this.instances.resolve(this.instances.rename(referenceTo(this, this.env.signature(e.session)), t.name));
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
    const flags = flagged(this.state.flags, n, undefined);
    if (this.state.locals.get(n) === type && flags === this.state.flags) return;
    this.state = { ...this.state, flags, locals: this.state.locals.with(n, type) };
  }
  /** Notes that a local was just given a constant. */
  setFlag(n: number, is: boolean): void {
    this.state = { ...this.state, flags: flagged(this.state.flags, n, is) };
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
    const place = `${this.pc}.${this.#madeHere++}`;
    const id = this.#made.get(place) ?? this.image.params.length + this.#made.size;
    this.#made.set(place, id);
    if (e.kind === 'peer') {
      this.env.budget.spend(this.state.ends.size);
      for (const other of this.state.ends.values())
        if (other.kind === 'peer' && other.peer === e.peer)
          reject(`the end ${e.peer} of an earlier round is not finished`);
    }
    this.setEnd(id, e);
    return this.types.make(kind, String(id));
  }
  /** The place that makes an end or a pool, which is the same however often the function is judged. */
  placeOf(id: number): string {
    return [...this.#made].find(([, made]) => made === id)?.[0] ?? `parameter ${id}`;
  }
  /** The end, thread or pool that a place makes; undefined if it was not come to yet. */
  madeAt(place: string): number | undefined {
    return place.startsWith('parameter') ? Number(place.slice(10)) : this.#made.get(place);
  }
  /** The type of a payload that arrived. */
  arrived(c: Carried): Ty {
    if (c.kind === 'data') return this.instances.resolve(c.type);
    if (c.kind === 'pool') {
      const made = this.fresh('pool', { kind: 'pool' });
      const member = { kind: 'free', at: [c.proto], peer: '', dual: false, datum: c.datum } as const;
      if (c.proto.kind !== 'cut') this.pools.set(Number(made.name), member);
      return made;
    }
    return this.fresh('end', { kind: 'free', at: c.proto.kind === 'cut' ? [] : [c.proto], peer: '', dual: false });
  }
  /** Points of the session, or a rejection if the protocol was lost or a label is still open. */
  settled(): readonly Proto[] {
    const { pending, at } = this.state;
    if (pending !== undefined)
      reject(`the label received from ${this.peerName(pending.end)} has not been compared yet`);
    if (at !== 'lost') return at;
    const found = standing(this.env.protocols, this.state);
    if (found === undefined) return reject('the protocol is lost: a `try` that took part in it has failed');
    this.state = { ...this.state, at: found, places: undefined };
    return found;
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
