/**
 * Watching: a wait for nothing but the end of a thread as a composition of its own, of the watcher and the session that the
 * reference means. The watched session is projected on no link: its waits on links are other compositions' matter, on which
 * the progress of this one depends (`inherit.ts`). What remains is whether it comes to its end by itself.
 * Invariant: each thread watched in a wait without another way out has one; where the reference may mean what is not known,
 * the composition is `guessed`, so never proved.
 */
import type { Automaton, Edge, State } from '../automaton/automaton.js';
import type { ClusterRole, Start } from '../compose/cluster.js';
import { roleNames } from '../compose/cluster.js';
import type { Composition } from '../compose/composition.js';
import type { Options } from '../decide/decide.js';
import { decide } from '../decide/decide.js';
import type { Edge as MachineEdge, System } from '../decide/system.js';
import type { Offering, Services } from '../compose/services.js';
import { CLIENT, awaited, type Place, type Projection } from '../compose/projection.js';

type WatchEdge = Extract<Edge, { kind: 'watched' }>;

/** Whether a wait goes on only when a watched thread ends (or a client comes). */
export const isWatch = (state: State): boolean =>
  isWait(state) && state.edges.some((e) => e.kind === 'watched') && !state.edges.some((e) => awaited(e).length > 0);

/** Whether a thread may wait here for ever, as far as the place itself tells. */
export const isWait = (state: State): boolean =>
  state.kind === 'wait' && !state.edges.some((e) => e.kind === 'timeout');

export function watchCompositions(
  automata: readonly Automaton[],
  services: Services,
  options: Options,
): readonly Composition[] {
  return automata.flatMap((owner) => {
    const found = new Map<string, Composition>();
    owner.states.forEach((state, at) => {
      if (!isWatch(state)) return;
      for (const edge of state.edges) {
        const key = `${state.span.start} ${edge.span.start}`;
        if (edge.kind !== 'watched' || found.has(key)) continue;
        found.set(key, composed({ automaton: owner, state: at }, edge, services.meant(edge.thread), options));
      }
    });
    return [...found.values()];
  });
}

function composed(watcher: Place, edge: WatchEdge, { sessions, known }: Offering, options: Options): Composition {
  const owner = watcher.automaton;
  const names = roleNames([owner.name, sessions.map((s) => s.name).join(' or ') || edge.name]);
  const waiting: Start = { ...watcher, ends: new Map() };
  const roles: ClusterRole[] = [
    { name: names[0]!, starts: [waiting] },
    {
      name: names[1]!,
      starts: sessions.map((automaton) => ({ automaton, state: automaton.initial, ends: new Map() })),
    },
  ];
  const cluster = {
    kind: 'watch',
    name: names.join(', '),
    owner: owner.key,
    roles,
    links: [],
    span: edge.span,
    ...(!(known && sessions.length > 0) && { guessed: true }),
  } as const;
  const projections = [watching(names[0]!, watcher, edge), watched(names[1]!, sessions, edge)];
  const system: System = { name: cluster.name, roles: projections.map((p) => p.role) };
  return { cluster, projections, system, verdict: decide(system, options), escapes: [] };
}

/** How the end of the watched thread is called as a message to the watcher. */
const END = 'Down';
/** The label of the outside event that a thread fails which goes on for ever. */
const FAILURE = 'its failure';

const projection = (
  name: string,
  init: number,
  edges: readonly MachineEdge[],
  places: (Place | undefined)[],
): Projection => ({
  role: { name, init, states: places.length, edges },
  places,
  pending: new Set(),
  mixed: new Map(),
  receives: [],
  sends: [],
  escapes: [],
  given: [],
  visited: [],
});

function watching(name: string, at: Place, { span }: WatchEdge): Projection {
  const origin = { span, session: at.automaton.name, state: at };
  return projection(name, 0, [{ from: 0, kind: 'receive', partner: 1, label: END, to: 1, origin }], [at, undefined]);
}

/** The watched thread: any of the sessions. State 0 is where it starts, 1 where it is about to end, 2 where it has ended. */
function watched(name: string, sessions: readonly Automaton[], { span }: WatchEdge): Projection {
  const over = { span, session: name };
  const edges: MachineEdge[] = [{ from: 1, kind: 'send', partner: 0, label: END, to: 2, origin: over }];
  const places: (Place | undefined)[] = [undefined, undefined, undefined];
  const traps: { from: number; place: Place; origin: object }[] = [];
  const step = (from: number, kind: 'silent' | 'outside', label: string, to: number, origin: object): void => {
    edges.push({ from, kind, partner: -1, label, to, origin });
  };
  for (const automaton of sessions) {
    const first = places.length;
    const ending = endingStates(automaton);
    step(0, 'silent', '', first + automaton.initial, { span, session: automaton.name });
    automaton.states.forEach((state, at) => {
      const place = { automaton, state: at };
      places.push(place);
      const origin = (of: Edge | State): object => ({ span: of.span, session: automaton.name, state: place });
      for (const edge of state.edges) {
        if (edge.kind === 'endless') {
          traps.push({ from: first + at, place, origin: origin(edge) });
          continue;
        }
        const outside = edge.kind === 'accept';
        step(first + at, outside ? 'outside' : 'silent', outside ? CLIENT : '', first + edge.to, origin(edge));
      }
      if (state.kind === 'end' || state.kind === 'fail') step(first + at, 'silent', '', 1, origin(state));
      // Who never comes to an end may still fail: it is for this that servers are watched.
      else if (!ending.has(at)) step(first + at, 'outside', FAILURE, 1, origin(state));
    });
  }
  for (const { from, place, origin } of traps) {
    const trap = places.push(place) - 1;
    step(from, 'silent', '', trap, origin);
    step(trap, 'silent', '', trap, origin);
    step(trap, 'outside', FAILURE, 1, origin);
  }
  if (sessions.length === 0) step(0, 'outside', FAILURE, 1, over);
  return projection(name, 0, edges, places);
}

/** The states from which there is a way to the end. */
function endingStates(automaton: Automaton): ReadonlySet<number> {
  const before = automaton.states.map((): number[] => []);
  automaton.states.forEach((s, at) => s.edges.forEach((e) => e.kind !== 'endless' && before[e.to]!.push(at)));
  const found = new Set(automaton.states.flatMap((s, at) => (s.kind === 'end' || s.kind === 'fail' ? [at] : [])));
  for (const at of found) before[at]!.forEach((b) => found.add(b));
  return found;
}
