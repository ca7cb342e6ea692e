/**
 * What the link layer needs of whatever carries its frames: whole frames in order, or the news that the other side is gone.
 * TCP is one transport, memory another; worker threads and clusters join by making a `Channel`.
 * Invariant: a channel delivers each frame once and in the order sent, or closes; after `closed` nothing is delivered.
 */
export interface Receiver {
  /** One frame, without its length. */
  frame(bytes: Uint8Array): void;
  /** The peer broke the rules of the transport; nothing more is delivered, but what is sent now still reaches it. */
  broken(reason: string): void;
  /** Much was pending, and it has been taken. */
  drained(): void;
  /** The channel is over, and why in words. Called once. */
  closed(reason: string): void;
}

export interface Channel {
  send(frame: Uint8Array): void;
  /** Delivers what was sent, then closes. Does not call `closed` of this side. Fulfilled when the transport has taken it all. */
  close(): Promise<void>;
  /** From now on frames go here; those that came before are delivered at once. */
  receive(to: Receiver): void;
  /** Bytes sent that the transport has not taken yet. */
  readonly pending: number;
  /** Frames longer than this close the channel. */
  limit: number;
}

export interface Transport {
  /** Connects to an address. Rejects with an error that says why it could not. */
  dial(address: string): Promise<Channel>;
  /** Accepts at an address; gives the address with the port really used, and how to stop. */
  listen(address: string, accept: (channel: Channel) => void): Promise<{ readonly address: string; close(): void }>;
}
