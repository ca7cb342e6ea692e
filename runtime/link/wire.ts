/**
 * One side of a link whose other side is on another node: where frames for it go, how many messages went each way, and
 * what came too early. The local thread's end talks to a *proxy* end as to any peer; proxies belong to the node's outbox.
 * Invariant: items are applied in the order of their sequence numbers, each once, whatever ways they came.
 */
import type { End, Message } from '../process/link.js';
import type { Thread } from '../process/thread.js';
import type { Value } from '../values/value.js';
import type { FrameOf } from './frame.js';

/** A message, or the loss that comes after the last one. */
type Numbered = FrameOf<'qvm_send'> | FrameOf<'qvm_lost'>;
/** What goes to one side of a link, whatever way it takes. */
export type Item = Numbered | FrameOf<'qvm_took'>;

/**
 * Messages of one direction that may be on their way, not known to be taken in: a sender beyond that waits. The other side
 * tells of every quarter of them. Part of the protocol: both sides count on it.
 */
export const WINDOW = 1024;

/** Sequence of a loss that does not wait for messages: whoever carried them is gone. */
export const AT_ONCE = Number.MAX_SAFE_INTEGER;
/** Items kept for a gap to close; more are an attack or a defect. */
export const MAX_HELD = 1 << 16;

export const keyOf = (link: string, side: number): string => `${link}:${side}`;

export class Wire {
  sent = 0;
  received = 0;
  /** Messages sent that the other side has taken in, as far as is known here. */
  taken = 0;
  /** Messages received of which the other side has been told. */
  told = 0;
  /** Said here while the way was blocked. */
  readonly unsent: Message[] = [];
  /** The local end is over with this reason, and that is to be told after what is unsent. */
  closing: { readonly reason: Value } | null = null;
  readonly held = new Map<number, Numbered>();
  /** Nodes that may still carry items of a side that came back: if one goes down, so does the link. */
  readonly via = new Set<string>();
  constructor(
    readonly link: string,
    /** The side that is here. */
    readonly side: number,
    /** The stand-in for the other side's end; null for a stand-in thread's own watch. */
    readonly proxy: End | null,
    /** The node that frames for the other side go to; this node's own name while both sides are here. */
    public route: string,
    /** A stand-in thread that learns of the end of the thread it stands for. */
    readonly standIn: Thread | null = null,
  ) {}

  get key(): string {
    return keyOf(this.link, this.side);
  }
  get otherKey(): string {
    return keyOf(this.link, 1 - this.side);
  }

  /** Takes an item: the items that are next in order now, the earliest first. */
  accept(item: Numbered): Numbered[] | 'too many' {
    if (item.operation === 'qvm_lost' && item.sequence === AT_ONCE) return [item];
    if (item.sequence < this.received) return [];
    if (item.sequence > this.received) {
      if (this.held.size >= MAX_HELD) return 'too many';
      if (!this.held.has(item.sequence)) this.held.set(item.sequence, item);
      return [];
    }
    const due: Numbered[] = [item];
    for (let at = item.sequence + 1; ; at++) {
      const next = this.held.get(at);
      if (next === undefined) return due;
      this.held.delete(at);
      due.push(next);
    }
  }
}
