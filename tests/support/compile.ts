/** Compiling programs in tests, the way the command line does, without its effects. */
import path from 'node:path';
import { type Built, build, type BuildOptions } from '../../compiler/modules/build.js';
import { tableFinder } from '../../compiler/modules/finder.js';
import type { Options, Stage } from '../../compiler/pipeline.js';
import { SourceFile } from '../../compiler/source/source.js';
import { production } from '../../cli/effects/production.js';
import { libraryFinder } from '../../cli/files/project.js';

export const root = path.resolve(import.meta.dirname, '../..');
const effects = { ...production, cwd: root, home: root };

/** A finder over the standard library alone; shared, so that library sources are read once. */
export const library = libraryFinder(effects);

/** A program from its text, as module `name`; what it requires comes from `others` and the library. */
export function compileText(
  text: string,
  {
    name = 'main',
    shown = `${name}.qz`,
    stage = 'asm',
    options = {},
    others = {},
  }: {
    readonly name?: string;
    readonly shown?: string;
    readonly stage?: Stage;
    readonly options?: BuildOptions;
    readonly others?: Readonly<Record<string, string>>;
  } = {},
): Built {
  const file = new SourceFile(shown, text);
  const table = Object.fromEntries(
    Object.entries(others).map(([n, t]) => [n, new SourceFile(`${n.replaceAll('::', '/')}.qz`, t)]),
  );
  return build([{ name, file }], tableFinder({ ...table, [name]: file }, library), stage, options);
}

const kept = new Map<string, Uint8Array>();

/** As `compileText` for many programs that require the same library modules, each of which is compiled once. */
export const compileOne = (text: string, options: Options = {}): Built => compileWithOthers(text, {}, options);

/** The same beside modules of its own, which are kept as long as their texts stay the same. */
export function compileWithOthers(
  text: string,
  others: Readonly<Record<string, string>>,
  options: Options = {},
): Built {
  const file = new SourceFile('main.qz', text);
  const table = Object.fromEntries(Object.entries(others).map(([n, t]) => [n, new SourceFile(`${n}.qz`, t)]));
  const finder = {
    ...tableFinder({ ...table, main: file }, library),
    cached: (name: string) => kept.get(name),
    keep: (name: string, bytes: Uint8Array): void => void (name === 'main' || kept.set(name, bytes)),
  };
  return build([{ name: 'main', file }], finder, 'asm', { ...options, salt: 'kept' });
}
