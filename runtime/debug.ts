/**
 * Debugger hooks: break at functions and lines, go on by instructions or lines, look at threads, frames and slots.
 * Everything rests on `run(1)`, which executes exactly one instruction whichever engine the program runs in otherwise, so
 * a program that is watched does what it does unwatched.
 * Invariant: looking changes nothing; a thread keeps its turn as long as it would without a debugger.
 */
import { ROWS } from './bytecode/isa.js';
import type { Fn } from './engine/function.js';
import { CodeProgram } from './engine/program.js';
import { sourceAt } from './engine/trace.js';
import type { Thread } from './process/thread.js';
import { type Status, statusOf } from './scheduler/operations.js';
import type { Strategy } from './scheduler/strategy.js';
import { show } from './values/show.js';
import type { Value } from './values/value.js';
import type { Vm } from './vm.js';

export interface Place {
  readonly thread: number;
  readonly module: string;
  readonly function: string;
  readonly file: string;
  /** From 1; 0 where the code has no source map. */
  readonly line: number;
  /** Of the instruction that is executed next. */
  readonly pc: number;
  /** Its name. */
  readonly instruction: string;
  /** Is it the first of the function, whose code may stand in its caller's? */
  readonly entry: boolean;
}

export interface Slot {
  /** Empty for a temporary. */
  readonly name: string;
  readonly value: Value;
  readonly text: string;
}

/** A frame, its parameters and locals first, then what is on the operand stack. */
export interface Frame extends Place {
  readonly slots: readonly Slot[];
}

export interface ThreadView {
  readonly id: number;
  readonly status: Status;
  /** Undefined for a thread without code. */
  readonly place: Place | undefined;
}

/** Where to stop: at the entry of a function, or where the code of a line begins. */
export interface Breakpoint {
  readonly function?: string;
  readonly line?: number;
  /** Only in this module. */
  readonly module?: string;
}

export interface Stop {
  /** `idle`: nothing is ready. `limit`: as many instructions as were allowed. `halted`: the program called exit. */
  readonly reason: 'breakpoint' | 'step' | 'idle' | 'limit' | 'halted';
  readonly place: Place | undefined;
}

/** Instructions after which a step is given up. */
const MOST_STEPS = 1_000_000;

/** The thread that has its turn keeps it for a quantum, as it would if more than one instruction were run at a time. */
class Turns implements Strategy {
  #current: Thread | undefined;
  #used = 0;
  constructor(
    readonly quantum: number,
    readonly inner: Strategy | null,
  ) {}
  pick(ready: readonly Thread[]): Thread {
    if (this.#current === undefined || ++this.#used >= this.quantum || !ready.includes(this.#current)) {
      this.#used = 0;
      // The thread whose turn is over stands last in the queue already.
      this.#current = this.inner === null ? ready[0]! : this.inner.pick(ready);
    }
    return this.#current;
  }
  /** Who would be picked, as far as that can be known. */
  next(ready: readonly Thread[]): Thread | undefined {
    const current = this.#current;
    if (current !== undefined && this.#used + 1 < this.quantum && ready.includes(current)) return current;
    return this.inner === null ? ready[0] : undefined;
  }
}

export class Debugger {
  readonly #breakpoints = new Map<number, Breakpoint>();
  #numbers = 0;
  readonly #turns: Turns;

  constructor(readonly vm: Vm) {
    this.#turns = new Turns(vm.scheduler.quantum, vm.scheduler.strategy);
  }

  /** Sets a breakpoint; its number. Throws if it names neither a function nor a line. */
  breakAt(where: Breakpoint): number {
    if (where.function === undefined && where.line === undefined) throw new Error('name a function or a line');
    this.#breakpoints.set(++this.#numbers, where);
    return this.#numbers;
  }
  /** Removes a breakpoint; whether there was one. */
  clear(number: number): boolean {
    return this.#breakpoints.delete(number);
  }

  /** Goes on until a breakpoint, or until nothing is ready, or for so many instructions. */
  run(limit = Number.POSITIVE_INFINITY): Stop {
    return this.#until(limit, () => false);
  }

  /** Executes one instruction of the thread whose turn it is. */
  step(): Stop {
    return this.#one() ?? { reason: 'step', place: this.#next() };
  }

  /** Goes on until a thread, by number, is on another line than now: into calls, and out of them. */
  stepLine(thread: number, limit = MOST_STEPS): Stop {
    return this.#stepping(thread, limit, (now, from) => now.depth !== from.depth || differs(now.place, from.place));
  }
  /** As `stepLine`, but calls on the line are carried out whole; what they run into is still a breakpoint's to stop. */
  stepOver(thread: number, limit = MOST_STEPS): Stop {
    return this.#stepping(
      thread,
      limit,
      (now, from) => now.depth < from.depth || (now.depth === from.depth && differs(now.place, from.place)),
    );
  }
  /** Goes on until the function that a thread is in has returned to its caller; the outermost, until the thread ends. */
  stepOut(thread: number, limit = MOST_STEPS): Stop {
    return this.#stepping(thread, limit, (now, from) => now.depth < from.depth);
  }

  #stepping(thread: number, limit: number, there: (now: Position, from: Position) => boolean): Stop {
    const t = this.#thread(thread);
    const from = t === undefined ? undefined : positionOf(t);
    if (t === undefined || from === undefined) return { reason: 'step', place: undefined };
    let now: Position | undefined = from;
    const stop = this.#until(limit, () => {
      now = positionOf(t);
      return now === undefined || there(now, from);
    });
    return stop.reason === 'step' ? { reason: 'step', place: (now as Position | undefined)?.place } : stop;
  }

  /** Goes on until `there` says so, or `run` would stop. */
  #until(limit: number, there: () => boolean): Stop {
    for (let n = 0; n < limit; n++) {
      const before = this.#next();
      const stop = this.#one();
      if (stop !== undefined) return stop;
      const after = this.#next();
      if (there()) return { reason: 'step', place: after };
      if (after !== undefined && this.#breaks(after, before)) return { reason: 'breakpoint', place: after };
    }
    return { reason: 'limit', place: this.#next() };
  }

  threads(): readonly ThreadView[] {
    return [...this.vm.scheduler.threads].map((t) => ({ id: t.id, status: statusOf(t), place: placeOf(t) }));
  }

  /** The frames of a thread, newest first; none for a thread that has ended or has no code. */
  frames(thread: number): readonly Frame[] {
    const t = this.#thread(thread);
    return t === undefined ? [] : [...framesOf(t)];
  }

  #thread(id: number): Thread | undefined {
    return [...this.vm.scheduler.threads].find((candidate) => candidate.id === id);
  }

  #one(): Stop | undefined {
    const { scheduler } = this.vm;
    const { strategy } = scheduler;
    scheduler.strategy = this.#turns;
    try {
      scheduler.fireTimers();
      if (scheduler.halted) return { reason: 'halted', place: undefined };
      if (scheduler.head === null && !scheduler.advance()) return { reason: 'idle', place: undefined };
      scheduler.runInstructions(1);
      return undefined;
    } finally {
      scheduler.strategy = strategy;
    }
  }

  #next(): Place | undefined {
    const t = this.#turns.next(this.vm.scheduler.readyThreads());
    return t === undefined ? undefined : placeOf(t);
  }

  #breaks(at: Place, before: Place | undefined): boolean {
    const same =
      before !== undefined && before.thread === at.thread && before.pc === at.pc && before.function === at.function;
    if (same) return false;
    for (const b of this.#breakpoints.values()) {
      if (b.module !== undefined && b.module !== at.module) continue;
      if (b.function !== undefined && b.function === at.function && at.entry) return true;
      if (b.line === undefined || b.line !== at.line) continue;
      const entered = before?.thread !== at.thread || before.line !== at.line || before.function !== at.function;
      if (entered || at.pc <= before.pc) return true;
    }
    return false;
  }
}

/** A place, and how many calls are open there. */
interface Position {
  readonly place: Place;
  readonly depth: number;
}

const differs = (a: Place, b: Place): boolean => a.line !== b.line || a.function !== b.function;

/** The functions at a pc, innermost first: those whose code was put in the place of their calls, then the real one. */
const functionsAt = (fn: Fn, pc: number): readonly string[] => [...(sourceAt(fn, pc)?.inlined ?? []), fn.name];

function begins(fn: Fn, pc: number): boolean {
  const inlined = sourceAt(fn, pc)?.inlined ?? [];
  if (inlined.length === 0) return pc === 0;
  const before = pc === 0 ? [] : (sourceAt(fn, pc - 1)?.inlined ?? []);
  return before.join('\n') !== inlined.join('\n');
}

function describePlace(t: Thread, fn: Fn, pc: number): Place {
  const { image } = fn.instance;
  return {
    thread: t.id,
    module: image.name,
    function: functionsAt(fn, pc)[0]!,
    file: image.sourcePath,
    line: sourceAt(fn, pc)?.line ?? 0,
    pc,
    instruction: ROWS[fn.code[pc]!]?.name ?? '',
    entry: begins(fn, pc),
  };
}

function placeOf(t: Thread): Place | undefined {
  const frame = t.program instanceof CodeProgram ? t.program.frames().next().value : undefined;
  return frame === undefined ? undefined : describePlace(t, frame.site.fn, frame.site.next);
}

function positionOf(t: Thread): Position | undefined {
  const place = placeOf(t);
  if (place === undefined) return undefined;
  let depth = 0;
  let newest = true;
  for (const { site } of (t.program as CodeProgram).frames()) {
    depth += functionsAt(site.fn, newest ? site.next : site.pc).length;
    newest = false;
  }
  return { place, depth };
}

function* framesOf(t: Thread): Generator<Frame> {
  if (!(t.program instanceof CodeProgram)) return;
  let newest = true;
  for (const { site, words, at } of t.program.frames()) {
    const { fn, depth } = site;
    const slots = Array.from({ length: depth }, (_, i): Slot => {
      const value = words[at + 1 + i];
      return { name: fn.image.slotNames[i] ?? fn.image.params[i]?.name ?? '', value, text: show(value) };
    });
    // An older frame is in the middle of its call.
    const pc = newest ? site.next : site.pc;
    const place = describePlace(t, fn, pc);
    // Functions whose code stands in another's share its slots.
    for (const [n, name] of functionsAt(fn, pc).entries())
      yield { ...place, function: name, slots: n === 0 ? slots : [] };
    newest = false;
  }
}
