/**
 * Looks for a run of the whole program that gets stuck, where the argument from single clusters ran out: breadth-first
 * over threads with their real links, from a session or function that needs no peers.
 * Invariant: finds only what can happen by the automata (a found schedule fires step by step); finding nothing proves nothing.
 */
import type { Automaton, Edge, EndId } from './automaton.js';
import type { Edge as MachineEdge, System } from './decide/system.js';
import type { Step, Stuck } from './decide/verdict.js';
import type { Origin, Place } from './project.js';

/** An end: its link and side. */
type End = readonly [link: number, side: 0 | 1];

interface Message {
  readonly label: string;
  readonly ends: readonly (End | undefined)[];
}

interface Thread {
  readonly automaton: Automaton;
  readonly state: number;
  readonly ends: ReadonlyMap<EndId, End>;
}

interface World {
  readonly threads: readonly Thread[];
  /** Per link, the messages on their way to side 0 and side 1. */
  readonly links: readonly (readonly [readonly Message[], readonly Message[]])[];
}

interface Visit {
  readonly world: World;
  readonly before: number;
  readonly by?: { readonly thread: number; readonly edge: Edge; readonly partner: number };
}

export interface StuckRun {
  readonly system: System;
  readonly schedule: readonly Step[];
  readonly stuck: Stuck;
  /** Per role, where it stands. */
  readonly places: readonly Place[];
}

const MOST_CONFIGURATIONS = 20_000;
const MOST_THREADS = 10;

/** A shortest run from `root` in which nobody can move and a thread waits at `wait`. */
export function stuckRun(
  root: Automaton,
  wait: Place,
  byKey: (key: string) => Automaton | undefined,
): StuckRun | undefined {
  const visits: Visit[] = [
    { world: { threads: [{ automaton: root, state: root.initial, ends: new Map() }], links: [] }, before: -1 },
  ];
  const seen = new Set<string>([keyOf(visits[0]!.world)]);
  for (let at = 0; at < visits.length && at < MOST_CONFIGURATIONS; at++) {
    const { world } = visits[at]!;
    const steps = world.threads.flatMap((t, thread) => enabled(world, t).map((edge) => ({ thread, edge })));
    const here = world.threads.some((t) => t.automaton === wait.automaton && t.state === wait.state);
    if (steps.length === 0 && here && world.threads.every(restsForGood)) return describe(visits, at);
    for (const { thread, edge } of steps) {
      const partner = partnerOf(world, thread, edge);
      const next = fire(world, thread, edge, byKey);
      if (next === undefined) continue;
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
      visits.push({ world: next, before: at, by: { thread, edge, partner } });
    }
  }
  return undefined;
}

/** A thread that has ended, or that only a message can wake. */
function restsForGood(t: Thread): boolean {
  const state = t.automaton.states[t.state]!;
  const messages = ['receive', 'down', 'watched'];
  return state.kind === 'end' || (state.kind === 'wait' && state.edges.every((e) => messages.includes(e.kind)));
}

/** What a thread can do now. Only plain steps: clients, timeouts, failures and pools belong to no deadlock that is shown. */
function enabled(world: World, t: Thread): Edge[] {
  return t.automaton.states[t.state]!.edges.filter((e) => {
    if (e.kind === 'receive') {
      const end = t.ends.get(e.end);
      return end !== undefined && world.links[end[0]]![end[1]][0]?.label === e.label;
    }
    return e.kind === 'send' || e.kind === 'silent' || e.kind === 'spawn' || e.kind === 'timeout';
  });
}

function fire(
  world: World,
  index: number,
  edge: Edge,
  byKey: (key: string) => Automaton | undefined,
): World | undefined {
  const thread = world.threads[index]!;
  const ends = new Map(thread.ends);
  const threads = [...world.threads];
  let links = world.links;
  const queue = (link: number, side: 0 | 1, change: (q: readonly Message[]) => readonly Message[]): void => {
    links = links.map((l, i) => (i !== link ? l : side === 0 ? [change(l[0]), l[1]] : [l[0], change(l[1])]));
  };
  if (edge.kind === 'send') {
    const end = ends.get(edge.end);
    if (end === undefined) return undefined;
    const carried = edge.payload.map((p) => (p.end === undefined ? undefined : ends.get(p.end)));
    edge.payload.forEach((p) => p.end !== undefined && ends.delete(p.end));
    queue(end[0], end[1] === 0 ? 1 : 0, (q) => [...q, { label: edge.label, ends: carried }]);
  } else if (edge.kind === 'receive') {
    const end = ends.get(edge.end)!;
    const [message] = links[end[0]]![end[1]];
    queue(end[0], end[1], (q) => q.slice(1));
    edge.payload.forEach((p, i) => {
      const got = message?.ends[i];
      if (p.end !== undefined && got !== undefined) ends.set(p.end, got);
    });
  } else if (edge.kind === 'spawn') {
    const made = spawn(edge, ends, links.length, byKey);
    if (made === undefined || threads.length + made.threads.length > MOST_THREADS) return undefined;
    threads.push(...made.threads);
    links = [...links, ...Array.from({ length: made.links }, (): readonly [[], []] => [[], []])];
  }
  threads[index] = { ...thread, state: edge.to, ends };
  return { threads, links };
}

/** The threads a spawn makes; `ends` are the spawner's, changed in place. */
function spawn(
  edge: Extract<Edge, { kind: 'spawn' }>,
  ends: Map<EndId, End>,
  firstLink: number,
  byKey: (key: string) => Automaton | undefined,
): { threads: Thread[]; links: number } | undefined {
  const automata = edge.members.map((m) => byKey(m.session));
  const params = edge.members.map(() => new Map<EndId, End>());
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
        const given = ends.get(a.end);
        if (param !== undefined && given !== undefined) params[i]!.set(param, given);
        ends.delete(a.end);
      } else if (a.kind === 'pool') return undefined;
      else if (a.kind === 'group' && a.member > i) {
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
    automaton === undefined ? [] : [{ automaton, state: automaton.initial, ends: params[i]! }],
  );
  if (threads.length !== automata.length) return undefined;
  born.forEach(([end, at]) => ends.set(end, at));
  return { threads, links };
}

/** The thread that has the other side of the link an edge is about; -1 if nobody has it (any more). */
function partnerOf(world: World, index: number, edge: Edge): number {
  if (edge.kind !== 'send' && edge.kind !== 'receive') return -1;
  const end = world.threads[index]!.ends.get(edge.end);
  if (end === undefined) return -1;
  return world.threads.findIndex((t) =>
    [...t.ends.values()].some(([link, side]) => link === end[0] && side !== end[1]),
  );
}

function keyOf(world: World): string {
  const threads = world.threads.map(
    (t) =>
      `${t.automaton.key}@${t.state}[${[...t.ends]
        .map(([e, [l, s]]) => `${e}:${l}.${s}`)
        .sort()
        .join()}]`,
  );
  const links = world.links.map((l) => l.map((q) => q.map((m) => `${m.label}(${m.ends.join(';')})`).join()).join('/'));
  return `${threads.join(' ')} ${links.join(' ')}`;
}

function describe(visits: readonly Visit[], last: number): StuckRun {
  const { world } = visits[last]!;
  const steps: Step[] = [];
  for (let at = last; at > 0; at = visits[at]!.before) {
    const { thread, edge, partner } = visits[at]!.by!;
    if (edge.kind !== 'send' && edge.kind !== 'receive') continue;
    if (partner < 0) continue;
    const automaton = visits[visits[at]!.before]!.world.threads[thread]!.automaton;
    const origin: Origin = { span: edge.span, session: automaton.name };
    steps.unshift({ role: thread, edge: { from: 0, kind: edge.kind, partner, label: edge.label, to: 0, origin } });
  }
  const waiting = world.threads.flatMap((t, role) => {
    const state = t.automaton.states[t.state]!;
    if (state.kind !== 'wait') return [];
    const partners = new Map<number, string[]>();
    for (const e of state.edges) {
      if (e.kind !== 'receive') continue;
      const partner = partnerOf(world, role, e);
      partners.set(partner, [...(partners.get(partner) ?? []), e.label]);
    }
    const awaits = [...partners].map(([partner, labels]) => ({ partner, labels, because: 'partner-stuck' as const }));
    return awaits.length === 0 ? [] : [{ role, awaits }];
  });
  const going: MachineEdge = { from: 0, kind: 'silent', partner: -1, label: '', to: 0 };
  const roles = world.threads.map((t) => {
    const over = t.automaton.states[t.state]!.kind === 'end';
    return { name: t.automaton.name, init: 0, states: 1, edges: over ? [] : [going] };
  });
  return {
    system: { name: 'program', roles },
    schedule: steps,
    stuck: { states: roles.map(() => 0), queues: [], waiting, unread: [] },
    places: world.threads.map((t) => ({ automaton: t.automaton, state: t.state })),
  };
}
