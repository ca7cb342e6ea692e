/**
 * Links: two ends and the messages on their way. Every end queues its own messages, each with the number of its
 * arrival, so the oldest message of an awaited link is found at once however many others wait, and giving an end away
 * moves its unread messages by changing its owner.
 * Invariant: an end has one owner; messages over one link are read in the order sent; a lost end is reported once,
 * after the messages sent before.
 */
import { Label, Opaque, type Value } from '../values/value.js';
import type { Pool } from './pool.js';
import type { Thread } from './thread.js';

/** A message: label, payload (past the third value in `rest`), and the number of its arrival. */
export class Message {
  /** As `Data1.kept`. */
  static readonly kept: Message = new Message(Label.of(''), 0, 0, 0, null, 0);
  next: Message | null = null;
  constructor(
    readonly label: Label,
    readonly a: Value,
    readonly b: Value,
    readonly c: Value,
    readonly rest: readonly Value[] | null,
    readonly arrival: number,
  ) {}
}

/** Payload value i, undefined past the last. */
export function payload(m: Message, i: number): Value {
  switch (i) {
    case 0:
      return m.a;
    case 1:
      return m.b;
    case 2:
      return m.c;
    default:
      return m.rest === null ? undefined : m.rest[i - 3];
  }
}

/** States of an end. */
export const OPEN = 0;
/** Open, made by a client's `connect` and not accepted by the service yet. */
export const PENDING = 1;
/** The peer is lost: messages sent before can be read, then the loss. */
export const LOST = 2;
/** Over: dropped, or its loss was reported. */
export const FINISHED = 3;

/** What few ends have. */
export class EndExtra {
  /** Keeps what V8 knows of the class, as `Chunk.kept` does. */
  static readonly kept = new EndExtra();
  pool: Pool | null = null;
  datum: Value = undefined;
  /** Why the peer was lost. */
  reason: Value = undefined;
  /** This end is in a ready list of its pool or of its owner's pending connections. */
  listed = false;
  /** Neighbours in its pool. */
  before: End | null = null;
  after: End | null = null;
  /** For `watch`: the thread watched. */
  watched: Thread | null = null;
  /** What comes over it was not all made here: another node sends it, or has handed it on, or it was restored. */
  outside = false;
  /** The message over an end from outside that the present wait may take. */
  cleared: Message | null = null;
}

export class End extends Opaque {
  head: Message | null = null;
  tail: Message | null = null;
  state: number;
  extra: EndExtra | null = null;
  constructor(
    public owner: Thread,
    public peer: End | null,
    state: number,
  ) {
    super();
    this.state = state;
  }
  describe(): string {
    return '<end>';
  }
}

export const extraOf = (e: End): EndExtra => (e.extra ??= new EndExtra());

/** Has the next message of an end still to be judged by the wait that is about to take it? */
export const isUnjudged = (e: End): boolean => e.extra !== null && e.extra.outside && e.extra.cleared !== e.head;

/** A link between two threads: the first's end; the second's is its peer. */
export function link(a: Thread, b: Thread, stateOfB = OPEN): End {
  const first = new End(a, null, OPEN);
  first.peer = new End(b, first, stateOfB);
  return first;
}

/** Is arrival x before arrival y? Right as long as fewer than 2^31 messages lie between. */
export const before = (x: number, y: number): boolean => ((x - y) | 0) < 0;
