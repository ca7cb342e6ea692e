/**
 * Where a source file belongs: to the project around it, or, outside of projects, to its own folder; and where what is
 * compiled of it is kept. Invariant: a cache folder belongs to one root folder, so that modules of one name never meet.
 */
import path from 'node:path';
import { hashText } from '../compiler/modules/cache.js';
import type { Finder } from '../compiler/modules/finder.js';
import type { Effects } from './effects.js';
import { projectOf } from './manifest.js';
import { CACHE_FOLDER, diskFinder } from './project.js';

export interface Place {
  /** Absolute: what the names of modules start from. */
  readonly root: string;
  readonly finder: () => Finder;
}

export function placeOf(effects: Effects, file: string): Place {
  const folder = file === '-' ? effects.cwd : path.dirname(path.resolve(effects.cwd, file));
  const project = projectOf(effects, folder);
  const root = project?.root ?? folder;
  const own = project === undefined ? userCache(effects, folder) : path.join(root, CACHE_FOLDER);
  return { root, finder: () => diskFinder(effects, root, project?.dependencies, { own }) };
}

/**
 * The cache of a folder that is no project: under QUARTZ_CACHE, or where the system wants caches of this user. Never in
 * the folder itself, which may be shared, read-only or under version control. Undefined: nothing is kept.
 */
export function userCache({ env }: Effects, folder: string): string | undefined {
  const under = (base: string | undefined, ...rest: string[]): string | undefined =>
    base === undefined || !path.isAbsolute(base) ? undefined : path.join(base, ...rest);
  const base =
    env['QUARTZ_CACHE'] === undefined
      ? (under(env['XDG_CACHE_HOME'], 'quartz') ??
        under(env['LOCALAPPDATA'], 'quartz') ??
        under(env['HOME'], '.cache', 'quartz'))
      : under(env['QUARTZ_CACHE']);
  return under(base, hashText(folder).slice(0, 32));
}
