/**
 * Projection of single edges: what an action of a thread is in the system of one cluster.
 * Invariant: every edge of the automaton gives at least one edge of the machine, except where the ends held rule it out (a
 * pool that holds one is not empty) or nobody can cause it (the loss of a peer that never drops the link).
 */
import type { Automaton, Edge, EndId } from '../automaton/automaton.js';
import { onlyWatches } from '../automaton/automaton.js';
import type { EdgeKind } from '../decide/system.js';
import type { Span } from '../../source/source.js';
import type { Cluster } from './cluster.js';
import { CLIENT, type Held, type Mode, type Place, RETURN, TIMEOUT, type World } from './projection.js';

/** Where the projection stands: a place, the ends held there (also by end), and its number in the machine. */
export interface Here {
  readonly at: Place;
  readonly held: Held;
  readonly n: number;
  readonly ends: ReadonlyMap<EndId, number>;
}

/** The projection of the role that the edges belong to. */
export interface Projecting {
  readonly cluster: Cluster;
  readonly world: World;
  readonly mode: Mode;
  readonly receives: { link: number; place: Place; edge: Edge }[];
  readonly sends: { link: number; place: Place; edge: Edge }[];
  readonly escapes: Span[];
  readonly given: Span[];
  edge(
    from: number,
    kind: EdgeKind,
    link: number,
    label: string,
    to: number,
    span: Span,
    session: string,
    state?: Place,
  ): void;
  /** A state that stands for no place. */
  helper(): number;
  /** The state for a place with these ends. */
  reach(place: Place, held: Held): number;
  /** The state in which all links of the role are over, but the thread may go on with others. */
  done(): number;
  /** The state in which the thread has ended. */
  ended(): number;
}

/** `other`: how a branch of another cluster counts at this wait. */
export function stepEdge(p: Projecting, here: Here, edge: Edge, other: EdgeKind): void {
  const { at, held, n, ends } = here;
  const to = { ...at, state: edge.to };
  const go = (kind: EdgeKind, link: number, label: string, left: Held): void =>
    p.edge(n, kind, link, label, p.reach(to, left), edge.span, at.automaton.name, at);
  const without = (gone: EndId): Held => held.filter(([, end]) => end !== gone);
  const moved = (from: EndId, into: EndId): Held => held.map(([l, end]) => [l, end === from ? into : end] as const);
  switch (edge.kind) {
    case 'send': {
      const link = ends.get(edge.end);
      if (link === undefined) return giveEdges(p, here, edge);
      p.sends.push({ link, place: at, edge });
      const gives = edge.payload.flatMap((x) => (x.end !== undefined && ends.has(x.end) ? [x.end] : []));
      if (gives.length > 0) p.given.push(edge.span);
      return go('send', link, edge.label, held);
    }
    case 'cast':
      return giveEdges(p, here, edge);
    case 'receive': {
      const link = ends.get(edge.end);
      if (link === undefined) return go(other, -1, `a message from ${nameOf(at, edge.end)}`, held);
      p.receives.push({ link, place: at, edge });
      return go('receive', link, edge.label, held);
    }
    case 'down': {
      const link = ends.get(edge.end);
      if (link === undefined) go(other, -1, `the loss of ${nameOf(at, edge.end)}`, held);
      else if (p.mode.loses.has(link)) go('lost', link, '', without(edge.end));
      return;
    }
    case 'any': {
      const link = ends.get(edge.pool);
      if (link === undefined) return go(other, -1, `a message from ${nameOf(at, edge.pool)}`, held);
      if (!edge.down) {
        p.receives.push({ link, place: at, edge });
        go('receive', link, edge.label, moved(edge.pool, edge.end));
      } else if (p.mode.loses.has(link)) go('lost', link, '', without(edge.pool));
      return go(other, -1, `a message from another member of ${nameOf(at, edge.pool)}`, held);
    }
    case 'accept':
      return go('outside', -1, CLIENT, held);
    case 'watched':
      // A wait for nothing but the end of a thread is a composition of its own.
      return go(
        onlyWatches(at.automaton.states[at.state]!) ? 'silent' : 'outside',
        -1,
        `the end of ${edge.name}`,
        held,
      );
    case 'endless': {
      const round = p.helper();
      for (const from of [n, round]) p.edge(from, 'silent', -1, '', round, edge.span, at.automaton.name, at);
      p.edge(round, 'outside', -1, RETURN, p.reach(to, held), edge.span, at.automaton.name, at);
      return;
    }
    case 'drop':
      return dropEdges(p, here, edge, [edge.end]);
    case 'lose':
      return dropEdges(p, here, edge, edge.ends);
    case 'spawn':
      return spawnEdges(p, here, edge);
    case 'put':
      if (ends.has(edge.end) && p.cluster.kind === 'group') p.given.push(edge.span);
      return go('silent', -1, '', moved(edge.end, edge.pool));
    case 'take':
      go('silent', -1, '', held);
      if (ends.has(edge.pool)) go('silent', -1, '', moved(edge.pool, edge.end));
      return;
    case 'empty':
      if (!ends.has(edge.pool)) go('silent', -1, '', held);
      return;
    case 'timeout':
      return go('silent', -1, TIMEOUT, held);
    case 'raise':
      return go(other, -1, '', held);
    default:
      return go('silent', -1, '', held);
  }
}

/** A message on another link: silent, unless it carries an end of the cluster away to a thread that takes it. */
function giveEdges(p: Projecting, here: Here, edge: Extract<Edge, { kind: 'send' | 'cast' }>): void {
  const { at, held, n, ends } = here;
  const session = at.automaton.name;
  const position = edge.payload.findIndex((x) => x.end !== undefined && ends.has(x.end));
  if (position < 0) {
    p.edge(n, 'silent', -1, '', p.reach({ ...at, state: edge.to }, held), edge.span, session, at);
    return;
  }
  const link = ends.get(edge.payload[position]!.end!)!;
  if (p.cluster.kind === 'group') {
    p.given.push(edge.span);
    p.edge(n, 'silent', -1, '', p.reach({ ...at, state: edge.to }, held), edge.span, session, at);
    return;
  }
  const takers = p.world.takers(at, edge, position);
  if (takers.length === 0) {
    p.escapes.push(edge.span);
    p.edge(n, 'silent', -1, '', p.done(), edge.span, session, at);
  }
  for (const taker of takers) {
    const to = p.reach({ automaton: taker.automaton, state: taker.state }, [[link, taker.end]]);
    p.edge(n, 'silent', -1, `given away with ${edge.label}`, to, edge.span, session, at);
  }
}

function spawnEdges(p: Projecting, here: Here, edge: Extract<Edge, { kind: 'spawn' }>): void {
  const { at, held, n, ends } = here;
  const session = at.automaton.name;
  for (const member of edge.members) {
    for (const [i, arg] of member.args.entries()) {
      const link = 'end' in arg ? ends.get(arg.end) : undefined;
      if (link === undefined) continue;
      if (p.cluster.kind === 'group') {
        p.given.push(member.span);
        break;
      }
      const child = p.world.automaton(member.session);
      const end = child?.params[i];
      if (child === undefined) p.escapes.push(member.span);
      // A parameter that the session never uses as an end is given up at once.
      const to =
        child === undefined || end === undefined
          ? p.done()
          : p.reach({ automaton: child, state: child.initial }, [[link, end]]);
      p.edge(n, 'silent', -1, `given to ${member.name}`, to, edge.span, session, at);
      return;
    }
  }
  p.edge(n, 'silent', -1, '', p.reach({ ...at, state: edge.to }, held), edge.span, session, at);
}

/** One `drop` after the other for the ends of the cluster among those that go. */
function dropEdges(p: Projecting, here: Here, edge: Edge, gone: readonly EndId[]): void {
  const { at, held, n, ends } = here;
  const session = at.automaton.name;
  const mine = gone.filter((end) => ends.has(end));
  const to = p.reach(
    { ...at, state: edge.to },
    held.filter(([, end]) => !gone.includes(end)),
  );
  if (mine.length === 0) p.edge(n, 'silent', -1, '', to, edge.span, session, at);
  let from = n;
  mine.forEach((end, i) => {
    const next = i === mine.length - 1 ? to : p.helper();
    p.edge(from, 'drop', ends.get(end)!, '', next, edge.span, session, at);
    from = next;
  });
}

/** A wait without a `Down` branch for a link that may be lost raises: to a handler, or the thread fails. */
export function lossEdges(p: Projecting, here: Here, own: ReadonlySet<EndId>): void {
  const { at, held, n, ends } = here;
  const state = at.automaton.states[at.state]!;
  for (const end of own) {
    const link = ends.get(end)!;
    const told = state.edges.some(
      (e) => (e.kind === 'down' && e.end === end) || (e.kind === 'any' && e.down && e.pool === end),
    );
    if (!p.mode.loses.has(link) || told) continue;
    const left = held.filter(([l]) => l !== link);
    let to = p.ended();
    if (state.handler !== undefined) to = p.reach({ ...at, state: state.handler }, left);
    else if (left.length > 0) {
      const failing = p.helper();
      p.edge(failing, 'fail', -1, '', to, state.span, at.automaton.name, at);
      to = failing;
    }
    p.edge(n, 'lost', link, '', to, state.span, at.automaton.name, at);
  }
}

/**
 * A service's side before it was accepted: the first message is one that an accepting wait takes. If the session can
 * end, it may end before, and the client learns that the conversation is lost. A client that goes away before it has said
 * anything was never accepted, and nobody waits for it.
 */
export function acceptEdges(p: Projecting, from: number, automaton: Automaton): void {
  if (p.mode.loses.has(0)) p.edge(from, 'lost', 0, '', p.done(), automaton.states[0]!.span, automaton.name);
  automaton.states.forEach((state, s) => {
    const place = { automaton, state: s };
    if (state.kind === 'end' || state.kind === 'fail')
      p.edge(from, 'drop', 0, '', p.ended(), state.span, automaton.name, place);
    for (const edge of state.edges) {
      if (edge.kind !== 'accept') continue;
      p.receives.push({ link: 0, place, edge });
      const held: Held = edge.end === undefined ? [] : [[0, edge.end]];
      const to = p.reach({ automaton, state: edge.to }, held);
      p.edge(from, 'receive', 0, edge.label, to, edge.span, automaton.name, place);
    }
  });
}

const nameOf = (at: Place, end: EndId): string => at.automaton.ends[end]!.name;
