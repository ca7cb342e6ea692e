/**
 * Loops that come back with wider types than they began with, at fewer points, or with nothing where something was, and pools
 * whose members come back with more to say: the function is judged once more, from heads and pools that know no more than
 * what came back.
 * Invariant: what counts is the last judgement, in which every loop came back as its head allows; how many there are does not
 * depend on the function, so the time stays linear.
 */
import { follows } from './agreement.js';
import type { Flow } from './flow.js';
import type { Member } from './pools.js';
import type { Proto } from '../terms/protocol.js';
import { Rejection } from '../terms/rejection.js';
import { cellOn, type Cell, type State } from '../state/state.js';
import type { Ty, Types } from '../terms/types.js';

/** Judgements of one function at most; the last widens nothing. */
const MOST = 4;

/** What a head may hold where that is wider than what led there first. */
interface Wider {
  readonly locals: Map<number, Ty>;
  /** Slots of the stack, counted from its bottom. */
  readonly slots: Map<number, Ty>;
  /** Points of the session that are open in every round. */
  at: readonly Proto[] | undefined;
  /** Ends whose other side has more to say, by the place that makes them. */
  readonly ends: Map<string, Member>;
}

export class Heads {
  readonly #wider = new Map<number, Wider>();
  /** Has a loop of this judgement come back with something wider? */
  changed = false;
  #last = false;

  /** What the members of pools do where that is wider than what the first did, by the place that makes the pool. */
  readonly pools = new Map<string, Member>();

  constructor(readonly types: Types) {}

  /** Notes that members of a pool do more; false if nothing is widened any more. */
  widenPool(place: string, member: Member): boolean {
    if (this.#last) return false;
    this.pools.set(place, member);
    this.changed = true;
    return true;
  }

  begin(last: boolean): void {
    this.changed = false;
    this.#last = last;
  }

  /** The state at a head, made as wide as what comes back. */
  at(pc: number, state: State, f: Flow): State {
    const wider = this.#wider.get(pc);
    if (wider === undefined) return state;
    const wide = (t: Ty, type: Ty): Ty => this.types.join(t, type) ?? this.types.unset;
    let { locals, stack, ends } = state;
    this.types.budget.spend(wider.locals.size);
    for (const [n, type] of wider.locals) locals = locals.with(n, wide(locals.get(n)!, type));
    if (wider.slots.size > 0) {
      const all: Ty[] = [];
      for (let c = stack; c !== undefined; c = c.below) all.push(c.type);
      this.types.budget.spend(all.length);
      stack = all.reverse().reduce<Cell | undefined>((below, t, n) => {
        const type = wider.slots.get(n);
        return cellOn(below, type === undefined ? t : wide(t, type));
      }, undefined);
    }
    for (const [place, wide] of wider.ends) {
      const id = f.madeAt(place);
      const e = id === undefined ? undefined : ends.get(id);
      if (e?.kind === 'free' && e.datum === wide.datum && follows(f, e, wide)) ends = ends.with(id!, wide);
    }
    return { ...state, locals, stack, ends, at: narrower(state.at, wider.at) };
  }

  /** Notes where a state is wider than the head it comes back to; the head with these places widened. */
  widened(pc: number, back: State, head: State, f: Flow): State {
    if (this.#last) return head;
    const wider: Wider = this.#wider.get(pc) ?? { locals: new Map(), slots: new Map(), at: undefined, ends: new Map() };
    let changed = false;
    const meet = (places: Map<number, Ty>, n: number, now: Ty, then: Ty): void => {
      this.types.budget.spend(1);
      if (now === then || then.kind === 'unset' || this.types.fits(now, then)) return;
      if (now.kind !== 'unset' && !this.types.fits(then, now)) return;
      places.set(n, now);
      changed = true;
    };
    for (const n of back.locals.differences(head.locals))
      meet(wider.locals, n, back.locals.get(n)!, head.locals.get(n)!);
    for (let x = back.stack, y = head.stack; x !== y && x && y && x.height === y.height; [x, y] = [x.below, y.below])
      meet(wider.slots, x.height - 1, x.type, y.type);
    // With fewer ways open than led here first, code keeps to what comes back as well.
    const open = back.at === 'lost' || head.at === 'lost' ? head.at : narrower(head.at, back.at);
    if (open !== 'lost' && head.at !== 'lost' && open.length < head.at.length) {
      wider.at = open;
      changed = true;
    }
    for (const id of back.ends.differences(head.ends)) {
      const [now, then] = [back.ends.get(id), head.ends.get(id)];
      if (now?.kind !== 'free' || then?.kind !== 'free' || follows(f, now, then) || !follows(f, then, now)) continue;
      wider.ends.set(f.placeOf(id), now);
      changed = true;
    }
    if (!changed) return head;
    this.changed = true;
    this.#wider.set(pc, wider);
    return this.at(pc, head, f);
  }
}

/** The points that both have; the first, if there are none. */
function narrower<T extends State['at']>(at: T, other: State['at'] | undefined): T | readonly Proto[] {
  if (at === 'lost' || other === 'lost' || other === undefined) return at;
  const both = at.filter((p) => other.includes(p));
  return both.length === 0 ? at : both;
}

/** Judges a function, again where loops ask for it; the highest stack, or a rejection. */
export function judged(types: Types, flow: (heads: Heads) => Flow): number {
  const heads = new Heads(types);
  for (let left = MOST; ; left--) {
    heads.begin(left === 1);
    try {
      const highest = flow(heads).run();
      if (!heads.changed) return highest;
    } catch (error) {
      // With wider heads and pools more is come to: what was missing here may be there then.
      if (!(error instanceof Rejection && heads.changed)) throw error;
    }
  }
}
