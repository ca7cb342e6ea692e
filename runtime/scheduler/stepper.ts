/**
 * Runs single threads of a program, an instruction at a time, towards what they should do next.
 * Invariant: nothing but branches is forced, and each that is gets a line.
 */
import type { Thread } from '../process/thread.js';
import type { Scheduler } from './scheduler.js';
import { nextPlace, placeOf } from './steering.js';
import type { Strategy } from './strategy.js';
import { type Goal, goOnAt, talksBefore, waysOf } from './ways.js';

/** Instructions a thread may execute on the way to its next step. */
export const PATIENCE = 1_000_000;

export class Stepper implements Strategy {
  /** What happened, for people. */
  readonly lines: string[] = [];
  /** Branches that the data of this run would have decided otherwise. */
  forced = 0;
  private wanted: Thread | null = null;

  /** `talks`: the lines on which a role speaks with others. */
  constructor(
    private readonly scheduler: Scheduler,
    private readonly talks: (role: string) => ReadonlySet<number>,
  ) {}

  /** Lets the wanted thread run, others only if it cannot. */
  pick(ready: readonly Thread[]): Thread {
    return ready.find((t) => t === this.wanted) ?? ready[0]!;
  }

  /** One instruction of `t`, if it is ready. */
  instruction(t: Thread): void {
    if (!t.queued) return;
    this.wanted = t;
    this.scheduler.runInstructions(1);
  }

  /**
   * One instruction of a thread on its way to a goal. Where a branch led it past, it goes on at the way that leads there with
   * the fewest words on the links of the schedule.
   */
  towards(t: Thread, role: string, goal: Goal): void {
    const before = nextPlace(t);
    const ways = before === undefined ? [] : waysOf(before.fn, before.pc);
    const place = placeOf(t);
    const talks = this.talks(role);
    const costs = ways.map((pc) => talksBefore(t, pc, goal, talks));
    this.instruction(t);
    const now = nextPlace(t);
    const taken = now === undefined || now.fn !== before?.fn ? -1 : ways.indexOf(now.pc);
    const best = Math.min(...costs);
    if (taken < 0 || !(costs[taken]! > best)) return;
    goOnAt(t, ways[costs.indexOf(best)]!);
    this.forced++;
    this.lines.push(`${role} takes the other branch, at ${place}: forced, its data decides otherwise`);
  }
}
