/**
 * Progress across compositions: a composition whose threads also wait on other links, or for the end of other threads, makes
 * progress only as far as those do.
 * Invariant: a composition is left `proved` only if every composition that its threads wait on, directly or through others,
 * is proved too, and if no circle of such waits goes through the end of a thread: links form no circle, references may.
 */
import type { Span } from '../../source/source.js';
import type { Automaton, EndId, State } from '../automaton/automaton.js';
import { castOf } from '../compose/clusters.js';
import type { Composition, OutsideCall } from '../compose/composition.js';
import type { Effects } from '../code/effects.js';
import type { Options } from '../decide/decide.js';
import type { Loop } from '../automaton/loops.js';
import { namedLoop, progressOf } from '../compose/progress.js';
import { awaited, isAsked } from '../compose/projection.js';

import { Staying } from './staying.js';
import { isWait, isWatch } from './watching.js';

type ByKey = (key: string) => Automaton | undefined;
/** By composition waited on: who waits on it, in which service; `undefined` for waits of threads that take part themselves. */
type Dependants = ReadonlyMap<number, ReadonlyMap<number, ReadonlySet<Automaton | undefined>>>;

export function inheritProgress(
  compositions: readonly Composition[],
  effects: Effects,
  byKey: ByKey,
  options: Options,
): Composition[] {
  const waits = new Waits(compositions, effects, byKey, options);
  const dependants = waits.dependants();
  const circles = compositions.map((c, i) => {
    const outside = waits.outside(c);
    const loop = waits.loop(c);
    const told = { ...c, ...(outside && { outside }), ...(loop && { loop }) };
    if (c.cluster.kind !== 'watch') return told;
    return { ...told, escapes: waits.unknown(c), ...(reaches(i, i, dependants) && { circle: true }) };
  });
  const own = circles.map((c) => progressOf(c));
  const weak = new Map<number, number>();
  const work: { at: number; from: number }[] = own.flatMap((p, at) => (p === 'proved' ? [] : [{ at, from: at }]));
  for (const { at, from } of work) {
    if (weak.has(at)) continue;
    weak.set(at, from);
    for (const [next, bodies] of dependants.get(at) ?? [])
      if (from !== at || [...bodies].some((body) => isWeakFor(circles[at]!, body))) work.push({ at: next, from });
  }
  return circles.map((c, i) => {
    const from = weak.get(i);
    if (from === undefined || from === i) return c;
    return { ...c, inherited: `${own[from]!} (through ${compositions[from]!.cluster.name})` };
  });
}

/**
 * Whether a composition is not proved for those who wait until this service accepts them: that it waits for a client there
 * itself does not keep them waiting.
 */
function isWeakFor(c: Composition, service: Automaton | undefined): boolean {
  if (service === undefined || c.verdict.verdict !== 'safe') return true;
  const dependsOutside = c.verdict.dependsOutside.filter(({ role, state }) => {
    const place = c.projections[role]!.places[state];
    return place?.automaton !== service || !accepts(service.states[place.state]!);
  });
  return progressOf({ ...c, verdict: { ...c.verdict, dependsOutside } }) !== 'proved';
}

const accepts = (state: State): boolean => state.edges.some((e) => e.kind === 'accept');

function reaches(start: number, goal: number, next: Dependants): boolean {
  const seen = new Set(next.get(start)?.keys());
  for (const at of seen) {
    if (at === goal) return true;
    for (const n of next.get(at)?.keys() ?? []) seen.add(n);
  }
  return false;
}

/** What each composition waits on besides its own links. */
class Waits {
  /** By place and end: the compositions of which a thread there holds an end; of places that are asked about. */
  private readonly classes = new Map<string, Set<number>>();
  /** By session and wait: the composition of the thread watched there. */
  private readonly watches = new Map<string, Set<number>>();
  private readonly known = new Map<string, ReadonlySet<number>>();
  private readonly staying: Staying;

  constructor(
    private readonly compositions: readonly Composition[],
    private readonly effects: Effects,
    private readonly byKey: ByKey,
    options: Options,
  ) {
    this.staying = new Staying(compositions, options);
    compositions.forEach((c, i) => {
      if (c.cluster.kind === 'watch') {
        const { automaton, state } = c.cluster.roles[0]!.starts[0]!;
        add(this.watches, watchKey(automaton, automaton.states[state]!), i);
      }
      for (const p of c.projections)
        for (const { place, held } of p.visited)
          for (const [, end] of isAsked(place) ? held : [])
            add(this.classes, endKey(place.automaton, place.state, end), i);
    });
  }

  /** Waits of watched threads on links of which no composition is known, and which they may get to by themselves. */
  unknown(c: Composition): readonly Span[] {
    if (c.verdict.verdict !== 'safe' || c.verdict.dependsOutside.length > 0) return [];
    return watchedBy(c).flatMap((body) =>
      body.states.flatMap((state, at) => {
        const ends = isWait(state) ? state.edges.flatMap(awaited) : [];
        return ends.some((end) => !this.classes.has(endKey(body, at, end))) ? [state.span] : [];
      }),
    );
  }

  /** Per composition, those that wait on it; a service that does not accept keeps its clients waiting. */
  dependants(): Dependants {
    const found = new Map<number, Map<number, Set<Automaton | undefined>>>();
    this.compositions.forEach((c, i) => {
      const note = (needs: Iterable<number>, body?: Automaton): void => {
        for (const on of needs) {
          if (on === i && c.cluster.kind !== 'watch') continue;
          if (!found.has(on)) found.set(on, new Map());
          add(found.get(on)!, i, body);
        }
      };
      note(this.needs(c));
      // What keeps the giver from giving is no matter once the end is given.
      for (const { place, held } of c.projections.flatMap((p) => p.visited))
        note(this.carriers(place.automaton, place.state, new Set(held.map(([, end]) => end))), place.automaton);
      // A watched thread must get through all it does, and a service come to where it accepts.
      for (const body of watchedBy(c)) note(this.inBody(body));
      for (const body of servedBy(c)) note(this.inBody(body), body);
    });
    return found;
  }

  /** A call that may wait for the outside while others wait for the thread that makes it. */
  outside(c: Composition): OutsideCall | undefined {
    const places = c.projections.flatMap((p) => p.visited.map(({ place }) => place));
    const bodies = [...watchedBy(c), ...servedBy(c)];
    for (const automaton of bodies) automaton.states.forEach((_, state) => places.push({ automaton, state }));
    for (const { automaton, state } of places) {
      const { runs = [], span } = automaton.states[state]!;
      const [what] = this.effects.outside(runs);
      if (what !== undefined) return { what, session: automaton.name, span };
    }
    return undefined;
  }

  /** A loop in which a thread may stay for ever while others wait for it, in words. */
  loop(c: Composition): string | undefined {
    const found = this.staying.inComposition(c) ?? this.loopOfBodies(c);
    if (found === undefined) return undefined;
    const { automaton, states } = found;
    const [first] = [...states].map((at) => automaton.states[at]!.span).sort((a, b) => a.start - b.start);
    return namedLoop(c, this.staying.runners(found), first!);
  }

  private loopOfBodies(c: Composition): Loop | undefined {
    const over = (state: State): boolean => state.kind === 'end' || state.kind === 'fail';
    const served = servedBy(c);
    const places = [
      ...c.projections.flatMap((p) => p.visited.map(({ place }) => place)),
      ...[...watchedBy(c), ...served].flatMap((automaton) =>
        automaton.states.map((_, state) => ({ automaton, state })),
      ),
    ];
    const called = new Set(places.flatMap(({ automaton, state }) => automaton.states[state]!.runs ?? []));
    const bodies = new Set(
      [...called].flatMap((run) => [...this.effects.of(run)]).flatMap((key) => this.byKey(key) ?? []),
    );
    for (const body of served) {
      const loop = this.staying.inBody(body, (state) => over(state) || accepts(state));
      if (loop !== undefined) return loop;
    }
    for (const body of [...watchedBy(c), ...bodies]) {
      const loop = this.staying.inBody(body, over);
      if (loop !== undefined) return loop;
    }
    return undefined;
  }

  private needs(c: Composition): Set<number> {
    const found = new Set<number>();
    for (const p of c.projections)
      for (const { place, held } of p.visited) {
        const mine = new Set(held.map(([, end]) => end));
        for (const on of this.at(place.automaton, place.state, mine)) found.add(on);
        for (const on of this.inCalls(place.automaton.states[place.state]!)) found.add(on);
      }
    return found;
  }

  /** The compositions waited on at one place, `mine` left out. */
  private at(automaton: Automaton, at: number, mine: ReadonlySet<EndId> = new Set()): number[] {
    const state = automaton.states[at]!;
    if (!isWait(state)) return [];
    if (isWatch(state)) return [...(this.watches.get(watchKey(automaton, state)) ?? [])];
    const ends = state.edges.flatMap(awaited).filter((end) => !mine.has(end));
    return ends.flatMap((end) => [...(this.classes.get(endKey(automaton, at, end)) ?? [])]);
  }

  /** Those over whose links an end of `mine` is given away here: who waits for it waits until its receiver has taken it. */
  private carriers(automaton: Automaton, at: number, mine: ReadonlySet<EndId>): number[] {
    return automaton.states[at]!.edges.flatMap((e) => {
      if (e.kind !== 'send' && e.kind !== 'cast') return [];
      if (!e.payload.some((p) => p.end !== undefined && mine.has(p.end))) return [];
      const cast = castOf(automaton, at);
      const key = e.kind === 'send' ? endKey(automaton, at, e.end) : endKey(cast, 0, cast.end);
      return [...(this.classes.get(key) ?? [])];
    });
  }

  /** Those waited on in calls that own their links alone. */
  private inCalls({ runs = [] }: State): number[] {
    const bodies = new Set(runs.flatMap((run) => [...this.effects.of(run)]));
    return [...bodies]
      .flatMap((key) => this.byKey(key) ?? [])
      .flatMap((a) => a.states.flatMap((_, i) => this.at(a, i)));
  }

  private inBody(body: Automaton): ReadonlySet<number> {
    const known = this.known.get(body.key);
    if (known !== undefined) return known;
    const found = new Set(body.states.flatMap((state, at) => [...this.at(body, at), ...this.inCalls(state)]));
    this.known.set(body.key, found);
    return found;
  }
}

const watchedBy = ({ cluster }: Composition): Automaton[] =>
  cluster.kind === 'watch' ? cluster.roles[1]!.starts.map((s) => s.automaton) : [];

const servedBy = ({ cluster }: Composition): Automaton[] => cluster.roles.flatMap((r) => [...(r.serves ?? [])]);

const endKey = (automaton: { readonly key: string }, state: number, end: EndId): string =>
  `${automaton.key} ${state} ${end}`;
const watchKey = (automaton: Automaton, state: State): string => `${automaton.key} ${state.span.start}`;

function add<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const set = map.get(key);
  if (set === undefined) map.set(key, new Set([value]));
  else set.add(value);
}
