/**
 * A turn of a VM on the host's event loop: slices until nothing is ready or the time is up. Sockets, timers and signals of
 * the host are heard between turns, however busy the threads are.
 * Invariant: outside events enter at looks alone, and looks come after the same slices wherever a turn ends, so a run that
 * is replayed hears them where it did before. Between turns the engines hold no values but those of frames.
 */
import { emptyStacks } from '../engine/interpreter.js';
import { restingQuantum, safeQuantum } from './quantum.js';
import type { Scheduler } from './scheduler.js';

/** Milliseconds of a turn. */
export const TURN = 5;
/** Between two looks are so many slices of a message each, or fewer that take long: a look costs as much as a short one. */
const LOOK = 64_000;
const EACH = 1000;

/**
 * Gives whether there is nothing left to do but wait for the outside. `arrive` is told of every look. `atRest`: this is called
 * from the host's event loop, not from the depths of some other call.
 */
export function runTurn(scheduler: Scheduler, milliseconds: number, arrive?: () => void, atRest = false): boolean {
  const until = performance.now() + milliseconds;
  const quantum = Math.min(scheduler.quantum, atRest ? restingQuantum() : safeQuantum());
  for (;;) {
    arrive?.();
    scheduler.holdClock();
    if (scheduler.timers.size > 0) scheduler.fireTimers();
    scheduler.runSlices(quantum, LOOK, EACH);
    scheduler.releaseClock();
    const idle = scheduler.halted || (scheduler.head === null && !scheduler.advance());
    if (!idle && performance.now() < until) continue;
    emptyStacks();
    return idle;
  }
}

interface BrowserPort {
  onmessage: () => void;
  postMessage(message: null): void;
  close(): void;
}

/** Lets the host do what it has to do. Where there is no `setImmediate`, timers would make it wait some milliseconds each time. */
export const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    if (typeof setImmediate === 'function') return void setImmediate(resolve);
    // Node's types have its own ports, which is not what is used here.
    const { port1, port2 } = new MessageChannel() as unknown as Record<'port1' | 'port2', BrowserPort>;
    port1.onmessage = (): void => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
