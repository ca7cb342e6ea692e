/**
 * The time of one VM: what its threads are told, and the timers that they set.
 * Invariant: timers fire only when asked to, in order of their times; between `holdClock` and `releaseClock` every thread is told
 * the same time, by which timers fire as well: a look is one reading of the clock.
 */
import { answer } from '../host/registry.js';
import { Home, timeOut, type Environment } from '../process/home.js';
import { ALIVE, type Thread } from '../process/thread.js';
import { Timers } from './timers.js';

interface Alarm {
  readonly thread: Thread;
  readonly what: 'select' | 'host';
}

export abstract class Timed extends Home {
  readonly timers = new Timers<Alarm>();
  /** The time that threads are told; undefined to ask the clock. */
  #told: number | undefined = undefined;
  /** Virtual time: milliseconds; advanced to the next timer when nothing else can happen. */
  virtualTime = 0;
  /** Asked before virtual time is moved: does it have to wait for the real one? */
  holdsTime: (() => boolean) | null = null;

  constructor(
    environment: Environment,
    readonly virtual: boolean,
  ) {
    super(environment);
  }

  override now(): number {
    return this.virtual ? this.virtualTime : this.environment.now();
  }
  override toldTime(): number {
    return this.#told ?? this.now();
  }
  /** From now on threads are told this time, until this is called again or the clock is let go. */
  holdClock(): void {
    this.#told = this.virtual ? undefined : (this.environment.look ?? this.environment.now)();
  }
  releaseClock(): void {
    this.#told = undefined;
  }
  override setTimer(at: number, thread: Thread, what: 'select' | 'host'): number {
    return this.timers.set(at, { thread, what });
  }
  override cancelTimer(number: number): void {
    this.timers.cancel(number);
  }

  /** Fires every timer that is due by the time that threads are told. */
  fireTimers(): void {
    const now = this.toldTime();
    for (;;) {
      const due = this.timers.takeDue(now);
      if (due === undefined) return;
      const { thread, what } = due.item;
      if (thread.timer !== due.number || thread.status !== ALIVE) continue;
      if (what === 'host') {
        thread.timer = 0;
        answer(thread, undefined);
      } else timeOut(thread);
    }
  }

  /** May virtual time go on to the next timer now? */
  canAdvance(): boolean {
    return this.virtual && this.timers.nextAt() !== undefined && this.holdsTime?.() !== true;
  }
  /** Moves the virtual clock to the next timer. Gives whether there was one, and it may be moved. */
  advance(): boolean {
    if (!this.canAdvance()) return false;
    const at = this.timers.nextAt()!;
    this.virtualTime = Math.max(this.virtualTime, at);
    this.fireTimers();
    return true;
  }
}
