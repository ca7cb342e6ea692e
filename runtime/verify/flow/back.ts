/**
 * Coming back to the head of a loop: with a state that the head was judged in, or one in which all that the code may do from
 * there is allowed as well.
 * Invariant: whatever a round does is what the types of the ends and of the session allow where the round before left them.
 */
import { follows } from './agreement.js';
import { allows } from './becomes.js';
import { standing } from '../state/failed.js';
import type { Flow } from './flow.js';
import { reject } from '../terms/rejection.js';
import { replaced } from './replaced.js';
import {
  isAlone,
  sameEnd,
  samePending,
  samePosition,
  standsAnywhere,
  type EndState,
  type State,
} from '../state/state.js';
import type { Ty } from '../terms/types.js';

/** Goes back to one of the heads at `to`. */
export function goBack(f: Flow, heads: readonly State[], to: number): void {
  const at = standing(f.env.protocols, f.state);
  if (at !== undefined && at !== f.state.at) f.state = { ...f.state, at, places: undefined };
  const found = heads.map((head) => {
    const back = replaced(f, f.state, head);
    return { back, head, why: unlike(f, back, head) };
  });
  if (found.every(({ why }) => why !== undefined)) {
    // Of a head that this is not like, all that may be wider is noted, so that the function is judged again from that.
    const [{ back, head }] = found as [(typeof found)[0]];
    const why = unlike(f, back, f.heads.widened(to, back, head, f));
    if (why !== undefined) reject(why);
  }
  f.env.budget.spend(f.state.ends.size);
  for (const e of f.state.ends.values())
    if (e.kind === 'thread' && e.session < 0) reject('a thread that has no program yet cannot cross a loop');
}

/** Is every end of the head where it was, and every other finished? */
function backInPlace(f: Flow, back: State, head: State): boolean {
  const inPlace = (now: EndState | undefined, then: EndState): boolean =>
    standsAnywhere(now, then) ||
    sameEnd(then, now) ||
    (now?.kind === 'free' && then.kind === 'free' && now.datum === then.datum && follows(f, now, then));
  for (const id of back.ends.differences(head.ends)) {
    f.env.budget.spend(1);
    const [now, then] = [back.ends.get(id), head.ends.get(id)];
    if (then === undefined ? !f.isOver(now!, back) : !inPlace(now, then)) return false;
  }
  return true;
}

/** May code that was checked at the points of `head` go on at these? */
function within(f: Flow, head: State['at'], back: State): boolean {
  const { at } = back;
  if (samePosition(head, at)) return true;
  if (head === 'lost') return false;
  if (at === 'lost') return isAlone(back, f.env.budget);
  return head.every((p) => at.includes(p)) || (back.pending === undefined && allows(f, at, head));
}

/** By now more may be known of what generic peers say. */
const fits = (f: Flow, now: Ty, then: Ty): boolean =>
  f.types.fits(now, then) || f.fits(f.instances.resolve(now), f.instances.resolve(then));

/** Why a state may not go back to the head of a loop, or undefined if it may. */
function unlike(f: Flow, back: State, head: State): string | undefined {
  const { types } = f;
  if ((back.stack?.height ?? 0) !== (head.stack?.height ?? 0))
    return 'the stack has another height at the head of the loop';
  if (back.region !== head.region) return 'the head of the loop is in another `try`';
  if (!types.lenient && !backInPlace(f, back, head)) return 'the ends are at another point at the head of the loop';
  if (!within(f, head.at, back) || !samePending(back.pending, head.pending))
    return 'the protocol is at another point at the head of the loop';
  for (let x = back.stack, y = head.stack, k = 0; x !== y && x && y; [x, y, k] = [x.below, y.below, k + 1]) {
    types.budget.spend(1);
    if (!fits(f, x.type, y.type))
      return `slot [${0 - k}] is ${types.show(y.type)} at the head of the loop and ${types.show(x.type)} here`;
  }
  for (const n of back.locals.differences(head.locals)) {
    types.budget.spend(1);
    const [now, then] = [back.locals.get(n)!, head.locals.get(n)!];
    if (then.kind !== 'unset' && !fits(f, now, then))
      return `local ${n} is ${types.show(then)} at the head of the loop and ${types.show(now)} here`;
  }
  return undefined;
}
