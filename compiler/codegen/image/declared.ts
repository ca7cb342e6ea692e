/**
 * What of an automaton a session declares: what is done with its own peers. Ends that have protocols of their own are told apart.
 * Invariant: nothing is added; what is left out is part of the type of some end or pool.
 */
import type { Automaton, Edge, EndId, MemberEdge, State } from '../../protocol/automaton/automaton.js';
import type { Node } from '../../protocol/written/nodes.js';

/** Ends that the code puts into a pool or gives to another thread. */
export function givenAway(a: Automaton): ReadonlySet<EndId> {
  return new Set(
    a.states.flatMap((s) =>
      s.edges.flatMap((e) => {
        if (e.kind === 'put') return [e.end];
        if (e.kind === 'spawn') return e.members.flatMap((m) => m.args.flatMap((x) => ('end' in x ? [x.end] : [])));
        return e.kind === 'send' || e.kind === 'cast' ? e.payload.flatMap((p) => p.end ?? []) : [];
      }),
    ),
  );
}

/** Ends that the code drops. */
export const dropped = (a: Automaton): ReadonlySet<EndId> =>
  new Set(a.states.flatMap((s) => s.edges.flatMap((e) => (e.kind === 'drop' ? [e.end] : []))));

/** Ends that a failure loses which the code goes on from to its end: nobody can go on with them there. */
export function lostOnReturn(a: Automaton): ReadonlySet<EndId> {
  const before = new Map<number, number[]>();
  a.states.forEach((s, at) => s.edges.forEach((e) => before.set(e.to, [...(before.get(e.to) ?? []), at])));
  const ending = new Set(a.states.flatMap((s, at) => (s.kind === 'end' ? [at] : [])));
  for (const at of ending) for (const from of before.get(at) ?? []) ending.add(from);
  return new Set(
    a.states.flatMap((s) => s.edges.flatMap((e) => (e.kind === 'lose' && ending.has(e.to) ? e.ends : []))),
  );
}

/**
 * The automaton as a session declares it: ends that messages bring have protocols of their own, written where they
 * come from; connecting makes a peer known as spawning does.
 */
export function declared(a: Automaton): Automaton {
  const given = givenAway(a);
  const apart = (kind: string, i: EndId): boolean =>
    kind === 'payload' || kind === 'taken' || kind === 'pool' || given.has(i);
  const hidden = new Set<EndId>(a.ends.flatMap((e, i) => (apart(e.origin.kind, i) ? [i] : [])));
  const states = a.states.map((s): State => {
    const own = (e: Edge): boolean =>
      APART.has(e.kind) &&
      (('end' in e && e.end !== undefined && hidden.has(e.end)) || ('pool' in e && hidden.has(e.pool)));
    const all = s.edges.length > 0 && s.edges.every((e) => own(e) || e.kind === 'raise');
    const edges = s.edges.map((e): Edge => {
      if (all && own(e)) return { kind: 'silent', to: e.to, span: e.span };
      if (e.kind === 'spawn') {
        const members = e.members.map((m) => (m.end !== undefined && hidden.has(m.end) ? unlinked(m) : m));
        return { ...e, members: members.map((m) => ({ ...m, name: nameHere(m, a) })) };
      }
      if (e.kind !== 'connect') return e;
      const member = { session: 'service', name: 'service', span: e.span, args: [], end: e.end };
      return { kind: 'spawn', site: '', members: [member], to: e.to, span: e.span };
    });
    return { ...s, edges, kind: all && s.kind === 'wait' ? 'silent' : s.kind };
  });
  return { ...a, states };
}

/** A session of another module has that module's name in front. */
const nameHere = (m: MemberEdge, { key, name }: Automaton): string =>
  m.session.startsWith(key.slice(0, key.length - name.length)) ? m.name : m.session;

const APART: ReadonlySet<string> = new Set(['send', 'receive', 'down', 'any', 'empty', 'take', 'put']);

function unlinked(m: MemberEdge): MemberEdge {
  const { session, name, span, args } = m;
  return { session, name, span, args };
}

/**
 * What goes on for ever without a word is the same to everybody as what fails: it never comes to anything. And failing is no
 * choice, since everything may fail.
 */
export function withoutIdling(nodes: readonly Node[]): readonly Node[] {
  const idle = nodes.map((node, at) => node.kind === 'fail' || (node.kind === 'choice' && isIdle(nodes, at)));
  return nodes.map((node, at): Node => {
    if (idle[at]!) return { kind: 'fail' };
    return node.kind === 'choice' ? { ...node, ways: node.ways.filter((way) => !idle[way]) } : node;
  });
}

/** Does a choice lead to nothing but choices and failures? */
function isIdle(nodes: readonly Node[], at: number): boolean {
  const seen = new Set([at]);
  for (const i of seen) {
    const n = nodes[i]!;
    if (n.kind !== 'choice') {
      if (n.kind !== 'fail') return false;
    } else n.ways.forEach((way) => seen.add(way));
  }
  return true;
}
