/**
 * What this process has parsed and compiled already. A module of the library is compiled once, however many programs that require
 * it are compiled: by an embedder, a watching command, or the tests.
 * Invariant: something is given again only where making it again would give the same: for the same source (the same object, not the
 * same text), under the same name and options, and beside the very results that its requirements gave then. Passes change no tree
 * and no result of another, so one may be part of many programs. It lives as long as its source does.
 */
import type { Compiled, Options, Stage } from '../pipeline.js';
import type { SourceFile } from '../source/source.js';
import type { Parsed } from './order.js';

const trees = new WeakMap<SourceFile, Parsed>();

/** The tree of a source, made once. */
export function parsedOnce(file: SourceFile, parse: (file: SourceFile) => Parsed): Parsed {
  let found = trees.get(file);
  if (found === undefined) trees.set(file, (found = parse(file)));
  return found;
}

interface Remembered {
  readonly how: string;
  readonly requires: readonly Compiled[];
  readonly compiled: Compiled;
}

/** The last results for a source; more kinds of options than these at once are nobody's. */
const MOST = 4;

const results = new WeakMap<SourceFile, readonly Remembered[]>();

/** What decides the result beside source and requirements, whose images are among the options. */
const howOf = (name: string, stage: Stage, options: Options): string =>
  JSON.stringify([name, stage, { ...options, images: undefined }]);

/**
 * Compiles a module beside what it requires, unless that was done. Where a requirement came from elsewhere (undefined) nothing is
 * remembered.
 */
export function compiledOnce(
  { name, file, stage, options }: { name: string; file: SourceFile; stage: Stage; options: Options },
  requires: readonly (Compiled | undefined)[],
  compile: () => Compiled,
): Compiled {
  const known = requires.filter((r) => r !== undefined);
  if (known.length < requires.length) return compile();
  const how = howOf(name, stage, options);
  const before = results.get(file) ?? [];
  const found = before.find((r) => r.how === how && r.requires.every((c, i) => c === known[i]));
  if (found !== undefined) return found.compiled;
  const compiled = compile();
  results.set(file, [{ how, requires: known, compiled }, ...before].slice(0, MOST));
  return compiled;
}
