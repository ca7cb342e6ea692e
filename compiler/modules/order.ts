/**
 * The order in which modules are compiled: what a module requires comes before it. A cycle is reported with the whole
 * chain; the modules on it are left out, so that the rest can still be checked. A name means one file in a whole program.
 * Invariant: what is found does not depend on the cache: an entry whose requirements cannot all be found is no entry.
 */
import type { Module, RequireItem } from '../ast/ast.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { SourceFile } from '../source/source.js';
import type { CacheEntry } from './cache.js';
import type { Finder } from './finder.js';
import { type Chosen, cycle, instead, twoFiles, twoModules, unknown } from './order-errors.js';

/** The module every program has without asking for it. */
export const PRELUDE = 'std';

export interface Parsed {
  readonly module: Module;
  readonly diagnostics: readonly Diagnostic[];
}

/** A module that is part of the program: parsed, or known from the cache and parsed only if the entry turns out stale. */
export interface Found {
  readonly name: string;
  readonly file: SourceFile;
  /** Comes from the library. */
  readonly library: boolean;
  readonly entry: CacheEntry | undefined;
  readonly parsed: () => Parsed;
  /** Canonical names of what it requires, the prelude included. */
  readonly requires: readonly string[];
}

export interface Order {
  readonly modules: readonly Found[];
  readonly diagnostics: readonly Diagnostic[];
}

/** One name required, and where that is written (nowhere for the prelude and for cached modules). */
interface Need {
  readonly name: string;
  readonly item: RequireItem | undefined;
}

interface Open {
  found: Found;
  needs: readonly Need[];
  next: number;
}

export const pathName = (item: RequireItem): string => item.path.parts.map((part) => part.text).join('::');

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};

export interface Loading {
  readonly finder: Finder;
  readonly parse: (file: SourceFile) => Parsed;
  /** The cache's entry for this source, if there is one that fits it. */
  readonly entry: (name: string, file: SourceFile, library: boolean) => CacheEntry | undefined;
}

/** Depth-first over `require`, without host recursion: chains of modules may be long. */
export function order(roots: readonly { readonly name: string; readonly file: SourceFile }[], loading: Loading): Order {
  return new Ordering(loading).run(roots);
}

class Ordering {
  readonly #done: Found[] = [];
  readonly #state = new Map<string, 'open' | 'done'>();
  readonly #chosen = new Map<string, Chosen>();
  readonly #diagnostics: Diagnostic[] = [];
  readonly #stack: Open[] = [];
  readonly #hasPrelude: boolean;

  constructor(readonly loading: Loading) {
    this.#hasPrelude = this.#lookUp(PRELUDE, true) !== undefined;
  }

  run(roots: readonly { readonly name: string; readonly file: SourceFile }[]): Order {
    for (const { name, file } of roots) {
      const chosen: Chosen = { file, library: this.loading.finder.library?.source(name)?.path === file.path };
      if (this.#isAnother(name, chosen)) this.#diagnostics.push(twoFiles(name, file, this.#chosen.get(name)!.file));
      if (this.#state.has(name)) continue;
      this.#open(name, chosen, true);
      for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) this.#step(top);
    }
    return { modules: this.#done, diagnostics: this.#diagnostics };
  }

  /** Where a module's requirement is found: that of the library's own modules, and the prelude, in the library first. */
  #lookUp(name: string, fromLibrary: boolean): Chosen | undefined {
    const { finder } = this.loading;
    const shared = finder.library?.source(name);
    const file = fromLibrary && shared !== undefined ? shared : finder.source(name);
    return file && { file, library: shared?.path === file.path };
  }

  #isAnother(name: string, wanted: Chosen): boolean {
    const known = this.#chosen.get(name);
    return known !== undefined && known.file.path !== wanted.file.path;
  }

  #open(name: string, chosen: Chosen, mayBeCached: boolean): void {
    const { file, library } = chosen;
    this.#state.set(name, 'open');
    this.#chosen.set(name, chosen);
    const entry = mayBeCached ? this.loading.entry(name, file, library) : undefined;
    const parsed = once(() => this.loading.parse(file));
    const needs =
      entry === undefined
        ? needsOf(parsed().module)
        : entry.requires.map((r): Need => ({ name: r.name, item: undefined }));
    const all = this.#hasPrelude && name !== PRELUDE ? [{ name: PRELUDE, item: undefined }, ...needs] : needs;
    const requires = [...new Set(all.map((need) => need.name))];
    this.#stack.push({ found: { name, file, library, entry, parsed, requires }, needs: all, next: 0 });
  }

  /** Goes on with the module at hand: finishes it, or opens the next that it requires. */
  #step(top: Open): void {
    if (top.next === top.needs.length) {
      this.#state.set(top.found.name, 'done');
      this.#done.push(top.found);
      this.#stack.pop();
      return;
    }
    const { name, item } = top.needs[top.next++]!;
    const wanted = this.#lookUp(name, top.found.library || (item === undefined && name === PRELUDE));
    const state = this.#state.get(name);
    const another = wanted !== undefined && this.#isAnother(name, wanted);
    // What an entry was made of is not all there any more, or has become a circle: it is no entry, and the source tells.
    if (item === undefined && top.found.entry !== undefined && (another || state === 'open' || wanted === undefined)) {
      this.#stack.pop();
      this.#open(top.found.name, this.#chosen.get(top.found.name)!, false);
    } else if (another) {
      this.#diagnostics.push(twoModules(name, top.found.library, item, wanted, this.#chosen.get(name)!));
      // Checked against the other file it would be wrong in ways that say nothing.
      top.found = { ...top.found, requires: [...top.found.requires, wanted.file.path] };
    } else if (state === 'open') {
      const chain = this.#stack.map((o) => o.found);
      if (item !== undefined) this.#diagnostics.push(cycle(name, item, chain, this.loading.finder));
    } else if (state === undefined && wanted !== undefined) {
      const { library } = this.loading.finder;
      if (!wanted.library && item !== undefined && library?.source(name) !== undefined)
        this.#diagnostics.push(instead(name, item, wanted.file));
      this.#open(name, { ...wanted, item }, true);
    } else if (wanted === undefined && item !== undefined)
      this.#diagnostics.push(unknown(name, item, this.loading.finder));
  }
}

const needsOf = (module: Module): Need[] =>
  module.items.flatMap((item) => (item.kind === 'require' ? [{ name: pathName(item), item }] : []));
