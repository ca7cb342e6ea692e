/**
 * The open stream of an actor: what has been taken in, where execution is, and which calls are open. Messages are
 * executed where they lie, without being copied together: the stream is a list of them, and an address is an index into
 * their concatenation since the bytecode was loaded.
 * Invariant: addresses never change, though executed messages are released in time; `code` is one message of the stream
 * (`inStream`), beginning at address `base`, or a function's code.
 */
import { IndexError, MissingOperand, OperandTypeError, RecursionError } from './errors.js';
import { Inbox } from './inbox.js';
import type { Bytecode, FunctionTemplate, Item, Scope, Value } from './value.js';

export interface StreamOptions {
  /** Calls that may be open at once. */
  readonly callLimit?: number;
  /** Items of executed messages that stay reachable for jumps; what `loadBytecode` loaded always stays. */
  readonly retain?: number;
}

/** A message taken in. */
export interface Segment {
  readonly start: number;
  readonly code: Bytecode;
}

/** Where to go on after a call. */
export interface Frame {
  readonly code: Bytecode;
  readonly base: number;
  readonly at: number;
  readonly inStream: boolean;
  readonly scope: Scope | null;
  /** What is executed there: a function's name, or the address that was called. */
  readonly name: string;
}

/** A stream as plain data. */
export interface StreamState {
  readonly segments: Segment[];
  readonly index: number;
  readonly code: Bytecode;
  readonly base: number;
  readonly at: number;
  readonly inStream: boolean;
  readonly lane: number;
  readonly frames: Frame[];
  readonly scope: Scope | null;
  readonly name: string;
  readonly pending: readonly { readonly message: Bytecode; readonly priority: number }[];
}

const EMPTY: Bytecode = [];

export abstract class Stream {
  /** Innermost local variables. */
  scope: Scope | null = null;
  /** What is executed: empty outside of calls. */
  protected name = '';
  protected readonly inbox = new Inbox();
  protected frames: Frame[] = [];
  protected code: Bytecode = EMPTY;
  /** Index into `code` of the next item. */
  protected at = 0;
  protected inStream = true;
  /** Where the instruction under execution began, in `code` and as an address. */
  protected begun = 0;
  private base = 0;
  /** The first is what was loaded and is never released. */
  private segments: Segment[] = [{ start: 0, code: EMPTY }];
  private index = 0;
  /** Items in the segments after the first. */
  private held = 0;
  /** Priority of the message taken in last. */
  private lane = 0;

  constructor(private readonly limits: StreamOptions) {}

  /** The whole stream that is still held, executed or not, in order. */
  get bytecode(): Item[] {
    return [...this.segments.flatMap((segment) => segment.code), ...this.inbox.items()];
  }

  /** The next instruction's address in the stream, or its index in the function being executed. */
  get ip(): number {
    return this.inStream ? this.base + this.at : this.at;
  }

  set ip(address: number) {
    this.leaveAll();
    this.jump(address);
  }

  /** Items not executed yet. */
  get queued(): number {
    const { base, at } = this.frames[0] ?? { base: this.base, at: this.at };
    return Math.max(this.end - base - at, 0) + this.inbox.size;
  }

  /** Takes the next item out of the stream without executing it. */
  receive(): Item | undefined {
    return this.position() ? this.code[this.at++] : undefined;
  }

  /** The next item of the stream, an operand. Raises IndexError when it has not been sent. */
  readOperand(): Item {
    while (this.at >= this.code.length) {
      if (this.inStream && this.advance(this.lane)) continue;
      throw new MissingOperand('An instruction lacks an operand');
    }
    return this.code[this.at++] as Item;
  }

  readValue(): Value {
    const item = this.at < this.code.length ? (this.code[this.at++] as Item) : this.readOperand();
    if (typeof item !== 'object' || item === null) return item;
    if ('kind' in item && item.kind === 'function') return item;
    throw new OperandTypeError('a value is needed here');
  }

  readName(): string {
    const item = this.readOperand();
    if (typeof item !== 'string') throw new OperandTypeError('a name is needed here');
    return item;
  }

  readCount(): number {
    const item = this.readOperand();
    if (typeof item === 'number' && Number.isSafeInteger(item) && item >= 0) return item;
    throw new OperandTypeError('a number of instructions is needed here');
  }

  readTemplate(): FunctionTemplate {
    const item = this.readOperand();
    if (typeof item === 'object' && item !== null && 'kind' in item && item.kind === 'template') return item;
    throw new OperandTypeError('a function is needed here');
  }

  /** Goes on at an address; beyond the end of the stream, the actor waits until the stream reaches it. */
  jump(address: number): void {
    if (!(address >= 0)) throw new IndexError(`Address ${address} is before the beginning`);
    const local = this.inStream ? address - this.base : address;
    if (this.inStream && (local < 0 || local > this.code.length)) this.seek(address);
    else this.at = local;
  }

  /** Calls the code at an address. */
  callAddress(address: number): void {
    this.enter();
    this.name = String(address);
    this.jump(address);
  }

  /** Ends the innermost call; outside any, drops one value. */
  return(): void {
    const frame = this.frames.pop();
    if (frame === undefined) {
      this.dropOne();
      return;
    }
    const { index } = this;
    this.code = frame.code;
    this.base = frame.base;
    this.at = frame.at;
    this.inStream = frame.inStream;
    this.scope = frame.scope;
    this.name = frame.name;
    if (frame.inStream && this.segments[index]?.code !== frame.code) this.index = this.find(frame.base);
  }

  protected abstract dropOne(): void;

  /** Replaces the stream; the instruction pointer stays where it is. */
  protected load(bytecode: Bytecode): void {
    const { ip } = this;
    this.inbox.clear();
    this.leaveAll();
    this.segments = [{ start: 0, code: bytecode }];
    this.held = 0;
    this.enterSegment(0);
    this.at = ip;
  }

  /** Forgets what is being executed: the next message is next. */
  protected abandon(): void {
    this.leaveAll();
    this.seek(this.end);
  }

  /** Enters a function's code. A call that ends a function needs no frame: its caller's is returned to directly. */
  protected enterCode(code: Bytecode, callerScope: Scope | null, name: string): void {
    if (this.inStream || this.at < this.code.length) this.enter(callerScope);
    this.code = code;
    this.at = 0;
    this.inStream = false;
    this.name = name;
  }

  /** Returns from finished functions and takes in messages until there is an instruction to execute. */
  protected position(): boolean {
    while (this.at >= this.code.length) {
      if (!this.inStream) this.return();
      else if (!this.advance()) return false;
    }
    return true;
  }

  protected save(): StreamState {
    const { segments, index, code, base, at, inStream, lane, frames, scope, name } = this;
    return { segments, index, code, base, at, inStream, lane, frames, scope, name, pending: this.inbox.messages() };
  }

  protected restoreStream(state: StreamState): void {
    const { segments, index, code, base, at, inStream, lane, frames, scope, name } = state;
    Object.assign(this, { segments, index, code, base, at, inStream, lane, frames, scope, name });
    this.held = segments.slice(1).reduce((sum, segment) => sum + segment.code.length, 0);
    for (const { message, priority } of state.pending) this.inbox.add(message, priority);
  }

  private get end(): number {
    const last = this.segments.at(-1)!;
    return last.start + last.code.length;
  }

  private enter(scope = this.scope): void {
    if (this.frames.length >= (this.limits.callLimit ?? 1_000_000)) {
      throw new RecursionError(`${this.frames.length} calls are open and no more are allowed`);
    }
    const { code, base, at, inStream, name } = this;
    this.frames.push({ code, base, at, inStream, scope, name });
  }

  private leaveAll(): void {
    if (!this.inStream) this.enterSegment(this.index);
    this.frames = [];
    this.scope = null;
    this.name = '';
  }

  private enterSegment(index: number): void {
    const { start, code } = this.segments[index]!;
    this.index = index;
    this.code = code;
    this.base = start;
    this.inStream = true;
  }

  /** On to the next message; a jump that went beyond the end of this one goes as far into that one. */
  private advance(lane?: number): boolean {
    const beyond = this.at - this.code.length;
    if (this.index + 1 === this.segments.length) {
      const next = this.inbox.take(lane);
      if (next === undefined) return false;
      this.lane = next.priority;
      this.segments.push({ start: this.end, code: next.message });
      this.held += next.message.length;
      this.release();
    }
    this.enterSegment(this.index + 1);
    this.at = beyond;
    return true;
  }

  private seek(address: number): void {
    const index = this.find(address);
    const { start, code } = this.segments[index]!;
    if (index + 1 < this.segments.length && address - start >= code.length) {
      throw new IndexError(`Address ${address} has been released`);
    }
    this.enterSegment(index);
    this.at = address - start;
  }

  /** The last segment that begins at or before an address. */
  private find(address: number): number {
    let low = 0;
    let high = this.segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.segments[middle]!.start <= address) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Forgets executed messages, so that an endless stream needs bounded memory; seldom, because it moves the rest. */
  private release(): void {
    const { retain = 16_384 } = this.limits;
    if (this.held < 4 * retain + 4096 || this.frames.length > 0) return;
    let count = 0;
    while (count + 1 < this.index && this.held > retain) this.held -= this.segments[++count]!.code.length;
    this.segments.splice(1, count);
    this.index -= count;
  }
}
