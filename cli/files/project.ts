/**
 * From what the user typed to modules: which folder is the project's root, where required modules are, which file a
 * name means. Invariant: paths shown to the user are relative to where they stand whenever that is possible.
 */
import path from 'node:path';
import { fileOf, type Finder, MODULE_NAME } from '../../compiler/modules/finder.js';
import { SourceFile } from '../../compiler/source/source.js';
import { Cache, LIBRARY_CACHE, cacheFile } from './cache.js';
import { EffectError, type Effects } from '../effects/effects.js';
import { Failure } from '../terminal/report.js';

const strict = new TextDecoder('utf-8', { fatal: true });

/** The text of a file; a file that is not UTF-8 is refused. */
export function decodeText(bytes: Uint8Array, shown: string): string {
  try {
    return strict.decode(bytes);
  } catch {
    throw new Failure(`${shown} is not UTF-8`);
  }
}

export const shownPath = (effects: Effects, file: string): string => {
  const relative = path.relative(effects.cwd, file);
  return relative === '' || relative.startsWith('..') ? file : relative;
};

export function readSource(effects: Effects, file: string): SourceFile | undefined {
  const absolute = path.resolve(effects.cwd, file);
  const bytes = effects.readFile(absolute);
  const shown = shownPath(effects, absolute);
  return bytes === undefined ? undefined : new SourceFile(shown, decodeText(bytes, shown));
}

/** Source files may end in `.qz` or, as in the original language, `.qrz`. */
export const SOURCE_ENDING = /\.(qz|qrz)$/;

/** `src/net/http.qz` under root `src` is `net::http`. */
export function moduleName(root: string, file: string): string {
  const relative = path.relative(root, file).replace(SOURCE_ENDING, '');
  const name = relative.split(path.sep).join('::');
  return MODULE_NAME.test(name) ? name : path.basename(relative).replace(/[^A-Za-z0-9_]/g, '_');
}

function folderNames(effects: Effects, folder: string, prefix = '', depth = 0): string[] {
  return effects.list(folder).flatMap((entry) => {
    if (entry.endsWith('.qz')) return [`${prefix}${entry.slice(0, -3)}`];
    if (!entry.endsWith('/') || depth > 4 || /^(\.|node_modules\/)/.test(entry)) return [];
    return folderNames(effects, path.join(folder, entry), `${prefix}${entry.slice(0, -1)}::`, depth + 1);
  });
}

/** Where compiled modules are kept: those of the root folder in `own`; the library's were made when the package was built. */
export interface Caches {
  readonly own: string | undefined;
}

/** Modules under a root folder, then those of dependencies by their name, then the standard library. */
export function diskFinder(
  effects: Effects,
  root: string,
  dependencies: Readonly<Record<string, string>> = {},
  { own }: Caches = { own: undefined },
): Finder {
  const library = libraryFinder(effects);
  const cache = own === undefined ? undefined : new Cache(effects, own);
  const known = new Map<string, SourceFile | undefined>();
  const places = (name: string): string[] => {
    const [first, ...rest] = name.split('::');
    const dependency = dependencies[first!];
    const inProject = path.join(root, fileOf(name));
    const inDependency = dependency === undefined ? [] : [path.join(dependency, fileOf(rest.join('::') || first!))];
    return [inProject, ...inDependency];
  };
  const find = (name: string): SourceFile | undefined => {
    for (const place of places(name)) {
      const source = readSource(effects, place);
      if (source !== undefined) return source;
    }
    return undefined;
  };
  const source = (name: string): SourceFile | undefined => {
    if (!known.has(name)) known.set(name, MODULE_NAME.test(name) ? find(name) : undefined);
    return known.get(name);
  };
  return {
    source: (name) => source(name) ?? library.source(name),
    names: () => [...folderNames(effects, root), ...library.names(), ...Object.keys(dependencies)],
    cached: (name) => (source(name) === undefined ? library.cached(name) : cache?.read(name)),
    keep: (name, bytes) => {
      if (source(name) !== undefined) cache?.keep(name, bytes);
    },
    library,
  };
}

/** Sources of libraries that this process has read, by their place: one that did not change stays the same to the compiler. */
const librarySources = new Map<string, SourceFile>();

/** The standard library alone. Its sources are called `stdlib/..` wherever the package is and the user stands. */
export function libraryFinder(effects: Effects): Finder {
  const folder = path.join(effects.home, 'stdlib');
  const known = new Map<string, SourceFile | undefined>();
  const find = (name: string): SourceFile | undefined => {
    const place = path.join(folder, fileOf(name));
    const bytes = effects.readFile(place);
    if (bytes === undefined) return undefined;
    const shown = `stdlib/${fileOf(name)}`;
    const text = decodeText(bytes, shown);
    const before = librarySources.get(place);
    if (before?.text === text) return before;
    const file = new SourceFile(shown, text);
    librarySources.set(place, file);
    return file;
  };
  return {
    source: (name) => {
      if (!known.has(name)) known.set(name, MODULE_NAME.test(name) ? find(name) : undefined);
      return known.get(name);
    },
    names: () => folderNames(effects, folder),
    cached: (name) => effects.readFile(cacheFile(path.join(effects.home, LIBRARY_CACHE), name)),
    keep: () => undefined,
  };
}

/** A file the user named; a failure in plain words if it is not there. */
export function requireSource(effects: Effects, file: string): SourceFile {
  const source = readSource(effects, file);
  if (source === undefined) throw new EffectError(`there is no file ${file}`);
  return source;
}
