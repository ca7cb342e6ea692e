/**
 * Global types: who sends what to whom, in one description for all roles (Honda, Yoshida & Carbone, POPL 2008), as a graph so
 * that recursion is a way back. A choice is made by one role, which may tell different roles in different branches.
 * Invariant: the roles of the parts of a `par` are disjoint; every branch of a choice has the same sender.
 */
import type { Edge } from '../decide/system.js';
import type { Local, Made, Silent } from './local.js';
import { determinise } from './local.js';

export interface GlobalBranch {
  readonly to: number;
  readonly label: string;
  readonly next: number;
  /** A send of the system, for its payload. */
  readonly edge?: Edge;
}

export type GlobalNode =
  | { readonly kind: 'end' }
  | { readonly kind: 'choice'; readonly from: number; readonly branches: readonly GlobalBranch[] }
  | { readonly kind: 'par'; readonly parts: readonly { readonly roles: readonly number[]; readonly node: number }[] };

/** Roles are numbered as in `names`. */
export interface GlobalType {
  readonly names: readonly string[];
  readonly nodes: readonly GlobalNode[];
  readonly start: number;
}

/** The part of one role, waits merged fully. None where the role would have to know what nobody tells it. */
export function projectGlobal(global: GlobalType, role: number): Made<Local> {
  const edges: Silent['edges'][number][] = [];
  const ends = new Set<number>();
  global.nodes.forEach((node, from) => {
    if (node.kind === 'choice') {
      for (const { to, label, next } of node.branches) {
        if (role === node.from) edges.push({ from, kind: 'send', partner: to, label, to: next });
        else if (role === to) edges.push({ from, kind: 'receive', partner: node.from, label, to: next });
        else edges.push({ from, kind: 'silent', partner: -1, label: '', to: next });
      }
      return;
    }
    const part = node.kind === 'par' ? node.parts.find((p) => p.roles.includes(role)) : undefined;
    if (part === undefined) ends.add(from);
    else edges.push({ from, kind: 'silent', partner: -1, label: '', to: part.node });
  });
  const name = global.names[role] ?? '?';
  return determinise({ init: global.start, edges, ends: (s) => ends.has(s) }, true, (what) => `${name} ${what}`);
}

/** A message that a role is ready for although nobody ever sends it there. */
export interface Unused {
  readonly role: number;
  readonly partner: number;
  readonly label: string;
}

/**
 * Whether `actual` does what `expected` says: the same sends, and all the receives. Receives beyond those are allowed, since
 * nobody sends what would meet them, and listed. The reason names the first difference.
 */
export function follows(
  actual: Local,
  expected: Local,
  role: number,
  names: readonly string[],
): Made<readonly Unused[]> {
  const unused = new Map<string, Unused>();
  const seen = new Set(['0 0']);
  const work: { at: number; by: number; path: readonly string[] }[] = [{ at: 0, by: 0, path: [] }];
  const name = names[role] ?? '?';
  for (const { at, by, path } of work) {
    const [a, e] = [actual.states[at]!, expected.states[by]!];
    const after = path.length === 0 ? 'at the start' : `after ${path.slice(-3).join(', ')}`;
    const no = (what: string): Made<never> => ({ ok: false, reason: `${name}, ${after}, ${what}` });
    if (a.kind !== e.kind) return no(`${VERB[a.kind]}, where the others leave it to ${TO[e.kind]}`);
    for (const [key, move] of e.moves) {
      const own = a.moves.get(key);
      const partner = names[move.partner] ?? '?';
      if (own === undefined) return no(`has no ${move.label} ${e.kind === 'send' ? 'to' : 'from'} ${partner}`);
      const pair = `${own.to} ${move.to}`;
      if (seen.has(pair)) continue;
      seen.add(pair);
      const mark = e.kind === 'send' ? '!' : '?';
      work.push({ at: own.to, by: move.to, path: [...path, `${partner}${mark}${move.label}`] });
    }
    for (const [key, { partner, label }] of a.moves) {
      if (e.moves.has(key)) continue;
      if (a.kind === 'send')
        return no(`sends ${label} to ${names[partner] ?? '?'}, which nobody expects in this order`);
      unused.set(key, { role, partner, label });
    }
  }
  return { ok: true, value: [...unused.values()] };
}

const VERB = { end: 'ends', send: 'sends', receive: 'waits' };
const TO = { end: 'end', send: 'send', receive: 'wait' };
