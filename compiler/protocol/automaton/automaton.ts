/**
 * The automaton of one session (or function): what it does to every end it holds, along all its paths. States are program
 * points with the ends bound to variables; edges are single actions. Receives are never determinised: an `if` before two
 * waits stays two silent edges.
 * Invariant: all edges of a state come from one operation, so a state is a wait, an action, a silent choice, or final;
 * `held` lists exactly the ends and pools the thread owns there and may still use.
 */
import type { Span } from '../../source/source.js';
import type { Carried } from '../code/code.js';

/** Index into `Automaton.ends`. */
export type EndId = number;

export interface EndInfo {
  /** The variable it was first bound to. */
  readonly name: string;
  readonly kind: 'end' | 'pool';
  readonly origin:
    | { readonly kind: 'param'; readonly index: number }
    /** Made by a spawn with `self` of the session named. */
    | { readonly kind: 'spawn'; readonly session: string; readonly name: string }
    | { readonly kind: 'accept' | 'connect' | 'payload' | 'pool' | 'taken' };
  readonly span: Span;
}

export interface Payload {
  readonly carried: Carried;
  /** The end given away or received here; absent for data and for ends nobody binds. */
  readonly end?: EndId;
}

export interface MemberEdge {
  readonly session: string;
  readonly name: string;
  readonly span: Span;
  readonly args: readonly (
    | { readonly kind: 'data' }
    | { readonly kind: 'self' }
    | { readonly kind: 'group'; readonly member: number }
    | { readonly kind: 'end' | 'pool'; readonly end: EndId }
  )[];
  /** The spawner's new end, if the member took `self` and the spawner keeps it. */
  readonly end?: EndId;
}

interface EdgeBase {
  readonly to: number;
  readonly span: Span;
}

export type Edge = EdgeBase &
  (
    | { readonly kind: 'send'; readonly end: EndId; readonly label: string; readonly payload: readonly Payload[] }
    | { readonly kind: 'receive'; readonly end: EndId; readonly label: string; readonly payload: readonly Payload[] }
    /** A new client's first message; `end` is the client (absent if never used). */
    | { readonly kind: 'accept'; readonly end?: EndId; readonly label: string; readonly payload: readonly Payload[] }
    | {
        readonly kind: 'any';
        readonly pool: EndId;
        readonly end: EndId;
        readonly label: string;
        readonly payload: readonly Payload[];
        readonly down: boolean;
      }
    /** `or Down(r) from x`. */
    | { readonly kind: 'down'; readonly end: EndId }
    /** `or Down(r) from t` on a watched thread. */
    | { readonly kind: 'watched'; readonly name: string; readonly thread: string }
    | { readonly kind: 'timeout' }
    | { readonly kind: 'silent' }
    /** A call that may run for ever; `to`: where it would come back, on which nobody can count. */
    | { readonly kind: 'endless' }
    /** An exception caught by a handler of the body; the `lose` edge after it says which ends are gone. */
    | { readonly kind: 'raise' }
    | { readonly kind: 'lose'; readonly ends: readonly EndId[] }
    | { readonly kind: 'spawn'; readonly site: string; readonly members: readonly MemberEdge[] }
    | { readonly kind: 'connect'; readonly end: EndId; readonly service: string }
    | { readonly kind: 'cast'; readonly service: string; readonly label: string; readonly payload: readonly Payload[] }
    | { readonly kind: 'drop'; readonly end: EndId }
    | { readonly kind: 'pool'; readonly pool: EndId }
    | { readonly kind: 'put'; readonly end: EndId; readonly pool: EndId }
    | { readonly kind: 'take'; readonly end: EndId; readonly pool: EndId; readonly spoke: boolean }
    | { readonly kind: 'empty'; readonly pool: EndId; readonly last: boolean }
  );

export type EdgeKind = Edge['kind'];

export interface State {
  readonly edges: readonly Edge[];
  /** `end`: the session is over; `fail`: over by an exception, all held ends are lost. */
  readonly kind: 'wait' | 'act' | 'silent' | 'end' | 'fail';
  readonly held: readonly EndId[];
  readonly span: Span;
  /** Calls of functions that own their links alone and may wait: this thread waits with them. */
  readonly runs?: readonly string[];
  /** Where an exception raised here is caught (a state), or `fail` if it ends the thread. */
  readonly handler?: number;
}

export interface Automaton {
  /** Key of the code it was made from. */
  readonly key: string;
  readonly name: string;
  readonly kind: 'session' | 'fun';
  /** Per parameter: its end, if it is one. */
  readonly params: readonly (EndId | undefined)[];
  readonly ends: readonly EndInfo[];
  readonly states: readonly State[];
  readonly initial: number;
}

/** The end an edge makes known to the thread, if any. */
export function bornOf(edge: Edge): readonly EndId[] {
  switch (edge.kind) {
    case 'receive':
    case 'accept':
    case 'any': {
      const carried = edge.payload.flatMap((p) => (p.end === undefined ? [] : [p.end]));
      return edge.kind === 'receive' || edge.end === undefined ? carried : [edge.end, ...carried];
    }
    case 'spawn':
      return edge.members.flatMap((m) => (m.end === undefined ? [] : [m.end]));
    case 'connect':
    case 'take':
      return [edge.end];
    case 'pool':
      return [edge.pool];
    default:
      return [];
  }
}

/** Whether a wait is for members of pools alone: if the pools are empty it is none, but raises. */
export const onlyMembers = (state: State): boolean =>
  state.edges.every((e) => e.kind === 'any' || e.kind === 'empty' || e.kind === 'raise');

/** Whether a wait is for the end of threads alone. */
export const onlyWatches = (state: State): boolean =>
  state.kind === 'wait' && state.edges.every((e) => e.kind === 'watched' || e.kind === 'raise');

/** Sessions of which it makes threads: linked or not, they may be clients and services. */
export function spawnedBy(automaton: Automaton): string[] {
  return automaton.states.flatMap((s) =>
    s.edges.flatMap((e) => (e.kind === 'spawn' ? e.members.map((m) => m.session) : [])),
  );
}

/** Whether a thread only comes to its end from a state: it waits for nothing more and goes round no loop. */
export function endsFrom(automaton: Automaton, state: number, steps = 0): boolean {
  // The end of a function that is called is not the end of the thread.
  if (automaton.kind === 'fun' && !automaton.key.endsWith('::main')) return false;
  const known = (endings.get(automaton) ?? endings.set(automaton, new Map()).get(automaton))!;
  const found = known.get(state);
  if (found !== undefined) return found;
  if (steps > MOST_STEPS) return false;
  known.set(state, false);
  const at = automaton.states[state]!;
  const over = at.kind === 'end' || at.kind === 'fail';
  const ends =
    over ||
    (at.kind !== 'wait' && at.runs === undefined && at.edges.every((e) => endsFrom(automaton, e.to, steps + 1)));
  known.set(state, ends);
  return ends;
}

/** A longer way is not followed. */
const MOST_STEPS = 500;
const endings = new WeakMap<Automaton, Map<number, boolean>>();
