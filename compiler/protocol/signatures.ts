/**
 * Signatures: what a module's sessions and functions look like from outside, as lines of text with aligned colons.
 * Invariant: one line for each exported session and function, in source order.
 */
import type { Typing } from '../types/module/typing.js';
import type { Automaton } from './automaton/automaton.js';
import type { Code, CodeParam } from './code/code.js';
import type { Protocols } from './check.js';
import { capital, renderAutomaton } from './written/render.js';
import { Names, showType } from '../types/solve/show.js';

export interface Signature {
  readonly name: string;
  readonly text: string;
}

/** `Timer : exists S. [s : S] -> ?s{..}`, names padded to the longest. */
export function signatures(typing: Typing, protocols: Protocols): string[] {
  const list = signaturesOf(typing, protocols);
  const width = Math.max(0, ...list.map((s) => s.name.length));
  return list.map((s) => `${s.name.padEnd(width)} : ${s.text}`);
}

export function signaturesOf(typing: Typing, protocols: Protocols): Signature[] {
  return typing.resolution.module.items.flatMap((item): Signature[] => {
    if (item.kind !== 'session' && item.kind !== 'fun') return [];
    const name = item.name.text;
    if (name.startsWith('_')) return [];
    const key = `${typing.resolution.name}::${name}`;
    const code = protocols.codes.get(key);
    const automaton = protocols.automata.get(key);
    const talks = code?.params.some((p) => p.kind === 'end' || p.kind === 'pool') ?? false;
    if (code !== undefined && automaton !== undefined && (item.kind === 'session' || talks))
      return [{ name, text: sessionText(code, automaton, protocols) }];
    return [{ name, text: functionText(typing, name) }];
  });
}

function functionText(typing: Typing, name: string): string {
  const scheme = typing.functions.get(name)?.scheme;
  return scheme === undefined ? '()' : showType(scheme.type, new Names());
}

/** Parameters, then the body: `exists Q. (q : Q) -> ..`; `[s : S]` is the spawner, linked through `self`. */
function sessionText(code: Code, automaton: Automaton, protocols: Protocols): string {
  const body = renderAutomaton(automaton);
  const ends = code.params.filter((p) => p.kind === 'end');
  const quantifiers = ends.map((p) => `exists ${capital(p.name)}. `).join('');
  const spawners = protocols.spawners.get(code.key);
  const params = code.params.map((p, i) => `${paramText(p, spawners?.has(i) ?? false)} -> `).join('');
  return `${quantifiers}${params}${body}`;
}

function paramText(p: CodeParam, spawner: boolean): string {
  if (p.kind === 'end') return spawner ? `[${p.name} : ${capital(p.name)}]` : `(${p.name} : ${capital(p.name)})`;
  return `(${p.name} : ${p.kind === 'pool' ? 'pool' : p.type})`;
}
