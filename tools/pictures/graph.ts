/**
 * Automata as pictures see them: states with a mark, arrows with a text. Made from a session as a person reads it, or from
 * one role of a system as it is. Invariant: state 0 is the start; every arrow joins states of the picture.
 */
import type { Automaton } from '../../compiler/protocol/automaton/automaton.js';
import type { Role, System } from '../../compiler/protocol/decide/system.js';
import { stateName } from '../../compiler/protocol/decide/system.js';
import type { Branch, Node } from '../../compiler/protocol/written/nodes.js';
import { nodesOf } from '../../compiler/protocol/written/nodes.js';

export interface PictureState {
  readonly text: string;
  readonly final?: 'end' | 'fail';
}

export interface PictureArrow {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly kind: 'send' | 'receive' | 'other';
}

export interface PictureGraph {
  readonly title: string;
  readonly states: readonly PictureState[];
  readonly arrows: readonly PictureArrow[];
}

/** The automaton of a session, silent steps merged, equal states shared. */
export function graphOfSession(automaton: Automaton): PictureGraph {
  const nodes = nodesOf(automaton);
  let number = 0;
  const states = nodes.map((node): PictureState => {
    if (node.kind === 'end') return { text: automaton.kind === 'fun' ? 'ret' : 'end', final: 'end' };
    if (node.kind === 'fail') return { text: 'fail', final: 'fail' };
    return { text: String(++number) };
  });
  return { title: automaton.name, states, arrows: nodes.flatMap((node, from) => arrowsOf(node, from)) };
}

function arrowsOf(node: Node, from: number): PictureArrow[] {
  const talk = (mark: string, kind: 'send' | 'receive', b: Branch): PictureArrow => {
    const text = b.payload.length === 0 ? b.label : `${b.label}(${b.payload.join(', ')})`;
    return b.peer === ''
      ? { from, to: b.to, text, kind: 'other' }
      : { from, to: b.to, text: `${b.peer}${mark}${text}`, kind };
  };
  switch (node.kind) {
    case 'send':
      return node.branches.map((b) => talk('!', 'send', b));
    case 'receive':
      return node.branches.map((b) => talk('?', 'receive', b));
    case 'spawn':
      return [{ from, to: node.to, text: `spawn ${node.name} : ${node.session}`, kind: 'other' }];
    case 'choice':
      return node.ways.map((to) => ({ from, to, text: '', kind: 'other' }));
    default:
      return [];
  }
}

/** One role of a system, every edge shown; states keep their names, those that cannot be reached are left out. */
export function graphOfRole(system: System, index: number): PictureGraph {
  const role = system.roles[index]!;
  const order = reachable(role);
  const numbers = new Map(order.map((state, i) => [state, i]));
  const states = order.map((state): PictureState => {
    const ended = role.edges.every((e) => e.from !== state);
    return { text: stateName(role, state), ...(ended && { final: 'end' as const }) };
  });
  const arrows = role.edges.flatMap((e): PictureArrow[] => {
    const from = numbers.get(e.from);
    if (from === undefined) return [];
    const partner = system.roles[e.partner]?.name ?? '';
    const to = numbers.get(e.to)!;
    if (e.kind === 'send') return [{ from, to, text: `${partner}!${e.label}`, kind: 'send' }];
    if (e.kind === 'receive') return [{ from, to, text: `${partner}?${e.label}`, kind: 'receive' }];
    return [
      { from, to, text: [e.kind, partner, e.label].filter((t) => t !== '' && t !== 'silent').join(' '), kind: 'other' },
    ];
  });
  return { title: role.name, states, arrows };
}

function reachable(role: Role): number[] {
  const seen = new Set([role.init]);
  for (const at of seen) for (const e of role.edges) if (e.from === at) seen.add(e.to);
  return [...seen];
}
