/** What the commands that compile share: their options, and from file names to a built program. */
import path from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { type Built, build, type Root } from '../compiler/modules/build.js';
import type { Options, Stage } from '../compiler/pipeline.js';
import { SourceFile } from '../compiler/source/source.js';
import type { Effects } from './effects.js';
import { decodeText, diskFinder, moduleName, requireSource } from './project.js';
import { type Format, FORMATS, Misuse } from './report.js';

export const formatOption = (): Option =>
  new Option('--format <format>', 'how to report errors and warnings').choices([...FORMATS]).default('text');

export const maxBoundOption = (): Option =>
  new Option('--max-bound <n>', 'longest queue the protocol checker tries')
    .argParser((text) => wholeNumber(text, 1, 1000))
    .default(16);

export function wholeNumber(text: string, low: number, high: number): number {
  const n = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(n >= low && n <= high)) throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
  return n;
}

/** What commander hands to an action that has these options. */
export interface CompileFlags {
  readonly format: Format;
  readonly maxBound: number;
  readonly unsafe?: boolean;
}

export const optionsOf = (flags: CompileFlags): Options => ({
  maxBound: flags.maxBound,
  ...(flags.unsafe === true ? { unsafe: true } : {}),
});

/** A file name, or `-` for standard input, as the root of a program. */
export function rootOf(effects: Effects, file: string): Root {
  if (file === '-')
    return { name: 'stdin', file: new SourceFile('<stdin>', decodeText(effects.readStdin(), 'standard input')) };
  const absolute = path.resolve(effects.cwd, file);
  return { name: moduleName(path.dirname(absolute), absolute), file: requireSource(effects, file) };
}

/** Builds each file as a program of its own, with the folder it is in as the root of its modules. */
export function buildFiles(effects: Effects, files: readonly string[], stage: Stage, options: Options): Built {
  if (files.length === 0) throw new Misuse('name at least one file');
  const byFolder = new Map<string, Root[]>();
  for (const file of files) {
    const folder = file === '-' ? effects.cwd : path.dirname(path.resolve(effects.cwd, file));
    const root = rootOf(effects, file);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), root]);
  }
  const built = [...byFolder].map(([folder, roots]) =>
    build(roots, withRoots(diskFinder(effects, folder), roots), stage, options),
  );
  return {
    modules: built.flatMap((b) => b.modules),
    diagnostics: built.flatMap((b) => b.diagnostics),
    images: built.flatMap((b) => b.images),
  };
}

/** The roots themselves are found under their names even when their text came from standard input. */
function withRoots(finder: ReturnType<typeof diskFinder>, roots: readonly Root[]): typeof finder {
  return { ...finder, source: (name) => roots.find((root) => root.name === name)?.file ?? finder.source(name) };
}
