/**
 * Traces for people: sites as `function (file:line)`, through the source map, inlined functions included.
 * Invariant: reads only; a site without a source map shows its pc.
 */
import type { SourceEntry } from '../bytecode/module.js';
import { show } from '../values/show.js';
import { R } from '../process/registers.js';
import { Told, extraOfThread } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { Exn } from '../values/value.js';
import { ownerOf } from './function.js';
import type { Fn } from './function.js';

/** The source map's entry for a pc, or undefined. */
export function sourceAt(fn: Fn, pc: number): SourceEntry | undefined {
  let found: SourceEntry | undefined;
  for (const e of fn.image.source) {
    if (e.pc > pc) break;
    found = e;
  }
  return found;
}

/** `function (file:line)`, one for each function inlined there, innermost first. */
export function describeSite(fn: Fn, pc: number): string[] {
  const entry = sourceAt(fn, pc);
  const { image } = fn.instance;
  const where = `${image.sourcePath || image.name}${entry === undefined ? `+${pc}` : `:${entry.line}`}`;
  return [...(entry?.inlined ?? []), fn.name].map((name) => `${name} (${where})`);
}

/** Where an exception was raised and what it passed through, innermost first. */
export function traceOf(e: Exn): string[] {
  return (e.trace ?? []).flatMap((site) => {
    const fn = ownerOf(site);
    return describeSite(fn, (site - fn.siteBase) >> 1);
  });
}

/** What is told of a thread that failed. */
export interface Failure {
  readonly thread: number;
  /** The function or session it was in, or the name it was given; empty if nothing is known of it. */
  readonly name: string;
  readonly message: string;
  /** Where it was raised and what it passed through, innermost first. */
  readonly trace: readonly string[];
  /** Numbers of the threads that learnt of it because they had a link with this one: the first eight. */
  readonly peers: readonly number[];
  /** If it failed because a peer was lost: how that one failed, and so on. */
  readonly because: readonly { readonly message: string; readonly trace: readonly string[] }[];
}

/** So long a chain of losses is told. */
const LONGEST_CHAIN = 8;

/** How a thread failed. */
export function failureOf(t: Thread): Failure {
  const e = t.result as Exn;
  const { extra } = t;
  const because: Failure['because'][number][] = [];
  for (let at = lostTo(e); at !== undefined && because.length < LONGEST_CHAIN; at = lostTo(at))
    if ((at.trace?.length ?? 0) > 0) because.push(describeFailure(at));
  const peers = [...(Told.of(extra?.told ?? null, e)?.whom ?? [])];
  return { thread: t.id, name: extra?.name ?? '', ...describeFailure(e), peers, because };
}

const lostTo = (e: Exn): Exn | undefined =>
  e.ctor.module === '' && e.ctor.name === 'PeerLost' && e.f0 instanceof Exn ? e.f0 : undefined;

/** Remembers what the thread that has just failed was, before nothing is left of it. */
export function nameFailed(t: Thread): void {
  const extra = extraOfThread(t);
  const last = R.outermost >= 0 ? R.outermost : ((t.result as Exn).trace?.at(-1) ?? -1);
  if (extra.name === '' && last >= 0) extra.name = ownerOf(last).name;
}

/** One line that says what went wrong, and where it was raised. */
export function describeFailure(e: Exn): { readonly message: string; readonly trace: readonly string[] } {
  const builtin = e.ctor.module === '';
  const message =
    builtin && e.ctor.name === 'Failure'
      ? show(e.f0)
      : builtin && e.ctor.name === 'HostError'
        ? `HostError: ${show(e.f0)}`
        : show(e);
  return { message, trace: traceOf(e) };
}
