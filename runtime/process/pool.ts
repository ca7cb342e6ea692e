/**
 * Pools: updatable containers of ends. Members that have something to say are kept in order of arrival, so waiting on
 * ten thousand members costs no more than waiting on one. Members are linked in the order they were put in, so that the
 * first is found and any is removed in constant time.
 * Invariant: an end is in at most one pool; `ready` holds exactly the members with a message or a loss, oldest first.
 */
import { Opaque } from '../values/value.js';
import type { Value } from '../values/value.js';
import { LOST, before, extraOf } from './link.js';
import type { End } from './link.js';
import { EndQueue } from './end-queue.js';

export class Pool extends Opaque {
  /** Keeps what V8 knows of the class, as `Chunk.kept` does. */
  static readonly kept = new Pool();
  #first: End | null = null;
  #last: End | null = null;
  size = 0;
  /** Members with something to read. Taken from the front. */
  readonly ready = new EndQueue();

  put(e: End, datum: Value): void {
    const extra = extraOf(e);
    // Code is verified never to put a member in again; what a snapshot says of ends, nobody has verified.
    if (extra.pool !== null) extra.pool.remove(e);
    extra.datum = datum;
    this.add(e);
    if (e.head !== null || e.state >= LOST) this.#insert(e);
  }

  /** A member as it is, behind the others; whether it is ready is said separately. */
  add(e: End): void {
    const extra = extraOf(e);
    extra.pool = this;
    extra.before = this.#last;
    extra.after = null;
    if (this.#last === null) this.#first = e;
    else this.#last.extra!.after = e;
    this.#last = e;
    this.size++;
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
    this.ready.insert(e, (r) => r.head !== null && e.head !== null && before(e.head.arrival, r.head.arrival));
  }

  remove(e: End): void {
    const extra = extraOf(e);
    if (extra.pool !== this) return;
    const { before: previous, after: next } = extra;
    if (previous === null) this.#first = next;
    else previous.extra!.after = next;
    if (next === null) this.#last = previous;
    else next.extra!.before = previous;
    extra.before = extra.after = null;
    extra.pool = null;
    this.size--;
    if (!extra.listed) return;
    extra.listed = false;
    this.ready.remove(e);
  }

  /** The member put in first, or undefined. */
  first(): End | undefined {
    return this.#first ?? undefined;
  }

  /** Members in the order they were put in. */
  *members(): Generator<End> {
    for (let e = this.#first; e !== null; e = e.extra!.after) yield e;
  }

  describe(): string {
    return `<pool of ${this.size}>`;
  }
}
