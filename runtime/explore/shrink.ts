/**
 * Makes a failing schedule shorter to read: what it fails with stays, turns are taken away from fewer threads.
 * Invariant: the schedule given back was run and fails in the same way; it is never worse than the one given.
 */
import { along } from './choosers.js';
import type { Chooser, Trial } from './trial.js';

export interface Failing {
  readonly trial: Trial;
  /** What it fails with, in words that do not depend on the schedule. */
  readonly key: string;
}

/** Runs a schedule; undefined if it does not fail. */
export type Retry = (choose: Chooser) => Promise<Failing | undefined>;

interface Block {
  readonly thread: number;
  readonly count: number;
}

const blocksOf = (choices: readonly number[]): Block[] => {
  const blocks: { thread: number; count: number }[] = [];
  for (const thread of choices) {
    const top = blocks.at(-1);
    if (top?.thread === thread) top.count++;
    else blocks.push({ thread, count: 1 });
  }
  return blocks;
};
const choicesOf = (blocks: readonly Block[]): number[] =>
  blocks.flatMap((b) => new Array<number>(b.count).fill(b.thread));

/** Changes of turn, then steps. */
const worse = (a: Trial, b: Trial): boolean => {
  const [x, y] = [blocksOf(a.choices).length, blocksOf(b.choices).length];
  return x > y || (x === y && a.choices.length >= b.choices.length);
};

/** At most so many runs. */
export async function shrink(failing: Failing, retry: Retry, budget = 300): Promise<Failing> {
  let best = failing;
  let left = budget;
  const better = async (choices: readonly number[]): Promise<boolean> => {
    if (left-- <= 0) return false;
    const found = await retry(along(choices));
    if (found === undefined || found.key !== failing.key || worse(found.trial, best.trial)) return false;
    best = found;
    return true;
  };
  // The end first: what comes after the harm is done needs no schedule.
  for (let keep = 0; keep < best.trial.choices.length && left > 0; keep = keep * 2 + 1)
    if (await better(best.trial.choices.slice(0, keep))) break;
  for (let changed = true; changed && left > 0;) {
    changed = false;
    const blocks = blocksOf(best.trial.choices);
    for (let i = 0; i < blocks.length && !changed && left > 0; i++) {
      for (const candidate of movesOf(blocks, i)) {
        changed = await better(choicesOf(candidate));
        if (changed || left <= 0) break;
      }
    }
  }
  return best;
}

/** A block joined with the next, or the one before, of its thread; or left out, to happen when it will. */
function* movesOf(blocks: readonly Block[], i: number): Generator<Block[]> {
  const block = blocks[i]!;
  const without = blocks.filter((_, k) => k !== i);
  const before = blocks.findLastIndex((b, k) => k < i && b.thread === block.thread);
  if (before >= 0) yield [...without.slice(0, before + 1), block, ...without.slice(before + 1)];
  const after = without.findIndex((b, k) => k >= i && b.thread === block.thread);
  if (after >= 0) yield [...without.slice(0, after), block, ...without.slice(after)];
  yield without;
}
