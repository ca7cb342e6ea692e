/**
 * TCP: each frame preceded by its length, four bytes, most significant first. What a turn of the event loop sends goes out
 * in one write.
 * Invariant: a length above the limit closes the connection before anything of the frame is kept.
 */
import net from 'node:net';
import type { Channel, Receiver, Transport } from './transport.js';

const HEADER = 4;
/** Milliseconds in which a listener has to take a connection. */
const DIAL_LIMIT = 10_000;

class TcpChannel implements Channel {
  limit = 512;
  #to: Receiver | null = null;
  #over = false;
  #broken = false;
  #corked = false;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(readonly socket: net.Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      // After the end what still comes is read and forgotten: unread bytes would take back what was said last.
      if (this.#over || this.#broken) return;
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#read();
    });
    socket.on('drain', () => this.#to?.drained());
    socket.on('error', (e) => this.#ended(e.message));
    socket.on('close', () => this.#ended('the connection was closed'));
  }

  get pending(): number {
    return this.socket.writableLength;
  }
  send(frame: Uint8Array): void {
    if (this.#over) return;
    if (!this.#corked) {
      this.#corked = true;
      this.socket.cork();
      setImmediate(() => {
        this.#corked = false;
        this.socket.uncork();
      });
    }
    const header = Buffer.allocUnsafe(HEADER);
    header.writeUInt32BE(frame.length);
    this.socket.write(header);
    this.socket.write(frame);
  }
  close(): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.#over = true;
    this.#chunks = [];
    const { socket } = this;
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      while (socket.writableCorked > 0) socket.uncork();
      socket.end(() => resolve());
      // A peer that does not read must not keep it open.
      setTimeout(() => socket.destroy(), 1000).unref();
    });
  }
  receive(to: Receiver): void {
    this.#to = to;
    this.#read();
  }

  #read(): void {
    while (this.#to !== null && !this.#over && !this.#broken && this.#length >= HEADER) {
      const all = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      this.#chunks = [all];
      const size = all.readUInt32BE(0);
      if (size > this.limit) {
        this.#broken = true;
        this.#chunks = [];
        this.#to.broken(`a frame of ${size} bytes; the limit is ${this.limit}`);
        return;
      }
      if (all.length < HEADER + size) return;
      const rest = all.subarray(HEADER + size);
      this.#chunks = rest.length === 0 ? [] : [rest];
      this.#length = rest.length;
      this.#to.frame(all.subarray(HEADER, HEADER + size));
    }
  }
  #ended(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.socket.destroy();
    this.#to?.closed(reason);
  }
}

/** `host:port`, or null. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } | null {
  const match = /^(\[[0-9a-fA-F:]+\]|[^:\s]+):(\d{1,5})$/.exec(address);
  if (match === null || Number(match[2]) > 65535) return null;
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port: Number(match[2]) };
}

export const tcp: Transport = {
  dial: (address) =>
    new Promise((resolve, reject) => {
      const at = hostAndPort(address);
      if (at === null) {
        reject(new Error(`${address} is not host:port`));
        return;
      }
      const socket = net.connect(at.port, at.host);
      const late = setTimeout(() => {
        socket.destroy();
        reject(new Error(`${address} did not answer within ${DIAL_LIMIT / 1000} s`));
      }, DIAL_LIMIT);
      socket.once('error', (e) => {
        clearTimeout(late);
        reject(e);
      });
      socket.once('connect', () => {
        clearTimeout(late);
        socket.removeAllListeners('error');
        resolve(new TcpChannel(socket));
      });
    }),
  listen: (address, accept) =>
    new Promise((resolve, reject) => {
      const at = hostAndPort(address);
      if (at === null) {
        reject(new Error(`${address} is not host:port`));
        return;
      }
      const server = net.createServer((socket) => accept(new TcpChannel(socket)));
      server.once('error', reject);
      server.listen(at.port, at.host, () => {
        const { port } = server.address() as net.AddressInfo;
        resolve({
          address: `${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}`,
          close: () => void server.close(),
        });
      });
    }),
};
