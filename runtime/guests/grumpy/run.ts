/**
 * Runs a GrumpyVM program to its end: round-robin over its threads, a quantum of instructions each, until all have
 * halted. The shared scheduler can run the same machines; this driver is for a program that has the process to itself.
 * Invariant: characters reach `stdout` in schedule order; a failure in any thread ends the run without a result.
 */
import { left, right, type Either } from 'fp-ts/lib/Either.js';
import { Channels } from './channels.js';
import { Heap } from './heap.js';
import type { Image } from './image.js';
import { DEFAULT_HEAP, GrumpyMachine, type GrumpyHost } from './machine.js';

export const DEFAULT_QUANTUM = 1000;
const MAX_THREADS = 65_536;
const BUFFER = 4096;
/** An address must fit into a value's 32 bits, and two semispaces into the host. */
const MAX_HEAP = 2 ** 28;

const isCount = (n: number, least: number, most: number): boolean => Number.isSafeInteger(n) && n >= least && n <= most;

export interface GrumpyOptions {
  /** Values each thread's heap may hold, headers counted; 1024 unless told. */
  readonly heap?: number;
  /** Instructions a thread runs before the next one's turn. */
  readonly quantum?: number;
  /** Threads alive at once, at most. */
  readonly threads?: number;
  /** Instructions in all, at most; unlimited unless told. */
  readonly instructions?: number;
  /** Printed bytes, in pieces. */
  readonly stdout?: (bytes: Uint8Array) => void;
  /** The collector's lines, each with its line break. */
  readonly stderr?: (text: string) => void;
}

export interface GrumpyOutcome {
  /** The first thread's result, such as `Vi32(-3)`. */
  readonly result: string;
  /** Instructions executed by all threads. */
  readonly instructions: number;
}

/** The two lines of a collection (A3.2). */
export const collectionReport = (before: number, after: number): string =>
  `GC start: heap_size = ${before} values\nGC end: heap_size = ${after} values\n`;

/** The outcome, or one line that says which thread failed and why. */
export function runGrumpy(image: Image, options: GrumpyOptions = {}): Either<string, GrumpyOutcome> {
  const { heap = DEFAULT_HEAP, quantum = DEFAULT_QUANTUM, threads = MAX_THREADS, instructions = Infinity } = options;
  if (!isCount(heap, 0, MAX_HEAP)) return left(`the heap must be a number of values from 0 to ${MAX_HEAP}`);
  if (!isCount(quantum, 1, Infinity)) return left('the quantum must be a positive number of instructions');
  const output = new Output(options.stdout ?? (() => undefined));
  const queue: GrumpyMachine[] = [];
  const waiting = new Set<GrumpyMachine>();
  const names = new Map<GrumpyMachine, number>();
  let spawned = 0;
  const add = (machine: GrumpyMachine): boolean => {
    if (names.size >= threads) return false;
    names.set(machine, ++spawned);
    queue.push(machine);
    return true;
  };
  const host: GrumpyHost = {
    channels: new Channels((machine) => {
      if (waiting.delete(machine)) queue.push(machine);
    }),
    print: (byte) => output.write(byte),
    collected: (before, after) => options.stderr?.(collectionReport(before, after)),
    spawn: add,
  };
  const first = new GrumpyMachine(image, host, new Heap(heap));
  add(first);
  let spent = 0;
  let failed: string | undefined;
  // The queue is consumed by index and cut from time to time: `shift` on a long array costs its length.
  for (let head = 0; head < queue.length && failed === undefined; head++) {
    const machine = queue[head]!;
    const before = machine.executed;
    const end = machine.run(Math.min(quantum, instructions - spent));
    spent += machine.executed - before;
    if (end === 'fuel' && spent >= instructions) failed = `stopped after ${spent} instructions`;
    else if (end === 'fuel') queue.push(machine);
    else if (end === 'waiting') waiting.add(machine);
    else if (end === 'failed') failed = `thread ${names.get(machine)!}: ${machine.failure().message}`;
    else names.delete(machine);
    if (head > 1024 && head * 2 > queue.length) {
      queue.splice(0, head + 1);
      head = -1;
    }
  }
  output.flush();
  if (failed === undefined && waiting.size > 0) failed = `deadlock: ${waiting.size} threads wait on channels`;
  if (failed !== undefined) return left(failed);
  const result = first.result();
  return result._tag === 'Left' ? result : right({ result: result.right, instructions: spent });
}

/** Collects single bytes into pieces worth handing on. */
class Output {
  private readonly bytes = new Uint8Array(BUFFER);
  private length = 0;

  constructor(private readonly sink: (bytes: Uint8Array) => void) {}

  write(byte: number): void {
    this.bytes[this.length++] = byte;
    if (this.length === BUFFER) this.flush();
  }

  flush(): void {
    if (this.length > 0) this.sink(this.bytes.slice(0, this.length));
    this.length = 0;
  }
}
