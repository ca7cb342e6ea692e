/**
 * Virtual time beside a real outside. While a call of the host is under way that comes to an end by itself, the virtual clock
 * goes as the real one does, so that a timeout is as long beside a network as it says. Calls that may last for ever, such as
 * waiting for clients or for input, hold it up only as long as something outside happens now and then.
 * Invariant: where nothing outside is under way, time jumps from timer to timer as without this.
 */
import { hostCallOf } from './left.js';
import type { Scheduler } from './scheduler.js';

/** Milliseconds after which it is taken that nothing outside is going to happen by itself. */
const SILENCE = 50;

/** Calls that wait for what others begin. */
const OPEN_ENDED = /^(?:net::\w+::_(?:accept|read)\w*|io::read_\w+)$/;

export class Pace {
  #heard = 0;
  #outstanding = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly touchesOutside: (call: string) => boolean,
    private readonly real: () => number = () => performance.now(),
  ) {}

  /** Something outside has answered. */
  heard(): void {
    this.#heard = this.real();
  }

  /** Must virtual time wait for the real one? */
  holds(): boolean {
    const { outstanding } = this.scheduler;
    if (outstanding !== this.#outstanding) {
      this.#outstanding = outstanding;
      this.heard();
    }
    return outstanding > 0 && (this.#underWay() || this.real() - this.#heard < SILENCE);
  }

  /** How long to wait, in real milliseconds, for an answer before looking at the clock again. */
  delay(at: number): number {
    const left = Math.max(1, at - this.scheduler.now());
    return this.#underWay() ? left : Math.min(left, SILENCE);
  }

  /** So many real milliseconds went by while it was waited for a timer. */
  passed(milliseconds: number, at: number | undefined): void {
    const { scheduler } = this;
    scheduler.virtualTime = Math.min(at ?? Number.POSITIVE_INFINITY, scheduler.virtualTime + milliseconds);
  }

  #underWay(): boolean {
    for (const t of this.scheduler.threads) {
      const call = hostCallOf(t);
      if (call !== undefined && !OPEN_ENDED.test(call) && this.touchesOutside(call)) return true;
    }
    return false;
  }
}
