/**
 * Opening a connection: each side proves that it knows the shared secret before anything else is read (challenge and
 * response with HMAC-SHA-256, RFC 2104). Three frames: the dialler's nonce; the acceptor's nonce and proof; the
 * dialler's proof. Both proofs cover both names and both nonces and say whose they are, so neither can be reflected.
 * Invariant: `hear` gives a peer only after its proof was right; the secret itself never leaves.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Frame, FrameOf } from './frame.js';

export const PROTOCOL_VERSION = 2;
const NONCE_BYTES = 16;
const NOTHING = new Uint8Array(0);

export interface Identity {
  /** Name of this node: lower-case letters, digits, dashes. */
  readonly node: string;
  readonly secret: Uint8Array;
  /** Random bytes nobody can guess. */
  readonly random: (n: number) => Uint8Array;
}

/** What came of a frame: more frames to send, the peer once it is known, or why the connection must end. */
export interface Heard {
  readonly send?: Frame;
  readonly peer?: string;
  readonly refuse?: string;
}

type Role = 'dial' | 'accept';

export function proofOf(
  secret: Uint8Array,
  role: Role,
  names: readonly [string, string],
  nonces: readonly Uint8Array[],
): Uint8Array {
  const text = new TextEncoder().encode(['quartzvm', PROTOCOL_VERSION, role, ...names].join('\n') + '\n');
  const message = new Uint8Array(text.length + nonces[0]!.length + nonces[1]!.length);
  message.set(text);
  message.set(nonces[0]!, text.length);
  message.set(nonces[1]!, text.length + nonces[0]!.length);
  return hmac(sha256, secret, message);
}

/** In time that does not depend on where they differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) different |= a[i]! ^ (b[i] ?? 0);
  return different === 0;
}

export class Hello {
  readonly #nonce: Uint8Array;
  /** Acceptor, after its answer: the dialler's name and nonce. */
  #asked: { readonly node: string; readonly nonce: Uint8Array } | null = null;

  constructor(
    readonly identity: Identity,
    readonly role: Role,
  ) {
    this.#nonce = identity.random(NONCE_BYTES);
  }

  #frame(proof: Uint8Array, nonce = this.#nonce): FrameOf<'qvm_hello'> {
    return { operation: 'qvm_hello', version: PROTOCOL_VERSION, node: this.identity.node, nonce, proof };
  }
  /** The dialler's first frame. */
  opening(): Frame {
    return this.#frame(NOTHING);
  }

  /** What a frame means to a connection that is not open yet. */
  hear(f: Frame): Heard {
    if (f.operation === 'qvm_close') return { refuse: f.reason };
    if (f.operation !== 'qvm_hello') return { refuse: `${f.operation} before qvm_hello` };
    if (f.version !== PROTOCOL_VERSION)
      return { refuse: `protocol version ${f.version}; this machine speaks version ${PROTOCOL_VERSION}` };
    return this.role === 'dial' ? this.#answered(f) : this.#asking(f);
  }

  #asking(f: FrameOf<'qvm_hello'>): Heard {
    const { node, secret } = this.identity;
    if (this.#asked === null) {
      if (f.nonce.length !== NONCE_BYTES || f.proof.length !== 0) return { refuse: 'a malformed qvm_hello' };
      if (f.node === node) return { refuse: `this node is called ${node} too` };
      this.#asked = { node: f.node, nonce: f.nonce };
      return { send: this.#frame(proofOf(secret, 'accept', [f.node, node], [f.nonce, this.#nonce])) };
    }
    const asked = this.#asked;
    const right = proofOf(secret, 'dial', [asked.node, node], [asked.nonce, this.#nonce]);
    if (f.node !== asked.node || !sameBytes(right, f.proof)) return { refuse: 'the secret is wrong' };
    return { peer: asked.node };
  }

  #answered(f: FrameOf<'qvm_hello'>): Heard {
    const { node, secret } = this.identity;
    if (f.nonce.length !== NONCE_BYTES || f.node === node) return { refuse: 'a malformed qvm_hello' };
    const names = [node, f.node] as const;
    const nonces = [this.#nonce, f.nonce];
    if (!sameBytes(proofOf(secret, 'accept', names, nonces), f.proof)) return { refuse: 'the secret is wrong' };
    return { send: this.#frame(proofOf(secret, 'dial', names, nonces), NOTHING), peer: f.node };
  }
}
