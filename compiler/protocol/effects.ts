/**
 * Effects: what a call may wait on that hands over no ends. Such a call is not inlined, since its links are its own; but
 * while it waits, its caller waits too, with whatever the caller holds.
 * Invariant: conservative. A call of a function value (`?`) may run every closure and every function used as a value.
 */
import type { Code, Op } from './code.js';

/** Calls without ends: keys of functions, `?` for function values. */
export type Runs = readonly string[];

/** What a body calls without handing over ends, with all that is inlined into it. */
export function runsOf(key: string, codes: ReadonlyMap<string, Code>): string[] {
  const runs = new Set<string>();
  const seen = new Set([key]);
  for (const at of seen)
    for (const op of codes.get(at)?.points ?? []) {
      if (op.op === 'call') seen.add(op.code);
      if (op.op === 'run') op.codes.forEach((r) => runs.add(r));
    }
  return [...runs];
}

export class Effects {
  private readonly reached = new Map<string, ReadonlySet<string>>();

  constructor(private readonly codes: ReadonlyMap<string, Code>) {}

  /** Keys of all bodies that may run in such a call, those called in turn included. */
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
    this.reached.set(run, work);
    return work;
  }

  /** Whether the calling thread may wait for a message meanwhile. */
  waits(runs: Runs): boolean {
    return runs.some((run) => [...this.of(run)].some((key) => this.waitsItself(key)));
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

  /** Whether a body does anything to ends or references, or calls or names what does. */
  matters(key: string): boolean {
    return [...this.of(key)].some((k) => {
      const code = this.codes.get(k);
      return code !== undefined && (code.slots.length > 0 || code.values.length > 0 || this.has(k, isDeed));
    });
  }

  private waitsItself(key: string): boolean {
    return this.has(key, (op) => op.op === 'wait' || (op.op === 'take' && op.spoke));
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

/** What is more than control flow within a body; of function values nothing is known. */
function isDeed(op: Op): boolean {
  if (op.op === 'run') return op.codes.includes('?');
  return !['jump', 'loop', 'return', 'close', 'fail', 'raise', 'call'].includes(op.op);
}

function isAccept(op: Op): boolean {
  return op.op === 'wait' && op.branches.some((b) => b.source.kind === 'accept');
}
