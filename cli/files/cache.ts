/**
 * What is kept of compiled modules: a file for each, with a proof that this user's compiler wrote it, made with a key that lies in
 * the user's folder and that nobody else can read.
 * Invariant: a cache only saves time. An entry without its proof, or that belongs to another user, is none, and where there is no
 * key nothing is kept: whoever can write into the folder of a project changes nothing but how long compiling takes.
 */
import path from 'node:path';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hashText } from '../../compiler/modules/cache.js';
import { EffectError, type Effects } from '../effects/effects.js';

/** Of a project, in its root. */
export const CACHE_FOLDER = '.quartz-cache';
/** Made when the package is built, see `tools/build-library.mjs`. */
export const LIBRARY_CACHE = 'stdlib-cache';

/** Bytes of the proof, which stands behind the entry. */
const PROOF = 32;
const KEY = /^quartz-cache-key ([0-9a-f]{64})\n$/;

export const cacheFile = (folder: string, name: string): string =>
  path.join(folder, `${name.replaceAll('::', '.')}.qzc`);

/**
 * The folder of this user's caches: QUARTZ_CACHE, or where the system wants such things. Undefined: nothing is kept.
 */
function userFolder({ env }: Effects): string | undefined {
  const under = (base: string | undefined, ...rest: string[]): string | undefined =>
    base === undefined || !path.isAbsolute(base) ? undefined : path.join(base, ...rest);
  return env['QUARTZ_CACHE'] === undefined
    ? (under(env['XDG_CACHE_HOME'], 'quartz') ??
        under(env['LOCALAPPDATA'], 'quartz') ??
        under(env['HOME'], '.cache', 'quartz'))
    : under(env['QUARTZ_CACHE']);
}

/**
 * The cache of a folder that is no project. Never in the folder itself, which may be shared, read-only or under version control.
 */
export function userCache(effects: Effects, folder: string): string | undefined {
  const base = userFolder(effects);
  return base === undefined ? undefined : path.join(base, hashText(folder).slice(0, 32));
}

/** A failure to read or write is no entry. */
function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof EffectError) return undefined;
    throw error;
  }
}

/** The key of this user, made if there is none; undefined if it cannot be kept, or others could have read or written it. */
function keyOf(effects: Effects): Uint8Array | undefined {
  const folder = userFolder(effects);
  if (folder === undefined) return undefined;
  const file = path.join(folder, 'key');
  const found = (): Uint8Array | undefined => {
    const there = quietly(() => effects.readWithMode(file));
    const text = there === undefined ? null : KEY.exec(Buffer.from(there.content).toString('latin1'));
    return text !== null && there!.own && (there!.mode & 0o077) === 0 ? Buffer.from(text[1]!, 'hex') : undefined;
  };
  const known = found();
  if (known !== undefined) return known;
  quietly(() =>
    effects.writeFile(
      file,
      `quartz-cache-key ${Buffer.from(crypto.getRandomValues(new Uint8Array(PROOF))).toString('hex')}\n`,
      0o600,
    ),
  );
  // Two that start at once both make one: the one that is there now is everybody's.
  return found();
}

/** In a time that does not tell where they differ. */
const isSame = (a: Uint8Array, b: Uint8Array): boolean => a.reduce((bits, x, i) => bits | (x ^ b[i]!), 0) === 0;

/** The entries in one folder. */
export class Cache {
  #key: { readonly bytes: Uint8Array | undefined } | undefined;

  constructor(
    readonly effects: Effects,
    readonly folder: string,
  ) {}

  /** A name is part of what is proved: an entry is no other module's. */
  #proof(name: string, entry: Uint8Array): Uint8Array | undefined {
    this.#key ??= { bytes: keyOf(this.effects) };
    const key = this.#key.bytes;
    if (key === undefined) return undefined;
    return hmac.create(sha256, key).update(new TextEncoder().encode(`${name}\0`)).update(entry).digest(); // prettier-ignore
  }

  read(name: string): Uint8Array | undefined {
    const found = quietly(() => this.effects.readWithMode(cacheFile(this.folder, name)));
    if (found === undefined || !found.own || found.content.length < PROOF) return undefined;
    const entry = found.content.subarray(0, -PROOF);
    const proof = this.#proof(name, entry);
    return proof !== undefined && isSame(proof, found.content.subarray(-PROOF)) ? entry : undefined;
  }

  keep(name: string, entry: Uint8Array): void {
    const proof = this.#proof(name, entry);
    if (proof === undefined) return;
    quietly(() => this.effects.writeFile(cacheFile(this.folder, name), Buffer.concat([entry, proof])));
  }
}
