/**
 * Host half of `net::tcp`. A program pulls: connections wait in a queue until `accept`, bytes until `read`.
 * Invariant: the socket is paused while bytes nobody asked for are waiting, so a fast sender fills no memory; a connection that
 * is closed, by whomever, gives its descriptor back in bounded time, whatever the other side does.
 */
import type { Server, Socket } from 'node:net';
import { Owned, Pending } from '../../runtime/process/owned.js';
import { Opaque, type Value } from '../../runtime/values/value.js';
import { builtin } from '../builtin.js';
import type { HostFunctions } from '../support.js';
import { cancellable, type System, tried } from '../system.js';
import { Listening, listening } from './listening.js';

class Listener extends Listening<Socket, Server> {
  constructor(server: Server) {
    super(server, 'Listener', 'the listener is closed', (socket) => socket.destroy());
  }
}

/** Milliseconds that the other side has to close when this one has, and to take what was written before. */
const LINGER = 2_000;
const DRAIN = 30_000;

class Connection extends Owned {
  #failure: Error | undefined;
  #isClosed = false;
  constructor(readonly socket: Socket) {
    super();
    socket.on('error', (error) => (this.#failure = error));
    socket.once('close', () => this.finished());
  }
  describe(): string {
    return 'Connection';
  }
  /** The next bytes, all that have come; none at the end. */
  read(): Pending {
    const { socket } = this;
    let cancel = (): void => undefined;
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      const look = (): void => {
        const chunk = this.#isClosed ? null : (socket.read() as Buffer | null);
        if (
          chunk === null &&
          !this.#isClosed &&
          this.#failure === undefined &&
          !socket.readableEnded &&
          !socket.destroyed
        )
          return;
        stop();
        if (this.#isClosed) reject(new Error('the connection is closed'));
        else if (chunk !== null) resolve(new Uint8Array(chunk));
        else if (this.#failure !== undefined) reject(this.#failure);
        else resolve(new Uint8Array());
      };
      const events = ['readable', 'end', 'close', 'error'];
      const stop = (): void => {
        for (const event of events) socket.off(event, look);
        this.#wake.delete(look);
      };
      cancel = (): void => {
        stop();
        reject(new Error('nobody waits for it any more'));
      };
      for (const event of events) socket.on(event, look);
      this.#wake.add(look);
      look();
    });
    return new Pending(answer, () => cancel());
  }
  /** Readers, to be told when the connection is closed. */
  readonly #wake = new Set<() => void>();

  write(content: Uint8Array): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) reject(new Error('the connection is closed'));
      else if (this.#failure !== undefined) reject(this.#failure);
      else this.socket.write(content, (error) => (error ? reject(error) : resolve(undefined)));
    });
  }
  /** Says that nothing more will be written; what the other side says can still be read. */
  finish(): void {
    this.socket.end();
  }
  /** What was written goes out first; what comes in is read and forgotten, or the other side might not get it. */
  close(): void {
    this.finished();
    this.letGo();
  }
  protected override letGo(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const look of [...this.#wake]) look();
    const { socket } = this;
    if (socket.destroyed) return;
    const last = setTimeout(() => socket.destroy(), DRAIN);
    socket.once('close', () => clearTimeout(last));
    const gone = (): void => {
      if (socket.readableEnded) return void socket.destroy();
      socket.once('end', () => socket.destroy());
      setTimeout(() => socket.destroy(), LINGER).unref();
    };
    last.unref();
    socket.on('data', () => undefined);
    socket.resume();
    if (socket.writableFinished) gone();
    else socket.end(gone);
  }
}

/** Writes to a connection that another thread may have; it keeps none open. */
class Writer extends Opaque {
  constructor(readonly connection: Connection) {
    super();
  }
  describe(): string {
    return 'Writer';
  }
}

function listen(host: string, port: number): Promise<Listener> {
  const server = builtin.net.createServer({ pauseOnConnect: true, allowHalfOpen: true });
  const listener = new Listener(server);
  server.on('connection', (socket) => {
    // Nobody hears of it until it is accepted.
    socket.on('error', () => undefined);
    listener.arrived.put(socket);
  });
  return listening(listener, host, port);
}

function open(host: string, port: number): Pending {
  const socket = builtin.net.connect({ port, host, allowHalfOpen: true });
  const answer = new Promise<Connection>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(new Connection(socket));
    });
  });
  return new Pending(answer, () => socket.destroy(new Error('nobody waits for it any more')));
}

const accepted = ({ arrived }: Listener): Pending => {
  const { answer, cancel } = arrived.take();
  return new Pending(
    answer.then((socket) => new Connection(socket as Socket)),
    cancel,
  );
};

export function host({ capabilities: may }: System): HostFunctions {
  return {
    _listen: (address: string, port: number) =>
      tried(async () => {
        may.host(address, port);
        return listen(address, port);
      }),
    port: (listener: Listener) => listener.port,
    _accept: (listener: Listener) => cancellable(() => accepted(listener)),
    _connect: (address: string, port: number) =>
      cancellable(() => {
        may.host(address, port);
        return open(address, port);
      }),
    _read: (connection: Connection) => cancellable(() => connection.read()),
    _write: (connection: Connection, content: Uint8Array) => tried(() => connection.write(content)),
    close_connection: (connection: Connection) => {
      connection.close();
      return undefined;
    },
    finish_writing: (connection: Connection) => {
      connection.finish();
      return undefined;
    },
    writer: (connection: Connection) => new Writer(connection),
    _write_to: ({ connection }: Writer, content: Uint8Array) => tried(() => connection.write(content)),
    close_listener: (listener: Listener) => {
      listener.close();
      return undefined;
    },
  };
}
