/**
 * A thread: an address, a program, and what it waits for. Knows programs by their interface and no instruction set.
 * Invariant: one hidden class for all threads (a home makes them all alike); `waiting` is null unless the thread is blocked;
 * a thread is in at most one run queue, and in none while blocked, paused or ended.
 */
import { Connections } from './connections.js';
import { EndQueue } from './end-queue.js';
import { Opaque } from '../values/value.js';
import type { Exn, Value } from '../values/value.js';
import type { Home } from './home.js';
import type { End } from './link.js';
import type { Owned, Pending } from './owned.js';
import type { Program } from './program.js';

/** Thread.status */
export const EMPTY = 0;
export const ALIVE = 1;
export const DONE = 2;
export const FAILED = 3;

/** What a blocked thread waits for, when that is not one end. */
export class Waiting {
  private constructor(readonly what: string) {}
  /** Any awaited case of a select. */
  static readonly SELECT = new Waiting('one of several messages');
  /** The host: an asynchronous function. */
  static readonly HOST = new Waiting('the host');
  /** A mailbox is full: the thread sent more to it than its owner reads. */
  static readonly ROOM = new Waiting('room in a full mailbox');
  /** A program of another kind waits; any wake-up will do. */
  static readonly OTHER = new Waiting('a message');
}

/** An exception that some peers of a thread were given for the loss of their links, and those that came before. */
export class Told {
  constructor(
    readonly reason: Value,
    /** Numbers of the threads: the first so many. */
    readonly whom: number[],
    public older: Told | null,
  ) {}

  /** That of an exception; null if nobody was given it. */
  static of(last: Told | null, reason: Value): Told | null {
    for (let t = last; t !== null; t = t.older) if (t.reason === reason) return t;
    return null;
  }

  /** The exceptions, oldest first. */
  static reasons(last: Told | null): Value[] {
    const all: Value[] = [];
    for (let t = last; t !== null; t = t.older) all.unshift(t.reason);
    return all;
  }

  /** The other way round; nobody knows any more whom they were given. */
  static from(reasons: readonly Value[]): Told | null {
    let last: Told | null = null;
    for (const r of reasons) last = new Told(r, [], last);
    return last;
  }
}

/** What few threads have, or for a short time: a million threads that wait are no larger for it. */
export class ThreadExtra {
  /** Ends made for a group member that has not started yet, by the thread they lead to. */
  group: Map<Thread, End> | null = null;
  /** Members of a group that this thread is making which have ends and have not started yet. */
  making: Set<Thread> | null = null;
  /** Connections not accepted yet: those with something to say, oldest first; and those on which nothing was said. */
  #ready: EndQueue | null = null;
  #silent: Connections | null = null;
  /** Null as long as nobody asked for `watchers`. */
  watching: Set<End> | null = null;
  paused = false;
  /** Woken while paused: to be queued on resumption. */
  owed = false;
  /** The exceptions that peers were last given for a loss: if the thread fails with one, its failure did not go unnoticed. */
  told: Told | null = null;
  name = '';
  /** Ends handed to the thread by the host or as messages to an empty thread. */
  #held: End[] | null = null;
  priority = 0;
  /** What of the outside belongs to it, and the answer of the host that it waits for, if that can be given up. */
  owned: Set<Owned> | null = null;
  /** How many such things the host has given it so far. */
  got = 0;
  call: Pending | null = null;
  /** The end whose next message was judged for the wait that comes now. */
  cleared: End | null = null;
  /** References to it may say of it what it is not: what its clients say is judged when it is taken. */
  unproven = false;
  /** It came from another node, or was started by one that did: its rights are not those of the program here. */
  outside = false;
  /** As in `Thread`. */
  noticed = false;
  timer = 0;
  heap = 0;
  allocated = 0;
  /** What the host call it waits for gave: a value, or an exception to raise; `answered` if either is there. */
  answered = false;
  answer: Value = undefined;
  raised: Exn | null = null;

  get ready(): EndQueue {
    return (this.#ready ??= new EndQueue());
  }
  get silent(): Connections {
    return (this.#silent ??= new Connections());
  }
  get held(): End[] {
    return (this.#held ??= []);
  }
  set held(ends: End[]) {
    this.#held = ends;
  }
  /** Every connection not accepted yet. */
  get unaccepted(): End[] {
    return [...(this.#ready ?? []), ...(this.#silent ?? [])];
  }
  /** Ends of other threads that are lost when this one ends. */
  get watchers(): Set<End> {
    return (this.watching ??= new Set());
  }
  set watchers(ends: Set<End>) {
    this.watching = ends;
  }
}

export class Thread {
  status = EMPTY;
  waiting: End | Waiting | null = null;
  /** Next in the run queue. */
  next: Thread | null = null;
  queued = false;
  program: Program | null = null;
  reference: Reference | null = null;
  extra: ThreadExtra | null = null;
  /** Reductions used in all its slices. */
  reductions = 0;
  /** Value or exception it ended with. */
  result: Value = undefined;
  constructor(
    readonly id: number,
    readonly home: Home,
  ) {}

  /** Deadline timer of a select in progress, or of a sleeping host call; 0 none, -1 fired. */
  get timer(): number {
    return this.extra === null ? 0 : this.extra.timer;
  }
  set timer(number: number) {
    if (number !== 0 || this.extra !== null) extraOfThread(this).timer = number;
  }
  /** Values reachable when last counted; 0 without metering. */
  get heap(): number {
    return this.extra === null ? 0 : this.extra.heap;
  }
  set heap(values: number) {
    extraOfThread(this).heap = values;
  }
  /** Values allocated or received since they were counted. */
  get allocated(): number {
    return this.extra === null ? 0 : this.extra.allocated;
  }
  set allocated(values: number) {
    extraOfThread(this).allocated = values;
  }
  /** Somebody linked to it or watching learnt of its failure. */
  get noticed(): boolean {
    return this.extra !== null && this.extra.noticed;
  }
  set noticed(noticed: boolean) {
    if (noticed || this.extra !== null) extraOfThread(this).noticed = noticed;
  }
}

export const extraOfThread = (t: Thread): ThreadExtra => (t.extra ??= new ThreadExtra());

/** Did it come from another node, or was it started by one that did? */
export const isImmigrant = (t: Thread): boolean => t.extra !== null && t.extra.outside;

/** A thread as a value that may be copied, stored and sent. `node` is empty for a thread of this VM. */
export class Reference extends Opaque {
  constructor(
    readonly node: string,
    readonly number: number,
    readonly target: Thread | null,
  ) {
    super();
  }
  describe(): string {
    // Which of the nodes that had the name one after the other it is means nothing to people.
    const name = this.node.replace(/@.*/, '');
    return `<thread ${name === '' ? '' : `${name}.`}${this.number}>`;
  }
}

export function referenceTo(t: Thread): Reference {
  t.reference ??= new Reference('', t.id, t);
  return t.reference;
}

export const isFailure = (t: Thread): t is Thread & { result: Exn } => t.status === FAILED;
