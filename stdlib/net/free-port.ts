/** A port that nobody listens on, for tests. Invariant: it was free a moment ago, and nothing of the search is left. */
import type { AddressInfo } from 'node:net';
import { builtin } from '../builtin.js';

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = builtin.net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
