/**
 * Traces for people: sites as `function (file:line)`, through the source map, inlined functions included.
 * Invariant: reads only; a site without a source map shows its pc.
 */
import type { SourceEntry } from '../bytecode/module.js';
import { show } from '../values/show.js';
import type { Exn } from '../values/value.js';
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
