/**
 * Projection: one role of a cluster as a machine of the decision engine. The role follows its links wherever they go: to a
 * thread they are given to, into pools and out again. What is done on other links becomes silent.
 * Invariant: a wait on other links only is a silent step (they are checked as clusters of their own); at a wait on links of
 * several clusters a branch of another cluster is `outside`, that is, never progress here, unless `world.moves` has shown
 * that the wait can go on without this cluster; accepting a client is always `outside`.
 */
import type { Span } from '../source/source.js';
import type { Automaton, Edge, EndId, State } from './automaton.js';
import type { Cluster, Start } from './cluster.js';
import type { Edge as MachineEdge, EdgeKind, Role } from './decide/system.js';

/** Where an edge of a machine comes from. */
export interface Origin {
  readonly span: Span;
  /** The session whose code it is. */
  readonly session: string;
  readonly state?: Place;
}

export interface Place {
  readonly automaton: Automaton;
  readonly state: number;
}

/** A receive that may take an end which was given away. */
export interface Taker {
  readonly automaton: Automaton;
  readonly state: number;
  readonly end: EndId;
}

/** What projections need to know beyond the cluster. */
export interface World {
  readonly automaton: (key: string) => Automaton | undefined;
  /** Where the end goes that the payload of this send gives away. */
  readonly takers: (at: Place, edge: Edge, position: number) => readonly Taker[];
  /** Whether a wait on several clusters goes on although none of `own` (its ends in this cluster) brings anything. */
  readonly moves: (at: Place, own: ReadonlySet<EndId>) => boolean;
}

export interface Projection {
  readonly role: Role;
  /** Per state of the machine: the place it stands for; absent for the state where all links are over, and helpers. */
  readonly places: readonly (Place | undefined)[];
  /** Ends of this cluster awaited together with other clusters, by machine state. */
  readonly mixed: ReadonlyMap<number, { readonly place: Place; readonly own: ReadonlySet<EndId> }>;
  /** Receives on links of this cluster, to find who takes what is given over them. */
  readonly receives: readonly { readonly link: number; readonly place: Place; readonly edge: Edge }[];
  readonly sends: readonly { readonly link: number; readonly place: Place; readonly edge: Edge }[];
  /** Some end of the cluster was given to a thread that is not known here. */
  readonly escapes: readonly Span[];
}

type Held = readonly (readonly [link: number, end: EndId])[];

/** `loses`: links whose other side may drop them or fail, so that waits on them may end in a loss. */
export function project(cluster: Cluster, index: number, world: World, loses: ReadonlySet<number>): Projection {
  return new Projector(cluster, index, world, loses).run();
}

class Projector {
  private readonly numbers = new Map<string, number>();
  private readonly work: { at: Place; held: Held; n: number }[] = [];
  private readonly places: (Place | undefined)[] = [];
  private readonly edges: MachineEdge[] = [];
  private readonly mixed = new Map<number, { place: Place; own: ReadonlySet<EndId> }>();
  private readonly receives: { link: number; place: Place; edge: Edge }[] = [];
  private readonly sends: { link: number; place: Place; edge: Edge }[] = [];
  private readonly escapes: Span[] = [];

  constructor(
    private readonly cluster: Cluster,
    private readonly index: number,
    private readonly world: World,
    private readonly loses: ReadonlySet<number>,
  ) {}

  run(): Projection {
    const role = this.cluster.roles[this.index]!;
    const starts = role.starts.map((s) => this.reach(placeOf(s), [...s.ends]));
    let init = starts[0]!;
    if (role.serves !== undefined) {
      init = this.helper();
      for (const automaton of role.serves) this.acceptEdges(init, automaton);
    } else if (new Set(starts).size > 1) {
      init = this.helper();
      for (const to of new Set(starts)) this.edge(init, 'silent', -1, '', to, this.cluster.span, role.name);
    }
    while (this.work.length > 0) {
      const { at, held, n } = this.work.pop()!;
      this.expand(at, held, n);
    }
    return {
      role: { name: role.name, init, states: this.places.length, edges: this.edges },
      places: this.places,
      mixed: this.mixed,
      receives: this.receives,
      sends: this.sends,
      escapes: this.escapes,
    };
  }

  private partner(link: number): number {
    const [a, b] = this.cluster.links[link]!.roles;
    return a === this.index ? b : a;
  }

  private edge(
    from: number,
    kind: EdgeKind,
    link: number,
    label: string,
    to: number,
    span: Span,
    session: string,
    state?: Place,
  ): void {
    const partner = link < 0 ? -1 : this.partner(link);
    const origin: Origin = { span, session, ...(state && { state }) };
    this.edges.push({ from, kind, partner, label, to, origin });
  }

  private helper(): number {
    this.places.push(undefined);
    return this.places.length - 1;
  }

  /** The state for a place with these ends; ends the thread has given up there are over. Lone silent steps are skipped. */
  private reach(place: Place, held: Held): number {
    let at = place;
    const seen = new Set<number>();
    for (;;) {
      const state = at.automaton.states[at.state]!;
      const kept = held.filter(([, end]) => state.kind === 'fail' || state.held.includes(end));
      if (kept.length === 0) return this.numbered('done', () => undefined);
      const skip = kept.length === held.length && !seen.has(at.state) ? this.skips(state, kept) : undefined;
      if (skip === undefined) {
        const key = `${at.automaton.key} ${at.state} ${kept.map(([l, e]) => `${l}:${e}`).join()}`;
        const here = at;
        return this.numbered(key, (n) => {
          this.work.push({ at: here, held: kept, n });
          return here;
        });
      }
      seen.add(at.state);
      at = { automaton: at.automaton, state: skip };
    }
  }

  private numbered(key: string, make: (n: number) => Place | undefined): number {
    let n = this.numbers.get(key);
    if (n === undefined) {
      n = this.places.length;
      this.numbers.set(key, n);
      this.places.push(undefined);
      this.places[n] = make(n);
    }
    return n;
  }

  /** The next state if this one has a single edge that does nothing to the ends held. */
  private skips(state: State, held: Held): number | undefined {
    const [edge] = state.edges;
    if (edge === undefined || state.edges.length > 1 || state.kind === 'fail') return undefined;
    return edge.kind === 'accept' || edge.kind === 'watched' || touches(edge, new Set(held.map(([, e]) => e)))
      ? undefined
      : edge.to;
  }

  private expand(at: Place, held: Held, n: number): void {
    const state = at.automaton.states[at.state]!;
    const session = at.automaton.name;
    if (state.kind === 'fail') {
      this.edge(
        n,
        'fail',
        -1,
        '',
        this.numbered('done', () => undefined),
        state.span,
        session,
        at,
      );
      return;
    }
    const ends = new Map(held.map(([link, end]) => [end, link]));
    const own = new Set(state.edges.flatMap((e) => awaited(e)).filter((end) => ends.has(end)));
    const foreign = state.edges.some(
      (e) => awaited(e).some((end) => !ends.has(end)) || (e.kind === 'any' && own.has(e.pool)),
    );
    const mixed = state.kind === 'wait' && own.size > 0 && foreign;
    if (mixed) this.mixed.set(n, { place: at, own });
    const other: EdgeKind = mixed && !this.world.moves(at, own) ? 'outside' : 'silent';
    for (const edge of state.edges) this.step(at, held, n, edge, ends, other);
    if (state.kind === 'wait') this.losses(at, held, n, own, ends);
  }

  private step(at: Place, held: Held, n: number, edge: Edge, ends: ReadonlyMap<EndId, number>, other: EdgeKind): void {
    const session = at.automaton.name;
    const go = (
      kind: EdgeKind,
      link: number,
      label: string,
      to: Held,
      place: Place = { ...at, state: edge.to },
    ): void => this.edge(n, kind, link, label, this.reach(place, to), edge.span, session, at);
    const without = (gone: readonly EndId[]): Held => held.filter(([, end]) => !gone.includes(end));
    switch (edge.kind) {
      case 'send': {
        const link = ends.get(edge.end);
        if (link !== undefined) {
          this.sends.push({ link, place: at, edge });
          go('send', link, edge.label, held);
          return;
        }
        this.giveOrStep(at, held, n, edge, ends);
        return;
      }
      case 'cast':
        this.giveOrStep(at, held, n, edge, ends);
        return;
      case 'receive': {
        const link = ends.get(edge.end);
        if (link === undefined) go(other, -1, `a message from ${nameOf(at, edge.end)}`, held);
        else {
          this.receives.push({ link, place: at, edge });
          go('receive', link, edge.label, held);
        }
        return;
      }
      case 'down': {
        const link = ends.get(edge.end);
        if (link === undefined) go(other, -1, `the loss of ${nameOf(at, edge.end)}`, held);
        else if (this.loses.has(link)) go('lost', link, '', without([edge.end]));
        return;
      }
      case 'any': {
        const link = ends.get(edge.pool);
        if (link === undefined) go(other, -1, `a message from ${nameOf(at, edge.pool)}`, held);
        else {
          const taken: Held = held.map(([l, end]) => (end === edge.pool ? [l, edge.end] : [l, end]));
          if (!edge.down) {
            this.receives.push({ link, place: at, edge });
            go('receive', link, edge.label, taken);
          } else if (this.loses.has(link)) go('lost', link, '', without([edge.pool]));
          go(other, -1, `a message from another member of ${nameOf(at, edge.pool)}`, held);
        }
        return;
      }
      case 'accept':
        go('outside', -1, 'a client', held);
        return;
      case 'watched':
        go('outside', -1, `the end of ${edge.name}`, held);
        return;
      case 'drop':
      case 'lose':
        this.dropEdges(at, held, n, edge, edge.kind === 'drop' ? [edge.end] : edge.ends, ends);
        return;
      case 'spawn':
        this.spawnEdges(at, held, n, edge, ends);
        return;
      case 'put': {
        if (!ends.has(edge.end)) go('silent', -1, '', held);
        else
          go(
            'silent',
            -1,
            '',
            held.map(([l, end]) => [l, end === edge.end ? edge.pool : end] as const),
          );
        return;
      }
      case 'take': {
        go('silent', -1, '', held);
        if (ends.has(edge.pool))
          go(
            'silent',
            -1,
            '',
            held.map(([l, end]) => [l, end === edge.pool ? edge.end : end] as const),
          );
        return;
      }
      case 'empty':
        if (!ends.has(edge.pool)) go('silent', -1, '', held);
        return;
      case 'timeout':
        go('silent', -1, 'timeout', held);
        return;
      default:
        go('silent', -1, '', held);
    }
  }

  /** A message on another link: silent, unless it carries an end of the cluster away to a thread that takes it. */
  private giveOrStep(
    at: Place,
    held: Held,
    n: number,
    edge: Extract<Edge, { kind: 'send' | 'cast' }>,
    ends: ReadonlyMap<EndId, number>,
  ): void {
    const session = at.automaton.name;
    const position = edge.payload.findIndex((p) => p.end !== undefined && ends.has(p.end));
    if (position < 0) {
      this.edge(n, 'silent', -1, '', this.reach({ ...at, state: edge.to }, held), edge.span, session, at);
      return;
    }
    const end = edge.payload[position]!.end!;
    const link = ends.get(end)!;
    const takers = this.world.takers(at, edge, position);
    if (takers.length === 0 || held.length > 1) this.escapes.push(edge.span);
    for (const taker of takers) {
      const to = this.reach({ automaton: taker.automaton, state: taker.state }, [[link, taker.end]]);
      this.edge(n, 'silent', -1, `given away with ${edge.label}`, to, edge.span, session, at);
    }
  }

  private spawnEdges(
    at: Place,
    held: Held,
    n: number,
    edge: Extract<Edge, { kind: 'spawn' }>,
    ends: ReadonlyMap<EndId, number>,
  ): void {
    const session = at.automaton.name;
    for (const member of edge.members) {
      for (const [i, arg] of member.args.entries()) {
        const link = 'end' in arg ? ends.get(arg.end) : undefined;
        if (link === undefined) continue;
        const child = this.world.automaton(member.session);
        const end = child?.params[i];
        if (child === undefined || end === undefined || held.length > 1) this.escapes.push(member.span);
        if (child === undefined || end === undefined) continue;
        const to = this.reach({ automaton: child, state: child.initial }, [[link, end]]);
        this.edge(n, 'silent', -1, `given to ${member.name}`, to, edge.span, session, at);
        return;
      }
    }
    this.edge(n, 'silent', -1, '', this.reach({ ...at, state: edge.to }, held), edge.span, session, at);
  }

  /** One `drop` after the other for the ends of the cluster among those that go. */
  private dropEdges(
    at: Place,
    held: Held,
    n: number,
    edge: Edge,
    gone: readonly EndId[],
    ends: ReadonlyMap<EndId, number>,
  ): void {
    const session = at.automaton.name;
    const mine = gone.filter((end) => ends.has(end));
    const left = held.filter(([, end]) => !gone.includes(end));
    const to = this.reach({ ...at, state: edge.to }, left);
    if (mine.length === 0) this.edge(n, 'silent', -1, '', to, edge.span, session, at);
    let from = n;
    mine.forEach((end, i) => {
      const next = i === mine.length - 1 ? to : this.helper();
      this.edge(from, 'drop', ends.get(end)!, '', next, edge.span, session, at);
      from = next;
    });
  }

  /** A wait without a `Down` branch for a link that may be lost raises: to a handler, or the thread fails. */
  private losses(at: Place, held: Held, n: number, own: ReadonlySet<EndId>, ends: ReadonlyMap<EndId, number>): void {
    const state = at.automaton.states[at.state]!;
    for (const end of own) {
      const link = ends.get(end)!;
      const told = state.edges.some(
        (e) => (e.kind === 'down' && e.end === end) || (e.kind === 'any' && e.down && e.pool === end),
      );
      if (!this.loses.has(link) || told) continue;
      const left = held.filter(([l]) => l !== link);
      let to = this.numbered('done', () => undefined);
      if (state.handler !== undefined) to = this.reach({ ...at, state: state.handler }, left);
      else if (left.length > 0) {
        const failing = this.helper();
        this.edge(failing, 'fail', -1, '', to, state.span, at.automaton.name, at);
        to = failing;
      }
      this.edge(n, 'lost', link, '', to, state.span, at.automaton.name, at);
    }
  }

  /** A service's side before it was accepted: the first message is one that an accepting wait takes. */
  private acceptEdges(from: number, automaton: Automaton): void {
    automaton.states.forEach((state, s) => {
      for (const edge of state.edges) {
        if (edge.kind !== 'accept') continue;
        const place = { automaton, state: s };
        this.receives.push({ link: 0, place, edge });
        const held: Held = edge.end === undefined ? [] : [[0, edge.end]];
        const to = this.reach({ automaton, state: edge.to }, held);
        this.edge(from, 'receive', 0, edge.label, to, edge.span, automaton.name, place);
      }
    });
  }
}

const placeOf = (s: Start): Place => ({ automaton: s.automaton, state: s.state });
const nameOf = (at: Place, end: EndId): string => at.automaton.ends[end]!.name;

/** The ends (or pools) a branch of a wait waits for. */
export function awaited(edge: Edge): readonly EndId[] {
  if (edge.kind === 'receive' || edge.kind === 'down') return [edge.end];
  return edge.kind === 'any' ? [edge.pool] : [];
}

/** Whether an edge does anything to one of these ends. */
function touches(edge: Edge, ends: ReadonlySet<EndId>): boolean {
  if ('end' in edge && edge.end !== undefined && ends.has(edge.end)) return true;
  if ('pool' in edge && ends.has(edge.pool)) return true;
  if (edge.kind === 'lose') return edge.ends.some((e) => ends.has(e));
  if ('payload' in edge) return edge.payload.some((p) => p.end !== undefined && ends.has(p.end));
  return edge.kind === 'spawn' && edge.members.some((m) => m.args.some((a) => 'end' in a && ends.has(a.end)));
}
