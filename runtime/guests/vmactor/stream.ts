/**
 * The open stream of an actor: what has been sent, what has been taken in, where execution is, and which calls are open.
 * Addresses count from the beginning of the stream as it was loaded and stay valid while executed messages are released.
 * Invariant: `code` is the stream itself or a function's code; only the stream grows, and only whole messages enter it.
 */
import { IndexError, MissingOperand, OperandTypeError, RecursionError } from './errors.js';
import { Inbox } from './inbox.js';
import type { Frame } from './state.js';
import type { FunctionTemplate, Item, Scope, Value } from './value.js';

export interface StreamOptions {
  /** Calls that may be open at once. */
  readonly callLimit?: number;
  /** Items of executed messages that stay reachable for jumps; what `loadBytecode` loaded always stays. */
  readonly retain?: number;
}

export abstract class Stream {
  /** Innermost local variables. */
  scope: Scope | null = null;
  protected readonly inbox = new Inbox();
  /** The stream as far as it has been taken in; items `pinned` to `pinned + skipped` of it have been released. */
  protected main: Item[] = [];
  protected pinned = 0;
  protected skipped = 0;
  protected code: Item[] = this.main;
  protected at = 0;
  /** Where the instruction under execution began. */
  protected begun = 0;
  protected lane = 0;
  protected frames: Frame[] = [];

  constructor(private readonly limits: StreamOptions) {}

  /** Items not executed yet. */
  get queued(): number {
    return Math.max(this.main.length - (this.code === this.main ? this.at : 0), 0) + this.inbox.size;
  }

  /** The instruction pointer: an index into the stream since it was loaded, or into the function being executed. */
  get ip(): number {
    return this.code === this.main && this.at >= this.pinned ? this.at + this.skipped : this.at;
  }

  set ip(address: number) {
    this.frames = [];
    this.code = this.main;
    this.jump(address);
  }

  /** Takes the next item out of the stream without executing it. */
  receive(): Item | undefined {
    return this.position() ? this.code[this.at++] : undefined;
  }

  /** The next item of the stream, an operand. Raises IndexError when it has not been sent. */
  readOperand(): Item {
    if (this.at >= this.code.length && !(this.code === this.main && this.takeIn(this.lane))) {
      throw new MissingOperand(`Instruction '${String(this.code[this.begun])}' lacks an operand`);
    }
    return this.code[this.at++] as Item;
  }

  readValue(): Value {
    const item = this.readOperand();
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
    let physical = address;
    if (this.code === this.main && address >= this.pinned) {
      physical -= this.skipped;
      if (physical < this.pinned && this.skipped > 0) throw new IndexError(`Address ${address} has been released`);
    }
    if (!(physical >= 0)) throw new IndexError(`Address ${address} is before the beginning`);
    this.at = physical;
  }

  /** Calls the code at an address. */
  callAddress(address: number): void {
    this.enter();
    this.jump(address);
  }

  /** Ends the innermost call; outside any, drops one value. */
  return(): void {
    const frame = this.frames.pop();
    if (frame === undefined) {
      this.dropOne();
      return;
    }
    this.code = frame.code;
    this.at = frame.at;
    this.scope = frame.scope;
  }

  protected abstract dropOne(): void;

  /** Returns from finished functions and takes in messages until there is an instruction to execute. */
  protected position(): boolean {
    while (this.at >= this.code.length) {
      if (this.code !== this.main) this.return();
      else if (!this.takeIn()) return false;
    }
    return true;
  }

  protected takeIn(lane?: number): boolean {
    const next = this.inbox.take(lane);
    if (next === undefined) return false;
    if (lane === undefined) this.release();
    this.lane = next.priority;
    for (const item of next.message) this.main.push(item);
    return true;
  }

  /** Forgets executed messages from time to time, so that an endless stream needs bounded memory. */
  protected release(): void {
    const retain = this.limits.retain ?? 65_536;
    const drop = this.at - this.pinned - retain;
    if (drop < retain || this.at > this.main.length || this.frames.length > 0) return;
    this.main.splice(this.pinned, drop);
    this.skipped += drop;
    this.at -= drop;
  }

  protected enter(scope = this.scope): void {
    if (this.frames.length >= (this.limits.callLimit ?? 1_000_000)) {
      throw new RecursionError(`${this.frames.length} calls are open and no more are allowed`);
    }
    this.frames.push({ code: this.code, at: this.at, scope });
  }
}
