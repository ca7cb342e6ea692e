/**
 * Runs a program until its own thread is over, as a test is run: what it has started goes on as far as that is possible at
 * once, and is then ended.
 * Invariant: comes back, whatever the program waits for, unless it keeps the host in a single call.
 */
import { DONE, FAILED } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { breathe, TURN } from '../scheduler/turn.js';
import type { Vm } from '../vm.js';

/**
 * `idle`: nothing can go on any more, and the thread waits. `late`: the time is up. `halted`: the program ended itself, by
 * `std::exit`.
 */
export type Over = 'ended' | 'idle' | 'late' | 'halted';

/** Slices that what a thread has started may go on for when the thread is over. */
const MOST_AFTERWARDS = 1000;

/** For so many milliseconds of the real clock at most. */
export async function runUntilOver(vm: Vm, t: Thread, milliseconds: number): Promise<Over> {
  const { scheduler } = vm;
  const { events } = scheduler;
  const until = performance.now() + milliseconds;
  const late = (): boolean => performance.now() >= until;
  let ended = t.status >= DONE;
  // It is stopped in the middle of a turn: how long turns are must not decide what others still come to.
  const stop = {
    ...events,
    ended: (x: Thread): void => (events?.ended?.(x), x === t ? void (ended = halt(vm)) : void 0),
  };
  scheduler.events = stop;
  const timer = setTimeout(() => scheduler.onAnswer(), Math.min(milliseconds, 0x7fffffff));
  try {
    while (!ended) {
      while (!ended && !vm.turn(TURN)) {
        if (late() && !ended) return 'late';
        await breathe();
      }
      if (ended) break;
      if (scheduler.halted) return 'halted';
      if (scheduler.timers.nextAt() === undefined && scheduler.outstanding === 0) return 'idle';
      if (late()) return 'late';
      await vm.something();
    }
  } finally {
    clearTimeout(timer);
    scheduler.events = events;
  }
  scheduler.halted = false;
  if (t.status !== FAILED) scheduler.runReady(MOST_AFTERWARDS);
  return 'ended';
}

function halt({ scheduler }: Vm): true {
  scheduler.halted = true;
  return true;
}

/** Ends every thread that there is. */
export function endAll({ scheduler }: Vm): void {
  for (const t of [...scheduler.threads]) scheduler.kill(t);
}
