/**
 * Ways to choose schedules: at random, by random priorities, and along a given schedule as far as it can be followed.
 * Invariant: a chooser made from the same seed or schedule makes the same choices at the same points.
 */
import { generator } from '../scheduler/strategy.js';
import { type Chooser, CLOCK, type Point } from './trial.js';

const stay = ({ options, current }: Point): number => current ?? options[0]!.thread;

/** Every step by a thread picked at random. */
export function walk(seed: number): Chooser {
  const random = generator(seed);
  return ({ options }) => options[Math.floor(random() * options.length)]!.thread;
}

/**
 * PCT (Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010): threads get random priorities, the highest goes first,
 * and at `changes` random steps of the first `length` the running one falls behind all others. Finds every bug of that
 * depth with a probability that can be told, and runs few threads in long stretches, as real schedules do.
 */
export function byPriorities(seed: number, length: number, changes = 2): Chooser {
  const random = generator(seed);
  const falls = new Set(Array.from({ length: changes }, () => Math.floor(random() * length)));
  const priorities = new Map<number, number>();
  let steps = 0;
  return ({ options }) => {
    const priority = (t: number): number => {
      let p = priorities.get(t);
      if (p === undefined) priorities.set(t, (p = random()));
      return p;
    };
    let best = options[0]!.thread;
    for (const { thread } of options) if (priority(thread) > priority(best)) best = thread;
    if (falls.has(steps)) priorities.set(best, -steps - 1);
    steps++;
    return best;
  };
}

/** How often time goes on before a step although somebody is ready: never, seldom, often. */
const HURRIES = [0, 1 / 16, 1 / 4];

/** As another chooser, but now and then time goes on first: whoever has something to do takes longer than a timer. */
function hurried(seed: number, choose: Chooser): Chooser {
  const random = generator(~seed);
  const rate = HURRIES[Math.floor(random() * HURRIES.length)]!;
  return (point) => (point.clock && random() < rate ? CLOCK : choose(point));
}

/** The chooser of a seed: by turns the two above, with time that hurries. `length`: steps that runs of this program have. */
export const random = (seed: number, length: number): Chooser =>
  hurried(seed, seed % 2 === 0 ? byPriorities(seed, length) : walk(seed));

/** Follows a schedule: threads that cannot go on at their turn are skipped; after its end, nobody's turn is taken away. */
export function along(schedule: readonly number[]): Chooser {
  let next = 0;
  return (point) => {
    for (; next < schedule.length; next++) {
      const wanted = schedule[next];
      if (!point.options.some((o) => o.thread === wanted) && !(wanted === CLOCK && point.clock)) continue;
      next++;
      return wanted;
    }
    return stay(point);
  };
}
