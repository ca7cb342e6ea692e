/**
 * Session types as text, in the notation of the language reference, section 4: `?s{Start ~> !s{Took(int) ~> End}}`.
 * Invariant: rendering never fails and never prints a page: what goes past the limit is `..`.
 */
import type { Automaton } from '../automaton/automaton.js';
import type { Branch, Node } from './nodes.js';
import { nodesOf } from './nodes.js';

const MOST_CHARACTERS = 4000;
/** Steps after another that are printed. */
const MOST_STEPS = 200;

/** The body of a session's type. A function's protocol ends in `Ret`, a session's in `End`. */
export function renderAutomaton(automaton: Automaton): string {
  return renderNodes(nodesOf(automaton), automaton.kind === 'fun' ? 'Ret' : 'End');
}

/** The nodes as text; where nothing more is done it says `end`. */
export function renderNodes(nodes: readonly Node[], end: string): string {
  const variables = new Map<number, string>();
  const open = new Set<number>();
  let spent = 0;
  let named = 0;

  const at = (n: number): string => {
    if (spent > MOST_CHARACTERS) return '..';
    if (open.has(n)) {
      let name = variables.get(n);
      if (name === undefined) variables.set(n, (name = variableName(named++)));
      return name;
    }
    if (open.size > MOST_STEPS) return '..';
    open.add(n);
    const text = render(nodes[n]!);
    open.delete(n);
    const variable = variables.get(n);
    variables.delete(n);
    spent += text.length;
    return variable === undefined ? text : `rec ${variable}. ${text}`;
  };

  const branch = (b: Branch, named: boolean): string => {
    const payload = b.payload.length === 0 ? '' : `(${b.payload.join(', ')})`;
    const peer = named && b.peer !== '' ? `${b.peer}.` : '';
    return `${peer}${b.label}${payload} ~> ${at(b.to)}`;
  };

  const talk = (mark: '?' | '!', branches: readonly Branch[]): string => {
    const peers = [...new Set(branches.filter((b) => b.peer !== '').map((b) => b.peer))];
    const one = peers.length === 1;
    return `${mark}${one ? peers[0] : ''}{${branches.map((b) => branch(b, !one)).join(', ')}}`;
  };

  const render = (node: Node): string => {
    switch (node.kind) {
      case 'end':
        return end;
      case 'fail':
        return 'Fail';
      case 'send':
        return talk('!', node.branches);
      case 'receive':
        return `${node.clients.map((c) => `exists ${capital(c)}. `).join('')}${talk('?', node.branches)}`;
      case 'spawn':
        return `[${node.name} : ${node.session}] -> ${at(node.to)}`;
      case 'choice':
        return node.ways.length === 1 ? at(node.ways[0]!) : `(${node.ways.map(at).join(' | ')})`;
    }
  };

  return at(0);
}

export const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

function variableName(n: number): string {
  return 'XYZUVW'.charAt(n % 6) + (n < 6 ? '' : String(Math.floor(n / 6)));
}
