/**
 * What the handler of a `try` finds: what holds wherever inside the region something may fail.
 * Invariant: a handler knows no more than each of the states it was made from; joining one more costs what differs from the last.
 */
import { placesOf } from './failed.js';
import { common } from './lanes.js';
import { reject } from '../terms/rejection.js';
import { cellOn, cut, heightOf, joinedLocals, joinedStack, sameEnd, samePosition } from './state.js';
import type { Region, State } from './state.js';
import type { Types } from '../terms/types.js';

/** What a handler finds so far, and the last state it was made from: the next differs little from that. */
export interface Handled {
  readonly state: State;
  readonly last: State;
}

/** What a handler finds, from what it would find already and a state inside its region. */
export function handled(before: Handled | undefined, inside: State, region: Region, types: Types): Handled {
  const below = cut(inside.stack, region.height);
  // A message was taken and nobody will ask for its label: the protocol cannot go on.
  const taken = inside.pending === undefined ? undefined : inside.ends.get(inside.pending.end);
  const at = taken?.kind === 'peer' ? 'lost' : inside.at;
  const open = taken === undefined ? inside.ends : inside.ends.with(inside.pending!.end, { kind: 'lost' });
  const places = placesOf(before?.state, inside);
  const found = { ...inside, at, places, ends: open, pending: undefined, region: region.up };
  if (before === undefined) return { last: inside, state: { ...found, stack: cellOn(below, types.exn) } };
  const { last, state } = before;
  if (state.region !== region.up || heightOf(state.stack) !== region.height + 1)
    reject('the handler is that of another `try` too, which begins in another place');
  let { ends } = state;
  for (const id of last.ends.differences(inside.ends)) {
    types.budget.spend(1);
    const e = ends.get(id);
    if (e !== undefined && !sameEnd(e, inside.ends.get(id))) ends = ends.with(id, { kind: 'lost' });
  }
  if (taken !== undefined && ends.get(inside.pending!.end) !== undefined)
    ends = ends.with(inside.pending!.end, { kind: 'lost' });
  const known = state.stack?.below;
  const stack = below === cut(last.stack, region.height) ? known : joinedStack(known, below, types);
  return {
    last: inside,
    state: {
      ...found,
      stack: cellOn(stack === false ? known : stack, types.exn),
      locals: joinedLocals(state.locals, inside.locals, types, last.locals),
      ends,
      at: samePosition(state.at, at) ? state.at : 'lost',
      places,
      flags: common(state.flags, inside.flags),
    },
  };
}
