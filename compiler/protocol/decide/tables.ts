/**
 * The tables of a system, as the searches read them: kinds of edges, shapes of states, channels, symbols and agents as dense
 * integers.
 * Invariant: data only; `machine.ts` fills them.
 */
import type { System } from './system.js';

export const SEND = 0;
export const RECEIVE = 1;
export const SILENT = 2;
export const OUTSIDE = 3;
export const DROP = 4;
export const FAIL = 5;
export const LOST = 6;

/** Shapes of a local state, for the quick answers: no edge; all sends to one role; all receives from one role; only own steps; the rest. */
export const ENDED = 0;
export const SENDING = 1;
export const RECEIVING = 2;
export const STEPPING = 3;
export const GENERAL = 4;

export interface Channel {
  readonly from: number;
  readonly to: number;
}

/** Rows of bits, `width` 32-bit words each. */
export interface Bits {
  readonly width: number;
  readonly words: Uint32Array;
}

export const hasBit = (bits: Bits, row: number, bit: number): boolean =>
  (bits.words[row * bits.width + (bit >>> 5)]! & (1 << (bit & 31))) !== 0;

export interface Machine {
  readonly system: System;
  readonly roles: number;
  readonly channels: readonly Channel[];
  /** Channels out of and into each role. */
  readonly outgoing: readonly (readonly number[])[];
  readonly incoming: readonly (readonly number[])[];
  /** First state of each role in the numbering of all states. */
  readonly firstState: Int32Array;
  readonly initial: Int32Array;
  readonly shape: Uint8Array;
  /** Edges of state s are edgeStart[s] .. edgeStart[s+1]-1. */
  readonly edgeStart: Int32Array;
  readonly kind: Uint8Array;
  /** Channel written (send, drop) or read (receive, lost); -1 for the other kinds. */
  readonly channel: Int32Array;
  readonly symbol: Int32Array;
  readonly target: Int32Array;
  readonly role: Int32Array;
  /** Index in `role.edges`. */
  readonly original: Int32Array;
  readonly symbols: number;
  readonly labelOf: readonly string[];
  readonly isLoss: (symbol: number) => boolean;
  /** By channel: the symbol that says its writer dropped the link; -1 in systems where nobody drops. */
  readonly lossOf: Int32Array;
  /** By state: symbols that some path of the role's own graph sends from here, or takes (discarding included). */
  readonly sendable: Bits;
  readonly takeable: Bits;
  readonly hasOutside: boolean;
  /** By state: whether the role waits there for its partner to fail (`Role.forFailure`). */
  readonly forFailure: Uint8Array;
  /** The opposite direction of a channel, -1 where there is none. */
  readonly reverse: Int32Array;
  readonly agents: Agents;
}

export interface Agents {
  readonly count: number;
  /** By agent: the role it is part of. */
  readonly role: Int32Array;
  /** By edge: its agent; -1 for outside events, failures, and messages of a role to itself. */
  readonly of: Int32Array;
  /** By state, the agents that split off there. */
  readonly splits: Bits;
  /** By role: whether any agent of it splits off anywhere. */
  readonly some: Uint8Array;
  /** The agents of those roles. */
  readonly splitting: readonly number[];
}
