/**
 * Pools: updatable containers of ends. Members that have something to say are kept in order of arrival, so waiting on
 * ten thousand members costs no more than waiting on one.
 * Invariant: an end is in at most one pool; `ready` holds exactly the members with a message or a loss, oldest first.
 */
import { Opaque } from '../values/value.js';
import type { Value } from '../values/value.js';
import { LOST, before, extraOf } from './link.js';
import type { End } from './link.js';

export class Pool extends Opaque {
  /** Members in the order they were put in. */
  readonly members = new Set<End>();
  /** Members with something to read. Taken from the front. */
  ready: End[] = [];

  get size(): number {
    return this.members.size;
  }

  put(e: End, datum: Value): void {
    const extra = extraOf(e);
    extra.pool = this;
    extra.datum = datum;
    this.members.add(e);
    if (e.head !== null || e.state >= LOST) this.#insert(e);
  }

  /** A member's queue is no longer empty, or its peer was lost. */
  announce(e: End): void {
    const extra = extraOf(e);
    if (extra.listed) return;
    extra.listed = true;
    this.ready.push(e);
  }

  #insert(e: End): void {
    extraOf(e).listed = true;
    const at = this.ready.findIndex(
      (r) => r.head !== null && e.head !== null && before(e.head.arrival, r.head.arrival),
    );
    if (at < 0) this.ready.push(e);
    else this.ready.splice(at, 0, e);
  }

  remove(e: End): void {
    const extra = extraOf(e);
    extra.pool = null;
    this.members.delete(e);
    if (!extra.listed) return;
    extra.listed = false;
    const at = this.ready.indexOf(e);
    if (at >= 0) this.ready.splice(at, 1);
  }

  /** The member put in first, or undefined. */
  first(): End | undefined {
    return this.members.values().next().value;
  }

  describe(): string {
    return `<pool of ${this.members.size}>`;
  }
}
