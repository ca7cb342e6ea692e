/**
 * What the machine loads: an image that the verifier has accepted.
 * Invariant: `verify` is the only part of the project that imports `GATE`, so nothing else can make one.
 */
import type { ModuleImage } from '../bytecode/module.js';

/** The key to the constructor; for `verify` alone. */
export const GATE: unique symbol = Symbol('gate');

export class VerifiedModule {
  constructor(
    gate: typeof GATE,
    readonly image: ModuleImage,
    /** SHA-256 of the encoded content, lower-case hex: the module's identity. */
    readonly hash: string,
  ) {
    if (gate !== GATE) throw new Error('only the verifier makes verified modules');
  }
}
