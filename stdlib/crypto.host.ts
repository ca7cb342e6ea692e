/** Host half of `crypto`, over what a platform has of it. */
import { spend, textRoom } from '../runtime/values/work.js';
import { type HostFunctions, Raise } from './support.js';

const ALGORITHMS = ['sha256', 'sha384', 'sha512', 'sha1', 'md5'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** The platform's own cryptography; `equal` gets arrays of the same length and takes the same time for all of that length. */
export interface Primitives {
  readonly hash: (algorithm: Algorithm, content: Uint8Array) => Uint8Array;
  readonly hmac: (algorithm: Algorithm, key: Uint8Array, content: Uint8Array) => Uint8Array;
  readonly randomBytes: (n: number) => Uint8Array;
  readonly equal: (a: Uint8Array, b: Uint8Array) => boolean;
}

function known(algorithm: string): Algorithm {
  const found = ALGORITHMS.find((name) => name === algorithm);
  if (found === undefined) throw new Error(`there is no hash called ${algorithm}; there are ${ALGORITHMS.join(', ')}`);
  return found;
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** What is worked over unit by unit. */
function charged<T extends Uint8Array | string>(content: T): T {
  spend(content.length / 2);
  return content;
}

export function host(platform: Primitives): HostFunctions {
  return {
    sha256: (text: string) => hex(platform.hash('sha256', new TextEncoder().encode(charged(text)))),
    hash: (algorithm: string, content: Uint8Array) => platform.hash(known(algorithm), charged(content)),
    hmac: (algorithm: string, key: Uint8Array, content: Uint8Array) =>
      platform.hmac(known(algorithm), charged(key), charged(content)),
    random_bytes: (n: number) => {
      if (n < 0 || n > 1 << 20) throw new Raise('OutOfRange');
      textRoom(n);
      spend(n / 2);
      return platform.randomBytes(n);
    },
    equal: (a: Uint8Array, b: Uint8Array) => a.length === b.length && platform.equal(a, b),
  };
}
