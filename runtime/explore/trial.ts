/**
 * One run of a program under a schedule somebody chooses: before every step that others can notice there is a choice among
 * the threads that could make one. Steps that nobody notices are made at once, so are waits that would find nothing.
 * Invariant: the same choices give the same run, as long as nothing from outside the machine decides anything. The clock is
 * virtual: it moves only when nothing else can happen.
 */
import type { End, Message } from '../process/link.js';
import { LOST } from '../process/link.js';
import { DONE, FAILED } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import type { Strategy } from '../scheduler/strategy.js';
import type { Vm } from '../vm.js';
import type { Access } from './access.js';
import { type Operation, bereaved, endAccesses, noteLoss, operationOf } from './operation.js';
import { waitsOf } from './waits.js';

/** A step that was made. */
export interface Event {
  readonly thread: number;
  readonly text: string;
  readonly place: string;
  readonly accesses: readonly Access[];
  /** The step that started its thread; -1 if there was none. */
  readonly born: number;
  /** Steps that gave it what it took: a message, or the news of a loss. */
  readonly after: readonly number[];
  /** All steps before this number came before: the clock was moved, or the outside was heard, in between. */
  readonly floor: number;
  /** The choice at which it was chosen; -1 if there was none. */
  readonly choice: number;
}

export interface Option {
  readonly thread: number;
  readonly operation: Operation;
}

/** A choice to be made. */
export interface Point {
  readonly options: readonly Option[];
  /** The thread that made the last step, if it could go on. */
  readonly current: number | undefined;
  readonly events: readonly Event[];
  /** Time may go on first, to the next timer: whoever is ready is slow. It is chosen by the number `CLOCK`. */
  readonly clock: boolean;
}

/** Stands among the threads for time that goes on although threads are ready. No thread has this number. */
export const CLOCK = 0;

/** How long a run may last. */
export interface Lasting {
  /**
   * The program is over when its main thread is: what others can do then without waiting for time or the outside is still
   * done, a few steps of it, unless the main thread has failed. Otherwise it is over when all threads are.
   */
  readonly untilMainEnds?: boolean;
  /** Milliseconds of the real clock. */
  readonly milliseconds?: number;
}

export interface Trial {
  readonly events: readonly Event[];
  /** The threads chosen. */
  readonly choices: readonly number[];
  /**
   * `pruned`: the chooser had seen enough. `endless`: a thread computes on and on, or there were too many steps. `late`: the
   * time is up.
   */
  readonly end: 'done' | 'pruned' | 'endless' | 'late';
}

/** Gives a thread, or undefined to stop here. */
export type Chooser = (point: Point) => number | undefined;

/** Slices of computing alone before a run is given up, and steps before it is. */
const MOST_LOCAL = 20_000;
const MOST_STEPS = 20_000;
/** Choices that are made when the main thread is over. */
const MOST_AFTERWARDS = 1000;

class Only implements Strategy {
  wanted: Thread | null = null;
  pick(): Thread {
    return this.wanted!;
  }
}

export async function attempt(vm: Vm, choose: Chooser, lasting: Lasting = {}): Promise<Trial> {
  return new Attempt(vm, choose, lasting).run();
}

class Attempt {
  readonly #only = new Only();
  readonly #events: Event[] = [];
  readonly #choices: number[] = [];
  readonly #sent = new WeakMap<Message, number>();
  readonly #lost = new WeakMap<End, number>();
  readonly #born = new Map<number, number>();
  #floor = 0;
  #local = 0;
  #current: number | undefined;
  #making = -1;
  readonly #until: number;
  /** Choices made since the main thread was over. */
  #afterwards = 0;
  /** Does the program have operations on threads? Then it can tell whether a message was taken already. */
  readonly #meddles: boolean;

  constructor(
    readonly vm: Vm,
    readonly choose: Chooser,
    readonly lasting: Lasting,
  ) {
    this.#until = performance.now() + (lasting.milliseconds ?? Number.POSITIVE_INFINITY);
    this.#meddles = vm.modules.some((m) => m.image.hosts.some((h) => h.name.startsWith('thread::')));
  }

  async run(): Promise<Trial> {
    const { scheduler } = this.vm;
    const before = { strategy: scheduler.strategy, events: scheduler.events };
    scheduler.strategy = this.#only;
    scheduler.events = {
      ...before.events,
      spawned: (t) => {
        before.events?.spawned?.(t);
        waitsOf(t);
        this.#born.set(t.id, this.#making);
      },
    };
    for (const t of scheduler.threads) waitsOf(t);
    const { milliseconds } = this.lasting;
    const timer = milliseconds === undefined ? undefined : setTimeout(() => scheduler.onAnswer(), milliseconds);
    try {
      for (;;) {
        const end = this.#steps() ?? (this.#isLate() ? 'late' : undefined);
        if (end !== undefined) return { events: this.#events, choices: this.#choices, end };
        await this.vm.something();
        this.#floor = this.#events.length;
      }
    } finally {
      clearTimeout(timer);
      scheduler.strategy = before.strategy;
      scheduler.events = before.events;
    }
  }

  /** Goes on until the end, or (undefined) until only the outside can help. */
  #steps(): Trial['end'] | undefined {
    const { scheduler } = this.vm;
    for (;;) {
      const isOver = this.#isOver();
      if (!isOver) scheduler.fireTimers();
      const options = this.#settle();
      if (this.#isLate() && !isOver) return 'late';
      if (options === undefined || this.#events.length > MOST_STEPS) return isOver ? 'done' : 'endless';
      if (scheduler.halted || this.#mayStop()) return 'done';
      if (options.length === 0) {
        if (scheduler.head !== null) continue;
        if (this.#isOver()) return 'done';
        if (!scheduler.advance()) return scheduler.outstanding > 0 ? undefined : 'done';
        this.#floor = this.#events.length;
        continue;
      }
      const current = options.some((o) => o.thread === this.#current) ? this.#current : undefined;
      const clock = !this.#isOver() && scheduler.canAdvance();
      const chosen = this.choose({ options, current, events: this.#events, clock });
      if (clock && chosen === CLOCK) {
        this.#timeGoesOn();
        continue;
      }
      const option = options.find((o) => o.thread === chosen);
      if (option === undefined) return 'pruned';
      this.#choices.push(option.thread);
      this.#current = option.thread;
      this.#make(this.#thread(option.thread), option.operation, this.#choices.length - 1);
    }
  }

  /** The main thread is over, and with it the program as far as time and the outside are concerned. */
  #isOver(): boolean {
    const { main } = this.vm.scheduler;
    return this.lasting.untilMainEnds === true && main !== null && main.status >= DONE;
  }

  /** Nothing more has to be seen of the program. */
  #mayStop(): boolean {
    return this.#isOver() && (this.vm.scheduler.main!.status === FAILED || ++this.#afterwards > MOST_AFTERWARDS);
  }

  #isLate(): boolean {
    return performance.now() > this.#until;
  }

  #timeGoesOn(): void {
    const { scheduler } = this.vm;
    scheduler.advance();
    this.#choices.push(CLOCK);
    const text = `time goes on to ${scheduler.virtualTime} ms`;
    this.#events.push({
      thread: CLOCK,
      text,
      place: '',
      accesses: [],
      born: -1,
      after: [],
      floor: this.#floor,
      choice: this.#choices.length - 1,
    });
    this.#floor = this.#events.length;
  }

  #thread(id: number): Thread {
    for (let t = this.vm.scheduler.head; t !== null; t = t.next) if (t.id === id) return t;
    throw new Error(`thread ${id} is not ready`);
  }

  /** Makes all steps that nobody notices; gives the others there are, by thread number. Undefined if there is no end to them. */
  #settle(): Option[] | undefined {
    const { scheduler } = this.vm;
    for (;;) {
      const options: Option[] = [];
      let moved = false;
      for (const t of scheduler.readyThreads()) {
        if (!t.queued || scheduler.halted) continue;
        const operation = operationOf(t, this.#meddles);
        if (operation.accesses.length > 0 && !operation.blocked) options.push({ thread: t.id, operation });
        else {
          moved = true;
          if (++this.#local > MOST_LOCAL || ((this.#local & 63) === 0 && this.#isLate())) return undefined;
          this.#make(t, operation, -1);
        }
      }
      if (!moved || scheduler.halted) return options.sort((a, b) => a.thread - b.thread);
    }
  }

  #make(t: Thread, operation: Operation, choice: number): void {
    const { takes, puts } = operation;
    const noticed = operation.text !== '' && !operation.blocked;
    const number = this.#events.length;
    const heads = takes.map((e) => e.head);
    const tails = puts.map((e) => e.tail);
    const others = bereaved(t);
    const ending = operation.accesses.some((a) => a.key === `t${t.id}`) ? [] : endAccesses(t, true);
    this.#making = number;
    this.#only.wanted = t;
    this.vm.scheduler.step(operation.stops);
    if (choice < 0 && !noticed && t.status < DONE) return;
    puts.forEach((e, i) => {
      if (e.tail !== null && e.tail !== tails[i]) this.#sent.set(e.tail, number);
    });
    for (const e of others) {
      if (e.state < LOST || this.#lost.has(e)) continue;
      this.#lost.set(e, number);
      noteLoss(e, t);
    }
    const after = takes.flatMap((e, i) => {
      const head = heads[i]!;
      return head !== null && e.head !== head ? (this.#sent.get(head) ?? []) : [];
    });
    // Nothing was taken: then it is the losses that let it go on.
    if (after.length === 0) after.push(...takes.flatMap((e) => (e.head === null ? (this.#lost.get(e) ?? []) : [])));
    const died = t.status >= DONE && operation.text !== 'ends' && operation.text !== 'fails';
    this.#events.push({
      thread: t.id,
      text: operation.text + (died ? `${operation.text === '' ? '' : ', then '}ends` : ''),
      place: operation.place,
      // Only what limits memory ends a thread in a step that does not say so.
      accesses: died ? [...operation.accesses, ...ending] : operation.accesses,
      born: this.#born.get(t.id) ?? -1,
      after,
      floor: this.#floor,
      choice,
    });
  }
}

/** A schedule for people: a line a step, neighbours of one thread without its name. */
export function describeTrial(trial: Trial, names: ReadonlyMap<number, string>): string[] {
  const nameFor = (id: number): string => names.get(id) ?? (id === CLOCK ? 'clock' : `thread ${id}`);
  const width = Math.max(0, ...trial.events.map((e) => nameFor(e.thread).length));
  let last = -1;
  return trial.events
    .filter((e) => e.text !== '')
    .map((e) => {
      const name = e.thread === last ? '' : nameFor(e.thread);
      last = e.thread;
      const text = e.text.replace(/thread (\d+)/g, (_, id: string) => nameFor(Number(id)));
      return `${name.padEnd(width)}  ${text}${e.place === '' ? '' : `, ${e.place}`}`;
    });
}
