/**
 * The GrumpyVM machine, one thread of it, as a program for the scheduler: fuel counts instructions, and what the thread
 * does to the world (printing, spawning, reporting a collection) goes through its `GrumpyHost`.
 * Invariant: stack and heap belong to this thread alone; a failing instruction changes nothing but `failure()`, and no
 * program, however malformed, makes the host throw.
 */
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import type { Program, SliceEnd } from '../../process/program.js';
import type { Channels } from './channels.js';
import { execute } from './execute.js';
import { Cells, Heap } from './heap.js';
import type { Image } from './image.js';
import { showValue } from './isa.js';

export const DEFAULT_HEAP = 1024;

/** What a thread asks of whoever runs it. */
export interface GrumpyHost {
  readonly channels: Channels;
  /** Writes one byte to standard output. */
  print(byte: number): void;
  /** A collection took place; both sizes in values, headers counted. */
  collected(before: number, after: number): void;
  /** Takes a new thread over; `false` refuses it, and the parent fails. */
  spawn(child: GrumpyMachine): boolean;
}

/** A thread as plain data. */
export interface GrumpyState {
  readonly image: Image;
  readonly stack: { readonly tags: Uint8Array; readonly payloads: Int32Array };
  readonly heap: { readonly limit: number; readonly tags: Uint8Array; readonly payloads: Int32Array };
  readonly pc: number;
  readonly fp: number;
  readonly executed: number;
  readonly halted: boolean;
}

export class GrumpyMachine implements Program {
  /** The registers; `execute` alone advances them. */
  pc = 0;
  fp = 0;
  halted = false;
  /** Why the thread failed, once it has. */
  problem: string | undefined;
  /** Instructions executed so far. */
  executed = 0;

  constructor(
    readonly image: Image,
    readonly host: GrumpyHost,
    readonly heap: Heap = new Heap(DEFAULT_HEAP),
    readonly stack: Cells = new Cells(64),
  ) {}

  run(fuel: number): SliceEnd {
    if (this.halted) return 'done';
    return this.problem === undefined ? execute(this, fuel) : 'failed';
  }

  failure(): { readonly message: string; readonly trace: readonly string[] } {
    return { message: this.problem ?? '', trace: [] };
  }

  /** The result in the course's notation; only after the thread is done. */
  result(): Either<string, string> {
    const top = this.stack.length - 1;
    if (top < 0) return left('the first thread ended with an empty stack: no result');
    return right(showValue(this.stack.tags[top]!, this.stack.payloads[top]!));
  }

  /** A new thread of the same program with a copy of this heap. */
  child(stack: Cells): GrumpyMachine {
    return new GrumpyMachine(this.image, this.host, this.heap.copy(), stack);
  }

  fork(): GrumpyMachine {
    const twin = this.child(this.stack.copy());
    twin.pc = this.pc;
    twin.fp = this.fp;
    twin.halted = this.halted;
    twin.problem = this.problem;
    twin.executed = this.executed;
    return twin;
  }

  snapshot(): { readonly kind: 'grumpy'; readonly state: GrumpyState } {
    const plain = (cells: Cells): { tags: Uint8Array; payloads: Int32Array } => ({
      tags: cells.tags.slice(0, cells.length),
      payloads: cells.payloads.slice(0, cells.length),
    });
    const { image, pc, fp, executed, halted } = this;
    const heap = { limit: this.heap.limit, ...plain(this.heap.cells) };
    return { kind: 'grumpy', state: { image, stack: plain(this.stack), heap, pc, fp, executed, halted } };
  }

  /** The inverse of `snapshot`. */
  static restore(state: GrumpyState, host: GrumpyHost): GrumpyMachine {
    const cells = (saved: { readonly tags: Uint8Array; readonly payloads: Int32Array }): Cells => {
      const made = new Cells(Math.max(saved.tags.length, 1));
      made.tags.set(saved.tags);
      made.payloads.set(saved.payloads);
      made.length = saved.tags.length;
      return made;
    };
    const heap = new Heap(state.heap.limit, cells(state.heap));
    const machine = new GrumpyMachine(state.image, host, heap, cells(state.stack));
    machine.pc = state.pc;
    machine.fp = state.fp;
    machine.executed = state.executed;
    machine.halted = state.halted;
    return machine;
  }

  /** Collects if, and only if, `values` more would not fit; `false` when they do not fit even then. */
  makeRoom(values: number, roots: number): boolean {
    if (this.heap.fits(values)) return true;
    const before = this.heap.length;
    this.heap.collect(this.stack, roots);
    this.host.collected(before, this.heap.length);
    return this.heap.fits(values);
  }
}
