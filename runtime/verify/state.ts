/**
 * The abstract state before an instruction: types of locals and stack, what is left of every end's protocol, the
 * session's own position, the open regions.
 * Invariant: states are never changed, and parts that did not change are shared, so comparing two states costs what
 * differs between them.
 */
import type { Alt, Proto } from './protocol.js';
import type { Budget } from './rejection.js';
import type { Ty, Types } from './types.js';

export interface Cell {
  readonly type: Ty;
  readonly below: Cell | undefined;
  readonly height: number;
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
}

export interface State {
  readonly locals: readonly Ty[];
  readonly stack: Cell | undefined;
  readonly ends: ReadonlyMap<number, EndState>;
  /** Points of the session's type; `lost` after a failed region that took part in it. */
  readonly at: readonly Proto[] | 'lost';
  readonly pending: Pending | undefined;
  readonly region: Region | undefined;
}

/** Paths met here with different states: why, for the message if anything but an ending follows. */
export interface Dead {
  readonly dead: string;
  /** The region of all paths; `several` if they are in different ones, so that nothing may be raised. */
  readonly region: Region | undefined | 'several';
}

export const isDead = (s: State | Dead): s is Dead => 'dead' in s;

const sameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a === b || (a.length === b.length && a.every((x, i) => x === b[i]));

export const samePosition = (a: State['at'], b: State['at']): boolean =>
  a === b || (a !== 'lost' && b !== 'lost' && sameList(a, b));

/**
 * Points that both paths may stand at; undefined if there are none. A choice in a session's own type is the session's to
 * make, so code may go on as if fewer ways were open.
 */
function jointPosition(a: State['at'], b: State['at']): State['at'] | undefined {
  if (samePosition(a, b)) return a;
  if (a === 'lost' || b === 'lost') return undefined;
  const both = a.filter((p) => b.includes(p));
  return both.length === 0 ? undefined : both;
}

export function sameEnd(a: EndState, b: EndState | undefined): boolean {
  if (a === b) return true;
  if (b === undefined || a.kind !== b.kind) return false;
  if (a.kind === 'free') {
    const c = b as typeof a;
    return a.peer === c.peer && a.dual === c.dual && a.datum === c.datum && sameList(a.at, c.at);
  }
  if (a.kind === 'peer') return a.peer === (b as typeof a).peer;
  return a.kind !== 'thread' || a.session === (b as typeof a).session;
}

export function sameEnds(a: State['ends'], b: State['ends'], budget: Budget): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  budget.spend(a.size);
  for (const [id, x] of a) if (!sameEnd(x, b.get(id))) return false;
  return true;
}

const samePending = (a: Pending | undefined, b: Pending | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.id === b.id && sameList(a.alts, b.alts));

/** The ends both states have. */
function shared(a: State['ends'], b: State['ends']): State['ends'] {
  return new Map([...a].filter(([id, e]) => b.get(id)?.kind === e.kind));
}

/** The state without ends that are finished, but for those that the other path has at the same point. */
function withoutFinished(s: State, other: State, tidy: (s: State) => State): State {
  const left = tidy(s).ends;
  return { ...s, ends: new Map([...s.ends].filter(([id, e]) => left.has(id) || sameEnd(e, other.ends.get(id)))) };
}

/**
 * The state of a label that two paths reach: equal in all but types of data, which are joined. `tidy` forgets ends
 * that are finished.
 */
export function joined(one: State | Dead, two: State | Dead, types: Types, tidy: (s: State) => State): State | Dead {
  if (one === two) return one;
  if (isDead(one) || isDead(two)) {
    const dead = isDead(one) ? one : (two as Dead);
    return one.region === two.region ? dead : { ...dead, region: 'several' };
  }
  let [a, b] = [one, two];
  if (!sameEnds(a.ends, b.ends, types.budget)) [a, b] = [withoutFinished(a, b, tidy), withoutFinished(b, a, tidy)];
  if (types.lenient && !sameEnds(a.ends, b.ends, types.budget)) {
    const ends = shared(a.ends, b.ends);
    [a, b] = [
      { ...a, ends },
      { ...b, ends },
    ];
  }
  if (a.region !== b.region) return { dead: 'not every path that leads here is in the same `try`', region: 'several' };
  const { region } = a;
  if ((a.stack?.height ?? 0) !== (b.stack?.height ?? 0))
    return { dead: 'the stack has not the same height on every path that leads here', region };
  if (!sameEnds(a.ends, b.ends, types.budget))
    return { dead: 'the ends are not at the same point on every path that leads here', region };
  const at = jointPosition(a.at, b.at);
  const open = a.pending ?? b.pending;
  if (at === undefined || !samePending(a.pending, b.pending) || (open !== undefined && !samePosition(a.at, b.at)))
    return { dead: 'the protocol is not at the same point on every path that leads here', region };
  const stack = joinedStack(a.stack, b.stack, types);
  if (stack === false) return { dead: 'the stack does not hold the same on every path that leads here', region };
  return { ...a, at, stack, locals: joinedLocals(a.locals, b.locals, types) };
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
  return above.reduceRight<Cell | undefined>((below, type) => ({ type, below, height: (below?.height ?? 0) + 1 }), x);
}

/** Locals that have nothing in common are uninitialised. */
export function joinedLocals(a: readonly Ty[], b: readonly Ty[], types: Types): readonly Ty[] {
  if (a === b) return a;
  types.budget.spend(a.length);
  return a.map((t, i) => types.join(t, b[i]!) ?? types.unset);
}

/** Is every end of the head where it was, and every other finished? */
const backInPlace = (unfinished: State['ends'], back: State['ends'], head: State['ends']): boolean =>
  [...head].every(([id, e]) => sameEnd(e, back.get(id))) && [...unfinished.keys()].every((id) => head.has(id));

/** May code that was checked at the points of `head` go on at these? */
const within = (head: State['at'], at: State['at']): boolean =>
  samePosition(head, at) || (head !== 'lost' && at !== 'lost' && head.every((p) => at.includes(p)));

/** Why a state may not go back to the head of a loop, or undefined if it may. */
export function unlike(back: State, head: State, types: Types, tidy: (s: State) => State): string | undefined {
  if ((back.stack?.height ?? 0) !== (head.stack?.height ?? 0))
    return 'the stack has another height at the head of the loop';
  if (back.region !== head.region) return 'the head of the loop is in another `try`';
  if (
    !types.lenient &&
    !sameEnds(back.ends, head.ends, types.budget) &&
    !backInPlace(tidy(back).ends, back.ends, head.ends)
  )
    return 'the ends are at another point at the head of the loop';
  if (!within(head.at, back.at) || !samePending(back.pending, head.pending))
    return 'the protocol is at another point at the head of the loop';
  for (let x = back.stack, y = head.stack, k = 0; x !== y && x && y; [x, y, k] = [x.below, y.below, k + 1]) {
    types.budget.spend(1);
    if (!types.fits(x.type, y.type))
      return `slot [${0 - k}] is ${types.show(y.type)} at the head of the loop and ${types.show(x.type)} here`;
  }
  if (back.locals !== head.locals) types.budget.spend(back.locals.length);
  const bad =
    back.locals === head.locals
      ? -1
      : back.locals.findIndex((t, i) => head.locals[i]!.kind !== 'unset' && !types.fits(t, head.locals[i]!));
  if (bad >= 0)
    return `local ${bad} is ${types.show(head.locals[bad]!)} at the head of the loop and ${types.show(back.locals[bad]!)} here`;
  return undefined;
}

/** What a handler finds, from what it would find already and a state inside its region. */
export function handlerState(before: State | undefined, inside: State, region: Region, exn: Ty, types: Types): State {
  let cell = inside.stack;
  while (cell !== undefined && cell.height > region.height) {
    types.budget.spend(1);
    cell = cell.below;
  }
  // A message was taken and nobody will ask for its label: the protocol cannot go on.
  const at = inside.pending === undefined ? inside.at : 'lost';
  const cut = { ...inside, at, stack: cell, pending: undefined, region: region.up };
  const push = (stack: Cell | undefined): Cell => ({ type: exn, below: stack, height: region.height + 1 });
  if (before === undefined) return { ...cut, stack: push(cell) };
  const ends = new Map<number, EndState>();
  types.budget.spend(before.ends.size);
  for (const [id, e] of before.ends) ends.set(id, sameEnd(e, cut.ends.get(id)) ? e : { kind: 'lost' });
  const stack = joinedStack(before.stack?.below, cell, types);
  return {
    ...cut,
    stack: push(stack === false ? before.stack?.below : stack),
    locals: joinedLocals(before.locals, cut.locals, types),
    ends: sameEnds(ends, before.ends, types.budget) ? before.ends : ends,
    at: samePosition(before.at, cut.at) ? before.at : 'lost',
  };
}
