/**
 * One connection to another node: proves who is there, turns bytes into frames, holds back frames whose modules are still
 * on their way, notices silence.
 * Invariant: frames reach the node in order, and none before the peer has proved that it knows the secret; whatever the
 * bytes are, the worst that happens is that the connection closes with a reason.
 */
import { MAX_FRAME, MAX_HELLO, decodeFrame, encodeFrame } from './frame.js';
import type { Frame } from './frame.js';
import { Hello } from './hello.js';
import type { Identity } from './hello.js';
import type { Channel } from './transport.js';

export interface ConnectionEvents {
  /** The peer is known; gives why it is not wanted, or null. */
  opened(c: Connection): string | null;
  /** A frame in its turn. Throws to close the connection with the error's message. */
  frame(c: Connection, f: Frame): void;
  /** Modules the frame needs that are not here yet; the node has asked for them. */
  missing(c: Connection, f: Frame): boolean;
  closed(c: Connection, reason: string): void;
  /** The transport has taken what it was given. */
  drained(c: Connection): void;
  now(): number;
}

/** Frames that overtake: they carry no order. */
const URGENT: ReadonlySet<string> = new Set(['qvm_module', 'qvm_ping', 'qvm_close']);
/** Bytes that a transport may hold before those who send over it have to wait. */
const MOST_PENDING = 1024 * 1024;
/** Bytes of frames that may wait for modules. */
const MAX_WAITING = 4 * MAX_FRAME;
/** Characters of a reason: it has to fit a frame of its time. */
const mostReason = (open: boolean): number => (open ? 1000 : 150);

export class Connection {
  peer = '';
  open = false;
  over = false;
  readonly born: number;
  lastHeard: number;
  lastSent: number;
  readonly #hello: Hello;
  readonly #waiting: { readonly frame: Frame; readonly size: number }[] = [];
  #waitingBytes = 0;

  constructor(
    readonly channel: Channel,
    identity: Identity,
    role: 'dial' | 'accept',
    readonly events: ConnectionEvents,
  ) {
    this.born = this.lastHeard = this.lastSent = events.now();
    this.#hello = new Hello(identity, role);
    channel.limit = MAX_HELLO;
    channel.receive({
      frame: (bytes) => this.#bytes(bytes),
      broken: (reason) => void this.close(reason),
      closed: (reason) => this.#ended(reason),
      drained: () => events.drained(this),
    });
    if (role === 'dial') this.send(this.#hello.opening());
  }

  /** Does the transport hold more than should be on its way? */
  get congested(): boolean {
    return this.channel.pending > MOST_PENDING;
  }
  send(frame: Frame): void {
    if (this.over) return;
    this.lastSent = this.events.now();
    this.channel.send(encodeFrame(frame));
  }
  /** Ends the connection, telling the peer why. Fulfilled when that is on its way, or cannot be. */
  close(reason: string): Promise<void> {
    if (this.over) return Promise.resolve();
    this.send({ operation: 'qvm_close', reason: reason.slice(0, mostReason(this.open)) });
    const gone = this.channel.close();
    this.#ended(reason);
    return gone;
  }
  #ended(reason: string): void {
    if (this.over) return;
    this.over = true;
    this.events.closed(this, reason);
  }

  #bytes(bytes: Uint8Array): void {
    if (this.over) return;
    this.lastHeard = this.events.now();
    const decoded = decodeFrame(bytes, this.open ? MAX_FRAME : MAX_HELLO);
    if (!decoded.ok) {
      void this.close(decoded.reason);
      return;
    }
    try {
      if (!this.open) this.#greet(decoded.frame);
      else this.#take(decoded.frame, bytes.length);
    } catch (e) {
      void this.close(e instanceof Error ? e.message : String(e));
    }
  }

  #greet(f: Frame): void {
    const { send, peer, refuse } = this.#hello.hear(f);
    if (refuse !== undefined) {
      if (f.operation === 'qvm_close') this.#hangUp(refuse);
      else void this.close(refuse);
      return;
    }
    if (send !== undefined) this.send(send);
    if (peer === undefined) return;
    this.peer = peer;
    this.open = true;
    this.channel.limit = MAX_FRAME;
    const unwanted = this.events.opened(this);
    if (unwanted !== null) void this.close(unwanted);
  }
  #hangUp(reason: string): void {
    void this.channel.close();
    this.#ended(reason);
  }

  #take(f: Frame, size: number): void {
    if (f.operation === 'qvm_hello') throw new Error('qvm_hello on an open connection');
    if (f.operation === 'qvm_close') this.#hangUp(f.reason);
    else if (URGENT.has(f.operation)) this.events.frame(this, f);
    else if (this.#waiting.length > 0 || this.events.missing(this, f)) {
      this.#waitingBytes += size;
      if (this.#waitingBytes > MAX_WAITING) throw new Error('too much waits for modules');
      this.#waiting.push({ frame: f, size });
    } else this.events.frame(this, f);
  }

  /** Modules came (or will not come): goes on with the frames that waited. */
  goOn(): void {
    try {
      for (let w = this.#waiting[0]; w !== undefined && !this.over; w = this.#waiting[0]) {
        if (this.events.missing(this, w.frame)) return;
        this.#waiting.shift();
        this.#waitingBytes -= w.size;
        this.events.frame(this, w.frame);
      }
    } catch (e) {
      void this.close(e instanceof Error ? e.message : String(e));
    }
  }
}
