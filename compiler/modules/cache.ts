/**
 * What is kept of a compiled module between runs: its bytecode, and what it depended on. An entry fits if compiler, source
 * text and the interfaces of everything required are the same as then.
 * Invariant: entries come from files that anybody may have changed, so reading one gives an entry or nothing, never an
 * exception; the verifier still judges the bytecode before it runs.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { isLeft } from 'fp-ts/lib/Either.js';
import { MalformedError, Reader, Writer } from '../../runtime/bytecode/binary.js';
import { decode } from '../../runtime/bytecode/decode.js';
import { encode, sealed, toHex } from '../../runtime/bytecode/encode.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { decodeInterface } from '../types/decode.js';
import type { ModuleInterface } from '../types/interface.js';

const MAGIC = 'quartz-cache/1';

export interface CacheEntry {
  readonly image: ModuleImage;
  readonly interface: ModuleInterface;
  /** Hash of the interface's text: what modules that require this one depend on. */
  readonly interfaceHash: string;
  /** Required modules and the interface hashes they had. */
  readonly requires: readonly { readonly name: string; readonly hash: string }[];
}

export const hashText = (text: string): string => toHex(sha256(new TextEncoder().encode(text)));

/** The bytes to keep. `salt` names the compiler and its options: entries of another compiler do not fit. */
export function encodeEntry(
  salt: string,
  source: string,
  image: ModuleImage,
  requires: CacheEntry['requires'],
): Uint8Array {
  const w = new Writer();
  w.text(MAGIC);
  w.text(salt);
  w.text(hashText(source));
  w.list(requires, (r) => {
    w.text(r.name);
    w.text(r.hash);
  });
  w.bytes(encode(sealed(image)));
  return w.done();
}

/** The entry, if the bytes are one of this compiler for this source. */
export function decodeEntry(salt: string, source: string, bytes: Uint8Array): CacheEntry | undefined {
  try {
    const r = new Reader(bytes);
    if (r.text() !== MAGIC || r.text() !== salt || r.text() !== hashText(source)) return undefined;
    const requires = r.list(() => ({ name: r.text(), hash: r.text() }));
    const image = decode(r.bytes());
    r.finish();
    if (isLeft(image)) return undefined;
    const found = decodeInterface(JSON.parse(image.right.interface));
    if (isLeft(found)) return undefined;
    return { image: image.right, interface: found.right, interfaceHash: hashText(image.right.interface), requires };
  } catch (error) {
    if (error instanceof MalformedError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
