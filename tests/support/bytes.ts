/**
 * Modules as others get them: written to bytes and read again. Invariant: nothing of what the compiler had in memory is used.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { decode } from '../../runtime/bytecode/decode.js';
import { encode } from '../../runtime/bytecode/encode.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { verifyAll } from './spec.js';

export function again(image: ModuleImage): ModuleImage {
  const read = decode(encode(image));
  if (isLeft(read)) throw new Error(`${image.name} cannot be read again: ${JSON.stringify(read.left)}`);
  return read.right;
}

/** The verified modules of a program, from their bytes. Throws with the verifier's reason. */
export const loaded = (
  images: readonly ModuleImage[],
  trust: 'none' | 'compiler' = 'none',
): readonly VerifiedModule[] => verifyAll(images.map(again), trust);
