/**
 * Roles that are, in part, the interleaving of one automaton a partner: a log of many writers, a sink, a barrier. What such
 * a role does with one partner is the matter of an *agent* of its own, at those states where it commutes with all that the
 * role may do with the others before (docs/decisions/063-agents.md).
 * Invariant: an agent splits off at a state only if every step of another agent from there, and from all that such steps lead
 * to, can be swapped with every step of this one, ending in the same state.
 */
import type { Agents, Bits, Machine } from './tables.js';
import { FAIL, OUTSIDE, RECEIVE, LOST, SILENT } from './tables.js';

type Tables = Pick<Machine, 'roles' | 'channels' | 'edgeStart' | 'kind' | 'channel' | 'symbol' | 'target' | 'role'>;

/** The partner of an edge, the role itself for its own steps, -1 for what no agent may do. */
const partnerOf = (t: Tables, e: number): number => {
  const kind = t.kind[e]!;
  if (kind === FAIL || kind === OUTSIDE) return -1;
  if (kind === SILENT) return t.role[e]!;
  const channel = t.channels[t.channel[e]!]!;
  const partner = kind === RECEIVE || kind === LOST ? channel.from : channel.to;
  return partner === t.role[e] ? -1 : partner;
};

export const agentsOf = (t: Tables): Agents => {
  const numbers = new Map<number, number>();
  const roles: number[] = [];
  const of = Int32Array.from(t.kind, (_, e) => {
    const partner = partnerOf(t, e);
    if (partner < 0) return -1;
    const key = t.role[e]! * t.roles + partner;
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, roles.length);
    roles.push(t.role[e]!);
    return roles.length - 1;
  });
  const states = t.edgeStart.length - 1;
  const width = Math.max(1, Math.ceil(roles.length / 32));
  const splits: Bits = { width, words: new Uint32Array(states * width) };
  const mixed: number[] = [];
  for (let s = 0; s < states; s++) {
    let several = false;
    for (let e = t.edgeStart[s]! + 1; e < t.edgeStart[s + 1]!; e++) several ||= of[e] !== of[e - 1];
    if (several) mixed.push(s);
  }
  const some = new Uint8Array(t.roles);
  const agents = { count: roles.length, role: Int32Array.from(roles), of, splits, some };
  if (mixed.length === 0) return { ...agents, splitting: [] };
  const word = (s: number, a: number): number => s * width + (a >>> 5);
  const has = (s: number, a: number): boolean => (splits.words[word(s, a)]! & (1 << (a & 31))) !== 0;
  for (let e = 0; e < of.length; e++) {
    const a = of[e]!;
    if (a >= 0) splits.words[word(sourceOf(t, e), a)]! |= 1 << (a & 31);
  }
  // Every agent is taken to split off wherever it has a step, until a step of another one shows that it does not.
  for (let changed = true; changed;) {
    changed = false;
    for (let i = mixed.length - 1; i >= 0; i--) {
      const s = mixed[i]!;
      for (let e = t.edgeStart[s]!, last = -1; e < t.edgeStart[s + 1]!; e++) {
        const a = of[e]!;
        if (a < 0 || a === last || !has(s, a)) continue;
        last = a;
        if (commutes(t, of, s, a, has)) continue;
        splits.words[word(s, a)]! &= ~(1 << (a & 31));
        changed = true;
      }
    }
  }
  // Where a role has one agent only, the role itself is as good.
  const own = new Uint32Array(splits.words.length);
  for (const s of mixed) {
    for (let w = s * width; w < (s + 1) * width; w++) own[w] = splits.words[w]!;
    if (own.subarray(s * width, (s + 1) * width).some((w) => w !== 0)) some[t.role[t.edgeStart[s]!]!] = 1;
  }
  splits.words.set(own);
  return { ...agents, splitting: roles.flatMap((role, a) => (some[role] === 1 ? [a] : [])) };
};

const sourceOf = (t: Tables, edge: number): number => {
  let [low, high] = [0, t.edgeStart.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (t.edgeStart[middle]! <= edge) low = middle;
    else high = middle;
  }
  return low;
};

const sameAction = (t: Tables, e: number, f: number): boolean =>
  t.kind[e] === t.kind[f] && t.channel[e] === t.channel[f] && t.symbol[e] === t.symbol[f];

/** Whether from `s` some edge like `as` leads to `to`. */
const leads = (t: Tables, s: number, as: number, to: number): boolean => {
  for (let e = t.edgeStart[s]!; e < t.edgeStart[s + 1]!; e++)
    if (t.target[e] === to && sameAction(t, e, as)) return true;
  return false;
};

/** Whether the steps of agent `a` at `s` swap with every step of the others there, which lead to where it still splits off. */
const commutes = (t: Tables, of: Int32Array, s: number, a: number, has: (s: number, a: number) => boolean): boolean => {
  const { edgeStart, target, kind } = t;
  for (let f = edgeStart[s]!; f < edgeStart[s + 1]!; f++) {
    if (of[f] === a) continue;
    const next = target[f]!;
    if (kind[f] === FAIL || !has(next, a)) return false;
    // First the step of another agent, then one of this: the other way round leads there too.
    for (let e = edgeStart[next]!; e < edgeStart[next + 1]!; e++)
      if (of[e] === a && !swaps(t, of, s, a, e, f, target[e]!)) return false;
    // First a step of this agent: the other's is still there, and both orders meet.
    for (let e = edgeStart[s]!; e < edgeStart[s + 1]!; e++) {
      if (of[e] !== a) continue;
      let meets = false;
      for (let g = edgeStart[next]!; g < edgeStart[next + 1]! && !meets; g++)
        meets = sameAction(t, g, e) && leads(t, target[e]!, f, target[g]!);
      if (!meets) return false;
    }
  }
  return true;
};

/** Whether an edge of agent `a` at `s`, like `e`, and then one like `f` lead to `to`. */
const swaps = (t: Tables, of: Int32Array, s: number, a: number, e: number, f: number, to: number): boolean => {
  for (let g = t.edgeStart[s]!; g < t.edgeStart[s + 1]!; g++)
    if (of[g] === a && sameAction(t, g, e) && leads(t, t.target[g]!, f, to)) return true;
  return false;
};
