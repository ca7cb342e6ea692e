/**
 * A program that is whole in the cache: its bytecode without any pass of the compiler.
 * Invariant: what it gives is what `build` would give; where that is not certain it gives nothing.
 */
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import type { SourceFile } from '../source/source.js';
import { type CacheOptions, decodeEntry, fits, saltOf, shownHash } from './cache.js';
import type { Finder } from './finder.js';
import { order } from './order.js';

/** Images in dependency order, the root's last; undefined unless every module is there and fits. */
export function cachedProgram(
  root: { readonly name: string; readonly file: SourceFile },
  finder: Finder,
  options: CacheOptions,
): readonly ModuleImage[] | undefined {
  const salt = saltOf(options);
  if (salt === undefined) return undefined;
  let missing = false;
  const ordered = order([root], {
    finder,
    entry: (name, file, library) => {
      // After the first miss there is nothing to gain from looking further.
      const bytes = missing ? undefined : (library ? (finder.library ?? finder) : finder).cached(name);
      const entry = bytes === undefined ? undefined : decodeEntry(salt, file, bytes);
      missing ||= entry === undefined;
      return entry;
    },
    parse: (file) => ({ module: { id: 0, span: { file, start: 0, end: 0 }, items: [], idCount: 1 }, diagnostics: [] }),
  });
  if (missing || ordered.diagnostics.length > 0) return undefined;
  const shown = new Map<string, string>();
  const images: ModuleImage[] = [];
  for (const { name, entry } of ordered.modules) {
    if (entry === undefined || !fits(entry, shown)) return undefined;
    shown.set(name, shownHash(entry.interfaceHash, entry.requires));
    images.push(entry.image);
  }
  return images;
}
