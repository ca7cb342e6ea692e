/**
 * A program: its modules in order, each compiled against the interfaces of those before it. Modules that did not change,
 * and whose requirements did not, come out of the cache instead.
 * Invariant: the result does not depend on the cache; a cache entry that does not fit exactly is ignored.
 */
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { type Diagnostic, isError } from '../diagnostics/diagnostic.js';
import { parse } from '../parse/parse.js';
import { type Compiled, compileParsed, type Options, type Stage } from '../pipeline.js';
import type { SourceFile } from '../source/source.js';
import type { ModuleInterface } from '../types/interface.js';
import type { Finder } from './finder.js';
import { order } from './order.js';

export interface Root {
  readonly name: string;
  readonly file: SourceFile;
}

export interface Built {
  /** In dependency order; modules that could not be compiled are there as far as they got. */
  readonly modules: readonly Compiled[];
  readonly diagnostics: readonly Diagnostic[];
  /** Images in dependency order, if there were no errors and the stage was `asm`. */
  readonly images: readonly ModuleImage[];
}

export function build(roots: readonly Root[], finder: Finder, stage: Stage = 'asm', options: Options = {}): Built {
  const ordered = order(roots, finder, parse);
  const env = new Map<string, ModuleInterface>();
  const modules: Compiled[] = [];
  for (const parsed of ordered.modules) {
    // A module is checked only if all it requires was: errors of others must not cascade into it.
    if (!parsed.requires.every((name) => env.has(name))) {
      modules.push({ ...parsed, diagnostics: parsed.diagnostics });
      continue;
    }
    const images = modules.flatMap((m) => (m.image === undefined ? [] : [m.image]));
    const compiled = compileParsed(parsed, env, stage, { ...options, images });
    modules.push(compiled);
    if (compiled.interface !== undefined) env.set(parsed.name, compiled.interface);
  }
  const diagnostics = [...ordered.diagnostics, ...modules.flatMap((m) => m.diagnostics)];
  const images = modules.flatMap((m) => (m.image === undefined ? [] : [m.image]));
  return { modules, diagnostics, images: diagnostics.some(isError) && options.unsafe !== true ? [] : images };
}
