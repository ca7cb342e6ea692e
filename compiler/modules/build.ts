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
import type { SourceFile } from '../source/source.js';
import type { ModuleInterface } from '../types/interface.js';
import { encodeInterface } from '../types/encode.js';
import { decodeEntry, encodeEntry, hashText } from './cache.js';
import type { Finder } from './finder.js';
import { type Found, order } from './order.js';

export interface Root {
  readonly name: string;
  readonly file: SourceFile;
}

export interface BuildOptions extends Options {
  /** Roots are compiled even if the cache has them: for commands that show what the passes found. */
  readonly freshRoots?: boolean;
  /** Names this compiler in cache entries; without it the cache is not used. */
  readonly salt?: string;
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
  /** Hashes of the interfaces in `env`. */
  readonly #hashes = new Map<string, string>();
  readonly #images: ModuleImage[] = [];
  readonly #salt: string | undefined;

  constructor(
    readonly roots: readonly Root[],
    readonly finder: Finder,
    readonly stage: Stage,
    readonly options: BuildOptions,
  ) {
    const { salt, maxBound, unsafe } = options;
    this.#salt = salt === undefined || unsafe === true ? undefined : `${salt} ${maxBound ?? ''}`;
  }

  run(): Built {
    const { roots, finder, options } = this;
    const fresh = new Set(options.freshRoots === true ? roots.map((root) => root.name) : []);
    const ordered = order(roots, {
      finder,
      parse,
      entry: (name, file) => {
        const bytes = this.#salt === undefined || fresh.has(name) ? undefined : finder.cached(name);
        return bytes === undefined ? undefined : decodeEntry(this.#salt!, file.text, bytes);
      },
    });
    const modules = ordered.modules.map((found) => this.#module(found));
    const diagnostics = [...ordered.diagnostics, ...modules.flatMap((m) => m.diagnostics)];
    const failed = diagnostics.some(isError) && options.unsafe !== true;
    return { modules, diagnostics, images: failed ? [] : this.#images };
  }

  #module(found: Found): BuiltModule {
    const { name, file, entry } = found;
    if (entry !== undefined && entry.requires.every((r) => this.#hashes.get(r.name) === r.hash)) {
      this.#add(name, entry.interface, entry.interfaceHash, entry.image);
      return { name, file, interface: entry.interface, image: entry.image, diagnostics: [] };
    }
    const { module, diagnostics } = found.parsed();
    // A module is checked only if all it requires was: errors of others must not cascade into it.
    if (!found.requires.every((required) => this.#env.has(required))) return { name, file, module, diagnostics };
    const compiled = compileParsed({ name, file, module, diagnostics }, this.#env, this.stage, {
      ...this.options,
      images: this.#images,
    });
    const { image } = compiled;
    if (compiled.interface !== undefined) {
      const text = image?.interface ?? JSON.stringify(encodeInterface(compiled.interface));
      this.#add(name, compiled.interface, hashText(text), image);
    }
    if (image !== undefined && compiled.diagnostics.length === 0) this.#keep(found, image);
    return compiled;
  }

  #add(name: string, shown: ModuleInterface, hash: string, image: ModuleImage | undefined): void {
    this.#env.set(name, shown);
    this.#hashes.set(name, hash);
    if (image !== undefined) this.#images.push(image);
  }

  #keep(found: Found, image: ModuleImage): void {
    if (this.#salt === undefined) return;
    const requires = found.requires.map((name) => ({ name, hash: this.#hashes.get(name) ?? '' }));
    this.finder.keep(found.name, encodeEntry(this.#salt, found.file.text, image, requires));
  }
}
