/**
 * Compose: projects every cluster, follows ends that are given away until no new taker is found, decides each cluster, and
 * finds for every wait on several clusters one that moves by itself.
 * Invariant: a branch of another cluster counts as progress only after some other awaited cluster was shown to move with
 * the waiting thread blocked, in all its configurations; since that relation is built up from nothing, it has no cycles.
 */
import type { Automaton, Edge, EndId } from '../automaton/automaton.js';
import { onlyMembers } from '../automaton/automaton.js';
import type { Cluster } from './cluster.js';
import type { Composition } from './composition.js';
import type { Options } from '../decide/decide.js';
import { decide } from '../decide/decide.js';
import type { System } from '../decide/system.js';
import type { Verdict } from '../decide/verdict.js';
import { loopText } from './progress.js';
import type { Place, Projection, Taker, World } from './projection.js';
import { project } from './project.js';
import { CLIENT, CRASH, awaited } from './projection.js';
import { surpriseIn, understood } from './understood.js';

/** A wait on several clusters of which none was shown to move by itself. */
export interface OpenWait {
  readonly place: Place;
}

export interface Composed {
  readonly compositions: readonly Composition[];
  readonly openWaits: readonly OpenWait[];
  /** At a wait on several clusters: the awaited ends found first to bring it on by themselves; none if none was. */
  readonly carriers: (at: Place) => readonly EndId[];
}

const placeKey = (at: Place): string => `${at.automaton.key} ${at.state}`;
/** A send by where it is in its session; a cast stands in an automaton of its own in its cluster. */
const sendKey = (at: Place, edge: Edge, position: number): string =>
  `${placeKey(at).replace(/ cast (\d+) 0$/, ' $1')} ${edge.span.start} ${position}`;

export function composeClusters(
  clusters: readonly Cluster[],
  byKey: (key: string) => Automaton | undefined,
  options: Options,
): Composed {
  const takers = new Map<string, Taker[]>();
  /** Awaited ends that carry their wait, with the round in which that was found. */
  const good = new Map<string, number>();
  /** Those of them that do so only when clients come. */
  const byClients = new Set<string>();
  const seen = new Set<string>();
  const endKey = (at: Place, end: EndId): string => `${placeKey(at)} ${end}`;
  const world: World = {
    automaton: byKey,
    takers: (at, edge, position) => takers.get(sendKey(at, edge, position)) ?? [],
    moves: (at, own) => {
      const others = awaitedAt(at).filter((end) => !own.has(end));
      const counts = (end: EndId): boolean => good.has(endKey(at, end)) || !seen.has(endKey(at, end));
      // A pool may be empty, which is no wait only where nothing else is waited for.
      if (own.size === 0 && onlyMembers(at.automaton.states[at.state]!)) return others.every(counts);
      return others.some((end) => at.automaton.ends[end]!.kind === 'end' && counts(end));
    },
  };

  let projected = clusters.map((c) => projectAll(c, world));
  while (findTakers(projected, takers)) projected = clusters.map((c) => projectAll(c, world));
  for (const projections of projected)
    for (const p of projections)
      for (const { place, own } of p.mixed.values()) for (const end of own) seen.add(endKey(place, end));
  if (seen.size > 0) projected = clusters.map((c) => projectAll(c, world));

  let compositions = clusters.map((c, i) => decided(c, projected[i]!, options));
  // Waits that are carried only if some loop ends: what hangs on them is not proved without that.
  const loops = new Map<string, string>();
  for (let round = 0; ; round++) {
    const before = good.size;
    const bad = badEnds(compositions, endKey);
    noteLoops(compositions, loops, (at, end) => !good.has(endKey(at, end)) && !bad.has(endKey(at, end)));
    for (const key of seen) if (!bad.has(key) && !good.has(key)) good.set(key, round);
    // Where nothing else brings a wait on, clients may: then all that hangs on it depends on the outside.
    if (good.size === before) {
      const ofClients = badEnds(
        compositions.map((c) => withClients(c, options)),
        endKey,
      );
      for (const key of seen)
        if (!ofClients.has(key) && !good.has(key)) {
          good.set(key, round);
          byClients.add(key);
        }
    }
    if (good.size === before) break;
    compositions = compositions.map((c) => {
      if (c.projections.every((p) => p.mixed.size === 0)) return c;
      return decided(c.cluster, projectAll(c.cluster, world), options);
    });
  }
  const carriedByClients = (at: Place, end: EndId): boolean => byClients.has(endKey(at, end));
  compositions = compositions.map((c) =>
    underCrashes(withLoops(onClients(understood(c), carriedByClients), loops), world, options),
  );
  const carriers = (at: Place): EndId[] => {
    const ends = awaitedAt(at).filter(
      (end) => onlyMembers(at.automaton.states[at.state]!) || at.automaton.ends[end]!.kind === 'end',
    );
    const rounds = ends.map((end) => good.get(endKey(at, end)) ?? Infinity);
    const first = Math.min(...rounds);
    return ends.filter((_, i) => rounds[i] === first && first < Infinity);
  };
  return { compositions, openWaits: openWaits(compositions, (at, end) => good.has(endKey(at, end))), carriers };
}

const awaitedAt = ({ automaton, state }: Place): EndId[] => [
  ...new Set(automaton.states[state]!.edges.flatMap(awaited)),
];

/**
 * The composition if clients come wherever somebody accepts them, but for waits on several clusters: those must be shown to
 * go on by what this cluster does.
 */
function withClients(c: Composition, options: Options): Composition {
  const isClient = (p: Projection, e: System['roles'][number]['edges'][number]): boolean =>
    e.kind === 'outside' && e.label === CLIENT && !p.mixed.has(e.from);
  if (c.verdict.verdict !== 'safe' || c.projections.every((p) => p.mixed.size === 0)) return c;
  if (!c.projections.some((p) => p.role.edges.some((e) => isClient(p, e)))) return c;
  const projections = c.projections.map((p) => {
    const edges = p.role.edges.map((e) => (isClient(p, e) ? { ...e, kind: 'silent' as const } : e));
    return { ...p, role: { ...p.role, edges } };
  });
  const { verdict } = decided(c.cluster, projections, options);
  // What a loop may keep waiting although clients come is not carried by them.
  const kept =
    verdict.verdict === 'safe' ? verdict.dependsOn.map((d) => ({ role: d.role, state: d.state, starved: [] })) : [];
  return {
    ...c,
    verdict:
      verdict.verdict === 'safe' ? { ...verdict, dependsOutside: [...verdict.dependsOutside, ...kept] } : verdict,
  };
}

/** Waits that their own cluster brings on when clients come hang on those clients, which are named where they are accepted. */
function onClients(c: Composition, carried: (at: Place, end: EndId) => boolean): Composition {
  if (c.verdict.verdict !== 'safe') return c;
  const dependsOutside = c.verdict.dependsOutside.filter(({ role, state }) => {
    const wait = c.projections[role]!.mixed.get(state);
    return wait === undefined || ![...wait.own].some((end) => carried(wait.place, end));
  });
  if (dependsOutside.length === c.verdict.dependsOutside.length || dependsOutside.length === 0) return c;
  return { ...c, verdict: { ...c.verdict, dependsOutside } };
}

/** Notes the loops that may starve a wait of several clusters which is now found to be carried (`fresh`). */
function noteLoops(
  compositions: readonly Composition[],
  loops: Map<string, string>,
  fresh: (at: Place, end: EndId) => boolean,
): void {
  for (const c of compositions) {
    if (c.verdict.verdict !== 'safe') continue;
    for (const d of c.verdict.dependsOn) {
      const wait = c.projections[d.role]!.mixed.get(d.state);
      if (wait !== undefined && [...wait.own].some((end) => fresh(wait.place, end)))
        loops.set(placeKey(wait.place), loopText(c, d));
    }
  }
}

function withLoops(c: Composition, loops: ReadonlyMap<string, string>): Composition {
  for (const p of c.projections)
    for (const { place } of p.mixed.values()) {
      const loop = loops.get(placeKey(place));
      if (loop !== undefined) return { ...c, inherited: `depends on: ${loop}` };
    }
  return c;
}

/** All roles; links that may be lost are found by projecting until their number is stable. */
function projectAll(cluster: Cluster, world: World, crashes = false): Projection[] {
  let loses = cluster.roles.map(() => new Set<number>());
  for (;;) {
    const projections = cluster.roles.map((_, i) => project(cluster, i, world, { loses: loses[i]!, crashes }));
    const next = cluster.roles.map((_, i) => lossesOf(cluster, i, projections));
    const size = (sets: readonly Set<number>[]): number => sets.reduce((n, s) => n + s.size, 0);
    if (size(next) === size(loses)) return projections;
    loses = next;
  }
}

function lossesOf(cluster: Cluster, role: number, projections: readonly Projection[]): Set<number> {
  const found = new Set<number>();
  cluster.links.forEach(({ roles: [a, b] }, link) => {
    if (a !== role && b !== role) return;
    const other = a === role ? b : a;
    const drops = projections[other]!.role.edges.some(
      (e) => e.kind === 'fail' || (e.kind === 'drop' && e.partner === role),
    );
    if (drops) found.add(link);
  });
  return found;
}

/** Matches sends that give ends away with the receives that may take them; true if something new was found. */
function findTakers(projected: readonly (readonly Projection[])[], takers: Map<string, Taker[]>): boolean {
  let grew = false;
  for (const projections of projected) {
    projections.forEach((p, role) => {
      for (const { link, place, edge } of p.sends) {
        if (edge.kind !== 'send') continue;
        edge.payload.forEach((payload, position) => {
          if (payload.end === undefined) return;
          const key = sendKey(place, edge, position);
          const list = takers.get(key) ?? [];
          for (const taker of takersIn(projections, role, link, edge, position)) {
            if (list.some((t) => t.automaton === taker.automaton && t.state === taker.state && t.end === taker.end))
              continue;
            list.push(taker);
            grew = true;
          }
          takers.set(key, list);
        });
      }
    });
  }
  return grew;
}

function takersIn(
  projections: readonly Projection[],
  sender: number,
  link: number,
  edge: Extract<Edge, { kind: 'send' }>,
  position: number,
): Taker[] {
  return projections.flatMap((p, role) =>
    role === sender
      ? []
      : p.receives.flatMap((r): Taker[] => {
          if (r.link !== link || !('label' in r.edge) || r.edge.label !== edge.label) return [];
          const end = 'payload' in r.edge ? (r.edge.payload[position]?.end ?? -1) : -1;
          return [{ automaton: r.place.automaton, state: r.edge.to, end }];
        }),
  );
}

function decided(cluster: Cluster, projections: readonly Projection[], options: Options): Composition {
  const system: System = { name: cluster.name, roles: projections.map((p) => p.role) };
  const escapes = projections.flatMap((p) => p.escapes);
  const accepted = whileAccepting(projections, system);
  const served = accepted === undefined ? undefined : decide(accepted, options);
  const verdict = served === undefined || served.verdict === 'safe' ? decide(system, options) : served;
  return { cluster, projections, system, verdict, escapes };
}

/**
 * A service may end before it accepts a client, which the client then learns of as a loss. That way out must not excuse a
 * client whose conversation would go wrong once it is accepted, so that case is decided by itself: here without the ending.
 * Edges keep their identity, so that schedules mean the same in both systems. Undefined if the service never ends.
 */
function whileAccepting(projections: readonly Projection[], system: System): System | undefined {
  const leaves = (role: number, e: System['roles'][number]['edges'][number]): boolean =>
    e.kind === 'drop' && projections[role]!.pending.has(e.from);
  if (!system.roles.some((r, i) => r.edges.some((e) => leaves(i, e)))) return undefined;
  return { ...system, roles: system.roles.map((r, i) => ({ ...r, edges: r.edges.filter((e) => !leaves(i, e)) })) };
}

/** With crash edges, where a role handles losses itself; elsewhere a loss only makes the waiting thread fail in its turn. */
function underCrashes(c: Composition, world: World, options: Options): Composition {
  if (c.verdict.verdict !== 'safe') return c;
  const handles = c.projections.some((p) =>
    p.visited.some(({ place, held }) => {
      const state = place.automaton.states[place.state]!;
      const mine = held.map(([, end]) => end);
      return (
        state.kind === 'wait' &&
        (state.handler !== undefined ||
          state.edges.some(
            (e) => (e.kind === 'down' && mine.includes(e.end)) || (e.kind === 'any' && e.down && mine.includes(e.pool)),
          ))
      );
    }),
  );
  if (!handles) return c;
  const projections = projectAll(c.cluster, world, true);
  const { verdict, system } = decided(c.cluster, projections, options);
  const surprised = surprise(system, projections, options) ?? { verdict, system };
  return { ...c, crash: surprised.verdict, crashSystem: surprised.system, crashProjections: projections };
}

/**
 * A message that surprises somebody after another has crashed. That it could crash as well is no excuse, so for each role
 * the system is decided in which it alone never does.
 */
function surprise(
  system: System,
  projections: readonly Projection[],
  options: Options,
): { verdict: Verdict; system: System } | undefined {
  const crash = (e: System['roles'][number]['edges'][number]): boolean => e.kind === 'outside' && e.label === CRASH;
  for (const [i, spared] of system.roles.entries()) {
    const roles = system.roles.map((r) => (r === spared ? { ...r, edges: r.edges.filter((e) => !crash(e)) } : r));
    const without: System = { ...system, roles };
    const decision = decide(without, options);
    const verdict = surpriseIn(decision, projections, i) ?? decision;
    if (verdict.verdict === 'rejected' && verdict.kind === 'unexpected-message') return { verdict, system: without };
  }
  return undefined;
}

/** Awaited ends whose own cluster does not always bring the wait on. */
function badEnds(compositions: readonly Composition[], endKey: (at: Place, end: EndId) => string): Set<string> {
  const bad = new Set<string>();
  for (const { projections, verdict } of compositions) {
    projections.forEach((p, role) => {
      for (const [n, { place, own }] of p.mixed) {
        const hangs =
          verdict.verdict !== 'safe' || verdict.dependsOutside.some((d) => d.role === role && d.state === n);
        if (hangs) for (const end of own) bad.add(endKey(place, end));
      }
    });
  }
  return bad;
}

function openWaits(compositions: readonly Composition[], isGood: (at: Place, end: EndId) => boolean): OpenWait[] {
  const found = new Map<string, OpenWait>();
  for (const { projections } of compositions)
    for (const p of projections)
      for (const { place } of p.mixed.values()) {
        const edges = place.automaton.states[place.state]!.edges;
        const free = edges.some((e) => e.kind === 'timeout' || e.kind === 'accept' || e.kind === 'watched');
        // Members of one pool stand for each other; what is not proved of them is said of their composition.
        if (new Set(edges.flatMap(awaited)).size < 2) continue;
        if (!free && !edges.flatMap(awaited).some((end) => isGood(place, end))) found.set(placeKey(place), { place });
      }
  return [...found.values()];
}
