/**
 * The frame of the function being generated: collects instructions, keeps the height of the operand stack, and knows
 * where every local lives. Most locals stay where they were computed, on the stack; a local that is assigned has a
 * fixed slot, which holds an upvalue if a closure shares it. Instructions are written out at the end, when the number
 * of fixed slots (and with it the distance from the top of the stack to a parameter) is known.
 * Invariant: `depth` is the height the verifier will see; code that cannot be reached is not emitted; every label is
 * reached with one height.
 */
import { Label, type CaseText, type FunctionBuilder } from '../../../runtime/bytecode/builder.js';
import { rowOf } from '../../../runtime/bytecode/isa.js';
import type { Local } from '../../resolve/resolution.js';
import type { Span } from '../../source/source.js';

/** Where a value lives: a parameter or fixed slot by number, or a height of the operand stack. */
export interface Place {
  readonly area: 'param' | 'fixed' | 'stack';
  readonly at: number;
  /** The slot holds an upvalue, through which the value is read and written. */
  readonly upvalue?: true;
}

/** A slot operand: the place as seen from the height where it is used. */
class SlotOperand {
  constructor(
    readonly place: Place,
    readonly depth: number,
  ) {}
}
/** An operand that counts from the bottom of the frame. */
class LocalOperand {
  constructor(readonly place: Place) {}
}

export type Operand = number | string | Label | SlotOperand | LocalOperand;

/** A select case with its slot still open. */
export type OpenCase =
  | { readonly kind: 'message' | 'any'; slot: Operand; message: string; count: number; target: Label }
  | { readonly kind: 'down' | 'any_down'; slot: Operand; target: Label }
  | { readonly kind: 'accept'; message: string; count: number; target: Label }
  | { readonly kind: 'after'; target: Label };

interface Shape {
  readonly params: number;
  readonly fixed: number;
}
type Step = (b: FunctionBuilder, shape: Shape) => void;

const absolute = (place: Place, shape: Shape): number => {
  const base = { param: 0, fixed: shape.params, stack: shape.params + shape.fixed }[place.area];
  return base + place.at;
};

function written(operand: Operand, shape: Shape): number | string | Label {
  if (operand instanceof LocalOperand) return absolute(operand.place, shape);
  if (operand instanceof SlotOperand)
    return shape.params + shape.fixed + operand.depth - 1 - absolute(operand.place, shape);
  return operand;
}

export class Frame {
  /** Values on the operand stack. */
  depth = 0;
  /** Can the next instruction be reached? */
  live = true;
  private readonly places = new Map<Local, Place>();
  private readonly heights = new Map<Label, number>();
  private readonly steps: Step[] = [];
  /** Number of labels for unmatched messages so far. */
  deadEnds = 0;
  private fixedCount = 0;
  private highestUpvalue = -1;

  constructor(private readonly params: number) {}

  /** Writes everything collected into the builder. */
  write(builder: FunctionBuilder): void {
    const shape = { params: this.params, fixed: this.fixedCount };
    for (let i = 0; i < shape.fixed; i++) builder.local();
    for (const step of this.steps) step(builder, shape);
  }

  // ---------------------------------------------------------------- instructions

  /** An instruction whose row says how the stack changes. */
  op(name: string, ...operands: Operand[]): void {
    const row = rowOf(name);
    if ([...row.inputs, ...row.outputs].some((i) => i.many !== undefined))
      throw new Error(`the height after ${name} depends on its operands`);
    this.emit(name, operands, row.outputs.length - row.inputs.length);
  }

  /** An instruction that changes the height by `change` (its row has items that stand for many). */
  emit(name: string, operands: readonly Operand[], change: number): void {
    this.step(change, (b, shape) => b.emit(name, ...operands.map((o) => written(o, shape))));
  }

  /** An instruction after which nothing follows. */
  stop(name: string, ...operands: Operand[]): void {
    this.op(name, ...operands);
    this.live = false;
  }

  private step(change: number, step: Step): void {
    if (this.live) this.steps.push(step);
    this.depth += change;
  }

  /** Waits for the first of several cases; `pops` is 1 if a timeout is on top. Their targets must have been `reach`ed. */
  select(cases: readonly OpenCase[], pops: number): void {
    this.step(-pops, (b, shape) => {
      b.select(cases.map((c): CaseText => ('slot' in c ? { ...c, slot: written(c.slot, shape) as number } : c)));
    });
    this.live = false;
  }

  switch(targets: readonly Label[], otherwise: Label): void {
    this.step(-1, (b) => b.switch(targets, otherwise));
    for (const target of [...targets, otherwise]) this.reach(target);
    this.live = false;
  }

  /** A partial application of `callee` to what is in these places. */
  closure(callee: number | string, captured: readonly Place[]): void {
    this.step(1, (b, shape) => b.closure(callee, captured.map((p) => absolute(p, shape)))); // prettier-ignore
  }

  /** Code from here on comes from this place of the source. */
  from(span: Span): void {
    this.step(0, (b) => b.at(span.start, span.file.position(span.start).line + 1));
  }

  // ---------------------------------------------------------------- control

  label(name = ''): Label {
    return new Label(name);
  }

  /** Jumps by `name` (`jump`, `jump_if`, `cmp` ..); `operands` come before the target. */
  jump(label: Label, name = 'jump', ...operands: Operand[]): void {
    this.op(name, ...operands, label);
    this.reach(label);
    if (name === 'jump' || name === 'loop') this.live = false;
  }

  /** Says that the label is reached from here, `more` values higher. */
  reach(label: Label, more = 0): void {
    if (this.live && !this.heights.has(label)) this.heights.set(label, this.depth + more);
  }

  /** Is there a reachable jump to the label? */
  reached(label: Label): boolean {
    return this.heights.has(label);
  }

  /** Puts the label here; what follows is reachable if it was jumped to or the code before falls through. */
  place(label: Label): void {
    const height = this.heights.get(label);
    if (height !== undefined) this.depth = height;
    else if (!this.live) return;
    this.live = true;
    this.heights.set(label, this.depth);
    this.step(0, (b) => b.place(label));
  }

  // ---------------------------------------------------------------- values

  int(value: number): void {
    this.step(1, (b) => b.int(value));
  }
  float(value: number): void {
    this.step(1, (b) => b.float(value));
  }
  bool(value: boolean): void {
    this.step(1, (b) => b.bool(value));
  }
  string(value: string): void {
    this.step(1, (b) => b.string(value));
  }
  bytes(value: Uint8Array): void {
    this.step(1, (b) => b.emit('push', b.module.constant({ kind: 'bytes', value })));
  }
  unit(): void {
    this.step(1, (b) => b.unit());
  }

  pop(count = 1): void {
    for (let i = 0; i < count; i++) this.op('pop');
  }

  /** Drops `count` values from under the top. */
  slide(count: number): void {
    for (let i = 0; i < count; i++) {
      this.op('swap');
      this.op('pop');
    }
  }

  // ---------------------------------------------------------------- places

  /** The place of the value `below` the top of the stack. */
  under(below: number): Place {
    return { area: 'stack', at: this.depth - 1 - below };
  }

  /** The operand that names a place from the top of the stack. */
  slot(place: Place): Operand {
    return new SlotOperand(place, this.depth);
  }

  /** Pushes what is at a place, through its upvalue if it holds one. */
  get(place: Place): void {
    if (place.upvalue) this.op('get_upvalue', new LocalOperand(place));
    else if (place.area === 'stack') this.op('get', this.slot(place));
    else this.op('load', new LocalOperand(place));
  }

  /** Assigns the top to a fixed slot or parameter. */
  set(place: Place): void {
    this.op(place.upvalue ? 'set_upvalue' : 'store', new LocalOperand(place));
  }

  /** Turns what is in a fixed slot into an upvalue. */
  open(place: Place): void {
    this.highestUpvalue = Math.max(this.highestUpvalue, place.at);
    this.op('open_upvalue', new LocalOperand(place));
  }

  /** Lets go of the upvalues in the fixed slots from number `from` on; they live on in the closures. */
  release(from: number): void {
    if (this.opened(from)) this.op('close_upvalues', new LocalOperand({ area: 'fixed', at: from }));
  }

  /** Whether there is any upvalue in the fixed slots from number `from` on. */
  opened(from: number): boolean {
    return this.highestUpvalue >= from;
  }

  /** A new fixed slot; slots are given in source order and never reused, so those of inner scopes are higher. */
  fix(): Place {
    return { area: 'fixed', at: this.fixedCount++ };
  }

  /** The number the next fixed slot will have. */
  get fixed(): number {
    return this.fixedCount;
  }

  bind(local: Local, place: Place): void {
    this.places.set(local, place);
  }

  placeOf(local: Local): Place | undefined {
    return this.places.get(local);
  }
}
