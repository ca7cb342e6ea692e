/**
 * A socket of the host that listens: what `net::tcp` and `net::http` have in common. It belongs to all threads to which it was
 * handed, and is closed when the last of them ends.
 * Invariant: its port is the real one, also where 0 was asked for; what nobody will take is refused, so it holds no descriptor.
 */
import type { Server } from 'node:net';
import { Owned } from '../../runtime/process/owned.js';
import { Waiting } from './waiting.js';

/** So many may wait until they are taken, as in the queues of operating systems. */
const MOST_WAITING = 1024;

export abstract class Listening<T, S extends Server> extends Owned {
  /** What has come and was not taken yet. */
  readonly arrived: Waiting<T>;

  /** `name` is how it prints; `closed` is what takers are told once it is closed; `refuse` sends away what cannot wait. */
  constructor(
    readonly server: S,
    private readonly name: string,
    closed: string,
    refuse: (item: T) => void,
  ) {
    super();
    this.arrived = new Waiting<T>(closed, MOST_WAITING, refuse);
  }
  override get isShared(): boolean {
    return true;
  }
  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }
  describe(): string {
    return `${this.name}(${this.port})`;
  }
  close(): void {
    this.finished();
    this.letGo();
  }
  protected override letGo(): void {
    this.server.close();
    this.arrived.close();
  }
}

/** Listens; rejects if the port cannot be had. */
export function listening<T, L extends Listening<T, Server>>(
  listener: L & Listening<T, Server>,
  host: string,
  port: number,
): Promise<L> {
  return new Promise((resolve, reject) => {
    const { server } = listener;
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // Such as too many open files: who comes then waits in the system's queue, or is refused by it.
      server.on('error', () => undefined);
      resolve(listener);
    });
  });
}
