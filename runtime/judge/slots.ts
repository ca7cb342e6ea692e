/**
 * The slots of a frame that rests: what their types are while a message is still being compared, and whose the ends in them are.
 * Invariant: an end or a pool with which a frame may go on is its thread's.
 */
import type { Site } from '../engine/function.js';
import { End } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { Reference, type Thread } from '../process/thread.js';
import { Label, type Value } from '../values/value.js';
import type { FrameTypes, Lane } from '../verify/frame-types.js';
import type { EndState } from '../verify/state/state.js';
import type { Ty } from '../verify/terms/types.js';
import type { Together } from './values.js';

/** The number of an end or a pool that came with a message whose label is not known yet. */
const CARRIED = '-1';

/** The types of slots, those of a message whose label is still being compared by the label that is there. */
export function taken(wanted: readonly Ty[], slots: readonly Value[], site: Site, of: FrameTypes): readonly Ty[] {
  const at = wanted.findLastIndex((t) => t.kind === 'labels');
  const label = slots[at];
  if (at < 0 || !(label instanceof Label)) return wanted;
  const { types } = of.env;
  const wait = wanted[at]!.name;
  const said = types.make('label', label.name);
  const labelled = wanted.map((t, i) => (t === wanted[at] && i !== at ? said : t));
  const alt = of.pending(site.fn.index, site.pc, wait).find((a) => a.label === label.name);
  // One that cannot come here is compared with every one that can, and then the thread gives up; code for it was not judged.
  if (alt === undefined)
    return of.compared(site.fn.index).has(label.name) ? wanted.map((t, i) => (i === at ? types.never : t)) : labelled;
  return labelled.map((t) => {
    if (t.kind !== 'payload' || !t.name.startsWith(`${wait}.`)) return t;
    const carried = alt.payload[Number(t.name.slice(wait.length + 1))];
    if (carried === undefined) return types.unit;
    return carried.kind === 'data' ? carried.type : types.make(carried.kind, CARRIED);
  });
}

/** Ends and pools that a frame still goes on with are its thread's alone; what it will start is a thread. */
export function isHeld(
  v: Value,
  t: Ty,
  site: Site,
  of: FrameTypes,
  self: Thread | null,
  together: Together,
  lane: Lane,
): boolean {
  if (t.kind !== 'end' && t.kind !== 'pool' && t.kind !== 'thread') return true;
  const after = of.ends(site.fn.index, site.next, Number(t.name));
  if (t.kind === 'thread') {
    // One that somebody else has started, or that lives elsewhere, is given no session when its turn comes.
    return after[0]?.kind !== 'thread' || v instanceof Reference;
  }
  if (self === null) return true;
  const goesOn = (state: EndState | undefined): boolean => state !== undefined && OWN.has(state.kind);
  if (!(goesOn(lane.ends.get(Number(t.name))) && after.some(goesOn)) && t.name !== CARRIED) return true;
  if (v instanceof End) return together.owns(self, v);
  if (!(v instanceof Pool)) return true;
  const owner = together.pools.get(v) ?? self;
  together.pools.set(v, owner);
  return owner === self && [...v.members()].every((e) => together.owns(self, e));
}

const OWN: ReadonlySet<EndState['kind']> = new Set<EndState['kind']>(['peer', 'free', 'watch', 'pool']);
