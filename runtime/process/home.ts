/**
 * What a thread's VM is to the thread: its run queue, its clock and timers, its outside world. A VM makes one; the
 * process and engine folders know VMs only as this.
 * Invariant: homes share nothing; a thread never changes its home.
 */
import type { Value } from '../values/value.js';
import type { End, Message } from './link.js';
import { ALIVE, Waiting, isImmigrant } from './thread.js';
import type { Thread } from './thread.js';

/** The effects a VM needs from whoever embeds it. */
export interface Environment {
  /** Writes text to the program's output. */
  readonly write: (text: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The time at a look between slices, if whoever stands between machine and clock tells looks from readings; `now` without. */
  readonly look?: () => number;
  /** A number from 0 up to 1 that differs from run to run; a seeded generator makes runs repeatable. Default: the host's. */
  readonly entropy?: () => number;
}

/** Told about what happens; tools listen, nothing depends on it. */
export interface ThreadEvents {
  spawned?(thread: Thread): void;
  ended?(thread: Thread): void;
  /** An end is given up with messages that nobody read, the oldest first. */
  discarded?(end: End, oldest: Message): void;
}

export abstract class Home {
  head: Thread | null = null;
  tail: Thread | null = null;
  /** Threads started and not ended. */
  live = 0;
  nextThread = 1;
  halted = false;
  /** The thread whose failure is the program's. */
  main: Thread | null = null;
  /** Asynchronous host calls that have not answered yet. */
  outstanding = 0;
  /** Called when one has. */
  onAnswer: () => void = () => undefined;
  events: ThreadEvents | null = null;
  /** Told that the host has answered a thread, which may have ended meanwhile: for recordings. */
  onSettled: ((thread: Thread) => void) | null = null;
  /** Told when a thread has ended: for links to other machines, which have to be taken down. */
  onEnded: ((thread: Thread) => void) | null = null;
  /** Asked to judge, after the slice, the message that a thread is about to take from an end from outside; then wakes it. */
  onOutside: ((thread: Thread, end: End) => void) | null = null;
  constructor(readonly environment: Environment) {}

  /** Milliseconds on this VM's clock, which may be virtual. */
  abstract now(): number;
  /**
   * The time as threads are told it: it stands still for some slices. Threads that become ready together see one time, so
   * one that measures how long another waits never finds less than that one waited, however slow the machine is.
   */
  abstract toldTime(): number;
  /** Calls back once, at or after this time of the clock, between slices. Gives a number for `cancelTimer`, never 0. */
  abstract setTimer(at: number, thread: Thread, what: 'select' | 'host'): number;
  abstract cancelTimer(number: number): void;
  abstract threadStarted(thread: Thread): void;
  /** A thread ended, its ends were dealt with. */
  abstract threadEnded(thread: Thread): void;
  /** An empty thread that `spawn` or `exec` will start. */
  abstract newThread(): Thread;
}

/** May a thread end the whole program? One from another node ends itself alone, unless it is the program's own. */
export const mayHalt = (t: Thread): boolean => !isImmigrant(t) || t === t.home.main;

/** Puts a thread at the end of its VM's run queue, unless it is there, paused or ended. */
export function ready(t: Thread): void {
  if (t.queued || t.status !== ALIVE) return;
  if (t.extra !== null && t.extra.paused) {
    t.extra.owed = true;
    return;
  }
  t.queued = true;
  const home = t.home;
  if (home.head === null) home.head = t;
  else home.tail!.next = t;
  home.tail = t;
}

/** Takes a thread out of the run queue it is in. */
export function unqueue(t: Thread): void {
  const home = t.home;
  if (home.head === t) home.head = t.next;
  else {
    let before = home.head!;
    while (before.next !== t) before = before.next!;
    before.next = t.next;
    if (home.tail === t) home.tail = before;
  }
  t.next = null;
  t.queued = false;
}

/** Marks an empty thread as started with its program set, and queues it. */
export function start(t: Thread): void {
  t.status = ALIVE;
  t.home.live++;
  t.home.threadStarted(t);
  ready(t);
}

/** Wakes a thread blocked in a select or a host call. */
export function wake(t: Thread): void {
  t.waiting = null;
  ready(t);
}

/** The wait a thread is in, or comes to next, has lasted long enough. */
export function timeOut(t: Thread): void {
  t.timer = -1;
  if (t.waiting === null) return;
  t.waiting = null;
  ready(t);
}

/** The end (or one of the cases) the thread waits for has something. */
export function notify(t: Thread, e: End): void {
  if (t.waiting === e || t.waiting === Waiting.SELECT || t.waiting === Waiting.OTHER) wake(t);
}

export type Outcome = { readonly value: Value } | { readonly failure: Value };
