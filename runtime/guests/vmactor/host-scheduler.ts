/**
 * What runs actors when nobody else does: woken programs take turns in microtasks, so a caller that awaits anything at
 * all sees the effects of what it sent, and nothing ever sleeps or polls.
 * Invariant: a program is queued at most once; after `BUDGET` units the host's event loop gets its turn.
 */
import type { Program } from '../../process/program.js';
import { breathe } from '../../scheduler/turn.js';

/** Told when a program has something to do. Any scheduler of programs can stand behind it. */
export interface Waker {
  wake(program: Program): void;
}

const QUANTUM = 10_000;
const BUDGET = 200_000;

export class HostScheduler implements Waker {
  private queue: Program[] = [];
  private readonly queued = new Set<Program>();
  private scheduled = false;

  wake(program: Program): void {
    if (this.queued.has(program)) return;
    this.queued.add(program);
    this.queue.push(program);
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => this.turn());
  }

  private turn(): void {
    for (let left = BUDGET; left > 0 && this.queue.length > 0; left -= QUANTUM) {
      const program = this.queue.shift()!;
      this.queued.delete(program);
      if (program.run(QUANTUM) === 'fuel') this.wake(program);
    }
    if (this.queue.length > 0) void breathe().then(() => this.turn());
    else this.scheduled = false;
  }
}

/** Shared by all actors that are started without a scheduler of their own. */
export const hostScheduler = new HostScheduler();
