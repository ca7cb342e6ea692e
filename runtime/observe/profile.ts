/**
 * Where a program spends its instructions: every so many of them, the line that is executed next gets them as its own, and
 * every line on the stack as its total. The time that went by is counted for the line as well.
 * Invariant: the schedule is the one of an ordinary run; the counts of instructions depend on nothing but the program and
 * its input. With a sample after every instruction they are exact.
 */
import { CodeProgram } from '../engine/program.js';
import { sourceAt } from '../engine/trace.js';
import type { Fn } from '../engine/function.js';
import { R } from '../process/registers.js';
import type { Thread } from '../process/thread.js';
import type { Strategy } from '../scheduler/strategy.js';
import type { Vm } from '../vm.js';

export interface ProfiledLine {
  readonly function: string;
  readonly file: string;
  /** From 1; 0 where the code has no source map. */
  readonly line: number;
  /** Instructions. */
  readonly self: number;
  readonly total: number;
  /** Milliseconds, on the line itself. */
  readonly time: number;
}

export interface Profile {
  readonly instructions: number;
  readonly every: number;
  /** The line with most instructions of its own first. */
  readonly lines: readonly ProfiledLine[];
}

/** Frames looked at in one sample; what lies deeper gets nothing of it. */
const DEEPEST = 10_000;

/** The thread that has its turn keeps it for its quantum, though its slices are cut. */
class Turns implements Strategy {
  readonly sees = 1;
  #current: Thread | null = null;
  #from = 0;
  constructor(readonly quantum: number) {}
  pick(ready: readonly Thread[]): Thread {
    const t = this.#current;
    if (t?.queued === true && t.reductions - this.#from < this.quantum) return t;
    this.#current = ready[0]!;
    this.#from = this.#current.reductions;
    return this.#current;
  }
}

type Counted = { -readonly [K in keyof ProfiledLine]: ProfiledLine[K] };

class Tally {
  readonly #places = new Map<Fn, Map<number, Counted>>();
  readonly lines: Counted[] = [];

  /** The entry of the line that an instruction belongs to. */
  at(fn: Fn, pc: number): Counted {
    const line = sourceAt(fn, pc)?.line ?? 0;
    let lines = this.#places.get(fn);
    if (lines === undefined) this.#places.set(fn, (lines = new Map()));
    let entry = lines.get(line);
    if (entry === undefined) {
      const { image } = fn.instance;
      entry = { function: fn.name, file: image.sourcePath || image.name, line, self: 0, total: 0, time: 0 };
      lines.set(line, entry);
      this.lines.push(entry);
    }
    return entry;
  }

  sample(t: Thread, instructions: number, time: number): void {
    if (!(t.program instanceof CodeProgram)) return;
    const seen = new Set<Counted>();
    let depth = 0;
    for (const { site } of t.program.frames()) {
      const entry = this.at(site.fn, depth === 0 ? site.next : site.pc);
      if (depth === 0) {
        entry.self += instructions;
        entry.time += time;
      }
      if (++depth > DEEPEST) break;
      seen.add(entry);
    }
    for (const entry of seen) entry.total += instructions;
  }
}

/** Runs the machine to its end, taking a sample after every so many instructions. `clock` gives milliseconds. */
export async function profile(vm: Vm, every: number, clock: () => number): Promise<Profile> {
  const { scheduler } = vm;
  const tally = new Tally();
  let instructions = 0;
  scheduler.strategy ??= new Turns(scheduler.quantum);
  for (;;) {
    scheduler.fireTimers();
    if (scheduler.halted) break;
    if (scheduler.head === null) {
      if (scheduler.advance()) continue;
      if (scheduler.timers.nextAt() === undefined && scheduler.outstanding === 0) break;
      await vm.something();
      continue;
    }
    const start = clock();
    const executed = every - scheduler.runInstructions(every);
    instructions += executed;
    tally.sample(R.thread, executed, clock() - start);
  }
  const lines = tally.lines.sort((a, b) => b.self - a.self || b.total - a.total || a.line - b.line);
  return { instructions, every, lines };
}
