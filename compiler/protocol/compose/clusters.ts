/**
 * Finds the clusters of a program: every link made by `self`, every group, every connection to a service.
 * Invariant: one cluster a spawn or connection in the source and session around it, whatever the number of paths to it.
 */
import type { Automaton, Edge, EndId, MemberEdge } from '../automaton/automaton.js';
import type { Cluster, ClusterLink, ClusterRole, Start } from './cluster.js';
import { roleNames } from './cluster.js';
import type { Services } from './services.js';

/** What links two members of a group, or a member and the spawner. */
interface Tie {
  /** Index of the member, or -1 for the spawner. */
  readonly left: number;
  readonly right: number;
  /** Position of the parameter that takes the end; -1 for the spawner's side. */
  readonly leftParam: number;
  readonly rightParam: number;
}

type SpawnEdge = Extract<Edge, { kind: 'spawn' }>;
type ClientEdge = Extract<Edge, { kind: 'connect' | 'cast' }>;

export function clustersOf(
  automata: readonly Automaton[],
  byKey: (key: string) => Automaton | undefined,
  services: Services,
): Cluster[] {
  return automata.flatMap((owner) => {
    const spawns = new Map<string, { edge: SpawnEdge; to: number }[]>();
    const clients = new Map<string, { edge: ClientEdge; state: number }[]>();
    owner.states.forEach((state, at) => {
      for (const edge of state.edges) {
        if (edge.kind === 'spawn') add(spawns, edge.site, { edge, to: edge.to });
        if (edge.kind === 'connect' || edge.kind === 'cast') {
          add(clients, `${edge.kind} ${edge.span.start} ${edge.service}`, { edge, state: at });
        }
      }
    });
    const made = [...spawns.values()].flatMap((edges) => spawnCluster(owner, edges, byKey));
    const connected = [...clients.values()].flatMap((edges) => clientCluster(owner, edges, services));
    return [...made, ...connected];
  });
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function spawnCluster(
  owner: Automaton,
  edges: readonly { edge: SpawnEdge; to: number }[],
  byKey: (key: string) => Automaton | undefined,
): Cluster[] {
  const members = edges[0]!.edge.members;
  const ties = tiesOf(members);
  if (ties.length === 0) return [];
  const children = members.map((m) => byKey(m.session));
  const spawner = ties.some((t) => t.left < 0);
  // Only members that some link joins take part.
  const taking = members.flatMap((_, i) => (ties.some((t) => t.left === i || t.right === i) ? [i] : []));
  if (taking.some((i) => children[i] === undefined)) return [];
  const order = [...(spawner ? [-1] : []), ...taking];
  const names = roleNames(order.map((i) => (i < 0 ? owner.name : members[i]!.name)));
  const links: ClusterLink[] = ties.map((t) => ({ roles: [order.indexOf(t.left), order.indexOf(t.right)] }));
  const roles = order.map((i, role): ClusterRole => {
    const starts: Start[] =
      i < 0 ? edges.map(({ edge, to }) => spawnerStart(owner, edge, to, ties)) : [memberStart(children[i]!, i, ties)];
    return { name: names[role]!, starts };
  });
  const group = members.length > 1;
  const name = names.join(', ');
  return [{ kind: group ? 'group' : 'link', name, owner: owner.key, roles, links, span: edges[0]!.edge.span }];
}

function tiesOf(members: readonly MemberEdge[]): Tie[] {
  const ties: Tie[] = [];
  members.forEach((m, i) => {
    m.args.forEach((a, position) => {
      if (a.kind === 'self') ties.push({ left: -1, right: i, leftParam: -1, rightParam: position });
      if (a.kind !== 'group' || a.member <= i) return;
      const back = members[a.member]!.args.findIndex((b) => b.kind === 'group' && b.member === i);
      if (back >= 0) ties.push({ left: i, right: a.member, leftParam: position, rightParam: back });
    });
  });
  return ties;
}

function spawnerStart(owner: Automaton, edge: SpawnEdge, to: number, ties: readonly Tie[]): Start {
  const ends = new Map<number, EndId>();
  ties.forEach((t, link) => {
    const end = t.left < 0 ? edge.members[t.right]!.end : undefined;
    if (end !== undefined) ends.set(link, end);
  });
  return { automaton: owner, state: to, ends };
}

function memberStart(child: Automaton, member: number, ties: readonly Tie[]): Start {
  const ends = new Map<number, EndId>();
  ties.forEach((t, link) => {
    const param = t.left === member ? t.leftParam : t.right === member ? t.rightParam : -1;
    const end = child.params[param];
    if (end !== undefined) ends.set(link, end);
  });
  return { automaton: child, state: child.initial, ends };
}

function clientCluster(
  owner: Automaton,
  edges: readonly { edge: ClientEdge; state: number }[],
  services: Services,
): Cluster[] {
  const first = edges[0]!.edge;
  const labels = new Set(edges.flatMap(({ edge }) => (edge.kind === 'cast' ? [edge.label] : firstSends(owner, edge))));
  const { sessions: serves, known } = services.offering(first.service, labels);
  if (serves.length === 0) return [];
  const server = serves.map((s) => s.name).join(' or ');
  const names = roleNames([owner.name, server]);
  const starts = edges.map(({ edge, state }): Start =>
    edge.kind === 'connect'
      ? { automaton: owner, state: edge.to, ends: new Map([[0, edge.end]]) }
      : { automaton: castAutomaton(owner, edge, state), state: 0, ends: new Map([[0, castOf(owner, state).end]]) },
  );
  const roles: ClusterRole[] = [
    { name: names[0]!, starts },
    { name: names[1]!, starts: [], serves },
  ];
  return [
    {
      kind: 'service',
      name: names.join(', '),
      owner: owner.key,
      roles,
      links: [{ roles: [0, 1] }],
      span: first.span,
      client: { service: first.service, labels },
      ...(!known && { guessed: true }),
    },
  ];
}

/** Labels that may be the first sent over a new end. */
function firstSends(owner: Automaton, edge: Extract<ClientEdge, { kind: 'connect' }>): string[] {
  const labels: string[] = [];
  const seen = new Set([edge.to]);
  for (const at of seen)
    for (const e of owner.states[at]!.edges) {
      if (e.kind === 'send' && e.end === edge.end) labels.push(e.label);
      else seen.add(e.to);
    }
  return labels;
}

/** The automaton that stands for a conversation of one message, begun in this state of its owner: its key and its one end. */
export function castOf(owner: Automaton, state: number): { readonly key: string; readonly end: EndId } {
  return { key: `${owner.key} cast ${state}`, end: owner.ends.length };
}

/** A conversation of one message, as an automaton of its own. It has its owner's ends too, which the message may carry. */
function castAutomaton(owner: Automaton, edge: ClientEdge, state: number): Automaton {
  const label = edge.kind === 'cast' ? edge.label : '';
  const payload = edge.kind === 'cast' ? edge.payload : [];
  const span = edge.span;
  const origin = { kind: 'connect' } as const;
  const { key, end } = castOf(owner, state);
  return {
    key,
    name: owner.name,
    kind: 'session',
    params: [],
    ends: [...owner.ends, { name: 'service', kind: 'end', origin, span }],
    states: [
      { kind: 'act', held: [end], span, edges: [{ kind: 'send', end, label, payload, to: 1, span }] },
      { kind: 'end', held: [], span, edges: [] },
    ],
    initial: 0,
  };
}
