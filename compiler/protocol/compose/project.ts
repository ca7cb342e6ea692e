/**
 * Projection: one role of a cluster as a machine of the decision engine. The role follows its links wherever they go: to a
 * thread they are given to, into pools and out again. What is done on other links becomes silent.
 * Invariant: a wait on other links only is a silent step (they are checked as clusters of their own); at a wait on links of
 * several clusters a branch of another cluster is `outside`, that is, never progress here, unless `world.moves` has shown
 * that the wait can go on without this cluster; accepting a client is always `outside`.
 */
import type { Span } from '../../source/source.js';
import type { Automaton, Edge, EndId, State } from '../automaton/automaton.js';
import { endsFrom } from '../automaton/automaton.js';
import type { Cluster, Start } from './cluster.js';
import type { Edge as MachineEdge, EdgeKind } from '../decide/system.js';
import {
  awaited,
  CRASH,
  touches,
  type Held,
  type Mode,
  type Origin,
  type Place,
  type Projection,
  type World,
} from './projection.js';
import type { Here, Projecting } from './project-edges.js';
import { acceptEdges, lossEdges, stepEdge } from './project-edges.js';

export function project(cluster: Cluster, index: number, world: World, mode: Mode): Projection {
  return new Projector(cluster, index, world, mode).run();
}

class Projector implements Projecting {
  private readonly numbers = new Map<string, number>();
  private readonly work: { at: Place; held: Held; n: number }[] = [];
  private readonly places: (Place | undefined)[] = [];
  private readonly edges: MachineEdge[] = [];
  private readonly pending = new Set<number>();
  private readonly forFailure = new Set<number>();
  private readonly mixed = new Map<number, { place: Place; own: ReadonlySet<EndId> }>();
  readonly receives: { link: number; place: Place; edge: Edge }[] = [];
  readonly sends: { link: number; place: Place; edge: Edge }[] = [];
  readonly escapes: Span[] = [];
  readonly given: Span[] = [];
  private readonly visited: { place: Place; held: Held }[] = [];

  constructor(
    readonly cluster: Cluster,
    private readonly index: number,
    readonly world: World,
    readonly mode: Mode,
  ) {}

  run(): Projection {
    const role = this.cluster.roles[this.index]!;
    const starts = role.starts.map((s) => this.reach(placeOf(s), [...s.ends]));
    let init = starts[0]!;
    if (role.serves !== undefined) init = this.accepting(role.serves);
    else if (new Set(starts).size > 1) {
      init = this.helper();
      for (const to of new Set(starts)) this.edge(init, 'silent', -1, '', to, this.cluster.span, role.name);
    }
    while (this.work.length > 0) {
      const { at, held, n } = this.work.pop()!;
      this.expand(at, held, n);
    }
    return {
      role: {
        name: role.name,
        init,
        states: this.places.length,
        edges: this.edges,
        ...(this.forFailure.size > 0 && { forFailure: this.forFailure }),
        ...(this.numbers.has('done') && { done: this.numbers.get('done')! }),
      },
      places: this.places,
      pending: this.pending,
      mixed: this.mixed,
      receives: this.receives,
      sends: this.sends,
      escapes: this.escapes,
      given: this.given,
      visited: this.visited,
    };
  }

  /** Where a service stands before it has accepted the client: it is one of these sessions, and the client cannot choose which. */
  private accepting(serves: readonly Automaton[]): number {
    const heads = serves.map((automaton) => {
      const head = this.helper();
      this.pending.add(head);
      acceptEdges(this, head, automaton);
      return head;
    });
    if (heads.length === 1) return heads[0]!;
    const init = this.helper();
    heads.forEach((to, i) => this.edge(init, 'silent', -1, '', to, this.cluster.span, serves[i]!.name));
    return init;
  }

  private partner(link: number): number {
    const [a, b] = this.cluster.links[link]!.roles;
    return a === this.index ? b : a;
  }

  edge(
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

  /** A state that stands for no place. */
  helper(): number {
    this.places.push(undefined);
    return this.places.length - 1;
  }

  /** The state for a place with these ends; ends the thread has given up there are over. Lone silent steps are skipped. */
  reach(place: Place, held: Held): number {
    let at = place;
    const seen = new Set<number>();
    for (;;) {
      const state = at.automaton.states[at.state]!;
      const kept = held.filter(([, end]) => state.kind === 'fail' || isHeld(state, end));
      if (kept.length === 0) return endsFrom(at.automaton, at.state) ? this.ended() : this.done();
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
      this.visited.push({ place: at, held: kept });
      at = { automaton: at.automaton, state: skip };
    }
  }

  /** The state in which all links of the role are over, but the thread may go on with others. */
  done(): number {
    return this.numbered('done', () => undefined);
  }

  /** The state in which the thread has ended. */
  ended(): number {
    return this.numbered('ended', () => undefined);
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
    return STAYS.has(edge.kind) || touches(edge, new Set(held.map(([, e]) => e))) ? undefined : edge.to;
  }

  private expand(at: Place, held: Held, n: number): void {
    const state = at.automaton.states[at.state]!;
    const session = at.automaton.name;
    this.visited.push({ place: at, held });
    if (state.kind === 'fail') {
      this.edge(n, 'fail', -1, '', this.ended(), state.span, session, at);
      return;
    }
    if (this.mode.crashes) {
      // A crash may come but nobody can count on it: an outside event, then the failure.
      const crashed = this.helper();
      this.edge(n, 'outside', -1, CRASH, crashed, state.span, session, at);
      this.edge(crashed, 'fail', -1, '', this.ended(), state.span, session, at);
    }
    const ends = new Map(held.map(([link, end]) => [end, link]));
    const own = new Set(state.edges.flatMap((e) => awaited(e)).filter((end) => ends.has(end)));
    const foreign = state.edges.some(
      (e) => awaited(e).some((end) => !ends.has(end)) || (e.kind === 'any' && own.has(e.pool)),
    );
    const wait = state.kind === 'wait' && !state.edges.some((e) => e.kind === 'timeout');
    const open = state.edges.some((e) => e.kind === 'accept' || e.kind === 'watched');
    if (wait && own.size > 0 && (foreign || open)) this.mixed.set(n, { place: at, own });
    // A wait on one other link is that link's matter; with more to wait for, something must be known to come.
    const several = new Set(state.edges.flatMap(awaited)).size > 1 || open || state.edges.some((e) => e.kind === 'any');
    const counts = !wait || (own.size === 0 && !several) || this.world.moves(at, own);
    const other: EdgeKind = counts ? 'silent' : 'outside';
    const here: Here = { at, held, n, ends };
    const before = this.edges.length;
    for (const edge of state.edges) {
      // Who waits raises only when a link is lost, which for links of this cluster `lossEdges` says: else a handler around
      // a wait would excuse it.
      if (edge.kind === 'raise' && state.kind === 'wait' && !foreign) continue;
      stepEdge(this, here, edge, other);
    }
    if (state.kind === 'wait') lossEdges(this, here, own);
    // A wait for a loss that never comes is still a wait; a state without edges would count as an end.
    if (state.kind === 'wait' && !this.edges.slice(before).some((e) => e.from === n && e.kind !== 'outside'))
      for (const end of own) {
        this.forFailure.add(n);
        this.edge(n, 'receive', ends.get(end)!, 'Down', n, state.span, session, at);
      }
  }
}

const many = new WeakMap<State, ReadonlySet<EndId>>();
/** Whether a thread still has an end; it may have thousands. */
function isHeld(state: State, end: EndId): boolean {
  if (state.held.length < 16) return state.held.includes(end);
  let found = many.get(state);
  if (found === undefined) many.set(state, (found = new Set(state.held)));
  return found.has(end);
}

/** Edges that are more than a step, though they touch no end of the cluster. */
const STAYS: ReadonlySet<Edge['kind']> = new Set<Edge['kind']>(['accept', 'watched', 'endless']);

const placeOf = (s: Start): Place => ({ automaton: s.automaton, state: s.state });
