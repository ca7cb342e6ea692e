/**
 * Opening a connection: each side proves that it knows the shared secret before anything else is read (challenge and
 * response with HMAC-SHA-256, RFC 2104). Four frames: the dialler's name and nonce; the acceptor's; the dialler's proof; the
 * acceptor's. Both proofs cover both names and both nonces and say whose they are, so neither can be reflected.
 * Invariant: `hear` gives a peer only after its proof was right; whoever dials gets nothing made with the key before it has
 * proved that it has the key itself, and the key costs a slow derivation for every secret that is tried (decision 086).
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Frame, FrameOf } from './frame.js';

export const PROTOCOL_VERSION = 3;
const NONCE_BYTES = 16;
const NOTHING = new Uint8Array(0);

/** The key is scrypt (RFC 7914) of the secret with these parameters; derived once by each node. */
export const DERIVATION = { N: 2 ** 15, r: 8, p: 1, salt: 'quartzvm', bytes: 32 } as const;

export interface Identity {
  /** Who this node is among all there ever were: a name, and after `@` what tells its incarnations apart. */
  readonly node: string;
  /** What is derived from the shared secret. */
  readonly key: Uint8Array;
  /** Random bytes nobody can guess. */
  readonly random: (n: number) => Uint8Array;
}

/** A node's name without its incarnation; of a thread's address, with the number. */
export const shown = (address: string): string => address.replace(/@[0-9a-z]+/, '');
/** What tells a node that is started from all others that had its name. */
export const incarnated = (name: string, random: Identity['random']): string =>
  `${name}@${[...random(6)].map((b) => b.toString(16).padStart(2, '0')).join('')}`;

/** What came of a frame: more frames to send, the peer once it is known, or why the connection must end. */
export interface Heard {
  readonly send?: Frame;
  readonly peer?: string;
  readonly refuse?: string;
}

type Role = 'dial' | 'accept';

export function proofOf(
  key: Uint8Array,
  role: Role,
  names: readonly [string, string],
  nonces: readonly Uint8Array[],
): Uint8Array {
  const text = new TextEncoder().encode(['quartzvm', PROTOCOL_VERSION, role, ...names].join('\n') + '\n');
  const message = new Uint8Array(text.length + nonces[0]!.length + nonces[1]!.length);
  message.set(text);
  message.set(nonces[0]!, text.length);
  message.set(nonces[1]!, text.length + nonces[0]!.length);
  return hmac(sha256, key, message);
}

/** In time that does not depend on where they differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) different |= a[i]! ^ (b[i] ?? 0);
  return different === 0;
}

export class Hello {
  readonly #nonce: Uint8Array;
  /** The other side's name and nonce, once it has said them. */
  #other: { readonly node: string; readonly nonce: Uint8Array } | null = null;

  constructor(
    readonly identity: Identity,
    readonly role: Role,
  ) {
    this.#nonce = identity.random(NONCE_BYTES);
  }

  #frame(nonce: Uint8Array, proof: Uint8Array): FrameOf<'qvm_hello'> {
    return { operation: 'qvm_hello', version: PROTOCOL_VERSION, node: this.identity.node, nonce, proof };
  }
  /** The dialler's first frame. */
  opening(): Frame {
    return this.#frame(this.#nonce, NOTHING);
  }

  /** What a frame means to a connection that is not open yet. */
  hear(f: Frame): Heard {
    if (f.operation === 'qvm_close') return { refuse: f.reason };
    if (f.operation !== 'qvm_hello') return { refuse: `${f.operation} before qvm_hello` };
    if (f.version !== PROTOCOL_VERSION)
      return { refuse: `protocol version ${f.version}; this machine speaks version ${PROTOCOL_VERSION}` };
    const other = this.#other;
    if (other === null) return this.#named(f);
    if (f.nonce.length !== 0 || f.node !== other.node) return { refuse: 'a malformed qvm_hello' };
    if (!sameBytes(this.#proof(this.role === 'dial' ? 'accept' : 'dial', other), f.proof))
      return { refuse: 'the secret is wrong' };
    const proved = { peer: other.node };
    return this.role === 'dial' ? proved : { ...proved, send: this.#frame(NOTHING, this.#proof('accept', other)) };
  }

  #named(f: FrameOf<'qvm_hello'>): Heard {
    if (f.nonce.length !== NONCE_BYTES || f.proof.length !== 0) return { refuse: 'a malformed qvm_hello' };
    if (f.node === this.identity.node) return { refuse: `${shown(f.node)} is this node itself` };
    const other = (this.#other = { node: f.node, nonce: f.nonce });
    if (this.role === 'accept') return { send: this.#frame(this.#nonce, NOTHING) };
    return { send: this.#frame(NOTHING, this.#proof('dial', other)) };
  }

  #proof(role: Role, other: { readonly node: string; readonly nonce: Uint8Array }): Uint8Array {
    const { node, key } = this.identity;
    const dials = this.role === 'dial';
    const names = dials ? ([node, other.node] as const) : ([other.node, node] as const);
    return proofOf(key, role, names, dials ? [this.#nonce, other.nonce] : [other.nonce, this.#nonce]);
  }
}
