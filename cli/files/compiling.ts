/** What the commands that compile share: from file names to a built program. */
import path from 'node:path';
import { type Built, build, type BuildOptions, type BuiltModule, type Root } from '../../compiler/modules/build.js';
import type { Finder } from '../../compiler/modules/finder.js';
import type { Stage } from '../../compiler/pipeline.js';
import { SourceFile } from '../../compiler/source/source.js';
import type { Effects } from '../effects/effects.js';
import { placeOf, type Place } from './places.js';
import { decodeText, moduleName, requireSource, shownPath, SOURCE_ENDING } from './project.js';
import { Misuse } from '../terminal/report.js';
import { quartzOf, SEXP_ENDING } from './sexp.js';
import { stamp } from './stamp.js';

/** A file name, or `-` for standard input, as the root of a program. */
export function rootOf(effects: Effects, file: string, folder?: string): Root {
  if (file === '-')
    return { name: 'stdin', file: new SourceFile('<stdin>', decodeText(effects.readStdin(), 'standard input')) };
  const absolute = path.resolve(effects.cwd, file);
  const top = folder ?? path.dirname(absolute);
  if (SEXP_ENDING.test(file))
    return {
      name: moduleName(top, absolute.replace(SEXP_ENDING, '.qz')),
      file: new SourceFile(shownPath(effects, absolute), quartzOf(effects, file), true),
    };
  return { name: moduleName(top, absolute), file: requireSource(effects, file) };
}

/** What was built, and the modules of it that the user named. */
export interface BuiltNamed extends Built {
  readonly named: readonly BuiltModule[];
}

/** Builds files as one program for each project or folder they are in, which is the root of their modules' names. */
export function buildPrograms(
  effects: Effects,
  files: readonly string[],
  stage: Stage,
  options: BuildOptions,
): readonly BuiltNamed[] {
  if (files.length === 0) throw new Misuse('there are no modules in what was named');
  const groups = new Map<string, { readonly place: Place; readonly roots: Root[] }>();
  for (const file of files) {
    const place = placeOf(effects, file);
    const group = groups.get(place.root) ?? { place, roots: [] };
    group.roots.push(rootOf(effects, file, place.root));
    groups.set(place.root, group);
  }
  return [...groups.values()].map(({ place, roots }) => {
    const built = build(roots, withRoots(place.finder(), roots), stage, { ...options, salt: stamp() });
    const isNamed = (m: BuiltModule): boolean => roots.some((r) => r.name === m.name && r.file.path === m.file.path);
    return { ...built, named: built.modules.filter(isNamed) };
  });
}

/** The programs that files are in, together. */
export function buildFiles(
  effects: Effects,
  files: readonly string[],
  stage: Stage,
  options: BuildOptions,
): BuiltNamed {
  const built = buildPrograms(effects, files, stage, options);
  return {
    modules: built.flatMap((b) => b.modules),
    diagnostics: built.flatMap((b) => b.diagnostics),
    images: built.flatMap((b) => b.images),
    named: built.flatMap((b) => b.named),
  };
}

/** The roots themselves are found under their names even when their text came from standard input. */
function withRoots(finder: Finder, roots: readonly Root[]): Finder {
  const own = (name: string): Root | undefined => roots.find((root) => root.name === name);
  const piped = (name: string): boolean => /^<stdin>$|\.sexp$/.test(own(name)?.file.path ?? '');
  return {
    ...finder,
    source: (name) => (piped(name) ? own(name)!.file : (finder.source(name) ?? own(name)?.file)),
    cached: (name) => (piped(name) ? undefined : finder.cached(name)),
    keep: (name, bytes) => {
      if (!piped(name)) finder.keep(name, bytes);
    },
  };
}

/** What a user named, a folder standing for the source files in it. */
export const filesNamed = (effects: Effects, named: readonly string[]): string[] =>
  named.flatMap((name) => (name !== '-' && isFolder(effects, name) ? sourcesUnder(effects, name) : [name]));

function isFolder(effects: Effects, name: string): boolean {
  const absolute = path.resolve(effects.cwd, name);
  if (effects.list(absolute).length > 0) return true;
  return effects.list(path.dirname(absolute)).includes(`${path.basename(absolute)}/`);
}

/** The source files of a folder and of the folders in it, as paths relative to where the user stands. */
export function sourcesUnder(effects: Effects, folder: string): string[] {
  return effects.list(path.resolve(effects.cwd, folder)).flatMap((entry) => {
    const file = path.join(folder, entry);
    if (SOURCE_ENDING.test(entry)) return [file];
    return entry.endsWith('/') && !/^(\.|node_modules\/|build\/)/.test(entry) ? sourcesUnder(effects, file) : [];
  });
}
