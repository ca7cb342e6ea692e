/**
 * Host half of `net::tcp`. A program pulls: connections wait in a queue until `accept`, bytes until `read`.
 * Invariant: the socket is paused while bytes nobody asked for are waiting, so a fast sender fills no memory.
 */
import type { Server, Socket } from 'node:net';
import { Opaque, type Value } from '../../runtime/values/value.js';
import { builtin } from '../builtin.js';
import type { HostFunctions } from '../support.js';
import { type System, tried } from '../system.js';
import { Listening } from './listening.js';

class Listener extends Listening<Socket, Server> {
  constructor(server: Server) {
    super(server, 'Listener', 'the listener is closed');
  }
}

class Connection extends Opaque {
  #failure: Error | undefined;
  constructor(readonly socket: Socket) {
    super();
    socket.on('error', (error) => (this.#failure = error));
  }
  describe(): string {
    return 'Connection';
  }
  /** The next bytes; none at the end. */
  async read(): Promise<Uint8Array> {
    for (;;) {
      const chunk = this.socket.read() as Buffer | null;
      if (chunk !== null) return new Uint8Array(chunk);
      if (this.#failure !== undefined) throw this.#failure;
      if (this.socket.readableEnded || this.socket.destroyed) return new Uint8Array();
      await new Promise<void>((resolve) => {
        const events = ['readable', 'end', 'close', 'error'];
        const wake = (): void => {
          for (const event of events) this.socket.off(event, wake);
          resolve();
        };
        for (const event of events) this.socket.on(event, wake);
      });
    }
  }
  write(content: Uint8Array): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure);
      else this.socket.write(content, (error) => (error ? reject(error) : resolve(undefined)));
    });
  }
}

function listen(host: string, port: number): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = builtin.net.createServer({ pauseOnConnect: true });
    const listener = new Listener(server);
    server.on('connection', (socket) => listener.arrived.put(socket));
    server.once('error', reject);
    server.listen(port, host, () => resolve(listener));
  });
}

function open(host: string, port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = builtin.net.connect(port, host);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(new Connection(socket));
    });
  });
}

export function host({ capabilities: may }: System): HostFunctions {
  return {
    _listen: (address: string, port: number) =>
      tried(async () => {
        may.host(address, port);
        return listen(address, port);
      }),
    port: (listener: Listener) => listener.port,
    _accept: (listener: Listener) => tried(async () => new Connection(await listener.arrived.take())),
    _connect: (address: string, port: number) =>
      tried(async () => {
        may.host(address, port);
        return open(address, port);
      }),
    _read: (connection: Connection) => tried(() => connection.read()),
    _write: (connection: Connection, content: Uint8Array) => tried(() => connection.write(content)),
    close_connection: (connection: Connection) => {
      connection.socket.end();
      return undefined;
    },
    close_listener: (listener: Listener) => {
      listener.server.close();
      listener.arrived.close();
      return undefined;
    },
  };
}
