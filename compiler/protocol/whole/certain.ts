/**
 * Runs of a whole program that get stuck through services, where hold-and-wait alone says that they may: all configurations of the
 * program from its beginning, with threads, calls, clients and links as they are.
 * Invariant: an answer only if every run gets stuck: from whatever the program can come to, threads that wait for each other for ever
 * can be come to. Conditions are not looked at, so all that can happen is among what is followed; where something may happen that is
 * not followed here (losses, failures, a reference of which it is not certain whose it is) there is no answer.
 */
import type { Automaton, Edge } from '../automaton/automaton.js';
import { GIVEN, OUTSIDE, SUSPENDS } from '../code/code.js';
import type { End, Found, Move, Thread, Visit, World } from './search.js';
import { enabled, fire, headOf, homeOf, keyOf, otherSide, pathTo } from './search.js';
import { acceptLabels, type Services } from '../compose/services.js';

/** What is known of the program besides its automata. */
export interface Known {
  readonly byKey: (key: string) => Automaton | undefined;
  readonly services: Services;
  /** Keys of closures and of functions used as values: what a call of an unknown function may run. */
  readonly values: ReadonlySet<string>;
}

/** Where a whole program begins. */
export const isMain = (a: Automaton): boolean => a.key.endsWith('::main');

const MOST_CONFIGURATIONS = 5_000;
const MOST_CALLS = 8;

/** A shortest run from `root`, which needs nothing from anybody, if every run gets stuck. */
export function certainlyStuck(root: Automaton, known: Known): Found | undefined {
  if (root.params.length > 0) return undefined;
  const first: Thread = { automaton: root, state: root.initial, ends: new Map(), pools: new Map() };
  const visits: Visit[] = [{ world: { threads: [first], links: [] }, before: -1 }];
  const numbers = new Map([[keyOf(visits[0]!.world), 0]]);
  const before: number[][] = [[]];
  const stuck: { at: number; among: readonly number[] }[] = [];
  for (let at = 0; at < visits.length; at++) {
    const { world } = visits[at]!;
    const nexts = steps(world, known);
    const among = waitForEachOther(world, known);
    // Where nobody can do anything and nobody else can come, whoever waits for somebody waits for ever.
    if (nexts?.length === 0 && isMain(root) && among.length === 0) among.push(...leftWaiting(world, known));
    if (among.length > 0) {
      stuck.push({ at, among });
      continue;
    }
    if (nexts === undefined || nexts.length === 0) return undefined;
    for (const { next, ...by } of nexts) {
      const key = keyOf(next);
      const seen = numbers.get(key);
      if (seen !== undefined) before[seen]!.push(at);
      else {
        if (visits.length >= MOST_CONFIGURATIONS) return undefined;
        numbers.set(key, visits.length);
        visits.push({ world: next, before: at, by });
        before.push([at]);
      }
    }
  }
  const lost = new Set(stuck.map(({ at }) => at));
  for (const at of lost) before[at]!.forEach((b) => lost.add(b));
  const [found] = stuck;
  if (found === undefined || lost.size < visits.length) return undefined;
  return { path: pathTo(visits, found.at), states: visits.length, among: found.among };
}

/** The most threads of which each waits only for what others of them would have to do: that is so for ever. */
function waitForEachOther(world: World, known: Known): number[] {
  const waits = world.threads.map((t) => waitsFor(world, t, known));
  const inside = new Set(waits.flatMap((on, i) => (on === undefined || on.length === 0 ? [] : [i])));
  for (let before = -1; before !== inside.size;) {
    before = inside.size;
    for (const i of inside) if (!waits[i]!.every((on) => inside.has(on))) inside.delete(i);
  }
  return [...inside];
}

const leftWaiting = (world: World, known: Known): number[] =>
  world.threads.flatMap((t, i) => ((waitsFor(world, t, known) ?? []).some((on) => on >= 0) ? [i] : []));

/** The threads that a thread waits for, if it waits for nothing else and none of the ends has a message. */
function waitsFor(world: World, t: Thread, known: Known): readonly number[] | undefined {
  const state = t.automaton.states[t.state]!;
  if (state.kind !== 'wait' || !state.edges.every((e) => WAITS.has(e.kind))) return undefined;
  const ends = awaitedBy(t);
  if (ends.some((end) => end === undefined || headOf(world, end) !== undefined)) return undefined;
  const watched = state.edges.flatMap((e) => (e.kind === 'watched' ? [threadOf(e.thread, world, known) ?? -1] : []));
  return [...ends.map((end) => otherSide(world, end)), ...watched];
}

const WAITS: ReadonlySet<Edge['kind']> = new Set<Edge['kind']>(['receive', 'down', 'any', 'watched']);

/** The ends on which a thread waits where it stands; undefined for one that it does not have. */
function awaitedBy(t: Thread): readonly (End | undefined)[] {
  const ends: (End | undefined)[] = [];
  for (const e of t.automaton.states[t.state]!.edges)
    if (e.kind === 'receive' || e.kind === 'down') ends.push(t.ends.get(e.end));
    else if (e.kind === 'any') ends.push(...(t.pools.get(e.pool) ?? []));
  return ends;
}

interface Next {
  readonly thread: number;
  readonly move: Move;
  readonly partner: number;
  readonly next: World;
}

/** All that can happen next; undefined where something may happen that is not followed. */
function steps(world: World, known: Known): Next[] | undefined {
  const found: Next[] = [];
  for (const [thread, t] of world.threads.entries()) {
    const own = stepsOf(world, thread, t, known);
    if (own === undefined) return undefined;
    found.push(...own);
  }
  return found;
}

const isOver = (t: Thread): boolean => t.callers === undefined && t.automaton.states[t.state]!.kind === 'end';

function stepsOf(world: World, thread: number, t: Thread, known: Known): Next[] | undefined {
  const state = t.automaton.states[t.state]!;
  const put = (changed: Thread, others: World = world): World => ({
    ...others,
    threads: others.threads.map((other, i) => (i === thread ? changed : other)),
  });
  const silent: Edge = { kind: 'silent', to: t.state, span: state.span };
  if (state.kind === 'end') {
    const [caller, ...callers] = t.callers ?? [];
    if (caller === undefined) return [];
    const back = { ...caller, ...(callers.length > 0 && { callers }), ...(t.clients && { clients: t.clients }) };
    return [{ thread, move: { edge: silent }, partner: -1, next: put(back) }];
  }
  if (state.kind === 'fail' || !state.edges.every((e) => FOLLOWED.has(e.kind))) return undefined;
  if (losesSomething(world, t)) return undefined;
  if (state.runs !== undefined) {
    const [edge] = state.edges;
    const bodies = bodiesOf(state.runs, known);
    if (bodies === undefined || edge === undefined || (t.callers ?? []).length >= MOST_CALLS) return undefined;
    return bodies.map((automaton): Next => {
      const { clients, callers = [], ...caller } = { ...t, state: edge.to };
      const called = { automaton, state: automaton.initial, ends: new Map(), pools: new Map() };
      const next = put({ ...called, callers: [caller, ...callers], ...(clients && { clients }) });
      return { thread, move: { edge: silent }, partner: -1, next };
    });
  }
  const found: Next[] = [];
  for (const move of enabled(world, t)) {
    const next = fire(world, thread, move, known.byKey);
    if (next === undefined) return undefined;
    found.push({ thread, move, partner: partnerIn(world, t, move), next });
  }
  for (const edge of state.edges) {
    if (edge.kind === 'accept')
      (t.clients ?? []).forEach((client, member) => {
        if (headOf(world, client)?.label === edge.label)
          found.push({ thread, move: { edge, member }, partner: otherSide(world, client), next: accept(world, thread, edge, member) }); // prettier-ignore
      });
    if (edge.kind === 'watched') {
      const on = threadOf(edge.thread, world, known);
      if (on === undefined) return undefined;
      const next = put({ ...t, state: edge.to });
      if (isOver(world.threads[on]!)) found.push({ thread, move: { edge }, partner: -1, next });
    }
    if (edge.kind !== 'connect' && edge.kind !== 'cast') continue;
    const service = serviceOf(edge.service, world, known);
    if (service === undefined) return undefined;
    const next = connect(world, thread, edge, service);
    if (next === undefined) return undefined;
    found.push({ thread, move: { edge }, partner: service, next });
  }
  return found;
}

const FOLLOWED: ReadonlySet<Edge['kind']> = new Set<Edge['kind']>([
  'receive', 'any', 'take', 'empty', 'send', 'silent', 'spawn', 'timeout', 'pool', 'put', 'accept', 'connect', 'cast', 'down', 'watched',
]); // prettier-ignore

/** Whether a thread waits on a link whose other side is nobody's any more: then it may be told of a loss. */
function losesSomething(world: World, t: Thread): boolean {
  return awaitedBy(t).some((end) => {
    if (end !== undefined && headOf(world, end) !== undefined) return false;
    const owner = otherSide(world, end);
    return owner < 0 || isOver(world.threads[owner]!);
  });
}

/** The bodies that a call runs, each of which may be the one. */
function bodiesOf(runs: readonly string[], known: Known): readonly Automaton[] | undefined {
  const [run, ...given] = runs;
  if (run === undefined || run.startsWith(OUTSIDE) || run.startsWith(SUSPENDS)) return undefined;
  const keys = run === '?' || run === GIVEN ? [...known.values] : [run];
  const bodies = keys.map((key) => known.byKey(key));
  // A function of the host may call what it is given, or not.
  if (bodies.length === 0 || (given.length > 0 && bodies.includes(undefined))) return undefined;
  const sure = bodies.filter((body) => body !== undefined);
  return sure.length < bodies.length || sure.some((b) => b.params.some((p) => p !== undefined)) ? undefined : sure;
}

/** The one thread that a reference to any thread can mean, if it is certain. */
function threadOf(reference: string, world: World, known: Known): number | undefined {
  const meant = known.services.meant(reference);
  const keys = new Set(meant.sessions.map((a) => a.key));
  const fit = world.threads.flatMap((t, i) => (keys.has(homeOf(t).key) ? [i] : []));
  return meant.known && fit.length === 1 ? fit[0] : undefined;
}

/** The one service that a reference can mean. Whoever has a reference has it from a thread that is here. */
function serviceOf(reference: string, world: World, known: Known): number | undefined {
  const meant = known.services.meant(reference);
  const keys = new Set(meant.sessions.map((a) => a.key));
  const fit = world.threads.flatMap((t, i) => {
    const home = homeOf(t);
    return (meant.known ? keys.has(home.key) : acceptLabels(home).length > 0) ? [i] : [];
  });
  return fit.length === 1 && !isOver(world.threads[fit[0]!]!) ? fit[0] : undefined;
}

function connect(
  world: World,
  index: number,
  edge: Extract<Edge, { kind: 'connect' | 'cast' }>,
  service: number,
): World | undefined {
  const link = world.links.length;
  const caller = world.threads[index]!;
  const ends = new Map(caller.ends);
  if (edge.kind === 'cast' && edge.payload.some((p) => p.end !== undefined)) return undefined;
  if (edge.kind === 'connect') ends.set(edge.end, [link, 0]);
  const message = edge.kind === 'cast' ? [{ label: edge.label, ends: edge.payload.map(() => undefined) }] : [];
  const threads = world.threads.map((t, i): Thread => {
    const moved = i === index ? { ...t, ends, state: edge.to } : t;
    return i === service ? { ...moved, clients: [...(moved.clients ?? []), [link, 1]] } : moved;
  });
  return { threads, links: [...world.links, [[], message]] };
}

function accept(world: World, index: number, edge: Extract<Edge, { kind: 'accept' }>, member: number): World {
  const t = world.threads[index]!;
  const client = t.clients![member]!;
  const [link, side] = client;
  const message = headOf(world, client)!;
  const ends = new Map(t.ends);
  if (edge.end !== undefined) ends.set(edge.end, client);
  edge.payload.forEach((p, i) => {
    const got = message.ends[i];
    if (p.end !== undefined && got !== undefined) ends.set(p.end, got);
  });
  const clients = t.clients!.filter((_, i) => i !== member);
  const threads = world.threads.map((other, i) => (i === index ? { ...t, ends, clients, state: edge.to } : other));
  const links = world.links.map((l, i): World['links'][number] =>
    i !== link ? l : side === 0 ? [l[0].slice(1), l[1]] : [l[0], l[1].slice(1)],
  );
  return { threads, links };
}

function partnerIn(world: World, t: Thread, { edge, member }: Move): number {
  if (edge.kind === 'any') return otherSide(world, t.pools.get(edge.pool)?.[member ?? 0]);
  return edge.kind === 'send' || edge.kind === 'receive' ? otherSide(world, t.ends.get(edge.end)) : -1;
}
