/**
 * A program: its modules in order, each compiled against the interfaces of those before it. Modules that did not change,
 * and whose requirements did not, come out of the cache instead.
 * Invariant: the result does not depend on the cache; a cache entry that does not fit exactly is ignored.
 */
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import type { Module } from '../ast/ast.js';
import { type Diagnostic, isError } from '../diagnostics/diagnostic.js';
import { parse } from '../parse/parse.js';
import { type Compiled, compileParsed, type Options, type Stage } from '../pipeline.js';
import { withoutPlaces } from '../protocol/exports.js';
import type { SourceFile } from '../source/source.js';
import type { ModuleInterface } from '../types/module/interface.js';
import { encodeInterface } from '../types/module/encode.js';
import { type CacheEntry, decodeEntry, encodeEntry, fits, hashText, interfaceIn, saltOf, shownHash } from './cache.js';
import type { Finder } from './finder.js';
import { compiledOnce, parsedOnce } from './memory.js';
import { type Found, order } from './order.js';
import { withSources } from './sources.js';

export interface Root {
  readonly name: string;
  readonly file: SourceFile;
}

export interface BuildOptions extends Options {
  /** Roots are compiled even if the cache has them: for commands that show what the passes found. */
  readonly freshRoots?: boolean;
  /** Names this compiler in cache entries; without it the cache is not used. */
  readonly salt?: string;
  /** Names that nobody uses are warned of. */
  readonly unused?: boolean;
}

/** A module of the program; `module` and what the passes made are absent if it came out of the cache. */
export type BuiltModule = Omit<Compiled, 'module'> & { readonly module?: Module };

export interface Built {
  /** In dependency order; modules that could not be compiled are there as far as they got. */
  readonly modules: readonly BuiltModule[];
  readonly diagnostics: readonly Diagnostic[];
  /** Images in dependency order, if there were no errors and the stage was `asm`. */
  readonly images: readonly ModuleImage[];
}

export function build(roots: readonly Root[], finder: Finder, stage: Stage = 'asm', options: BuildOptions = {}): Built {
  return new Build(roots, finder, stage, options).run();
}

class Build {
  readonly #env = new Map<string, ModuleInterface>();
  /** Hashes of all that the modules in `env` show. */
  readonly #shown = new Map<string, string>();
  /** What the modules in `env` require, directly or not, and themselves. */
  readonly #below = new Map<string, ReadonlySet<string>>();
  readonly #images: ModuleImage[] = [];
  /** Those that did not come out of the cache. */
  readonly #compiled = new Map<string, Compiled>();
  readonly #salt: string | undefined;

  constructor(
    readonly roots: readonly Root[],
    readonly finder: Finder,
    readonly stage: Stage,
    readonly options: BuildOptions,
  ) {
    this.#salt = saltOf(options);
  }

  run(): Built {
    const { roots, finder, options } = this;
    const fresh = new Set(options.freshRoots === true ? roots.map((root) => root.name) : []);
    const ordered = order(roots, {
      finder,
      parse: (file) => parsedOnce(file, parse),
      entry: (name, file, library) => {
        const from = library ? (finder.library ?? finder) : finder;
        const bytes = this.#salt === undefined || fresh.has(name) ? undefined : from.cached(name);
        return bytes === undefined ? undefined : decodeEntry(this.#salt!, file, bytes);
      },
    });
    const modules = ordered.modules.map((found) => this.#module(found));
    const diagnostics = withSources(
      [...ordered.diagnostics, ...modules.flatMap((m) => m.diagnostics)],
      modules.map((m) => m.file),
    );
    const failed = diagnostics.some(isError) && options.unsafe !== true;
    return { modules, diagnostics, images: failed ? [] : this.#images };
  }

  #module(found: Found): BuiltModule {
    const { name, file, entry } = found;
    const silent = entry?.unused === true && this.options.unused === true;
    if (entry !== undefined && !silent && fits(entry, this.#shown)) {
      const shown = interfaceIn(entry.image);
      if (shown !== undefined) {
        this.#add(found, shown, entry.interfaceHash, entry.image);
        return { name, file, interface: shown, image: entry.image, diagnostics: [] };
      }
    }
    const { module, diagnostics } = found.parsed();
    // A module is checked only if all it requires was: errors of others must not cascade into it.
    if (!found.requires.every((required) => this.#env.has(required))) return { name, file, module, diagnostics };
    // And against nothing else, so that what is found does not depend on the other modules of the program.
    const { stage } = this;
    const { salt: _salt, freshRoots: _fresh, unused: _unused, ...options } = this.options;
    const requirements = found.requires.map((required) => this.#compiled.get(required));
    const compiled = compiledOnce({ name, file, stage, options }, requirements, () => {
      const below = this.#belowOf(found);
      const env = new Map([...this.#env].filter(([other]) => below.has(other)));
      const images = this.#images.filter((image) => below.has(image.name));
      return compileParsed({ name, file, module, diagnostics }, env, stage, { ...options, images });
    });
    this.#compiled.set(name, compiled);
    const { unused = [] } = compiled;
    if (compiled.interface !== undefined) {
      const interfaceHash = hashText(JSON.stringify(encodeInterface(compiled.interface), withoutPlaces));
      const requires = this.#add(found, compiled.interface, interfaceHash, compiled.image);
      if (compiled.image !== undefined && compiled.diagnostics.length === 0)
        this.#keep(found, { image: compiled.image, interfaceHash, requires, unused: unused.length > 0 });
    }
    // What is wrong comes first: with it mended, more may be used.
    if (this.options.unused !== true || compiled.diagnostics.some(isError)) return compiled;
    return { ...compiled, diagnostics: [...compiled.diagnostics, ...unused] };
  }

  /** Makes a module known to those after it; gives what it needed. */
  #add(
    found: Found,
    shown: ModuleInterface,
    interfaceHash: string,
    image: ModuleImage | undefined,
  ): CacheEntry['requires'] {
    const requires = found.requires.map((name) => ({ name, hash: this.#shown.get(name) ?? '' }));
    this.#env.set(found.name, shown);
    this.#shown.set(found.name, shownHash(interfaceHash, requires));
    this.#below.set(found.name, this.#belowOf(found).add(found.name));
    if (image !== undefined) this.#images.push(image);
    return requires;
  }

  #belowOf(found: Found): Set<string> {
    return new Set(found.requires.flatMap((name) => [...(this.#below.get(name) ?? [])]));
  }

  #keep(found: Found, entry: CacheEntry): void {
    const to = found.library ? (this.finder.library ?? this.finder) : this.finder;
    if (this.#salt !== undefined) to.keep(found.name, encodeEntry(this.#salt, found.file, entry));
  }
}
