/**
 * What the wires need of their node. Invariant: what is given to `send` for a node that is not connected is dropped; the links
 * that led there are lost already.
 */
import type { Thread } from '../process/thread.js';
import type { Exn, Label, Value } from '../values/value.js';
import type { Frame } from './frame.js';
import type { Unparcelled } from './unparcel.js';

export interface Post {
  readonly name: string;
  send(to: string, frame: Frame): void;
  connected(node: string): boolean;
  /** Is more on its way to a node than its transport should hold? */
  congested(node: string): boolean;
  /** Values as bytes for a node; their ends go along. Throws `Untravelled`. */
  pack(values: readonly Value[], to: string): Uint8Array;
  /** Values that came. Throws `ProtocolError`. */
  unpack(bytes: Uint8Array, from?: string): Unparcelled;
  /** The label of a name, if code here knows it. */
  label(name: string): Label | undefined;
  /** Does an exception carry what its declaration says? */
  isException(e: Exn): boolean;
  known(address: string): Thread | undefined;
}
