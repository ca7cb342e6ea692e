/**
 * Ends and pools that a loop has replaced: where a variable held one at the head and that one is gone, what the variable
 * holds now takes its name.
 * Invariant: only a name that no live end has is given, to one end, and a pool gets it only if its members do what those of
 * the other did; other places that hold the old one lose it. So the code of the loop finds what it was checked with.
 */
import { follows } from './agreement.js';
import type { Flow } from './flow.js';
import { Slots } from '../state/slots.js';
import { cellOn, type Cell, type EndState, type State } from '../state/state.js';
import type { Ty } from '../terms/types.js';

export function replaced(f: Flow, back: State, head: State): State {
  if (f.lenient || back.pending !== undefined) return back;
  const names = new Map<Ty, Ty>();
  const meet = (now: Ty, then: Ty): void => {
    if (now === then || now.kind !== then.kind || (now.kind !== 'end' && now.kind !== 'pool') || names.has(now)) return;
    const [from, to] = [Number(now.name), Number(then.name)];
    const there = back.ends.get(to);
    const taken = [...names.values()].includes(then) || (there !== undefined && there.kind !== 'gone');
    // What is given back is the caller's own end, and one that is gone may stand for no other.
    const lent = f.signature.back.has(f.image.params[to]?.name ?? '');
    if (!taken && !lent && isHeld(back.ends.get(from)) && !head.ends.has(from) && sameMembers(f, from, to))
      names.set(now, then);
  };
  for (const n of back.locals.differences(head.locals)) {
    f.env.budget.spend(1);
    meet(back.locals.get(n)!, head.locals.get(n)!);
  }
  for (let x = back.stack, y = head.stack; x !== y && x && y; [x, y] = [x.below, y.below]) {
    f.env.budget.spend(1);
    meet(x.type, y.type);
  }
  if (names.size === 0) return back;
  // Whatever still holds an end of the old name holds nothing from now on.
  const stale = new Set(names.values());
  const named = (t: Ty): Ty => names.get(t) ?? (stale.has(t) ? f.types.unset : t);
  let { ends } = back;
  for (const [now, then] of names)
    ends = ends.with(Number(then.name), ends.get(Number(now.name))).with(Number(now.name), undefined);
  f.env.budget.spend(back.locals.size);
  return {
    ...back,
    ends,
    locals: Slots.of([...back.locals.values()].map(named)),
    stack: renamed(f, back.stack, named),
  };
}

const isHeld = (e: EndState | undefined): boolean => e !== undefined && e.kind !== 'gone';

function sameMembers(f: Flow, now: number, then: number): boolean {
  const [mine, theirs] = [f.pools.get(now), f.pools.get(then)];
  if (mine === undefined) return true;
  return (
    theirs !== undefined &&
    f.types.fits(mine.datum ?? f.types.unit, theirs.datum ?? f.types.unit) &&
    follows(f, mine, theirs)
  );
}

function renamed(f: Flow, stack: Cell | undefined, named: (t: Ty) => Ty): Cell | undefined {
  const above: Ty[] = [];
  for (let c = stack; c !== undefined; c = c.below) above.push(c.type);
  f.env.budget.spend(above.length);
  return above.reduceRight<Cell | undefined>((below, type) => cellOn(below, named(type)), undefined);
}
