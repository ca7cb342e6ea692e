/**
 * What is kept of a compiled module between runs: its bytecode, and what it depended on. An entry fits if compiler, source
 * and everything that the required modules show are the same as then.
 * Invariant: entries come from files that anybody may have changed, so reading one gives an entry or nothing, never an
 * exception; the verifier still judges the bytecode before it runs.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { isLeft } from 'fp-ts/lib/Either.js';
import { MalformedError, Reader, Writer } from '../../runtime/bytecode/binary.js';
import { decode } from '../../runtime/bytecode/decode.js';
import { encode, sealed, toHex } from '../../runtime/bytecode/encode.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import type { SourceFile } from '../source/source.js';
import { decodeInterface } from '../types/module/decode.js';
import type { ModuleInterface } from '../types/module/interface.js';

const MAGIC = 'quartz-cache/3';

/** A required module, and the hash of what it showed. */
export interface Needed {
  readonly name: string;
  readonly hash: string;
}

export interface CacheEntry {
  readonly image: ModuleImage;
  /** Hash of the interface without its places in the source. */
  readonly interfaceHash: string;
  readonly requires: readonly Needed[];
  /** Names in it are unused, which an entry says nothing of. */
  readonly unused: boolean;
}

/** How a compiler and its options are named in entries. */
export interface CacheOptions {
  /** Names this compiler in cache entries; without it the cache is not used. */
  readonly salt?: string;
  readonly maxBound?: number;
  readonly unsafe?: boolean;
}

/** What entries of this compiler with these options carry; undefined if it keeps none. */
export const saltOf = ({ salt, maxBound, unsafe }: CacheOptions): string | undefined =>
  salt === undefined || unsafe === true ? undefined : `${salt} ${maxBound ?? DEFAULT_BOUND}`;

/** What the protocol checker tries if nobody says otherwise. */
const DEFAULT_BOUND = 16;

export const hashText = (text: string): string => toHex(sha256(new TextEncoder().encode(text)));

/**
 * Hash of all that a module shows to those that require it: its own interface, and what the modules it requires show.
 * Types and sessions of a module reach others through modules between them that say nothing of them, so a dependant has
 * to be compiled again whenever anything below it shows something else.
 */
export const shownHash = (interfaceHash: string, requires: readonly Needed[]): string =>
  hashText([interfaceHash, ...requires.map((r) => `${r.name} ${r.hash}`)].join('\n'));

/** Whether everything required shows what it showed when the entry was made. */
export const fits = (entry: CacheEntry, shown: ReadonlyMap<string, string>): boolean =>
  entry.requires.every((r) => shown.get(r.name) === r.hash);

/** The bytes to keep. `salt` names the compiler and its options: entries of another compiler do not fit. */
export function encodeEntry(
  salt: string,
  file: SourceFile,
  { image, interfaceHash, requires, unused }: CacheEntry,
): Uint8Array {
  const w = new Writer();
  w.text(MAGIC);
  w.text(salt);
  w.text(hashText(file.text));
  w.text(interfaceHash);
  w.list(requires, (r) => {
    w.text(r.name);
    w.text(r.hash);
  });
  w.flag(unused);
  w.bytes(encode(sealed(image)));
  return w.done();
}

/** The entry, if the bytes are one of this compiler for this source under this name. */
export function decodeEntry(salt: string, file: SourceFile, bytes: Uint8Array): CacheEntry | undefined {
  try {
    const r = new Reader(bytes);
    if (r.text() !== MAGIC || r.text() !== salt || r.text() !== hashText(file.text)) return undefined;
    const interfaceHash = r.text();
    const requires = r.list(() => ({ name: r.text(), hash: r.text() }));
    const unused = r.flag();
    const image = decode(r.bytes());
    r.finish();
    // Messages and traces name the source by this path.
    if (isLeft(image) || image.right.sourcePath !== file.path) return undefined;
    return { image: image.right, interfaceHash, requires, unused };
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** The interface that a compiled module carries; undefined if it is damaged. */
export function interfaceIn(image: ModuleImage): ModuleInterface | undefined {
  try {
    const found = decodeInterface(JSON.parse(image.interface));
    return isLeft(found) ? undefined : found.right;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
