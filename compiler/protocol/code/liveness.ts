/**
 * Which slots may still be used from a point of a body on: backward dataflow over its code (Kildall 1973).
 * Invariant: a slot that is not live at a point is never read on any path from there, handlers included, so dropping it
 * from a state loses nothing and keeps the number of states small.
 */
import type { Code, Op, Slot } from './code.js';
import { successors } from './code.js';

/** Per point, the live slots as a bit set. */
export type Liveness = readonly bigint[];

const bit = (slot: Slot): bigint => 1n << BigInt(slot);

/** Tells which slots are in a set; of many slots it is taken apart once. */
export function among(live: bigint, slots: number): (slot: Slot) => boolean {
  if (slots <= 64) return (slot) => (live & bit(slot)) !== 0n;
  const digits = live.toString(2);
  return (slot) => digits.charCodeAt(digits.length - 1 - slot) === 49;
}

export function liveness(code: Code): Liveness {
  const points = code.points;
  const live = points.map(() => 0n);
  const before: number[][] = points.map(() => []);
  const follow = (op: Op): readonly number[] => {
    const next = op.op === 'loop' ? [code.entry] : successors(op);
    const out = op.op === 'call' && op.closing !== undefined ? [op.closing] : [];
    return op.handler === undefined ? [...next, ...out] : [...next, ...out, op.handler];
  };
  points.forEach((op, at) => follow(op).forEach((to) => before[to]!.push(at)));
  const work = points.map((_, at) => at);
  const queued = points.map(() => true);
  while (work.length > 0) {
    const at = work.pop()!;
    queued[at] = false;
    const found = transfer(code, points[at]!, live);
    if (found === live[at]) continue;
    live[at] = found;
    for (const p of before[at]!)
      if (!queued[p]) {
        queued[p] = true;
        work.push(p);
      }
  }
  return live;
}

function transfer(code: Code, op: Op, live: readonly bigint[]): bigint {
  const after = (to: number, defined: readonly (Slot | undefined)[] = []): bigint => without(live[to]!, defined);
  const uses = (slots: readonly (Slot | undefined)[]): bigint =>
    slots.reduce((set: bigint, s) => (s === undefined ? set : set | bit(s)), 0n);
  const handled = op.handler === undefined ? 0n : live[op.handler]!;
  return handled | own();

  function own(): bigint {
    switch (op.op) {
      case 'jump':
        return op.to.reduce((set, to) => set | live[to]!, 0n);
      case 'send':
        return after(op.to) | uses([op.slot, ...op.gives]);
      case 'run':
        return after(op.to);
      case 'cast':
        return after(op.to) | uses(op.gives);
      case 'wait':
        return op.branches.reduce(
          (set, b) =>
            set |
            after(b.to, [
              ...b.binds,
              b.source.kind === 'accept' || b.source.kind === 'any' ? b.source.slot : undefined,
            ]) |
            (b.source.kind === 'end' ? bit(b.source.slot) : 0n) |
            (b.source.kind === 'any' ? bit(b.source.pool) : 0n),
          op.after === undefined ? 0n : live[op.after]!,
        );
      case 'spawn': {
        const given = op.members.flatMap((m) =>
          m.args.map((a) => (a.kind === 'end' || a.kind === 'pool' ? a.slot : undefined)),
        );
        return (
          after(
            op.to,
            op.members.map((m) => m.result),
          ) | uses(given)
        );
      }
      case 'connect':
      case 'pool':
        return after(op.to, [op.slot]);
      case 'move':
        return after(op.to, [op.slot]) | bit(op.from);
      case 'drop':
        return after(op.to) | bit(op.slot);
      case 'lose':
        return after(op.to) | uses(op.slots);
      case 'call':
        return after(op.to) | uses(op.args) | (op.closing === undefined ? 0n : live[op.closing]!);
      case 'loop': {
        if (op.args === undefined) return live[code.entry]!;
        const params = code.params.map((p) => p.slot);
        return without(live[code.entry]!, params) | uses(op.args);
      }
      case 'put':
      case 'back':
        return after(op.to) | uses([op.slot, op.pool]);
      case 'take':
        return after(op.to, [op.slot]) | live[op.empty]! | bit(op.pool);
      case 'fail':
      case 'raise':
        // A thread that fails loses every end it still has, so it has them until then.
        return uses(code.slots.map((_, slot) => slot));
      default:
        return 0n;
    }
  }
}

function without(set: bigint, slots: readonly (Slot | undefined)[]): bigint {
  return slots.reduce((left: bigint, s) => (s === undefined ? left : left & ~bit(s)), set);
}
