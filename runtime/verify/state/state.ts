/**
 * The abstract state before an instruction: types of locals and stack, what is left of every end's protocol, the
 * session's own position, the open regions.
 * Invariant: states are never changed, and parts that did not change are shared, so comparing two states costs what
 * differs between them.
 */
import { placesOf } from './failed.js';
import { nextOf, type Alt, type Proto } from '../terms/protocol.js';
import { reject, type Budget } from '../terms/rejection.js';
import type { Slots } from './slots.js';
import type { Ty, Types } from '../terms/types.js';

export interface Cell {
  readonly type: Ty;
  readonly below: Cell | undefined;
  readonly height: number;
  /** A cell further down, so that one far below is found soon (see ancestors.ts). */
  readonly jump: Cell | undefined;
}

export const heightOf = (c: Cell | undefined): number => c?.height ?? 0;

/** A stack with one more on top. */
export function cellOn(below: Cell | undefined, type: Ty): Cell {
  const far = below?.jump?.jump;
  const even = below !== undefined && below.height - heightOf(below.jump) === heightOf(below.jump) - heightOf(far);
  return { type, below, height: heightOf(below) + 1, jump: even ? far : below };
}

/** What of a stack lies no higher than this. */
export function cut(stack: Cell | undefined, height: number): Cell | undefined {
  let cell = stack;
  while (cell !== undefined && cell.height > height) cell = heightOf(cell.jump) >= height ? cell.jump : cell.below;
  return cell;
}

export type EndState =
  /** One of the session's own peers: its protocol is part of the session's position. */
  | { readonly kind: 'peer'; readonly peer: string }
  /** An end with a protocol of its own: the points it may be at, seen from `peer`'s side of them if `dual`. */
  | {
      readonly kind: 'free';
      readonly at: readonly Proto[];
      readonly peer: string;
      readonly dual: boolean;
      /** Of one that was taken out of a pool: what came with it. */
      readonly datum?: Ty | undefined;
    }
  /** Its loss was told: nothing ever comes over it again, whatever its protocol was. */
  | { readonly kind: 'gone'; readonly datum: Ty | undefined }
  /** Mentioned in a region that failed: can only be dropped. */
  | { readonly kind: 'lost' }
  /** Made by `watch`: only its loss is waited for. */
  | { readonly kind: 'watch' }
  /** Made by `spawn_empty`: the callee it runs, or -1. */
  | { readonly kind: 'thread'; readonly session: number; readonly peers: ReadonlyMap<number, string> }
  | { readonly kind: 'pool' };

export interface Region {
  readonly target: number;
  readonly height: number;
  readonly up: Region | undefined;
}

/** A message that arrived and whose label has not been compared down to one. */
export interface Pending {
  readonly id: number;
  readonly end: number;
  readonly alts: readonly Alt[];
  /** Values taken of it. */
  readonly count: number;
}

export interface State {
  readonly locals: Slots<Ty>;
  readonly stack: Cell | undefined;
  readonly ends: Slots<EndState>;
  /** Points of the session's type; `lost` after a failed region that took part in it. */
  readonly at: readonly Proto[] | 'lost';
  /** Where it may have been when a region failed, if that is all that is known (see failed.ts). */
  readonly places?: readonly (readonly Proto[])[] | undefined;
  readonly pending: Pending | undefined;
  readonly region: Region | undefined;
  /** Locals whose last write was a constant (see lanes.ts). */
  readonly flags?: ReadonlyMap<number, boolean> | undefined;
}

/** Is an end of a state finished, or a thread that runs? */
export type IsOver = (e: EndState, s: State) => boolean;

/** Paths met here with different states: why, for the message if anything but an ending follows. */
export interface Dead {
  readonly dead: string;
  /** The region of all paths; `several` if they are in different ones, so that nothing may be raised. */
  readonly region: Region | undefined | 'several';
  /** Height of the lowest stack that comes here: what the frame of a machine has there. */
  readonly height: number;
  /** No stack that comes here holds anything above this height that has to be looked at when it is dropped. */
  readonly needed: number;
}

export const isDead = (s: State | Dead): s is Dead => 'dead' in s;

/** May a slot be forgotten without anybody learning of it? */
function isForgettable(t: Ty, s: State): boolean {
  if (t.kind === 'end') return s.ends.get(Number(t.name)) === undefined;
  if (t.kind !== 'payload') return t.kind !== 'thread' && t.kind !== 'pool';
  const at = Number(t.name.slice(t.name.indexOf('.') + 1));
  return s.pending?.alts.every((a) => (a.payload[at]?.kind ?? 'data') === 'data') === true;
}

/** The dead-end that a state has come to. */
function ending(dead: string, s: State, types: Types): Dead {
  // Code of the compiler comes to such places only where its own proofs say that it never does.
  let needed = types.lenient ? undefined : s.stack;
  while (needed !== undefined && isForgettable(needed.type, s)) {
    types.budget.spend(1);
    needed = needed.below;
  }
  return { dead, region: s.region, height: heightOf(s.stack), needed: heightOf(needed) };
}

/** A dead-end that the code never really comes to, from a state. */
export const neverReached = (dead: string, s: State): Dead => ({
  dead,
  region: s.region,
  height: heightOf(s.stack),
  needed: 0,
});

/** Two paths to a dead-end: the machine's frame there is as high as the lower stack, so nothing that matters lies above. */
function bothEnd(a: Dead, b: Dead): Dead {
  const height = Math.min(a.height, b.height);
  const needed = Math.max(a.needed, b.needed);
  if (needed > height) reject(`${a.dead}, and an end, a pool or a thread lies above the lowest`);
  return { dead: a.dead, region: a.region === b.region ? a.region : 'several', height, needed };
}

const sameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a === b || (a.length === b.length && a.every((x, i) => x === b[i]));

export const samePosition = (a: State['at'], b: State['at']): boolean =>
  a === b || (a !== 'lost' && b !== 'lost' && sameList(a, b));

/**
 * Points that both paths may stand at; undefined if there are none. A choice in a session's own type is the session's to
 * make, so code may go on as if fewer ways were open.
 */
function jointPosition(one: State, two: State, budget: Budget): State['at'] | undefined {
  const [a, b] = [one.at, two.at];
  if (samePosition(a, b)) return a;
  if (a === 'lost') return isAlone(one, budget) ? b : undefined;
  if (b === 'lost') return isAlone(two, budget) ? a : undefined;
  const both = a.filter((p) => b.includes(p));
  return both.length === 0 ? undefined : both;
}

/** Is no peer left that could see where the session goes on? Those whose loss a failed `try` made certain are none. */
export function isAlone(s: State, budget: Budget): boolean {
  budget.spend(s.ends.size);
  return ![...s.ends.values()].some((e) => e.kind === 'peer');
}

export function sameEnd(a: EndState, b: EndState | undefined): boolean {
  if (a === b) return true;
  if (b === undefined || a.kind !== b.kind) return false;
  if (a.kind === 'free') {
    const c = b as typeof a;
    return a.peer === c.peer && a.dual === c.dual && a.datum === c.datum && sameList(a.at, c.at);
  }
  if (a.kind === 'peer') return a.peer === (b as typeof a).peer;
  if (a.kind === 'gone') return a.datum === (b as typeof a).datum;
  return a.kind !== 'thread' || a.session === (b as typeof a).session;
}

export function sameEnds(a: State['ends'], b: State['ends'], budget: Budget): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const id of a.differences(b)) {
    budget.spend(1);
    const x = a.get(id);
    if (x === undefined || !sameEnd(x, b.get(id))) return false;
  }
  return true;
}

export const samePending = (a: Pending | undefined, b: Pending | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.id === b.id && sameList(a.alts, b.alts));

/** The ends without those that differ between the states and are not `kept`. */
function without(
  a: State['ends'],
  b: State['ends'],
  budget: Budget,
  kept: (x: EndState, y?: EndState) => boolean,
): State['ends'] {
  let ends = a;
  for (const id of a.differences(b)) {
    budget.spend(1);
    const x = a.get(id);
    if (x !== undefined && !kept(x, b.get(id))) ends = ends.with(id, undefined);
  }
  return ends;
}

/** Is nobody left on the other side of an end? */
const isAbandoned = (e: EndState | undefined): e is Extract<EndState, { kind: 'gone' | 'free' }> =>
  e?.kind === 'gone' ||
  (e?.kind === 'free' && e.dual && e.at.length > 0 && e.at.every((p) => !('alts' in p) && nextOf(p).length === 0 && p.kind !== 'cut')); // prettier-ignore

/** Such an end may be taken to stand anywhere: nobody is there to see it. What came with it from its pool it has. */
export const standsAnywhere = (e: EndState | undefined, as: EndState | undefined): boolean =>
  as?.kind === 'free' && isAbandoned(e) && e.datum === as.datum;

/** The state in which ends whose loss was told on this path only stand where they do on the other. */
function withoutLosses(s: State, other: State, budget: Budget): State {
  let { ends } = s;
  for (const id of s.ends.differences(other.ends)) {
    budget.spend(1);
    const there = other.ends.get(id);
    if (standsAnywhere(ends.get(id), there)) ends = ends.with(id, there);
  }
  return { ...s, ends };
}

/** The ends both states have. */
const shared = (a: State['ends'], b: State['ends'], budget: Budget): State['ends'] =>
  without(a, b, budget, (x, y) => x.kind === y?.kind);

/** The state without ends that are finished, but for those that the other path has at the same point. */
const withoutFinished = (s: State, other: State, budget: Budget, isOver: IsOver): State => ({
  ...s,
  ends: without(s.ends, other.ends, budget, (x, y) => sameEnd(x, y) || !isOver(x, s)),
});

/**
 * The state of a label that two paths reach: equal in all but types of data, which are joined, and ends that are finished.
 */
export function joined(one: State | Dead, two: State | Dead, types: Types, isOver: IsOver): State | Dead {
  if (one === two) return one;
  const { budget } = types;
  if (isDead(one)) return bothEnd(one, isDead(two) ? two : ending(one.dead, two, types));
  if (isDead(two)) return bothEnd(two, ending(two.dead, one, types));
  const ends = (why: string): Dead => bothEnd(ending(why, one, types), ending(why, two, types));
  let [a, b] = [one, two];
  if (!sameEnds(a.ends, b.ends, budget)) {
    a = withoutLosses(a, b, budget);
    b = withoutLosses(b, a, budget);
    [a, b] = [withoutFinished(a, b, budget, isOver), withoutFinished(b, a, budget, isOver)];
  }
  if (types.lenient && !sameEnds(a.ends, b.ends, types.budget)) {
    const left = shared(a.ends, b.ends, budget);
    [a, b] = [
      { ...a, ends: left },
      { ...b, ends: left },
    ];
  }
  if (a.region !== b.region) return ends('not every path that leads here is in the same `try`');
  if ((a.stack?.height ?? 0) !== (b.stack?.height ?? 0))
    return ends('the stack has not the same height on every path that leads here');
  if (!sameEnds(a.ends, b.ends, types.budget))
    return ends('the ends are not at the same point on every path that leads here');
  const at = jointPosition(a, b, budget);
  const open = a.pending ?? b.pending;
  if (at === undefined || !samePending(a.pending, b.pending) || (open !== undefined && !samePosition(a.at, b.at)))
    return ends('the protocol is not at the same point on every path that leads here');
  const stack = joinedStack(a.stack, b.stack, types);
  if (stack === false) return ends('the stack does not hold the same on every path that leads here');
  const places = at === 'lost' ? placesOf(a, b) : undefined;
  return { ...a, at, places, stack, locals: joinedLocals(a.locals, b.locals, types) };
}

/** `false` if a slot has no common type. */
export function joinedStack(a: Cell | undefined, b: Cell | undefined, types: Types): Cell | undefined | false {
  const above: Ty[] = [];
  let [x, y] = [a, b];
  while (x !== y && x !== undefined && y !== undefined) {
    const t = types.join(x.type, y.type);
    if (t === undefined) return false;
    above.push(t);
    [x, y] = [x.below, y.below];
  }
  types.budget.spend(1 + above.length);
  return above.reduceRight<Cell | undefined>(cellOn, x);
}

/** Locals that have nothing in common are uninitialised. `news`: where `b` may differ from what was joined before. */
export function joinedLocals(a: State['locals'], b: State['locals'], types: Types, news = a): State['locals'] {
  let locals = a;
  for (const n of news.differences(b)) {
    types.budget.spend(1);
    locals = locals.with(n, types.join(locals.get(n)!, b.get(n)!) ?? types.unset);
  }
  return locals;
}
