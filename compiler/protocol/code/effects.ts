/**
 * Effects: what a call may do that hands over no ends. Such a call is not inlined, since its links are its own; but while it
 * waits, or computes, its caller waits too, with whatever the caller holds.
 * Invariant: conservative. A call of a function value (`?`) may run every closure and every function used as a value.
 */
import type { Code, Op } from './code.js';
import { GIVEN, OUTSIDE, SUSPENDS, successors } from './code.js';

/** Calls without ends: keys of functions, `?` for function values, `!what` for waits for the outside. */
export type Runs = readonly string[];

/** What a body calls without handing over ends, with all that is inlined into it. */
export function runsOf(key: string, codes: ReadonlyMap<string, Code>): string[] {
  const runs = new Set<string>();
  const seen = new Set([key]);
  for (const at of seen)
    for (const op of codes.get(at)?.points ?? []) {
      if (op.op === 'call') seen.add(op.code);
      if (op.op === 'run') {
        // In calls of a function by name, what is given to it is listed; threads and inlined bodies get it from elsewhere.
        const told = at === key && codes.get(key)?.kind === 'fun';
        (told ? op.codes : given(op.codes)).forEach((r) => runs.add(r));
      }
    }
  return [...runs];
}

/** What is run where parameters may be any function. */
export const given = (runs: Runs): Runs => runs.map((run) => (run === GIVEN ? '?' : run));

/** What may happen in one call. */
interface Done {
  readonly waits: boolean;
  readonly outside: readonly string[];
  readonly endless: boolean;
}

export class Effects {
  private readonly reached = new Map<string, ReadonlySet<string>>();
  private readonly done = new Map<string, Done>();
  private endlessBodies: ReadonlySet<string> | undefined;

  constructor(private readonly codes: ReadonlyMap<string, Code>) {}

  /** Keys of all bodies that may run in such a call, those called in turn included, and what of the outside it awaits. */
  of(run: string): ReadonlySet<string> {
    const known = this.reached.get(run);
    if (known !== undefined) return known;
    const work = new Set([run]);
    for (const key of work) {
      if (key !== '?') runsOf(key, this.codes).forEach((r) => work.add(r));
      else
        for (const code of this.codes.values()) {
          if (code.key.includes('#')) work.add(code.key);
          code.values.forEach((v) => work.add(v));
        }
    }
    work.delete('?');
    work.delete(GIVEN);
    this.reached.set(run, work);
    return work;
  }

  /** Whether the calling thread may wait for a message meanwhile. */
  waits(runs: Runs): boolean {
    return runs.some((run) => this.doneIn(run).waits);
  }

  /** What of the outside the calling thread may wait for meanwhile, in words. */
  outside(runs: Runs): string[] {
    return [...new Set(runs.flatMap((run) => this.doneIn(run).outside))];
  }

  /** Whether the call may run for ever: `surely` if the function called by name has no way to its end. */
  endless(runs: Runs): 'surely' | 'maybe' | undefined {
    if (runs[0] !== undefined && this.isEndless(runs[0])) return 'surely';
    return runs.some((run) => this.doneIn(run).endless) ? 'maybe' : undefined;
  }

  /** Whether a call leaves a trace in the automaton of who makes it. */
  shows(runs: Runs): boolean {
    return this.waits(runs) || this.outside(runs).length > 0 || this.endless(runs) !== undefined;
  }

  /** Keys of all bodies that a thread which starts with this one may run, inlined or not; itself among them. */
  runBy(key: string): ReadonlySet<string> {
    const found = new Set<string>();
    for (const run of this.of(key)) {
      const inlined = new Set([run]);
      for (const at of inlined) {
        found.add(at);
        for (const op of this.codes.get(at)?.points ?? []) if (op.op === 'call') inlined.add(op.code);
      }
    }
    return found;
  }

  /** Whether a session accepts clients, itself or in what is inlined into it. */
  accepts(key: string): boolean {
    return this.has(key, isAccept);
  }

  /** Whether a body does anything to ends or references, waits for the outside or for ever, or calls or names what does. */
  matters(key: string): boolean {
    if (this.endless([key]) !== undefined) return true;
    return [...this.of(key)].some((k) => {
      const code = this.codes.get(k);
      if (code === undefined) return k.startsWith(OUTSIDE) || k.startsWith(SUSPENDS);
      return code.slots.length > 0 || code.values.length > 0 || code.shares !== undefined || this.has(k, isDeed);
    });
  }

  private isEndless(key: string): boolean {
    return (this.endlessBodies ??= endlessIn(this.codes)).has(key);
  }

  private doneIn(run: string): Done {
    const known = this.done.get(run);
    if (known !== undefined) return known;
    const keys = [...this.of(run)];
    const found = {
      waits: keys.some((key) => this.has(key, isMessageWait)),
      outside: keys.flatMap((key) => (key.startsWith(OUTSIDE) ? [key.slice(OUTSIDE.length)] : [])),
      endless: keys.some((key) => this.isEndless(key)),
    };
    this.done.set(run, found);
    return found;
  }

  /** Whether a body, with what is inlined into it, has such an operation. */
  private has(key: string, test: (op: Op) => boolean): boolean {
    const seen = new Set([key]);
    for (const at of seen)
      for (const op of this.codes.get(at)?.points ?? []) {
        if (test(op)) return true;
        if (op.op === 'call') seen.add(op.code);
      }
    return false;
  }
}

/**
 * Bodies that no path leads to the end of: each comes back to itself, by `loop` or by calls. An exception is no way out that
 * anybody counts on, but `raise` and `fail` are ends.
 */
function endlessIn(codes: ReadonlyMap<string, Code>): ReadonlySet<string> {
  const endless = new Set(codes.keys());
  // A body whose way out was closed by a call is looked at again when the function called was found to end.
  const waiting = new Map<string, Set<string>>();
  const work = [...codes.keys()];
  for (const key of work) {
    if (!endless.has(key) || !ends(codes.get(key)!, endless, waiting)) continue;
    endless.delete(key);
    work.push(...(waiting.get(key) ?? []));
  }
  return endless;
}

/** Whether a way leads to the end of a body if calls of these do not come back; notes in `waiting` those that were met. */
function ends(code: Code, endless: ReadonlySet<string>, waiting: Map<string, Set<string>>): boolean {
  const seen = new Set([code.entry]);
  for (const at of seen) {
    const op = code.points[at]!;
    if (op.op === 'return' || op.op === 'close' || op.op === 'fail' || op.op === 'raise') return true;
    const called = op.op === 'call' ? op.code : op.op === 'run' ? op.codes[0] : undefined;
    if (called !== undefined && endless.has(called)) {
      waiting.set(called, (waiting.get(called) ?? new Set()).add(code.key));
      continue;
    }
    successors(op).forEach((to) => seen.add(to));
  }
  return false;
}

/** What is more than control flow within a body; of function values nothing is known. */
function isDeed(op: Op): boolean {
  if (op.op === 'run') return op.codes.includes('?');
  return !['jump', 'loop', 'return', 'close', 'fail', 'raise', 'call'].includes(op.op);
}

function isAccept(op: Op): boolean {
  return op.op === 'wait' && op.branches.some((b) => b.source.kind === 'accept');
}

const isMessageWait = (op: Op): boolean => op.op === 'wait' || (op.op === 'take' && op.spoke);
