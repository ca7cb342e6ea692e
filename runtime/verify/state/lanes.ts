/**
 * Paths that meet in states which cannot be one: each is followed for itself from there on, in a lane of its own, until they
 * can be joined again. Constants that code stores in a local and asks for later (flags) tell lanes apart.
 * Invariant: lanes at one place agree in the height of the stack, in what kind of thing each slot of it holds, and in the `try`
 * they are in; there are a few at most, so an instruction is looked at a few times at most.
 */
import { isDead, sameEnds, type Dead, type State } from './state.js';
import type { Types } from '../terms/types.js';

/** Ways to one instruction; none if nothing leads there. */
export type Lanes = readonly State[] | Dead;

const MOST_LANES = 4;
const MOST_FLAGS = 8;

export type Flags = ReadonlyMap<number, boolean>;

export const isOver = (lanes: Lanes): lanes is Dead => 'dead' in lanes;

/** All ways to a place with one more. */
export function merged(
  lanes: Lanes,
  more: State | Dead,
  types: Types,
  join: (a: State | Dead, b: State | Dead) => State | Dead,
): Lanes {
  const ended = (dead: Dead, by: readonly State[]): Dead => by.reduce<Dead>((d, s) => join(d, s) as Dead, dead);
  if (isOver(lanes)) return join(lanes, more) as Dead;
  if (isDead(more)) return ended(more, lanes);
  let dead: Dead | undefined;
  for (const [i, lane] of lanes.entries()) {
    if (lane === more) return lanes;
    if (lanes.length < MOST_LANES && toldApart(lane, more, types)) continue;
    const one = join(lane, more);
    if (!isDead(one)) return lanes.with(i, { ...one, flags: common(lane.flags, more.flags) });
    dead = one;
  }
  if (lanes.length < MOST_LANES && lanes.every((lane) => alike(lane, more, types))) return [...lanes, more];
  // What cannot be followed any more comes to nothing but an ending.
  const one = join(lanes[0]!, more);
  if (dead === undefined && !isDead(one)) return lanes.with(0, { ...one, flags: common(lanes[0]!.flags, more.flags) });
  return ended(dead ?? (one as Dead), lanes);
}

/** Do flags say which of the two paths was taken, where that matters? */
function toldApart(a: State, b: State, types: Types): boolean {
  if (a.flags === b.flags || a.flags === undefined || b.flags === undefined) return false;
  types.budget.spend(a.flags.size);
  const { flags } = b;
  const differ = [...a.flags].some(([local, is]) => flags.get(local) === !is);
  return differ && !sameEnds(a.ends, b.ends, types.budget) && alike(a, b, types);
}

function alike(a: State, b: State, types: Types): boolean {
  if (a.region !== b.region || (a.stack?.height ?? 0) !== (b.stack?.height ?? 0)) return false;
  for (let x = a.stack, y = b.stack; x !== y && x !== undefined && y !== undefined; [x, y] = [x.below, y.below]) {
    types.budget.spend(1);
    if (x.type !== y.type && x.type.kind !== y.type.kind && !(types.isData(x.type) && types.isData(y.type)))
      return false;
  }
  return true;
}

/** What both know. */
export function common(a: Flags | undefined, b: Flags | undefined): Flags | undefined {
  if (a === b || a === undefined || b === undefined) return a === b ? a : undefined;
  const both = [...a].filter(([local, is]) => b.get(local) === is);
  return both.length === 0 ? undefined : new Map(both);
}

/** The flags after a local was written: with a constant, or with anything else. */
export function flagged(flags: Flags | undefined, local: number, is: boolean | undefined): Flags | undefined {
  if (is === undefined && flags?.has(local) !== true) return flags;
  const made = new Map(flags);
  made.delete(local);
  if (is !== undefined && made.size < MOST_FLAGS) made.set(local, is);
  return made.size === 0 ? undefined : made;
}
