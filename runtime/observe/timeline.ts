/**
 * A run as a timeline in the Trace Event Format (the JSON that Chrome's tracing and Perfetto open): a track for each thread,
 * its slices on it, and an arrow for each message from the slice that sent it to the slice that took it.
 * Invariant: events are in the order of time; every arrow that ends has begun, at no later time, inside a slice; with the
 * machine's own clock (a microsecond for a reduction, a message or a slice) the same run has the same timeline, byte for byte.
 */
import type { End, Message } from '../process/link.js';
import { R } from '../process/registers.js';
import { FAILED } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import type { SliceEnd } from '../process/program.js';
import type { Observer } from '../scheduler/scheduler.js';
import { entryOf } from '../scheduler/steering.js';
import type { Vm } from '../vm.js';

interface Arrow {
  readonly message: Message;
  readonly number: number;
  readonly name: string;
  readonly ts: number;
}

type TraceEvent = Readonly<Record<string, unknown>>;

/** Events kept; what comes later is counted only. */
const MOST = 2_000_000;

export class Timeline implements Observer {
  readonly #events: TraceEvent[] = [];
  /** Messages on their way, by the end they wait at; the ends, by who owned them when something was sent. */
  readonly #arrows = new Map<End, Arrow[]>();
  readonly #ends = new Map<Thread, Set<End>>();
  readonly #names = new Map<Thread, string>();
  #number = 0;
  #begun = 0;
  /** On the machine's own clock: the time before this slice, and what went by in it, a moment for every message. */
  #spent = 0;
  #moments = 0;
  #fuel = 0;
  /** Events that there was no room for. */
  left = 0;

  /** `clock` gives microseconds; null for the machine's own. */
  constructor(
    readonly vm: Vm,
    readonly clock: (() => number) | null,
  ) {
    const { events } = vm.scheduler;
    this.#events.push({ name: 'process_name', ph: 'M', pid: 1, tid: 0, args: { name: 'Quartz' } });
    vm.events = {
      ...events,
      spawned: (t) => {
        events?.spawned?.(t);
        this.#spawned(t);
      },
      ended: (t) => {
        events?.ended?.(t);
        if (t.status === FAILED)
          this.#add({ name: 'failed', cat: 'thread', ph: 'i', s: 't', ts: this.#now(), pid: 1, tid: t.id });
      },
      discarded: (end, oldest) => {
        events?.discarded?.(end, oldest);
        this.#arrows.delete(end);
      },
    };
  }

  #now(): number {
    return this.clock === null ? this.#spent + this.#moments : this.clock();
  }

  #add(event: TraceEvent): void {
    if (this.#events.length < MOST) this.#events.push(event);
    else this.left++;
  }

  #spawned(t: Thread): void {
    const name = `${entryOf(t) || 'thread'} #${t.id}`;
    this.#names.set(t, entryOf(t) || 'thread');
    this.#add({ name: 'thread_name', ph: 'M', pid: 1, tid: t.id, args: { name } });
  }

  begin(_thread: Thread, fuel: number): void {
    this.#fuel = fuel;
    this.#begun = this.#now();
  }

  sent(to: End): void {
    const message = to.tail!;
    this.#moments++;
    const ts = this.#now();
    const arrow = { message, number: ++this.#number, name: message.label.name, ts };
    this.#add({ name: arrow.name, cat: 'message', ph: 's', id: arrow.number, ts, pid: 1, tid: R.thread.id });
    const queue = this.#arrows.get(to);
    if (queue !== undefined) queue.push(arrow);
    else {
      this.#arrows.set(to, [arrow]);
      this.#watch(to.owner, to);
    }
  }

  #watch(owner: Thread, end: End): void {
    const ends = this.#ends.get(owner);
    if (ends === undefined) this.#ends.set(owner, new Set([end]));
    else ends.add(end);
  }

  end(t: Thread, how: SliceEnd): void {
    const reductions = Math.max(0, this.#fuel - R.fuel);
    this.#taken(t);
    // A slice takes a moment also if it was free, so that arrows have something to hold on to.
    this.#moments += reductions + 1;
    const now = this.#now();
    this.#spent += this.#moments;
    this.#moments = 0;
    const dur = now - this.#begun;
    const name = this.#names.get(t) ?? 'thread';
    this.#add({ name, cat: 'slice', ph: 'X', ts: this.#begun, dur, pid: 1, tid: t.id, args: { reductions, end: how } });
    if (t.program === null) this.#names.delete(t);
  }

  /** Arrows to whatever the thread took in this slice end in it; ends that it gave away are somebody else's from now on. */
  #taken(t: Thread): void {
    const ends = this.#ends.get(t);
    if (ends === undefined) return;
    for (const e of ends) {
      const queue = this.#arrows.get(e);
      let n = 0;
      for (; queue !== undefined && n < queue.length && queue[n]!.message !== e.head; n++) {
        const { number, name, ts } = queue[n]!;
        const at = Math.max(this.#begun, ts);
        this.#add({ name, cat: 'message', ph: 'f', bp: 'e', id: number, ts: at, pid: 1, tid: t.id });
      }
      queue?.splice(0, n);
      if (queue === undefined || queue.length === 0) this.#arrows.delete(e);
      else if (e.owner === t) continue;
      else this.#watch(e.owner, e);
      ends.delete(e);
    }
    if (ends.size === 0) this.#ends.delete(t);
  }

  /** The whole file, in order of time; arrows that nobody took are left out. */
  text(): string {
    const timeOf = (e: TraceEvent): number => (e['ts'] as number | undefined) ?? -1;
    const ended = new Set(this.#events.flatMap((e) => (e['ph'] === 'f' ? [e['id']] : [])));
    const shown = this.#events.filter((e) => e['ph'] !== 's' || ended.has(e['id']));
    // Of one time, slices come first: arrows hold on to what is open already.
    const rank = (e: TraceEvent): number => ['M', 'X', 's', 'f', 'i'].indexOf(e['ph'] as string);
    shown.sort((a, b) => timeOf(a) - timeOf(b) || rank(a) - rank(b));
    const lines = shown.map((e) => JSON.stringify(e)).join(',\n');
    return `{"displayTimeUnit":"ms","traceEvents":[\n${lines}\n]}\n`;
  }
}
