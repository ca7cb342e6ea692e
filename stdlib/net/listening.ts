/** A socket of the host that listens: what `net::tcp` and `net::http` have in common. Invariant: its port is the real one, also where 0 was asked for. */
import type { Server } from 'node:net';
import { Opaque } from '../../runtime/values/value.js';
import { Waiting } from './waiting.js';

export abstract class Listening<T, S extends Server> extends Opaque {
  /** What has come and was not taken yet. */
  readonly arrived: Waiting<T>;

  /** `name` is how it prints; `closed` is what takers are told once it is closed. */
  constructor(
    readonly server: S,
    private readonly name: string,
    closed: string,
  ) {
    super();
    this.arrived = new Waiting<T>(closed);
  }
  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }
  describe(): string {
    return `${this.name}(${this.port})`;
  }
}
