/**
 * A network in memory, for tests and simulations: every frame stays on its way until `step` delivers one, from a direction
 * that the caller's generator picks; connections can be cut at any moment, with what is on its way lost.
 * Invariant: each direction of a channel is a queue; the same picks give the same run.
 */
import type { Channel, Receiver, Transport } from './transport.js';

class MemoryChannel implements Channel {
  limit = Number.POSITIVE_INFINITY;
  peer!: MemoryChannel;
  closed = false;
  pending = 0;
  dialled = false;
  readonly #early: Uint8Array[] = [];
  #to: Receiver | null = null;
  /** Frames on their way to the peer; null is the end. */
  readonly onTheWay: (Uint8Array | null)[] = [];

  send(frame: Uint8Array): void {
    if (this.closed || this.peer.closed) return;
    this.onTheWay.push(frame.slice());
    this.pending += frame.length;
  }
  /** The oldest frame on its way arrives. */
  step(): void {
    const bytes = this.onTheWay.shift()!;
    this.pending -= bytes?.length ?? 0;
    this.peer.deliver(bytes);
    if (bytes !== null && !this.closed) this.#to?.drained();
  }
  close(): Promise<void> {
    if (!this.closed) this.onTheWay.push(null);
    this.closed = true;
    return Promise.resolve();
  }
  receive(to: Receiver): void {
    this.#to = to;
    for (const bytes of this.#early.splice(0)) to.frame(bytes);
  }
  /** Takes the next frame on its way to this side. */
  deliver(bytes: Uint8Array | null): void {
    if (this.closed) return;
    if (bytes === null) this.broken('the connection was closed');
    else if (bytes.length > this.limit)
      this.#to?.broken(`a frame of ${bytes.length} bytes; the limit is ${this.limit}`);
    else if (this.#to === null) this.#early.push(bytes);
    else this.#to.frame(bytes);
  }
  broken(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.#to?.closed(reason);
  }
}

export class MemoryNetwork implements Transport {
  readonly #listeners = new Map<string, (channel: Channel) => void>();
  readonly #channels: MemoryChannel[] = [];
  /** Told of each frame that arrives, and whether it is from the side that dialled. */
  onFrame: ((bytes: Uint8Array, dialled: boolean) => void) | null = null;
  /** Frames delivered so far. */
  delivered = 0;

  dial(address: string): Promise<Channel> {
    const accept = this.#listeners.get(address);
    if (accept === undefined) return Promise.reject(new Error(`nobody listens at ${address}`));
    const [near, far] = [new MemoryChannel(), new MemoryChannel()];
    near.dialled = true;
    near.peer = far;
    far.peer = near;
    this.#channels.push(near, far);
    accept(far);
    return Promise.resolve(near);
  }
  listen(address: string, accept: (channel: Channel) => void): Promise<{ readonly address: string; close(): void }> {
    this.#listeners.set(address, accept);
    return Promise.resolve({ address, close: () => void this.#listeners.delete(address) });
  }

  /** Bytes on their way. */
  get pending(): number {
    return this.#channels.reduce((n, c) => n + c.pending, 0);
  }
  /** Delivers the oldest frame of one direction; `pick(n)` is a number below n. Gives whether there was one. */
  step(pick: (n: number) => number): boolean {
    const busy = this.#channels.filter((c) => c.onTheWay.length > 0);
    if (busy.length === 0) return false;
    const from = busy[pick(busy.length)]!;
    this.delivered++;
    const [next] = from.onTheWay;
    if (next instanceof Uint8Array) this.onFrame?.(next, from.dialled);
    from.step();
    return true;
  }
  /** Cuts every connection: both sides learn of it at once, what was on its way is lost. */
  cut(reason = 'the connection broke'): void {
    for (const c of this.#channels.splice(0)) {
      c.onTheWay.length = 0;
      c.broken(reason);
    }
  }
}
