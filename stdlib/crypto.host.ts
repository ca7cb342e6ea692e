/** Host half of `crypto`. */
import { builtin } from './builtin.js';
import { type HostFunctions, Raise } from './support.js';
import type { System } from './system.js';

const ALGORITHMS = ['sha256', 'sha384', 'sha512', 'sha1', 'md5'];

function known(algorithm: string): string {
  if (!ALGORITHMS.includes(algorithm))
    throw new Error(`there is no hash called ${algorithm}; there are ${ALGORITHMS.join(', ')}`);
  return algorithm;
}

export function host({ randomBytes }: Pick<System, 'randomBytes'>): HostFunctions {
  return {
    sha256: (text: string) => builtin.crypto.createHash('sha256').update(text, 'utf8').digest('hex'),
    hash: (algorithm: string, content: Uint8Array) =>
      new Uint8Array(builtin.crypto.createHash(known(algorithm)).update(content).digest()),
    hmac: (algorithm: string, key: Uint8Array, content: Uint8Array) =>
      new Uint8Array(builtin.crypto.createHmac(known(algorithm), key).update(content).digest()),
    random_bytes: (n: number) => {
      if (n < 0 || n > 1 << 20) throw new Raise('OutOfRange');
      return new Uint8Array((randomBytes ?? builtin.crypto.randomBytes)(n));
    },
    equal: (a: Uint8Array, b: Uint8Array) => a.length === b.length && builtin.crypto.timingSafeEqual(a, b),
  };
}
