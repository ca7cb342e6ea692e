/**
 * What a node has asked of others about threads and awaits an answer to: `qvm_immigrate`, `qvm_emigrate`, `qvm_kill`, `qvm_rest`.
 * Invariant: whoever asked hears exactly once: the answer, or that none came in time, or that the node is gone. An answer that
 * comes after that is known as such.
 */
import { STATUS } from './frame.js';
import type { FrameOf, Operation } from './frame.js';

type Answer = FrameOf<'qvm_status'>;
/** Hears a status, and the frame it came in if it came in one. */
export type Asked = (status: number, answer?: Answer) => void;

interface Awaited {
  readonly asked: Asked;
  readonly due: number;
}

export class Requests {
  /** By node, operation and thread; the oldest first, as the answers come. */
  readonly #awaited = new Map<string, Awaited[]>();
  /** Answers that nobody waits for any more. */
  readonly #late = new Map<string, number>();

  constructor(readonly due: () => number) {}

  /** Is anything awaited that somebody here waits for? Whether threads rest is asked when nobody does. */
  get any(): boolean {
    for (const key of this.#awaited.keys()) if (!key.includes(' qvm_rest ')) return true;
    return false;
  }

  add(node: string, about: Operation, thread: string, asked: Asked): void {
    const key = `${node} ${about} ${thread}`;
    const all = this.#awaited.get(key);
    const one = { asked, due: this.due() };
    if (all === undefined) this.#awaited.set(key, [one]);
    else all.push(one);
  }
  /** The one that an answer is for; `late` if it has been told that none came. */
  answered(node: string, about: Operation | undefined, thread: string): Asked | 'late' | undefined {
    const key = `${node} ${about ?? ''} ${thread}`;
    const late = this.#late.get(key) ?? 0;
    if (late > 0) {
      if (late === 1) this.#late.delete(key);
      else this.#late.set(key, late - 1);
      return 'late';
    }
    const all = this.#awaited.get(key);
    const first = all?.shift();
    if (all?.length === 0) this.#awaited.delete(key);
    return first?.asked;
  }

  /** Tells those that have waited too long. */
  late(now: number): void {
    for (const [key, all] of [...this.#awaited]) {
      while (all.length > 0 && all[0]!.due < now) {
        this.#late.set(key, (this.#late.get(key) ?? 0) + 1);
        all.shift()!.asked(STATUS.late);
      }
      if (all.length === 0) this.#awaited.delete(key);
    }
  }
  /** A node is gone, and so are its answers. */
  down(node: string): void {
    for (const key of [...this.#late.keys()]) if (key.startsWith(`${node} `)) this.#late.delete(key);
    for (const [key, all] of [...this.#awaited]) {
      if (!key.startsWith(`${node} `)) continue;
      this.#awaited.delete(key);
      for (const { asked } of all) asked(STATUS.unknown);
    }
  }
}
