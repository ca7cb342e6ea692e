/**
 * The scheduler of one VM: runs slices of ready threads in turn and knows when nothing is left.
 * Invariant: `pick` is the only source of choice; events from outside (timers, answers of the host) enter only between
 * slices; every ready thread gets its turn before any gets a second one.
 */
import { exception } from '../values/exceptions.js';
import { Exn } from '../values/value.js';
import { UNLIMITED, bounds } from '../values/work.js';
import { ready, unqueue } from '../process/home.js';
import type { Environment } from '../process/home.js';
import { LiveThreads } from '../process/live.js';
import { FAILED, ALIVE, EMPTY, Waiting, extraOfThread } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import type { SliceEnd } from '../process/program.js';
import { R, resetRegisters } from '../process/registers.js';
import type { ProgramHome } from '../host/standard.js';
import { finishThread } from '../process/ending.js';
import { CodeProgram } from '../engine/program.js';
import { nameFailed } from '../engine/trace.js';
import type { End } from '../process/link.js';
import { begunWith, brought, meter, type HeapEvent } from './metering.js';
import { safeQuantum } from './quantum.js';
import type { Jam } from './jam.js';
import type { Spending } from './limits.js';
import { Room } from './room.js';
import { Timed } from './timed.js';
import { clear, fork, infoOf, pause, resume } from './operations.js';
import { Prioritised, type Strategy } from './strategy.js';

/** Told of every slice; tools listen, nothing depends on it. */
export interface Observer {
  begin(thread: Thread, fuel: number): void;
  end(thread: Thread, how: SliceEnd): void;
  /** A message was put at the end of this end's queue. */
  sent?(to: End): void;
}

const MOST_UNNOTICED = 1000;

export interface Counters {
  slices: number;
  spawned: number;
  failed: number;
}

export class Scheduler extends Timed implements ProgramHome {
  readonly counters: Counters = { slices: 0, spawned: 0, failed: 0 };
  /** Threads that failed with nobody linked or watching, in order: the first so many, or a server would keep them all. */
  readonly unnoticed: Thread[] = [];
  /** All threads that were started and have not ended: kept only for reports and tools. */
  readonly threads = new LiveThreads();
  exitCode = 0;
  /** What a thread asked to be done to itself: done when its slice is over. */
  readonly afterSlice: (() => void)[] = [];
  onHeap: HeapEvent | null = null;
  /** Told at once of every thread that failed unnoticed, and of `main`. */
  onFailure: ((thread: Thread) => void) | null = null;
  strategy: Strategy | null = null;
  #observer: Observer | null = null;
  #threadHeap = 0;
  #room: Room | null = null;
  #jam: Jam | null = null;
  /** Is any of these there? Nearly always none is, and slices need not ask for each. */
  #watched = false;
  /** Is a slice in progress? */
  #running = false;
  #accounting: ((to: End) => void) | null = null;
  /** What the machine may use in all; null without limits. */
  spending: Spending | null = null;
  /** Values that one operation may make, where threads have no limit of their own. */
  mostAtOnce = UNLIMITED;

  constructor(
    environment: Environment,
    readonly args: readonly string[],
    /** Reductions a slice gets. */
    public quantum: number,
    virtual: boolean,
  ) {
    super(environment, virtual);
  }

  get observer(): Observer | null {
    return this.#observer;
  }
  set observer(observer: Observer | null) {
    this.#observer = observer;
    this.#account();
  }
  /** Most values a thread may hold; 0 without a limit. */
  get threadHeap(): number {
    return this.#threadHeap;
  }
  set threadHeap(limit: number) {
    this.#threadHeap = limit;
    this.#account();
  }
  /** Unread messages of a thread from which its senders wait; 0 without a limit. */
  get mailboxLimit(): number {
    return this.#room === null ? 0 : this.#room.limit;
  }
  set mailboxLimit(limit: number) {
    this.#room?.open();
    this.#room = limit > 0 ? new Room(limit) : null;
    this.#account();
  }
  /** Bounded mailboxes; null without a limit. */
  get room(): Room | null {
    return this.#room;
  }

  /** Ways out of this VM that are blocked; null as long as all are free. */
  get jam(): Jam | null {
    return this.#jam;
  }
  set jam(jam: Jam | null) {
    this.#jam = jam;
    this.#account();
  }

  /** Whoever counts messages is called for each; if nobody does, sending costs nothing. */
  #account(): void {
    const heap = this.#threadHeap;
    const room = this.#room;
    const sent = this.#observer?.sent?.bind(this.#observer);
    const jam = this.#jam;
    this.#watched = heap > 0 || room !== null || jam !== null || this.#observer !== null;
    const nobody = heap === 0 && room === null && jam === null && sent === undefined;
    this.#accounting = nobody
      ? null
      : (to): void => {
          if (heap > 0) to.owner.allocated += 4 + brought(to, heap);
          // What comes from outside between two slices has no sender that could wait.
          if (!this.#running) return;
          sent?.(to);
          room?.delivered(to.owner);
          jam?.sent(to);
        };
  }

  override newThread(): Thread {
    return new CodeProgram(this.nextThread++, this);
  }
  override threadStarted(t: Thread): void {
    this.counters.spawned++;
    this.threads.add(t);
    if (this.#threadHeap > 0 && this.#running) t.allocated += begunWith(t, this.#threadHeap);
    this.events?.spawned?.(t);
  }
  override threadEnded(t: Thread): void {
    this.threads.delete(t);
    if (t.status === FAILED) {
      this.counters.failed++;
      nameFailed(t);
      if (!t.noticed || t === this.main) this.#untold(t);
    }
    this.events?.ended?.(t);
    this.#room?.look(t);
    this.onEnded?.(t);
  }

  /** Nobody in the program learnt of a failure, or it is the program's own: whoever runs it is told. */
  #untold(t: Thread): void {
    if (t !== this.main && this.unnoticed.length < MOST_UNNOTICED) this.unnoticed.push(t);
    this.onFailure?.(t);
  }

  /** The first so many ready threads, in queue order. */
  readyThreads(most = Number.POSITIVE_INFINITY): Thread[] {
    const all: Thread[] = [];
    for (let t = this.head; t !== null && all.length < most; t = t.next) all.push(t);
    return all;
  }

  /** Gives a thread a priority: 0 is everybody's, more goes first. A strategy of the embedder's own need not follow it. */
  prioritise(t: Thread, priority: number): void {
    extraOfThread(t).priority = priority;
    if (this.strategy === null) this.strategy = new Prioritised();
    else this.strategy.prioritise?.();
  }

  /** Runs one slice of the next ready thread with at most this much fuel. */
  slice(most: number): void {
    this.#someSlices(most, 1, 1);
  }

  /** Runs slices until nothing is ready, the program halted, or this much is done: each slice counts for what it used and `each`. */
  runSlices(quantum: number, most: number, each: number): void {
    let left = most;
    while (left > 0 && this.head !== null && !this.halted) left = this.#someSlices(quantum, left, each);
  }

  /** At least one slice; gives what is left of `most`. */
  #someSlices(quantum: number, most: number, each: number): number {
    bounds.most = this.#threadHeap > 0 ? this.#threadHeap : this.mostAtOnce;
    const plain = this.strategy === null && !this.#watched && this.spending === null;
    const left = plain ? this.#plainSlices(quantum, most, each) : most - each - this.#fullSlice(quantum);
    if (this.afterSlice.length > 0) for (const action of this.afterSlice.splice(0)) action();
    return left;
  }

  /** Slices as long as nobody chooses, observes or limits, and nothing is to be done between two: a hop costs no more than this loop. */
  #plainSlices(quantum: number, most: number, each: number): number {
    let left = most;
    let t: Thread = this.head!;
    try {
      do {
        t = this.head!;
        this.head = t.next;
        t.next = null;
        t.queued = false;
        R.thread = t;
        R.metering = false;
        R.accounting = null;
        this.counters.slices++;
        const ended = t.program!.run(quantum);
        const used = quantum - R.fuel;
        t.reductions += used;
        left -= each + used;
        if (ended === 'fuel') ready(t);
        if (left <= 0 || this.halted || this.strategy !== null || this.#watched || this.afterSlice.length > 0) break;
      } while (this.head !== null);
    } catch (e) {
      this.#broken(t, e);
      t.reductions += quantum - R.fuel;
      left -= each + quantum - R.fuel;
    }
    return left;
  }

  /** Any other slice; gives the fuel it used. */
  #fullSlice(most: number): number {
    const { strategy } = this;
    const t = strategy === null ? this.head! : strategy.pick(this.readyThreads(strategy.sees));
    unqueue(t);
    const { spending } = this;
    const granted = spending === null ? most : spending.begin(most);
    const fuel = strategy?.fuel === undefined ? granted : strategy.fuel(granted);
    R.thread = t;
    R.fuel = fuel;
    R.metering = this.#threadHeap > 0;
    R.accounting = this.#accounting;
    this.counters.slices++;
    if (this.#observer !== null) this.#observer.begin(t, fuel);
    let ended: SliceEnd = 'failed';
    this.#running = true;
    try {
      ended = t.program!.run(fuel);
    } catch (e) {
      this.#broken(t, e);
    }
    this.#running = false;
    t.reductions += fuel - R.fuel;
    if (this.#observer !== null) this.#observer.end(t, ended);
    if (R.metering) meter(t, this.#threadHeap, this.onHeap);
    const held = ended === 'fuel' && (this.#room?.holds(t) === true || this.#jam?.holds(t) === true);
    if (ended === 'fuel' && !held) ready(t);
    if (this.#room !== null) this.#room.look(t);
    if (this.#jam !== null) this.#jam.after(t);
    if (spending?.end(fuel - R.fuel, this.threads) === true) this.halted = (this.exitCode = 1) > 0;
    return fuel - R.fuel;
  }

  /** An exception of the host that gets through ends the thread, not the VM: nothing is known of its frames any more. */
  #broken(t: Thread, e: unknown): void {
    resetRegisters();
    if (e instanceof EvalError) throw e;
    const why = `the machine failed: ${e instanceof Error ? e.message : String(e)}`;
    // A row that cannot raise has come upon too much.
    const failure = e instanceof Exn ? e : exception('HostError', why);
    if (t.program instanceof CodeProgram) t.program.drop(failure);
    finishThread(t, failure, undefined);
  }

  /** Runs slices until nothing is ready, the program halted, or about this many slices are done. */
  runReady(slices = Number.POSITIVE_INFINITY): void {
    let left = slices;
    const quantum = Math.min(this.quantum, safeQuantum());
    while (this.head !== null && !this.halted && left-- > 0) {
      this.slice(quantum);
      if (this.timers.size > 0 && (this.counters.slices & 15) === 0) this.fireTimers();
    }
  }

  /** Executes exactly n instructions of interpreted code, or fewer if nothing is ready; gives how many were not used. */
  runInstructions(n: number): number {
    R.counting = true;
    R.steps = n;
    try {
      while (this.head !== null && !this.halted && R.steps > 0) this.slice(this.quantum);
    } finally {
      R.counting = false;
      // Code that counts its instructions counts what it allocates too, also in a machine that does not ask.
      R.allocated = 0;
    }
    const left = Math.max(R.steps, 0);
    R.steps = 0;
    return left;
  }

  /**
   * Runs the next ready thread up to what another thread can notice, through it if it stands there now (`through`), and up
   * to the next such thing.
   */
  step(through: boolean): void {
    R.counting = R.stepping = true;
    R.steps = through ? 1 : 0;
    try {
      this.slice(this.quantum);
    } finally {
      R.counting = R.stepping = false;
      R.steps = R.allocated = 0;
    }
  }

  /** The operations on threads, between two slices (see operations.ts). */
  readonly pause = pause;
  readonly resume = resume;
  readonly clear = clear;
  readonly fork = fork;
  readonly info = infoOf;
  /** Ends a thread from outside as if it had failed. */
  kill(t: Thread): void {
    if (t.status === EMPTY) t.status = ALIVE;
    else if (t.status !== ALIVE) return;
    t.noticed = true;
    this.end(t, exception('Killed'));
  }
  /** Ends a thread between two slices: normally, or with a failure. */
  end(t: Thread, failure: Exn | null): void {
    if (t.status !== ALIVE) return;
    R.outermost = -1;
    if (t.queued) unqueue(t);
    if (t.program instanceof CodeProgram) t.program.drop(failure ?? exception('Ended'));
    finishThread(t, failure, undefined);
  }

  /** Threads that wait and would wait for ever if nothing came from outside, and those that nobody will resume. */
  stuck(): Thread[] {
    const goesOn = (t: Thread): boolean =>
      t.waiting === null ? t.extra?.paused !== true : t.waiting === Waiting.HOST || waitsForClients(t);
    return [...this.threads].filter((t) => !goesOn(t));
  }
}

/** A service waiting in its initial accept state, holding no ends, or an idle guest: it may be left waiting at the end. */
function waitsForClients(t: Thread): boolean {
  return t.program instanceof CodeProgram ? t.program.waitsForClients() : t.program?.isIdle?.() === true;
}
