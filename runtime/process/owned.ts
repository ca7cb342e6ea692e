/**
 * What comes from outside belongs to a thread: connections, requests that wait for their answer, calls of the host that are
 * under way. Whoever gets it from the host owns it; who sends it on gives it away; when its owner ends, however that is, it
 * is let go.
 * Invariant: a thing is in the table of each thread that owns it and of no other; once the last has ended, or it was let go by
 * itself, it is in none; it is let go once.
 */
import { PersistentMap } from '../values/map.js';
import { Cons, Exn, NIL, Opaque, Partial, Upvalue, fieldsOf, isData } from '../values/value.js';
import type { Value } from '../values/value.js';
import { DONE, extraOfThread } from './thread.js';
import type { Thread } from './thread.js';

export abstract class Owned extends Opaque {
  readonly #owners = new Set<Thread>();
  /** How many things its owner had got from the host when it got this one; 0 if it came from another thread. */
  since = 0;
  #over = false;

  /** Whether all to whom it was handed own it together: what listens is used by many. */
  get isShared(): boolean {
    return false;
  }

  /** Closes it. `failure` is how its last owner ended, null if normally. */
  protected abstract letGo(failure: Exn | null): void;

  /** It has come to its end by itself: nobody owns it any more. */
  protected finished(): void {
    this.#over = true;
    for (const t of this.#owners) t.extra?.owned?.delete(this);
    this.#owners.clear();
  }

  /** From now on the thread owns it: alone, unless it is shared. A thread that has ended owns nothing. */
  give(t: Thread): void {
    if (this.#over) return;
    this.since = 0;
    if (!this.isShared) {
      for (const before of this.#owners) if (before !== t) this.#forget(before);
    }
    if (t.status >= DONE) {
      if (this.#owners.size === 0) this.#close(null);
      return;
    }
    this.#owners.add(t);
    (extraOfThread(t).owned ??= new Set()).add(this);
  }

  /** The thread has ended, or nobody can get at what was sent to it. */
  leave(t: Thread, failure: Exn | null): void {
    if (this.#owners.size > 0 && !this.#owners.has(t)) return;
    this.#forget(t);
    if (!this.#over && this.#owners.size === 0) this.#close(failure);
  }

  #forget(t: Thread): void {
    this.#owners.delete(t);
    t.extra?.owned?.delete(this);
  }

  #close(failure: Exn | null): void {
    this.#over = true;
    this.letGo(failure);
  }
}

/** An answer of the host that may not be waited for to its end. */
export class Pending {
  constructor(
    readonly answer: Promise<Value>,
    /** The thread that asked has ended; `answer` is settled soon after, with anything. */
    readonly cancel: () => void,
  ) {}
}

/** Lets go of what a thread that has ended owns. */
export function letGoAll(t: Thread, failure: Exn | null): void {
  const { extra } = t;
  if (extra === null) return;
  const { call, owned } = extra;
  extra.call = null;
  call?.cancel();
  if (owned === null) return;
  extra.owned = null;
  for (const thing of owned) thing.leave(t, failure);
}

/** Every thing of the outside in a value, once. */
export function ownedIn(value: Value): Set<Owned> {
  const found = new Set<Owned>();
  const seen = new Set<object>();
  const todo: Value[] = [value];
  while (todo.length > 0) {
    const v = todo.pop();
    if (typeof v !== 'object' || v === null || v === NIL || seen.has(v)) continue;
    if (v instanceof Opaque) {
      if (v instanceof Owned) found.add(v);
      continue;
    }
    seen.add(v);
    if (v instanceof Cons) todo.push(v.head, v.tail);
    else if (v instanceof Partial) todo.push(...v.args);
    else if (v instanceof Upvalue) todo.push(v.value);
    else if (v instanceof PersistentMap) for (const e of v.entries()) todo.push(e.key, e.value);
    else if (isData(v) || v instanceof Exn) todo.push(...fieldsOf(v));
  }
  return found;
}

/** How many things of the outside the thread has got from the host so far. */
export const gotSoFar = (t: Thread): number => t.extra?.got ?? 0;

/** The host gives a thread what a value holds. */
export function got(t: Thread, value: Value): void {
  for (const thing of ownedIn(value)) {
    thing.give(t);
    if (t.extra !== null) thing.since = ++t.extra.got;
  }
}

/**
 * An exception was caught: what the thread has got from the host since then, and has not given away, it cannot get at any more.
 * The compiler sees to that, of what is used up once; what is shared may be known elsewhere.
 */
export function loseSince(t: Thread, mark: number): void {
  for (const thing of [...(t.extra?.owned ?? [])]) if (!thing.isShared && thing.since > mark) thing.leave(t, null);
}

/** Gives a thread all that a value holds of the outside. */
export function own(t: Thread, value: Value): void {
  for (const thing of ownedIn(value)) thing.give(t);
}

/** Gives another thread what the values hold of the outside, if the thread has anything of it: most have nothing. */
export function handOver(from: Thread, to: Thread, values: readonly Value[]): void {
  if (hasNone(from)) return;
  for (const v of values) if (typeof v === 'object') own(to, v);
}

/** Nobody will get a value that the thread owns what is in it of. What is shared others may have. */
export function loseOwned(t: Thread, value: Value): void {
  if (typeof value !== 'object' || hasNone(t)) return;
  for (const thing of ownedIn(value)) if (!thing.isShared) thing.leave(t, null);
}

const hasNone = ({ extra }: Thread): boolean => extra === null || extra.owned === null || extra.owned.size === 0;
