/**
 * Where a source file belongs: to the project around it, or, outside of projects, to its own folder; and where what is
 * compiled of it is kept. Invariant: a cache folder belongs to one root folder, so that modules of one name never meet.
 */
import path from 'node:path';
import type { Finder } from '../../compiler/modules/finder.js';
import { CACHE_FOLDER, userCache } from './cache.js';
import type { Effects } from '../effects/effects.js';
import { projectOf } from './manifest.js';
import { diskFinder } from './project.js';

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
