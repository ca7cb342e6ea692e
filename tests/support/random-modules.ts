/**
 * Random programs in several modules: some of the items, with all that they name, go to a module of their own, and are named
 * by it from then on. All modules are in one text, the main one first, so that a program can be mutated and shrunk as one.
 * Invariant: what is moved names nothing that stays.
 */
import type { Pick } from './random-protocols.js';

export interface ModuleText {
  readonly name: string;
  readonly lines: readonly string[];
}

const HEADING = '#### module ';
const nameOf = (item: readonly string[]): string | undefined => /^(?:session|fun|let) (\w+)/.exec(item[0] ?? '')?.[1];
const REQUIRES = ['list', 'map', 'io', 'random'];

function module(name: string, tops: readonly string[], items: readonly (readonly string[])[]): ModuleText {
  const body = items.flatMap((item) => [...item, '']);
  const required = REQUIRES.filter((m) => body.some((l) => l.includes(`${m}::`)));
  return { name, lines: [...required.map((m) => `require ${m}`), ...tops, '', ...body] };
}

/** The modules of a program: one, or two. */
export function inModules(
  items: readonly (readonly string[])[],
  tops: readonly string[],
  main: readonly string[],
  pick: Pick,
): readonly ModuleText[] {
  const whole = [module('main', tops, [...items, main])];
  if (pick(4) > 0) return whole;
  const names = new Map(items.map((item) => [nameOf(item), item]));
  const uses = (item: readonly string[]): string[] => {
    const text = item.join('\n');
    return [...names.keys()].filter((n): n is string => n !== undefined && new RegExp(`\\b${n}\\b`).test(text));
  };
  const moved = new Set<string>();
  // What stands before the items stays in the main module, and what names it too.
  const kept = tops.flatMap(
    (t) => t.match(/\b(?:(?<=^exception )\w+|(?:One|Two)\w+|(?<=^extern async fun )\w+)/g) ?? [],
  );
  const stays = (item: readonly string[]): boolean =>
    kept.some((name) => new RegExp(`\\b${name}\\b`).test(item.join('\n')));
  for (const [name] of names) {
    if (name === undefined || pick(3) > 0) continue;
    const all = new Set([name]);
    for (const n of all) uses(names.get(n)!).forEach((m) => all.add(m));
    if (![...all].some((n) => stays(names.get(n)!))) all.forEach((n) => moved.add(n));
  }
  if (moved.size === 0) return whole;
  const isMoved = (item: readonly string[]): boolean => moved.has(nameOf(item) ?? '');
  const there = new RegExp(`\\b(${[...moved].join('|')})\\b`, 'g');
  const stay = [...items.filter((item) => !isMoved(item)), main].map((item) =>
    item.map((l) => l.replace(there, 'lib::$1')),
  );
  const home = module('main', ['require lib', ...tops], stay);
  return [home, module('lib', [], items.filter(isMoved))];
}

/** As one text. */
export const joined = (modules: readonly ModuleText[]): string =>
  modules.map(({ name, lines }, i) => (i === 0 ? '' : `${HEADING}${name}\n`) + lines.join('\n')).join('\n');

/** The main module and the others, out of one text. */
export function textsOf(text: string): { readonly main: string; readonly others: Readonly<Record<string, string>> } {
  const [main = '', ...rest] = text.split(`\n${HEADING}`);
  const others = rest.map((r) => [r.slice(0, r.indexOf('\n')), r.slice(r.indexOf('\n') + 1)] as const);
  return { main, others: Object.fromEntries(others) };
}
