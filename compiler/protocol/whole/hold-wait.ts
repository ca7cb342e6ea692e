/**
 * Services by hold-and-wait (Coffman, Elphick and Shoshani 1971, the third of their four conditions): a graph over classes of links. An edge
 * y -> x says that some session waits on x while it holds an unfinished y; where no cycle passes through a service, nobody
 * can wait in a circle through it, however many clients there are.
 * Invariant: conservative. Every wait of every session that takes part adds its edges, also those inside functions called; a
 * message that carries an end holds it and waits for its receiver.
 */
import type { Span } from '../../source/source.js';
import type { Automaton, EndId, State } from '../automaton/automaton.js';
import { castOf } from '../compose/clusters.js';
import type { Composition } from '../compose/composition.js';
import type { Effects } from '../code/effects.js';
import type { Place } from '../compose/projection.js';
import { awaited } from '../compose/projection.js';

/**
 * A node of the graph: `i/r`, a link of composition i as the thread in its role r holds it; or the key of a session, for
 * clients that it has not accepted yet. Two nodes for the two ends, since a circle goes on from a wait on one end with what the
 * holder of the *other* end waits for.
 */
type Node = string;

interface Arc {
  readonly from: Node;
  readonly to: Node;
  readonly session: string;
  readonly span: Span;
  /** No wait of a thread, but an end in a message. */
  readonly gift?: boolean;
}

export interface HoldAndWait {
  /** Per composition that lies on a cycle through a service: where somebody waits while holding. */
  readonly cycles: ReadonlyMap<
    number,
    { readonly session: string; readonly span: Span; readonly others: readonly Span[] }
  >;
  /** Keys of sessions that do not accept the same labels everywhere. */
  readonly uneven: ReadonlySet<string>;
}

/** `carriers`: at a wait on several clusters, those among the awaited ends that were shown to bring it on. */
export function holdAndWait(
  compositions: readonly Composition[],
  effects: Effects,
  carriers: (at: Place) => readonly EndId[],
): HoldAndWait {
  const services = compositions.flatMap((c) => c.cluster.roles.flatMap((r) => r.serves ?? []));
  const uneven = new Set(services.filter(acceptsUnevenly).map((a) => a.key));
  if (services.length === 0) return { cycles: new Map(), uneven };
  const pending = new Set(services.map((a) => a.key));
  const arcs = new Graph(compositions, effects, carriers, pending).arcs();
  const component = components(arcs);
  const nodesOf = (i: number): Node[] => {
    const { roles } = compositions[i]!.cluster;
    return [...roles.map((_, r) => `${i}/${r}`), ...roles.flatMap((r) => (r.serves ?? []).map((a) => a.key))];
  };
  const ofService = new Set([
    ...pending,
    ...compositions.flatMap((c, i) => (c.cluster.kind === 'service' ? nodesOf(i) : [])),
  ]);
  const inside = arcs.filter((a) => component.get(a.from) === component.get(a.to));
  const bad = new Set(
    inside.flatMap((a) => (ofService.has(a.from) || ofService.has(a.to) ? [component.get(a.from)!] : [])),
  );
  const cycles = new Map<number, { session: string; span: Span; others: Span[] }>();
  compositions.forEach((_, i) => {
    const at = nodesOf(i)
      .map((n) => component.get(n))
      .find((n) => n !== undefined && bad.has(n));
    if (at === undefined) return;
    // The plainest place to show is where somebody asks for a service while holding something.
    const asks = (a: Arc): number => (a.gift === true ? 2 : pending.has(a.to) && !pending.has(a.from) ? 0 : 1);
    const [first, ...rest] = inside.filter((a) => component.get(a.from) === at).sort((a, b) => asks(a) - asks(b));
    if (first === undefined) return;
    const spans = new Map([first, ...rest].map((a) => [`${a.span.file.path} ${a.span.start}`, a.span]));
    cycles.set(i, { session: first.session, span: first.span, others: [...spans.values()].slice(1) });
  });
  return { cycles, uneven };
}

function acceptsUnevenly(automaton: Automaton): boolean {
  const sets = automaton.states.flatMap((s) => {
    const labels = s.edges.flatMap((e) => (e.kind === 'accept' ? [e.label] : []));
    return labels.length === 0 ? [] : [[...new Set(labels)].sort().join()];
  });
  return new Set(sets).size > 1;
}

const keyOf = (automaton: { readonly key: string }, state: number, end: EndId): string =>
  `${automaton.key} ${state} ${end}`;

class Graph {
  /** By place and end: the composition and role in which a thread there holds it. */
  private readonly roles = new Map<string, Map<Node, { readonly index: number; readonly role: number }>>();
  private readonly automata = new Map<string, Automaton>();
  /** Per service composition, the places where the client may not have been accepted yet. */
  private readonly unanswered: readonly ReadonlySet<string>[];

  constructor(
    private readonly compositions: readonly Composition[],
    private readonly effects: Effects,
    private readonly carriers: (at: Place) => readonly EndId[],
    private readonly services: ReadonlySet<string>,
  ) {
    compositions.forEach((c, index) =>
      c.projections.forEach((p, role) => {
        for (const { place, held } of p.visited) {
          this.automata.set(place.automaton.key, place.automaton);
          for (const [, end] of held) {
            const key = keyOf(place.automaton, place.state, end);
            const found = this.roles.get(key) ?? new Map<Node, { index: number; role: number }>();
            this.roles.set(key, found.set(`${index}/${role}`, { index, role }));
          }
        }
      }),
    );
    this.unanswered = compositions.map(unansweredPlaces);
  }

  arcs(): Arc[] {
    const found: Arc[] = [];
    for (const automaton of this.automata.values())
      automaton.states.forEach((state, at) => {
        for (const { end, targets } of this.waits(automaton, state, at))
          for (const to of targets) this.arcsTo(automaton, state, at, to, end, found);
        for (const to of this.waitedIn(state.runs ?? [])) this.arcsTo(automaton, state, at, to, undefined, found);
        this.arcsOfGifts(automaton, state, at, found);
      });
    return found;
  }

  /** An end on its way in a message: who waits for it waits until the receiver of the message has taken it. */
  private arcsOfGifts(automaton: Automaton, state: State, at: number, found: Arc[]): void {
    for (const e of state.edges) {
      if (e.kind !== 'send' && e.kind !== 'cast') continue;
      for (const { end } of e.payload) {
        const given = end === undefined ? undefined : this.roles.get(keyOf(automaton, at, end));
        const cast = castOf(automaton, at);
        const takers = e.kind === 'send' ? this.others(automaton, at, e.end) : this.others(cast, 0, cast.end);
        for (const from of given?.keys() ?? [])
          for (const to of takers) found.push({ from, to, session: automaton.name, span: e.span, gift: true });
      }
    }
  }

  /** What a thread waits for at a state: the awaited ends that count, and for each whoever may have the other end. */
  private waits(automaton: Automaton, state: State, at: number): { end: EndId; targets: Node[] }[] {
    if (state.kind !== 'wait' || state.edges.some((e) => e.kind === 'timeout')) return [];
    const all = [...new Set(state.edges.flatMap(awaited))];
    const carried = all.length < 2 ? [] : this.carriers({ automaton, state: at });
    return (carried.length > 0 ? carried : all).map((end) => ({ end, targets: this.others(automaton, at, end) }));
  }

  private others(automaton: { readonly key: string }, at: number, end: EndId): Node[] {
    return [...(this.roles.get(keyOf(automaton, at, end))?.values() ?? [])].flatMap(({ index, role }) => {
      const { roles } = this.compositions[index]!.cluster;
      const other = roles.flatMap((_, r) => (r === role ? [] : [`${index}/${r}`]));
      const open = this.unanswered[index]!.has(`${automaton.key} ${at}`);
      return open ? [...other, ...roles.flatMap((r) => (r.serves ?? []).map((s) => s.key))] : other;
    });
  }

  /** From everything held but `waited` to `to`; from the session's own pending clients too, if it accepts nobody here. */
  private arcsTo(
    automaton: Automaton,
    state: State,
    at: number,
    to: Node,
    waited: EndId | undefined,
    found: Arc[],
  ): void {
    const arc = { to, session: automaton.name, span: state.span };
    for (const y of state.held)
      if (y !== waited)
        for (const from of this.roles.get(keyOf(automaton, at, y))?.keys() ?? []) found.push({ from, ...arc });
    if (this.services.has(automaton.key) && !state.edges.some((e) => e.kind === 'accept'))
      found.push({ from: automaton.key, ...arc });
  }

  /** What functions called here without ends may wait for. */
  private waitedIn(runs: readonly string[]): Set<Node> {
    const found = new Set<Node>();
    for (const run of runs)
      for (const key of this.effects.of(run)) {
        const automaton = this.automata.get(key);
        automaton?.states.forEach((state, at) => {
          for (const { targets } of this.waits(automaton, state, at)) targets.forEach((to) => found.add(to));
        });
      }
    return found;
  }
}

/** Places at which a client has got no answer yet, wherever its end has gone meanwhile: the service may not have accepted it. */
function unansweredPlaces({ cluster, projections }: Composition): ReadonlySet<string> {
  const found = new Set<string>();
  if (cluster.kind !== 'service') return found;
  const { role, places } = projections[0]!;
  const seen = new Set([role.init]);
  for (const at of seen) {
    const place = places[at];
    if (place !== undefined) found.add(`${place.automaton.key} ${place.state}`);
    for (const e of role.edges) if (e.from === at && e.kind !== 'receive') seen.add(e.to);
  }
  return found;
}

/** Strongly connected components (Tarjan 1972), iteratively: the component's number of every class. */
function components(arcs: readonly Arc[]): Map<Node, number> {
  const next = new Map<Node, Node[]>();
  for (const { from, to } of arcs) {
    next.set(from, [...(next.get(from) ?? []), to]);
    if (!next.has(to)) next.set(to, []);
  }
  const index = new Map<Node, number>();
  const low = new Map<Node, number>();
  const component = new Map<Node, number>();
  const stack: Node[] = [];
  let components = 0;
  for (const root of next.keys()) {
    if (index.has(root)) continue;
    const path: { at: Node; child: number }[] = [{ at: root, child: 0 }];
    while (path.length > 0) {
      const frame = path.at(-1)!;
      if (frame.child === 0 && !index.has(frame.at)) {
        index.set(frame.at, index.size);
        low.set(frame.at, index.get(frame.at)!);
        stack.push(frame.at);
      }
      const to = next.get(frame.at)![frame.child++];
      if (to !== undefined) {
        if (!index.has(to)) path.push({ at: to, child: 0 });
        else if (!component.has(to)) low.set(frame.at, Math.min(low.get(frame.at)!, index.get(to)!));
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) low.set(above.at, Math.min(low.get(above.at)!, low.get(frame.at)!));
      if (low.get(frame.at) !== index.get(frame.at)) continue;
      for (let c = stack.pop()!; ; c = stack.pop()!) {
        component.set(c, components);
        if (c === frame.at) break;
      }
      components++;
    }
  }
  return component;
}
