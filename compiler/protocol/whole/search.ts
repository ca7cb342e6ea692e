/**
 * Looks for a run of the whole program that gets stuck, where the argument from single clusters ran out: breadth-first
 * over threads with their real links, from a session or function that needs no peers.
 * Invariant: finds only what can happen by the automata (a found schedule fires step by step); finding nothing proves nothing.
 */
import type { Automaton, Edge, EndId, Payload } from '../automaton/automaton.js';
import { onlyMembers } from '../automaton/automaton.js';
import type { Place } from '../compose/projection.js';

/** An end: its link and side. */
export type End = readonly [link: number, side: 0 | 1];

interface Message {
  readonly label: string;
  readonly ends: readonly (End | undefined)[];
}

export interface Thread {
  readonly automaton: Automaton;
  readonly state: number;
  readonly ends: ReadonlyMap<EndId, End>;
  /** The members of its pools. */
  readonly pools: ReadonlyMap<EndId, readonly End[]>;
  /** Who calls the body that it is in, the nearest first, each where it goes on. */
  readonly callers?: readonly Thread[];
  /** Clients that it has not accepted yet. */
  readonly clients?: readonly End[];
}

/** The body with which a thread began. */
export const homeOf = (t: Thread): Automaton => t.callers?.at(-1)?.automaton ?? t.automaton;

/** Every end that a thread has, wherever it keeps it. */
const endsOf = (t: Thread): End[] => [
  ...t.ends.values(),
  ...[...t.pools.values()].flat(),
  ...(t.clients ?? []),
  ...(t.callers ?? []).flatMap(endsOf),
];

/** A step of a thread; `member`: which of the pool's. */
export interface Move {
  readonly edge: Edge;
  readonly member?: number;
}

export interface World {
  readonly threads: readonly Thread[];
  /** Per link, the messages on their way to side 0 and side 1. */
  readonly links: readonly (readonly [readonly Message[], readonly Message[]])[];
}

export interface Visit {
  readonly world: World;
  readonly before: number;
  readonly by?: { readonly thread: number; readonly move: Move; readonly partner: number };
}

const MOST_CONFIGURATIONS = 20_000;
const MOST_THREADS = 10;

export interface Found {
  /** From the beginning to the end of the run. */
  readonly path: readonly Visit[];
  /** Configurations looked at. */
  readonly states: number;
  /** The threads that wait for each other in the end, if not all do. */
  readonly among?: readonly number[];
}

/** A shortest run from `root` in which nobody can move and a thread waits at `wait`. */
export function stuckRun(
  root: Automaton,
  wait: Place,
  byKey: (key: string) => Automaton | undefined,
): Found | undefined {
  const visits: Visit[] = [
    {
      world: { threads: [{ automaton: root, state: root.initial, ends: new Map(), pools: new Map() }], links: [] },
      before: -1,
    },
  ];
  const seen = new Set<string>([keyOf(visits[0]!.world)]);
  for (let at = 0; at < visits.length && at < MOST_CONFIGURATIONS; at++) {
    const { world } = visits[at]!;
    const steps = world.threads.flatMap((t, thread) => enabled(world, t).map((move) => ({ thread, move })));
    const here = world.threads.some((t) => t.automaton === wait.automaton && t.state === wait.state);
    if (steps.length === 0 && here && world.threads.every((t) => restsForGood(world, t)))
      return { path: pathTo(visits, at), states: visits.length };
    for (const { thread, move } of steps) {
      const partner = partnerOf(world, thread, move);
      const next = fire(world, thread, move, byKey);
      if (next === undefined) continue;
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
      visits.push({ world: next, before: at, by: { thread, move, partner } });
    }
  }
  return undefined;
}

export function pathTo(visits: readonly Visit[], last: number): Visit[] {
  const path: Visit[] = [];
  for (let at = last; at >= 0; at = visits[at]!.before) path.unshift(visits[at]!);
  return path;
}

/**
 * A thread that has ended, or that only a message can wake: not one that waits only for members of empty pools, which raises,
 * nor one that watches a thread while some thread other than the first has ended, or that may watch one which is not here:
 * the first was told of threads in its parameters, or nothing is known of the reference.
 */
function restsForGood(world: World, t: Thread): boolean {
  const state = t.automaton.states[t.state]!;
  if (state.kind !== 'wait') return state.kind === 'end';
  return state.edges.every((e) => {
    if (e.kind === 'watched' && (e.thread === '?' || world.threads[0]!.automaton.params.length > 0)) return false;
    if (e.kind === 'watched')
      return world.threads.slice(1).every((other) => other.automaton.states[other.state]!.kind !== 'end');
    if (e.kind === 'any' || e.kind === 'empty') return !onlyMembers(state) || (t.pools.get(e.pool) ?? []).length > 0;
    return e.kind === 'receive' || e.kind === 'down';
  });
}

export const headOf = (world: World, [link, side]: End): Message | undefined => world.links[link]![side][0];

/** What a thread can do now. Only plain steps: clients, failures and dropped links belong to no deadlock that is shown. */
export function enabled(world: World, t: Thread): Move[] {
  return t.automaton.states[t.state]!.edges.flatMap((edge): Move[] => {
    const members = 'pool' in edge ? (t.pools.get(edge.pool) ?? []) : [];
    const those = (test: (end: End) => boolean): Move[] =>
      members.flatMap((end, member) => (test(end) ? [{ edge, member }] : []));
    switch (edge.kind) {
      case 'receive': {
        const end = t.ends.get(edge.end);
        return end !== undefined && headOf(world, end)?.label === edge.label ? [{ edge }] : [];
      }
      case 'any':
        return edge.down ? [] : those((end) => headOf(world, end)?.label === edge.label);
      case 'take':
        return those((end) => !edge.spoke || headOf(world, end) !== undefined);
      case 'empty':
        return members.length === 0 ? [{ edge }] : [];
      case 'send':
      case 'silent':
      case 'spawn':
      case 'timeout':
      case 'pool':
      case 'put':
        return [{ edge }];
      default:
        return [];
    }
  });
}

export function fire(
  world: World,
  index: number,
  { edge, member }: Move,
  byKey: (key: string) => Automaton | undefined,
): World | undefined {
  const thread = world.threads[index]!;
  const ends = new Map(thread.ends);
  const pools = new Map(thread.pools);
  const threads = [...world.threads];
  let links = world.links;
  const queue = (link: number, side: 0 | 1, change: (q: readonly Message[]) => readonly Message[]): void => {
    links = links.map((l, i) => (i !== link ? l : side === 0 ? [change(l[0]), l[1]] : [l[0], change(l[1])]));
  };
  const receive = (end: End, payload: readonly Payload[]): void => {
    const message = headOf(world, end);
    queue(end[0], end[1], (q) => q.slice(1));
    payload.forEach((p, i) => {
      const got = message?.ends[i];
      if (p.end !== undefined && got !== undefined) ends.set(p.end, got);
    });
  };
  if ((edge.kind === 'any' || edge.kind === 'take') && member !== undefined) {
    const members = pools.get(edge.pool)!;
    pools.set(
      edge.pool,
      members.filter((_, i) => i !== member),
    );
    ends.set(edge.end, members[member]!);
    if (edge.kind === 'any') receive(members[member]!, edge.payload);
  } else if (edge.kind === 'pool') pools.set(edge.pool, []);
  else if (edge.kind === 'put') {
    const end = ends.get(edge.end);
    if (end === undefined) return undefined;
    ends.delete(edge.end);
    pools.set(edge.pool, [...(pools.get(edge.pool) ?? []), end]);
  } else if (edge.kind === 'send') {
    const end = ends.get(edge.end);
    if (end === undefined || edge.payload.some((p) => p.end !== undefined && !ends.has(p.end))) return undefined;
    const carried = edge.payload.map((p) => (p.end === undefined ? undefined : ends.get(p.end)));
    edge.payload.forEach((p) => p.end !== undefined && ends.delete(p.end));
    queue(end[0], end[1] === 0 ? 1 : 0, (q) => [...q, { label: edge.label, ends: carried }]);
  } else if (edge.kind === 'receive') receive(ends.get(edge.end)!, edge.payload);
  else if (edge.kind === 'spawn') {
    const made = spawn(edge, ends, pools, links.length, byKey);
    if (made === undefined || threads.length + made.threads.length > MOST_THREADS) return undefined;
    threads.push(...made.threads);
    links = [...links, ...Array.from({ length: made.links }, (): readonly [[], []] => [[], []])];
  }
  threads[index] = { ...thread, state: edge.to, ends, pools };
  return { threads, links };
}

/** The threads a spawn makes; `ends` and `pools` are the spawner's, changed in place. */
function spawn(
  edge: Extract<Edge, { kind: 'spawn' }>,
  ends: Map<EndId, End>,
  pools: Map<EndId, readonly End[]>,
  firstLink: number,
  byKey: (key: string) => Automaton | undefined,
): { threads: Thread[]; links: number } | undefined {
  const automata = edge.members.map((m) => byKey(m.session));
  const params = edge.members.map(() => new Map<EndId, End>());
  const given = edge.members.map(() => new Map<EndId, readonly End[]>());
  let links = 0;
  const born: [EndId, End][] = [];
  for (const [i, m] of edge.members.entries()) {
    for (const [position, a] of m.args.entries()) {
      const param = automata[i]?.params[position];
      if (a.kind === 'self') {
        const link = firstLink + links++;
        if (param !== undefined) params[i]!.set(param, [link, 1]);
        if (m.end !== undefined) born.push([m.end, [link, 0]]);
      } else if (a.kind === 'end') {
        const end = ends.get(a.end);
        if (param !== undefined && end !== undefined) params[i]!.set(param, end);
        ends.delete(a.end);
      } else if (a.kind === 'pool') {
        if (param !== undefined) given[i]!.set(param, pools.get(a.end) ?? []);
        pools.delete(a.end);
      } else if (a.kind === 'group' && a.member > i) {
        const back = edge.members[a.member]!.args.findIndex((b) => b.kind === 'group' && b.member === i);
        const other = automata[a.member]?.params[back];
        if (back < 0) continue;
        const link = firstLink + links++;
        if (param !== undefined) params[i]!.set(param, [link, 0]);
        if (other !== undefined) params[a.member]!.set(other, [link, 1]);
      }
    }
  }
  const threads = automata.flatMap((automaton, i): Thread[] =>
    automaton === undefined ? [] : [{ automaton, state: automaton.initial, ends: params[i]!, pools: given[i]! }],
  );
  if (threads.length !== automata.length) return undefined;
  born.forEach(([end, at]) => ends.set(end, at));
  return { threads, links };
}

/** The thread that has the other side of the link an edge is about; -1 if nobody has it (any more). */
function partnerOf(world: World, index: number, { edge, member }: Move): number {
  const thread = world.threads[index]!;
  if (edge.kind === 'any') return otherSide(world, thread.pools.get(edge.pool)?.[member ?? 0]);
  return edge.kind === 'send' || edge.kind === 'receive' ? otherSide(world, thread.ends.get(edge.end)) : -1;
}

/** Who has the other side of a link; an end in a message belongs to whom the message is for. -1 if ends lie in a circle. */
export function otherSide(world: World, end: End | undefined, passed = 0): number {
  if (end === undefined) return -1;
  const isIt = ([link, side]: End): boolean => link === end[0] && side !== end[1];
  const owner = world.threads.findIndex((t) => endsOf(t).some(isIt));
  if (owner >= 0) return owner;
  for (const [link, queues] of world.links.entries())
    for (const side of [0, 1] as const) {
      const within = queues[side].some((m) => m.ends.some((e) => e !== undefined && isIt(e)));
      if (within && passed < world.links.length) return otherSide(world, [link, side === 0 ? 1 : 0], passed + 1);
    }
  return -1;
}

export function keyOf(world: World): string {
  const shown = (t: Thread): string =>
    `${t.automaton.key}@${t.state}[${[...t.ends]
      .map(([e, [l, s]]) => `${e}:${l}.${s}`)
      .sort()
      .join()}|${[...t.pools].map(([p, m]) => `${p}:${m.join(';')}`).join()}|${(t.clients ?? []).join(';')}]`;
  const threads = world.threads.map((t) => [t, ...(t.callers ?? [])].map(shown).join('<'));
  const links = world.links.map((l) => l.map((q) => q.map((m) => `${m.label}(${m.ends.join(';')})`).join()).join('/'));
  return `${threads.join(' ')} ${links.join(' ')}`;
}
