/**
 * The order in which modules are compiled: what a module requires comes before it. A cycle is reported with the whole
 * chain; the modules on it are left out, so that the rest can still be checked.
 */
import type { Module, RequireItem } from '../ast/ast.js';
import { type Diagnostic, error } from '../diagnostics/diagnostic.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { SourceFile } from '../source/source.js';
import type { CacheEntry } from './cache.js';
import type { Finder } from './finder.js';

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
  readonly found: Found;
  readonly needs: readonly Need[];
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
  readonly entry: (name: string, file: SourceFile) => CacheEntry | undefined;
}

/** Depth-first over `require`, without host recursion: chains of modules may be long. */
export function order(roots: readonly { readonly name: string; readonly file: SourceFile }[], loading: Loading): Order {
  const { finder } = loading;
  const done: Found[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const diagnostics: Diagnostic[] = [];
  const prelude = finder.source(PRELUDE) !== undefined;
  const open = (name: string, file: SourceFile): Open => {
    state.set(name, 'open');
    const entry = loading.entry(name, file);
    const parsed = once(() => loading.parse(file));
    const needs =
      entry === undefined
        ? needsOf(parsed().module)
        : entry.requires.map((r): Need => ({ name: r.name, item: undefined }));
    const all = prelude && name !== PRELUDE ? [{ name: PRELUDE, item: undefined }, ...needs] : needs;
    const requires = [...new Set(all.map((need) => need.name))];
    return { found: { name, file, entry, parsed, requires }, needs: all, next: 0 };
  };
  for (const root of roots) {
    if (state.has(root.name)) continue;
    const stack = [open(root.name, root.file)];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      if (top.next === top.needs.length) {
        state.set(top.found.name, 'done');
        done.push(top.found);
        stack.pop();
        continue;
      }
      const { name, item } = top.needs[top.next++]!;
      if (state.get(name) === 'done') continue;
      if (state.get(name) === 'open') {
        const chain = stack.map((o) => o.found.name);
        if (item !== undefined) diagnostics.push(cycle(name, item, chain));
        continue;
      }
      const file = finder.source(name);
      if (file !== undefined) stack.push(open(name, file));
      else if (item !== undefined) diagnostics.push(unknown(name, item, finder));
    }
  }
  return { modules: done, diagnostics };
}

const needsOf = (module: Module): Need[] =>
  module.items.flatMap((item) => (item.kind === 'require' ? [{ name: pathName(item), item }] : []));

function cycle(name: string, item: RequireItem, chain: readonly string[]): Diagnostic {
  const names = [...chain.slice(chain.indexOf(name)), name];
  const shown = names.map((n) => `\`${n}\``).join(' -> ');
  return error('Q0151', item.span, `modules require each other in a circle: ${shown}`, {
    label: `this closes the circle`,
    hints: ['move what both need into a third module, and require that one'],
  });
}

const unknown = (name: string, item: RequireItem, finder: Finder): Diagnostic =>
  error('Q0103', item.path.span, `there is no module \`${name}\``, {
    label: 'not found in this project, its dependencies or the standard library',
    hints: didYouMean(name, finder.names()),
  });
