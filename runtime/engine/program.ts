/**
 * Quartz code as a thread's program: frames on the heap between slices, and the driver that runs them.
 * Invariant: while suspended the state is `solo` (the newest frame, in an array wide enough to be reused), then `chunk` and
 * `position` (frames newest first, in arrays that are never changed and so can be shared); either may be missing. It is the
 * same for both engines.
 */
import type { Program, SliceEnd } from '../process/program.js';
import { ENDED, NORMAL, R, SUSPENDED, caught, raiseNow } from '../process/registers.js';
import { finishThread } from '../process/ending.js';
import { End, LOST, extraOf } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { ROWS } from '../bytecode/isa.js';
import { loseSlot } from '../process/mail.js';
import { Thread, extraOfThread } from '../process/thread.js';
import type { Exn, Value } from '../values/value.js';
import { describeFailure } from './trace.js';
import { SITES } from './function.js';
import type { Fn, Site } from './function.js';

/** Frames newest first from word 1 on (word 0 tells a chunk from a single frame); then `older` from `olderAt` on. */
export class Chunk {
  /** V8 forgets the shape of a class none of whose objects is alive, and all code that it optimised for it. */
  static readonly kept = new Chunk([], new Chunk([], null, 0), 0);
  constructor(
    readonly words: readonly unknown[],
    readonly older: Chunk | null,
    readonly olderAt: number,
  ) {}
}

/** A thread that nothing runs on yet, as what it is made as. */
export const programOf = (t: Thread): CodeProgram => t as CodeProgram;

/** An array of a size, all undefined. The host makes a literal in place; other arrays are a call to it. */
function emptyFrame(size: number): unknown[] {
  const u = undefined;
  switch (size) {
    case 1:
      return [u];
    case 2:
      return [u, u];
    case 3:
      return [u, u, u];
    case 4:
      return [u, u, u, u];
    case 5:
      return [u, u, u, u, u];
    case 6:
      return [u, u, u, u, u, u];
    case 7:
      return [u, u, u, u, u, u, u];
    case 8:
      return [u, u, u, u, u, u, u, u];
    default:
      return new Array<unknown>(size).fill(undefined);
  }
}

/** An array for a function's frame, its arguments in place. */
function newFrame(fn: Fn, args: readonly Value[]): unknown[] {
  const frame = emptyFrame(1 + fn.maxDepth);
  frame[0] = fn.site(0, false).id;
  for (let i = 0; i < args.length; i++) frame[i + 1] = args[i];
  return frame;
}

/** Runs the frame at a place: in its own engine, or in the one that counts instructions. */
const goOn = (site: Site, words: unknown[], at: number, value: Value): Value =>
  R.counting ? site.fn.interpret(words, at, value) : site.resume(words, at, value);

const siteAt = (words: readonly unknown[], at: number): (typeof SITES)[number] => SITES[words[at] as number]!;

/**
 * A thread that is its own program as long as that is Quartz code: most are, and a million of them are smaller and are made
 * faster so. Every home makes its threads as these, whatever they will run.
 */
export class CodeProgram extends Thread implements Program {
  solo: unknown[] | null = null;
  chunk: Chunk | null = null;
  position = 0;

  /** What the host call it waits for gave: a value. */
  get answer(): Value {
    return this.extra?.answer;
  }
  set answer(value: Value) {
    const extra = extraOfThread(this);
    extra.answer = value;
    extra.answered = true;
  }
  /** Or an exception to raise. */
  get raised(): Exn | null {
    return this.extra === null ? null : this.extra.raised;
  }
  set raised(e: Exn | null) {
    const extra = extraOfThread(this);
    extra.raised = e;
    extra.answered = true;
  }

  /** Sets the thread, which has no program, to run a function from its beginning. */
  begin(fn: Fn, args: readonly Value[]): void {
    this.solo = newFrame(fn, args);
    this.program = this;
  }

  /**
   * Sets the thread, which has no program, to go on with frames as they lie in a chunk, and with what the host call that it
   * waited for gave.
   */
  goOnWith(words: unknown[], answer: Value, raised: Exn | null): void {
    this.program = this;
    if (words.length > 1) {
      const { fn, depth } = siteAt(words, 1);
      if (words.length === 2 + depth) {
        this.solo = words.slice(1);
        while (this.solo.length < 1 + fn.maxDepth) this.solo.push(undefined);
      } else {
        this.chunk = new Chunk(words, null, 0);
        this.position = 1;
      }
    }
    if (answer !== undefined) this.answer = answer;
    if (raised !== null) this.raised = raised;
  }

  run(fuel: number): SliceEnd {
    R.fuel = fuel;
    let value: Value = undefined;
    const { extra } = this;
    if (extra !== null && extra.answered) {
      extra.answered = false;
      value = extra.answer;
      extra.answer = undefined;
      if (extra.raised !== null) {
        raiseNow(extra.raised);
        extra.raised = null;
        // The wait for which a message was judged may not be the one that is come to now.
        if (extra.cleared !== null) extraOf(extra.cleared).cleared = null;
        if (!this.unwind()) return this.#failed();
      }
    }
    const d = this.solo;
    if (d !== null) {
      value = goOn(siteAt(d, 0), d, 0, value);
      if (R.flag === SUSPENDED && R.solo === d) {
        R.flag = NORMAL;
        R.solo = null;
        return this.waiting === null ? 'fuel' : 'waiting';
      }
      this.solo = null;
      return this.#drive(d, value);
    }
    return this.#resumeNext(value);
  }

  /** Takes the newest frame off the heap and runs it. */
  #resumeNext(value: Value): SliceEnd {
    const chunk = this.chunk;
    if (chunk === null) return this.#done(value);
    const at = this.position;
    const site = siteAt(chunk.words, at);
    this.#advance(chunk, at + 1 + site.depth);
    return this.#drive(null, goOn(site, chunk.words as unknown[], at, value));
  }

  #advance(chunk: Chunk, next: number): void {
    if (next < chunk.words.length) this.position = next;
    else {
      this.chunk = chunk.older;
      this.position = chunk.olderAt;
    }
  }

  /** Goes on after a frame came back with a value, a suspension, an exception or the end. */
  #drive(reusable: unknown[] | null, first: Value): SliceEnd {
    let value = first;
    let spare = reusable;
    for (;;) {
      if (R.flag === NORMAL) {
        const chunk = this.chunk;
        if (this.solo !== null) {
          const d = this.solo;
          this.solo = null;
          spare = d;
          value = goOn(siteAt(d, 0), d, 0, value);
        } else if (chunk === null) return this.#done(value);
        else {
          const at = this.position;
          const site = siteAt(chunk.words, at);
          this.#advance(chunk, at + 1 + site.depth);
          spare = null;
          value = goOn(site, chunk.words as unknown[], at, value);
        }
      } else if (R.flag === SUSPENDED) {
        this.keep(spare);
        if (R.spilling) {
          R.spilling = false;
          value = undefined;
          continue;
        }
        return this.waiting === null ? 'fuel' : 'waiting';
      } else if (R.flag === ENDED) return this.#ended();
      else {
        spare = null;
        if (!this.unwind()) return this.#failed();
        value = undefined;
      }
    }
  }

  /** Puts the frames in `R.out` on the heap. */
  keep(spare: unknown[] | null): void {
    R.flag = NORMAL;
    if (R.solo !== null) {
      if (R.top === 1) {
        this.solo = R.solo;
        R.solo = null;
        return;
      }
      const site = siteAt(R.solo, 0);
      for (let i = 0; i <= site.depth; i++) R.out[R.top++] = R.solo[i];
      R.solo = null;
    }
    if (R.top === 1) return;
    const first = siteAt(R.out, 1);
    // A single frame stays one, also above others: the resuming function, which writes it in place, does the same.
    if (R.top === 2 + first.depth) {
      const size = 1 + first.fn.maxDepth;
      const frame = spare !== null && spare.length === size ? spare : emptyFrame(size);
      for (let i = 1; i < R.top; i++) frame[i - 1] = R.out[i];
      for (let i = R.top - 1; i < 1 + first.fn.maxDepth; i++) frame[i] = undefined;
      this.solo = frame;
    } else {
      if (R.metering) R.allocated += R.top;
      this.chunk = new Chunk(R.out.slice(0, R.top), this.chunk, this.position);
      this.position = 1;
    }
    // What is left here would keep garbage alive, and have it copied and promoted.
    for (let i = 1; i < R.top; i++) R.out[i] = undefined;
    R.top = 1;
  }

  /** Looks for a handler among the frames on the heap; if there is one, its frame is made ready to go on there. */
  unwind(): boolean {
    for (;;) {
      let words: readonly unknown[];
      let at = 0;
      if (this.solo !== null) {
        words = this.solo;
        this.solo = null;
      } else if (this.chunk !== null) {
        words = this.chunk.words;
        at = this.position;
        this.#advance(this.chunk, at + 1 + siteAt(words, at).depth);
      } else return false;
      const { fn, pc, depth } = siteAt(words, at);
      fn.trace(pc);
      const handler = fn.region[pc]!;
      const kept = handler === null ? 0 : handler.depth;
      if (fn.holdsEnds) for (let i = kept; i < depth; i++) loseSlot(words[at + 1 + i], this, R.exn);
      if (handler !== null) {
        const frame: unknown[] = [fn.site(handler.target, false).id];
        for (let i = 0; i < kept; i++) frame.push(words[at + 1 + i]);
        frame.push(caught());
        while (frame.length < 1 + fn.maxDepth) frame.push(undefined);
        this.solo = frame;
        return true;
      }
    }
  }

  /** Drops all frames, losing the ends in them. */
  drop(reason: Value): void {
    for (const { site, words, at } of this.frames()) {
      if (site.fn.holdsEnds) for (let i = 0; i < site.depth; i++) loseSlot(words[at + 1 + i], this, reason);
    }
    this.leave();
  }

  /** Forgets all frames: the thread ends, or goes on elsewhere. */
  leave(): void {
    this.solo = this.chunk = null;
    if (this.extra !== null && this.extra.answered) {
      this.extra.answered = false;
      this.extra.answer = undefined;
      this.extra.raised = null;
    }
  }

  /** The frames, newest first. */
  *frames(): Generator<{ site: (typeof SITES)[number]; words: readonly unknown[]; at: number }> {
    if (this.solo !== null) yield { site: siteAt(this.solo, 0), words: this.solo, at: 0 };
    let chunk = this.chunk;
    let at = this.position;
    while (chunk !== null) {
      const site = siteAt(chunk.words, at);
      yield { site, words: chunk.words, at };
      at += 1 + site.depth;
      if (at >= chunk.words.length) {
        at = chunk.olderAt;
        chunk = chunk.older;
      }
    }
  }

  /** Is it one frame at a `select` that accepts, with no end in any slot: a service with nothing to do? */
  waitsForClients(): boolean {
    const frames = [...this.frames()];
    const first = frames[0];
    if (frames.length !== 1 || first === undefined || first.site.after) return false;
    const { fn, pc, depth } = first.site;
    const table = ROWS[fn.code[pc]!]!.name === 'select' ? fn.tables[fn.code[pc + 1]!]! : undefined;
    if (table?.kind !== 'select' || !table.cases.some((c) => c.kind === 'accept')) return false;
    const holds = (v: Value): boolean =>
      v instanceof End ? v.owner === this && v.state <= LOST : v instanceof Pool && v.size > 0;
    return !first.words.slice(first.at + 1, first.at + 1 + depth).some(holds);
  }

  #done(value: Value): SliceEnd {
    finishThread(this, null, value);
    return 'done';
  }
  #ended(): SliceEnd {
    R.flag = NORMAL;
    R.top = 1;
    R.solo = null;
    const exn = R.exn === null ? null : caught();
    if (exn !== null) this.drop(exn);
    this.leave();
    finishThread(this, exn, undefined);
    return exn === null ? 'done' : 'failed';
  }
  #failed(): SliceEnd {
    finishThread(this, caught(), undefined);
    return 'failed';
  }

  failure(): { readonly message: string; readonly trace: readonly string[] } {
    return describeFailure(this.result as Exn);
  }
  fork(): CodeProgram {
    throw new Error('a thread of Quartz code is forked with its links');
  }
  snapshot(): { readonly kind: string; readonly state: unknown } {
    throw new Error('a thread of Quartz code is saved with its VM');
  }
}
