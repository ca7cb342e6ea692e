/**
 * Host halves for browsers: the pure ones, and what a page or a worker can offer of the others. Modules that need files, the
 * environment, other programs or sockets have none here, so a program that requires them cannot be loaded.
 */
import * as re2 from 're2js';
import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { host as crypto, type Primitives } from './crypto.host.js';
import { pureModules } from './pure.js';
import { engine } from './regex.host.js';
import { type HostFunctions, option } from './support.js';

const hashes = { sha256, sha384, sha512, sha1, md5 };
/** Most bytes that a browser gives at once (Web Cryptography, section 10.1.1). */
const MOST_RANDOM = 65_536;

const cryptography: Primitives = {
  hash: (algorithm, content) => hashes[algorithm](content),
  hmac: (algorithm, key, content) => hmac(hashes[algorithm], key, content),
  randomBytes: (n) => {
    const bytes = new Uint8Array(n);
    for (let at = 0; at < n; at += MOST_RANDOM) globalThis.crypto.getRandomValues(bytes.subarray(at, at + MOST_RANDOM));
    return bytes;
  },
  equal: (a, b) => a.reduce((differs, byte, i) => differs | (byte ^ b[i]!), 0) === 0,
};

engine.load = () => re2;

/** There is no standard input: it has ended. Errors go to the console. */
const io: HostFunctions = {
  read_line: () => Promise.resolve(option(undefined)),
  read_all: () => Promise.resolve(''),
  print_error: (text: string) => {
    console.error(text);
    return undefined;
  },
};

/** By canonical module name. */
export const browserModules: Readonly<Record<string, HostFunctions>> = {
  ...pureModules,
  crypto: crypto(cryptography),
  io,
};
