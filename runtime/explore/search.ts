/**
 * Every schedule of a program that can make a difference, depth first: dynamic partial-order reduction (Flanagan and
 * Godefroid, POPL 2005) with sleep sets (Godefroid, LNCS 1032, 1996). Where two steps of a run race, the run in which they
 * come the other way round is tried too; steps that may be swapped are not tried in both orders.
 * With a bound on preemptions every schedule within it is tried: of two that lead to the same state one may be within the
 * bound and the other not, so leaving one out would leave out outcomes (Coons, Musuvathi and McKinley, OOPSLA 2013).
 * Invariant: when `exhaustive` is true, every outcome that some schedule has was seen; when it is not for the bound alone,
 * every outcome that some schedule within the bound has.
 */
import { type Access, conflict, stopsOthers } from './access.js';
import type { Chooser, Event, Point, Trial } from './trial.js';

export interface SearchOptions {
  /** Runs after which to give up. */
  readonly maxRuns: number;
  /** Schedules that take the turn from a thread that could go on more often than this are left out, and no others. */
  readonly maxPreemptions?: number | undefined;
  /** False: all schedules, for comparison. */
  readonly reduce?: boolean;
}

export interface Searched {
  /** Runs to their end, and those that were cut short because others cover them. */
  readonly runs: number;
  readonly pruned: number;
  /** Nothing was left out. */
  readonly exhaustive: boolean;
}

/** The program does not do the same again under the same choices. */
export class NotRepeatable extends Error {}

interface Node {
  readonly threads: readonly number[];
  readonly current: number | undefined;
  readonly preemptions: number;
  chosen: number;
  /** To be tried here. */
  readonly todo: Set<number>;
  /** Tried here, with what their steps accessed. */
  readonly done: Map<number, readonly Access[]>;
  /** Covered elsewhere. */
  readonly asleep: ReadonlyMap<number, readonly Access[]>;
  /** The step chosen last, once it is made. */
  event: number;
}

/** Runs `run` again and again; stops early when it gives false. */
export async function search(
  run: (choose: Chooser) => Promise<{ readonly trial: Trial; readonly goOn: boolean }>,
  options: SearchOptions,
): Promise<Searched> {
  const stack: Node[] = [];
  const bound = options.maxPreemptions ?? Number.POSITIVE_INFINITY;
  const reduce = (options.reduce ?? true) && bound === Number.POSITIVE_INFINITY;
  let runs = 0;
  let pruned = 0;
  let complete = true;
  for (;;) {
    let depth = 0;
    const { trial, goOn } = await run((point) => {
      if (depth === stack.length) {
        const node = nodeAt(point, stack.at(-1), reduce);
        if (node === undefined) return undefined;
        stack.push(node);
      }
      const node = stack[depth++]!;
      if (point.options.map((o) => o.thread).join() !== node.threads.join()) throw new NotRepeatable();
      node.event = point.events.length;
      return node.chosen;
    });
    if (trial.end === 'pruned') pruned++;
    else runs++;
    if (trial.end === 'endless') complete = false;
    stack.forEach((node, i) => node.done.set(node.chosen, accessesOf(trial.events, node.event, stack[i + 1]?.event)));
    if (reduce) addRaces(trial.events, stack);
    if (!goOn) return { runs, pruned, exhaustive: false };
    const next = (node: Node): number | undefined => {
      for (const t of node.todo) {
        if (node.done.has(t) || node.asleep.has(t)) continue;
        if (preemptionsWith(node, t) <= bound) return t;
        complete = false;
      }
      return undefined;
    };
    for (;;) {
      const top = stack.at(-1);
      if (top === undefined) return { runs, pruned, exhaustive: complete };
      const other = next(top);
      if (other !== undefined) {
        top.chosen = other;
        break;
      }
      stack.pop();
    }
    if (runs + pruned >= options.maxRuns) return { runs, pruned, exhaustive: false };
  }
}

/** What a chosen step did, with what followed of itself: a thread that fails in the midst of what nobody notices is noticed. */
const accessesOf = (events: readonly Event[], from: number, to = events.length): readonly Access[] =>
  events.slice(from, to).flatMap((e) => e.accesses);

const preemptionsWith = (node: Node, t: number): number =>
  node.preemptions + (node.current !== undefined && node.current !== t ? 1 : 0);

/** A new choice: the thread that ran goes on if it may. Undefined if all there is to do is covered elsewhere. */
function nodeAt(point: Point, parent: Node | undefined, reduce: boolean): Node | undefined {
  const threads = point.options.map((o) => o.thread);
  const asleep = new Map<number, readonly Access[]>();
  if (reduce && parent !== undefined) {
    const made = accessesOf(point.events, parent.event);
    for (const [t, accesses] of [...parent.asleep, ...parent.done])
      if (t !== parent.chosen && threads.includes(t) && !conflict(accesses, made)) asleep.set(t, accesses);
  }
  const awake = threads.filter((t) => !asleep.has(t));
  if (awake.length === 0) return undefined;
  const chosen = awake.find((t) => t === point.current) ?? awake[0]!;
  const preemptions = parent === undefined ? 0 : preemptionsWith(parent, parent.chosen);
  return {
    threads,
    current: point.current,
    preemptions,
    chosen,
    todo: new Set(reduce ? [chosen] : threads),
    done: new Map(),
    asleep,
    event: -1,
  };
}

/** For each thread, the last of its steps that comes before, in whatever order independent steps are made. */
type Clock = Map<number, number>;

function join(into: Clock, from: Clock): void {
  for (const [t, n] of from) if ((into.get(t) ?? -1) < n) into.set(t, n);
}

/** Where two steps race, the later one's thread is to be tried at the choice of the earlier one. */
function addRaces(events: readonly Event[], stack: readonly Node[]): void {
  const clocks: Clock[] = [];
  const last = new Map<number, number>();
  let floor = 0;
  const below: Clock = new Map();
  events.forEach((e, j) => {
    for (; floor < e.floor; floor++) join(below, clocks[floor]!);
    const clock: Clock = new Map(e.floor > 0 ? below : []);
    const previous = last.get(e.thread);
    if (previous !== undefined) join(clock, clocks[previous]!);
    if (e.born >= 0) join(clock, clocks[e.born]!);
    // What may stop others races with what they would have done, which is not among the steps of this run.
    if (e.choice >= 0 && stopsOthers(e.accesses))
      for (const t of stack[e.choice]!.threads) stack[e.choice]!.todo.add(t);
    for (let i = e.accesses.length === 0 ? -1 : j - 1; i >= e.floor; i--) {
      const other = events[i]!;
      if (other.thread === e.thread || !conflict(other.accesses, e.accesses)) continue;
      if ((clock.get(other.thread) ?? -1) >= i) continue;
      const node = stack[choiceBefore(events, i)];
      if (node !== undefined) addBacktrack(node, e.thread, i, clock);
      join(clock, clocks[i]!);
    }
    // Only now: a wait that has another way out races with what it took as well.
    for (const i of e.after) join(clock, clocks[i]!);
    clock.set(e.thread, j);
    clocks.push(clock);
    last.set(e.thread, j);
  });
}

/** The choice that led to a step: its own, or the last one before it. */
function choiceBefore(events: readonly Event[], i: number): number {
  let at = i;
  while (at >= 0 && events[at]!.choice < 0) at--;
  return at < 0 ? -1 : events[at]!.choice;
}

function addBacktrack(node: Node, thread: number, i: number, clock: Clock): void {
  if (node.threads.includes(thread)) {
    node.todo.add(thread);
    return;
  }
  // Somebody whose step after i comes before the racing step leads there.
  const leads = node.threads.filter((t) => (clock.get(t) ?? -1) > i);
  if (leads.some((t) => node.todo.has(t))) return;
  if (leads.length > 0) node.todo.add(leads[0]!);
  else for (const t of node.threads) node.todo.add(t);
}
