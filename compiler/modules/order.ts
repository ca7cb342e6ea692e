/**
 * The order in which modules are compiled: what a module requires comes before it. A cycle is reported with the whole
 * chain; the modules on it are left out, so that the rest can still be checked.
 */
import type { Module, RequireItem } from '../ast/ast.js';
import { type Diagnostic, error } from '../diagnostics/diagnostic.js';
import { didYouMean } from '../diagnostics/suggest.js';
import type { SourceFile } from '../source/source.js';
import type { Finder } from './finder.js';

/** The module every program has without asking for it. */
export const PRELUDE = 'std';

export interface Parsed {
  readonly name: string;
  readonly file: SourceFile;
  readonly module: Module;
  /** Canonical names of what it requires, the prelude included. */
  readonly requires: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

export type Parse = (file: SourceFile) => { readonly module: Module; readonly diagnostics: readonly Diagnostic[] };

export interface Order {
  readonly modules: readonly Parsed[];
  readonly diagnostics: readonly Diagnostic[];
}

const requiresOf = (module: Module): RequireItem[] =>
  module.items.filter((item): item is RequireItem => item.kind === 'require');

export const pathName = (item: RequireItem): string => item.path.parts.map((part) => part.text).join('::');

/** Depth-first over `require`, without host recursion: chains of modules may be long. */
export function order(
  roots: readonly { readonly name: string; readonly file: SourceFile }[],
  finder: Finder,
  parse: Parse,
): Order {
  const done: Parsed[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const diagnostics: Diagnostic[] = [];
  interface Open {
    readonly parsed: Parsed;
    readonly items: readonly (RequireItem | undefined)[];
    next: number;
  }
  const open = (name: string, file: SourceFile): Open => {
    state.set(name, 'open');
    const { module, diagnostics } = parse(file);
    const items = requiresOf(module);
    const implicit = name === PRELUDE || finder.source(PRELUDE) === undefined ? [] : [undefined];
    const requires = [...implicit.map(() => PRELUDE), ...items.map(pathName)];
    return {
      parsed: { name, file, module, requires: [...new Set(requires)], diagnostics },
      items: [...implicit, ...items],
      next: 0,
    };
  };
  for (const root of roots) {
    if (state.has(root.name)) continue;
    const stack = [open(root.name, root.file)];
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      if (top.next === top.items.length) {
        state.set(top.parsed.name, 'done');
        done.push(top.parsed);
        stack.pop();
        continue;
      }
      const item = top.items[top.next++];
      const name = item === undefined ? PRELUDE : pathName(item);
      if (state.get(name) === 'done') continue;
      if (state.get(name) === 'open') {
        if (item !== undefined)
          diagnostics.push(
            cycle(
              name,
              item,
              stack.map((o) => o.parsed.name),
            ),
          );
        continue;
      }
      const file = finder.source(name);
      if (file !== undefined) stack.push(open(name, file));
      else if (item !== undefined) diagnostics.push(unknown(name, item, finder));
    }
  }
  return { modules: done, diagnostics };
}

function cycle(name: string, item: RequireItem, chain: readonly string[]): Diagnostic {
  const names = [...chain.slice(chain.indexOf(name)), name];
  return error(
    'Q0151',
    item.span,
    `modules require each other in a circle: ${names.map((n) => `\`${n}\``).join(' -> ')}`,
    {
      label: `this closes the circle`,
      hints: ['move what both need into a third module, and require that one'],
    },
  );
}

const unknown = (name: string, item: RequireItem, finder: Finder): Diagnostic =>
  error('Q0103', item.path.span, `there is no module \`${name}\``, {
    label: 'not found in this project, its dependencies or the standard library',
    hints: didYouMean(name, finder.names()),
  });
