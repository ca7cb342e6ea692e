/**
 * Session types as text, in the notation of the language reference, section 4: `?s{Start ~> !s{Took(int) ~> End}}`.
 * Invariant: rendering never fails. For people it never prints a page: what goes past the limit is `..`. For the machine nothing is
 * left out: what is long, or comes together again in many places, is written as equations, one a node.
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
export const renderNodes = (nodes: readonly Node[], end: string): string => renderTree(nodes, end).text;

/** The same with nothing left out: `rec X0 = ?s{Start ~> X1}, X1 = !s{Took(int) ~> End} in X0` where the text would be long. */
export function renderWhole(nodes: readonly Node[], end: string): string {
  const { text, cut } = renderTree(nodes, end);
  if (!cut) return text;
  const at = (n: number): string => {
    const node = nodes[n]!;
    return node.kind === 'end' || node.kind === 'fail' ? renderNode(node, end, at) : `X${n}`;
  };
  const equations = nodes.flatMap((node, n) =>
    node.kind === 'end' || node.kind === 'fail' ? [] : [`X${n} = ${renderNode(node, end, at)}`],
  );
  return `rec ${equations.join(', ')} in ${at(0)}`;
}

function renderTree(nodes: readonly Node[], end: string): { readonly text: string; readonly cut: boolean } {
  const variables = new Map<number, string>();
  const open = new Set<number>();
  let spent = 0;
  let named = 0;

  let cut = false;

  const at = (n: number): string => {
    if (open.has(n)) {
      let name = variables.get(n);
      if (name === undefined) variables.set(n, (name = variableName(named++)));
      return name;
    }
    if (spent > MOST_CHARACTERS || open.size > MOST_STEPS) {
      cut = true;
      return '..';
    }
    open.add(n);
    const text = renderNode(nodes[n]!, end, at);
    open.delete(n);
    const variable = variables.get(n);
    variables.delete(n);
    spent += text.length;
    return variable === undefined ? text : `rec ${variable}. ${text}`;
  };
  const text = at(0);
  return { text, cut };
}

function renderNode(node: Node, end: string, at: (n: number) => string): string {
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
}

export const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

function variableName(n: number): string {
  return 'XYZUVW'.charAt(n % 6) + (n < 6 ? '' : String(Math.floor(n / 6)));
}
