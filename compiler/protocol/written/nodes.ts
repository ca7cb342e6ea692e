/**
 * An automaton as a person reads it: silent chains merged, exceptional edges left out, equal continuations shared
 * (`coarsest`). Only rendering uses this; what is checked is the automaton itself.
 * Invariant: node 0 is the start; every node is reachable; two nodes of the result never print the same.
 */
import { coarsest } from '../../../runtime/bytecode/coarsest.js';
import type { Span } from '../../source/source.js';
import type { Automaton, Edge, EndId, Payload, State } from '../automaton/automaton.js';
import { bornOf } from '../automaton/automaton.js';

export interface Branch {
  /** Variable of the peer; empty for a timeout. */
  readonly peer: string;
  readonly label: string;
  readonly payload: readonly string[];
  readonly to: number;
  readonly span: Span;
}

export type Node =
  | { readonly kind: 'end' | 'fail' }
  | { readonly kind: 'receive'; readonly branches: readonly Branch[]; readonly clients: readonly string[] }
  | { readonly kind: 'send'; readonly branches: readonly Branch[] }
  | { readonly kind: 'spawn'; readonly name: string; readonly session: string; readonly to: number }
  | { readonly kind: 'choice'; readonly ways: readonly number[] };

export function nodesOf(automaton: Automaton): readonly Node[] {
  return reachable(minimal(mergeSends(raw(automaton))), 0);
}

/** One node a state; states that only step on are skipped later, by `resolveSilent`. */
function raw(automaton: Automaton): { nodes: Node[]; initial: number } {
  const names = endNames(automaton);
  const skip = silentTargets(automaton);
  const extra: Node[] = [];
  const nodes = automaton.states.map((state): Node => {
    if (state.kind === 'end') return { kind: 'end' };
    if (state.kind === 'fail') return { kind: 'fail' };
    const edges = shown(state);
    if (state.kind === 'wait') return wait(edges);
    const [edge] = edges;
    const sends = edges.flatMap((e): Branch[] => {
      if (e.kind !== 'send' && e.kind !== 'cast') return [];
      const peer = e.kind === 'send' ? names[e.end]! : 'service';
      return [{ peer, label: e.label, payload: texts(e.payload, names), to: skip(e.to), span: e.span }];
    });
    if (sends.length > 0 && sends.length === edges.length) return { kind: 'send', branches: sends };
    if (edges.length === 1 && edge?.kind === 'spawn') return spawned(edge);
    const ways = [...new Set(edges.map((e) => skip(e.to)))];
    return ways.length === 0 ? { kind: 'fail' } : { kind: 'choice', ways };
  });
  // A spawn of several linked members is a chain of nodes, the later ones appended.
  function spawned(edge: Extract<Edge, { kind: 'spawn' }>): Node {
    const linked = edge.members.filter((m) => m.end !== undefined);
    const chain = linked.reduceRight<Node | number>((next, m) => {
      const to = typeof next === 'number' ? next : extra.push(next) - 1 + automaton.states.length;
      return { kind: 'spawn', name: names[m.end!]!, session: m.name, to };
    }, skip(edge.to));
    return typeof chain === 'number' ? { kind: 'choice', ways: [chain] } : chain;
  }
  function wait(edges: readonly Edge[]): Node {
    const clients: string[] = [];
    const branches = edges.map((e): Branch => {
      const at = { to: skip(e.to), span: e.span };
      switch (e.kind) {
        case 'receive':
          return { peer: names[e.end]!, label: e.label, payload: texts(e.payload, names), ...at };
        case 'accept': {
          const client = e.end === undefined ? 'client' : names[e.end]!;
          if (!clients.includes(client)) clients.push(client);
          return { peer: client, label: e.label, payload: texts(e.payload, names), ...at };
        }
        case 'any':
          return { peer: names[e.pool]!, label: e.label, payload: texts(e.payload, names), ...at };
        case 'empty':
          return { peer: names[e.pool]!, label: 'Empty', payload: [], ...at };
        case 'down':
          return { peer: names[e.end]!, label: 'Down', payload: [], ...at };
        case 'watched':
          return { peer: e.name, label: 'Down', payload: [], ...at };
        default:
          return { peer: '', label: 'after', payload: [], ...at };
      }
    });
    return { kind: 'receive', branches, clients };
  }
  // `spawned` appends while mapping, so the list is complete only now.
  return { nodes: [...nodes, ...extra], initial: skip(automaton.initial) };
}

/** The edges that a type shows: what may raise or go on for ever is no choice. */
const shown = ({ edges }: State): Edge[] =>
  edges.filter((e) => e.kind !== 'raise' && (e.kind !== 'endless' || edges.every((x) => x.kind !== 'silent')));

/** Follows states with one silent way on; a cycle of such states stays where it is. */
function silentTargets(automaton: Automaton): (state: number) => number {
  const quiet = new Set(['silent', 'endless', 'connect', 'drop', 'lose', 'pool', 'put']);
  return (start) => {
    const seen = new Set<number>();
    let at = start;
    while (!seen.has(at)) {
      seen.add(at);
      const state = automaton.states[at];
      if (state === undefined || state.kind === 'wait') return at;
      const edges = shown(state);
      if (edges.length !== 1) return at;
      const edge = edges[0]!;
      const unlinked = edge.kind === 'spawn' && edge.members.every((m) => m.end === undefined);
      if (!quiet.has(edge.kind) && !unlinked) return at;
      at = edge.to;
    }
    return at;
  };
}

/** Names for the ends: the variable's own, numbered only where two of the same name are held at once. */
export function endNames(automaton: Automaton): readonly string[] {
  const together = automaton.ends.map(() => new Set<EndId>());
  for (const state of automaton.states) {
    const here = new Set([...state.held, ...state.edges.flatMap(bornOf)]);
    const byName = new Map<string, EndId[]>();
    for (const end of here) {
      const name = automaton.ends[end]!.name;
      byName.set(name, [...(byName.get(name) ?? []), end]);
    }
    for (const ends of byName.values())
      if (ends.length > 1) for (const a of ends) for (const b of ends) if (a !== b) together[a]!.add(b);
  }
  const names: string[] = [];
  automaton.ends.forEach((end, id) => {
    const taken = new Set([...together[id]!].map((other) => names[other]));
    let name = end.name;
    for (let n = 2; taken.has(name); n++) name = `${end.name}${n}`;
    names.push(name);
  });
  return names;
}

function texts(payload: readonly Payload[], names: readonly string[]): string[] {
  return payload.map((p) =>
    p.carried.kind === 'data' ? p.carried.type : p.end === undefined ? p.carried.kind : names[p.end]!,
  );
}

/** A choice between sends is a send of several labels. */
function mergeSends(graph: { nodes: Node[]; initial: number }): { nodes: Node[]; initial: number } {
  const nodes = [...graph.nodes];
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at]!;
    if (node.kind !== 'choice' || node.ways.length < 2) continue;
    const flat = flatten(nodes, at);
    const ways = flat.map((w) => nodes[w]!);
    if (ways.every((w) => w.kind === 'send')) {
      const branches = ways.flatMap((w) => w.branches);
      const keys = new Set(branches.map((b) => `${b.peer}.${b.label}`));
      nodes[at] = keys.size === branches.length ? { kind: 'send', branches } : { kind: 'choice', ways: flat };
    } else nodes[at] = flat.length === 0 ? { kind: 'end' } : { kind: 'choice', ways: flat };
  }
  return { nodes, initial: graph.initial };
}

/** The nodes a choice leads to through other choices. */
function flatten(nodes: readonly Node[], start: number): number[] {
  const found = new Set<number>();
  const seen = new Set<number>();
  const work = [start];
  while (work.length > 0) {
    const at = work.pop()!;
    if (seen.has(at)) continue;
    seen.add(at);
    const node = nodes[at]!;
    if (node.kind === 'choice') work.push(...[...node.ways].reverse());
    else found.add(at);
  }
  return [...found];
}

function minimal(graph: { nodes: readonly Node[]; initial: number }): { nodes: Node[]; initial: number } {
  const { nodes } = graph;
  const classes = coarsest(
    nodes.length,
    (at) => targets(nodes[at]!),
    (at, of) => signature(nodes[at]!, of),
  );
  const merged: Node[] = [];
  nodes.forEach((node, at) => (merged[classes[at]!] ??= retarget(node, (to) => classes[to]!)));
  return { nodes: merged, initial: classes[graph.initial]! };
}

function targets(node: Node): readonly number[] {
  if (node.kind === 'send' || node.kind === 'receive') return node.branches.map((b) => b.to);
  if (node.kind === 'spawn') return [node.to];
  return node.kind === 'choice' ? node.ways : [];
}

function signature(node: Node, classes: readonly number[]): string {
  const of = (to: number): number => classes[to]!;
  switch (node.kind) {
    case 'send':
    case 'receive': {
      const branches = node.branches.map((b) => `${b.peer}.${b.label}(${b.payload.join()})${of(b.to)}`);
      return `${node.kind} ${branches.sort().join(' ')}`;
    }
    case 'spawn':
      return `spawn ${node.name} ${node.session} ${of(node.to)}`;
    case 'choice':
      return `choice ${[...new Set(node.ways.map(of))].sort().join(' ')}`;
    default:
      return node.kind;
  }
}

function retarget(node: Node, to: (at: number) => number): Node {
  switch (node.kind) {
    case 'send':
    case 'receive':
      return { ...node, branches: node.branches.map((b) => ({ ...b, to: to(b.to) })) };
    case 'spawn':
      return { ...node, to: to(node.to) };
    case 'choice':
      return { kind: 'choice', ways: [...new Set(node.ways.map(to))] };
    default:
      return node;
  }
}

function reachable(graph: { nodes: readonly Node[]; initial: number }, first: number): Node[] {
  const order = new Map<number, number>();
  const list: number[] = [];
  const visit = (at: number): void => {
    if (order.has(at)) return;
    order.set(at, list.length + first);
    list.push(at);
  };
  visit(graph.initial);
  for (let i = 0; i < list.length; i++) {
    targets(graph.nodes[list[i]!]!).forEach(visit);
  }
  return list.map((at) => retarget(graph.nodes[at]!, (to) => order.get(to)!));
}

/** Without what is done with the peers that `hidden` says; a wait for hidden peers only becomes a choice. */
export function withoutPeers(nodes: readonly Node[], hidden: (peer: string) => boolean): readonly Node[] {
  return nodes.map((node): Node => {
    if (node.kind === 'spawn' && hidden(node.name)) return { kind: 'choice', ways: [node.to] };
    if (node.kind !== 'send' && node.kind !== 'receive') return node;
    const shown = node.branches.filter((b) => !hidden(b.peer));
    if (shown.length === node.branches.length) return node;
    if (shown.length === 0) return { kind: 'choice', ways: [...new Set(node.branches.map((b) => b.to))] };
    return node;
  });
}
