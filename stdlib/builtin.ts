/**
 * Modules of Node, and packages, that few programs need, loaded when one does: the network's and cryptography's take longer to load than
 * a short program to run. Invariant: importing a host half costs nothing but its own code.
 */
import type * as ChildProcess from 'node:child_process';
import type * as Crypto from 'node:crypto';
import type * as Files from 'node:fs/promises';
import type * as Http from 'node:http';
import type * as Https from 'node:https';
import { createRequire } from 'node:module';
import type * as Net from 'node:net';
import type * as Re2 from 're2js';

const load = createRequire(import.meta.url);

export const builtin = {
  get childProcess() {
    return load('node:child_process') as typeof ChildProcess;
  },
  get crypto() {
    return load('node:crypto') as typeof Crypto;
  },
  get files() {
    return load('node:fs/promises') as typeof Files;
  },
  get http() {
    return load('node:http') as typeof Http;
  },
  get https() {
    return load('node:https') as typeof Https;
  },
  get re2() {
    return load('re2js') as typeof Re2;
  },
  get net() {
    return load('node:net') as typeof Net;
  },
};
