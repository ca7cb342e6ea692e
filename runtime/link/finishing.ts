/**
 * Whether a program on a node is finished: nothing here is under way or waits for another node, and its threads that live
 * elsewhere only wait for clients. Of those the node asks where they live (`qvm_rest`), in rounds.
 * Invariant: a program ends when two rounds in a row have found every thread of it at rest and nothing happened here between them;
 * threads that began on other nodes, and services that rest, keep no program.
 */
import { CodeProgram } from '../engine/program.js';
import type { End } from '../process/link.js';
import { ALIVE } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { STATUS } from './frame.js';
import type { LinkNode } from './node.js';
import { StandIn } from './standin.js';

/** A thread that stands in its first wait for clients and talks to nobody. */
export const rests = (t: Thread): boolean => t.program instanceof CodeProgram && t.program.waitsForClients();

export class Finishing {
  /** Threads asked about in this round that have not been answered for. */
  #open = 0;
  #asked = false;
  #allRest = true;
  /** Rounds in a row that found everybody at rest. */
  #quiet = 0;
  #due = 0;

  constructor(readonly node: LinkNode) {}

  /** Something happened: what was found before may not hold. */
  stir(): void {
    this.#quiet = 0;
  }

  /** Is there anything left that this node waits for? Asks others if that is not known. */
  get busy(): boolean {
    const { node } = this;
    if (node.moving.busy || this.#waits()) {
      this.#quiet = 0;
      return true;
    }
    const away = this.#away();
    if (away.some((t) => t === node.vm.scheduler.main)) return true;
    if (away.length === 0 || this.#quiet >= 2) return false;
    this.#round(away);
    return this.#quiet < 2;
  }

  /** Does a thread here wait for something from another node, or is something of it on its way? */
  #waits(): boolean {
    const { wires, outbox } = this.node.wires;
    const works = (e: End | null): boolean =>
      e !== null && e.owner !== outbox && e.owner.status === ALIVE && !rests(e.owner);
    for (const w of wires.values()) {
      if (w.unsent.length > 0 || works(w.proxy?.peer ?? null)) return true;
      if (w.standIn !== null && [...(w.standIn.extra?.watching ?? [])].some(works)) return true;
    }
    return false;
  }
  /** Threads of this node that live elsewhere: home watches them all. */
  #away(): Thread[] {
    const all = [...this.node.wires.wires.values()].flatMap(({ standIn: t }) => (t === null ? [] : [t]));
    return all.filter((t) => t.status === ALIVE && t.program instanceof StandIn && this.node.isOurs(t));
  }

  #round(away: readonly Thread[]): void {
    const now = this.node.options.now();
    if (this.#open > 0) return;
    if (this.#asked) {
      this.#asked = false;
      this.#quiet = this.#allRest ? this.#quiet + 1 : 0;
      this.#due = now + (this.#allRest ? 0 : PAUSE);
      if (this.#quiet >= 2) return;
    }
    if (now < this.#due) return;
    this.#asked = this.#allRest = true;
    this.#open = away.length;
    for (const t of away)
      this.node.moving.rests(t, (status) => {
        this.#open--;
        // One that is no more, or whose node is gone, is waited for no longer.
        if (status !== STATUS.ok && status !== STATUS.unknown) this.#allRest = false;
      });
  }
}

/** Milliseconds between rounds as long as somebody works. */
const PAUSE = 200;
