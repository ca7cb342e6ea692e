/** Host halves for Node: the pure ones, and those that reach files, networks and processes under the granted capabilities. */
import { builtin } from './builtin.js';
import { host as crypto, type Primitives } from './crypto.host.js';
import { host as env } from './env.host.js';
import { host as file } from './file.host.js';
import { host as io } from './io.host.js';
import { freePort } from './net/free-port.js';
import { host as http } from './net/http.host.js';
import { host as tcp } from './net/tcp.host.js';
import { host as process } from './process.host.js';
import { pureModules } from './pure.js';
import { engine } from './regex.host.js';
import type { HostFunctions } from './support.js';
import type { System } from './system.js';
import { host as test } from './test.host.js';

/** Node's cryptography, loaded at the first call; the random bytes may be another's. */
const cryptography = ({ randomBytes }: System): Primitives => ({
  hash: (algorithm, content) => new Uint8Array(builtin.crypto.createHash(algorithm).update(content).digest()),
  hmac: (algorithm, key, content) => new Uint8Array(builtin.crypto.createHmac(algorithm, key).update(content).digest()),
  randomBytes: (n) => new Uint8Array((randomBytes ?? builtin.crypto.randomBytes)(n)),
  equal: (a, b) => builtin.crypto.timingSafeEqual(a, b),
});

engine.load = () => builtin.re2;

/** By canonical module name. Every call makes functions of its own: two programs share no standard input. */
export const nodeModules = (system: System): Readonly<Record<string, HostFunctions>> => ({
  ...pureModules,
  crypto: crypto(cryptography(system)),
  env: env(system),
  file: file(system),
  io: io(system),
  process: process(system),
  test: test({ temporary: system.temporary, freePort }),
  'net::http': http(system),
  'net::tcp': tcp(system),
});
