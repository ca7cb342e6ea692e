/**
 * Projections: what is known of one role of a cluster as a machine of the decision engine, and where in the code each part
 * of it comes from.
 * Invariant: data only; `project.ts` makes them.
 */
import type { Span } from '../../source/source.js';
import type { Automaton, Edge, EndId, State } from '../automaton/automaton.js';
import type { Role } from '../decide/system.js';

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
  /** States in which a service has not accepted the client yet. */
  readonly pending: ReadonlySet<number>;
  /** Ends of this cluster awaited together with other clusters, by machine state. */
  readonly mixed: ReadonlyMap<number, { readonly place: Place; readonly own: ReadonlySet<EndId> }>;
  /** Receives on links of this cluster, to find who takes what is given over them. */
  readonly receives: readonly { readonly link: number; readonly place: Place; readonly edge: Edge }[];
  readonly sends: readonly { readonly link: number; readonly place: Place; readonly edge: Edge }[];
  /** Some end of the cluster was given to a thread that is not known here. */
  readonly escapes: readonly Span[];
  /** An end of a group was given away, which is not allowed. */
  readonly given: readonly Span[];
  /** Every place of the role with the ends of the cluster it holds there. */
  readonly visited: readonly { readonly place: Place; readonly held: Held }[];
}

export type Held = readonly (readonly [link: number, end: EndId])[];

/** The label of the one thing that really comes from outside: a new client. */
export const CLIENT = 'a client';

/** The label of the outside event that a thread fails. */
export const CRASH = 'a crash';
/** The label of what ends a call that runs for ever: an outside event, since nobody can count on it. */
export const RETURN = 'the end of an endless call';
/** The step of a wait that lasted too long. */
export const TIMEOUT = 'timeout';

export interface Mode {
  /** Links whose other side may drop them or fail, so that waits on them may end in a loss. */
  readonly loses: ReadonlySet<number>;
  /** Any thread may fail at any point. */
  readonly crashes: boolean;
}

/** The ends (or pools) a branch of a wait waits for. */
export function awaited(edge: Edge): readonly EndId[] {
  if (edge.kind === 'receive' || edge.kind === 'down') return [edge.end];
  return edge.kind === 'any' ? [edge.pool] : [];
}

const asked = new WeakMap<State, boolean>();
/** Whether something is waited for at a place, or an end given away: elsewhere it is no matter what is held. */
export function isAsked({ automaton, state }: Place): boolean {
  const at = automaton.states[state]!;
  let found = asked.get(at);
  if (found === undefined)
    asked.set(
      at,
      (found = at.edges.some(
        (e) => awaited(e).length > 0 || ('payload' in e && e.payload.some((p) => p.end !== undefined)),
      )),
    );
  return found;
}

/** Whether an edge does anything to one of these ends. */
export function touches(edge: Edge, ends: ReadonlySet<EndId>): boolean {
  if ('end' in edge && edge.end !== undefined && ends.has(edge.end)) return true;
  if ('pool' in edge && ends.has(edge.pool)) return true;
  if (edge.kind === 'lose') return edge.ends.some((e) => ends.has(e));
  if ('payload' in edge) return edge.payload.some((p) => p.end !== undefined && ends.has(p.end));
  return edge.kind === 'spawn' && edge.members.some((m) => m.args.some((a) => 'end' in a && ends.has(a.end)));
}
