/** What a machine is made from, and how a program on it ended. Invariant: types alone; `vm.ts` exports them. */
import type { Failure } from './engine/trace.js';
import type { Tier } from './engine/function.js';
import type { HostRegistry } from './host/registry.js';
import type { Environment } from './process/home.js';
import type { Outside } from './record/outside.js';
import type { Left } from './scheduler/left.js';
import type { Limits } from './scheduler/limits.js';
import type { Strategy } from './scheduler/strategy.js';

export interface VmOptions {
  /** Where output goes and what time it is. Default: output is discarded, the host's clock. */
  readonly environment?: Partial<Environment> & {
    /** Calls back after some milliseconds; gives a function that cancels. Needed by `runUntilIdle` with real time. */
    readonly sleep?: (milliseconds: number, wake: () => void) => () => void;
  };
  /** Functions of the host beyond the machine's own. */
  readonly hosts?: HostRegistry;
  readonly args?: readonly string[];
  /** Reductions a slice gets (default and most: 4000; less where the host's stack is short). */
  readonly quantum?: number;
  /** Virtual time: sleeping costs nothing. */
  readonly virtualTime?: boolean;
  /** Virtual time goes as the real one while the host is busy with a call (`runtime/scheduler/pace.ts`). */
  readonly pacedByOutside?: boolean;
  readonly strategy?: Strategy;
  /** A recorder, or a player of what one wrote (`runtime/record`). */
  readonly outside?: Outside;
  /** What the machine may use in all; default no limits. */
  readonly limits?: Limits;
  /** Most values (not bytes) a thread may hold before it gets HeapExhausted; default no limit. */
  readonly threadHeap?: number;
  /** Unread messages of a thread from which its senders are suspended; default no limit. */
  readonly mailboxLimit?: number;
  /** Reductions in which a module that was not compiled in this process must have its constants; default 100 million. */
  readonly constants?: number;
  /** Which engine runs the code (default `auto`). */
  readonly engine?: Tier;
}

/** How a program ended. */
export interface ProgramEnd {
  readonly exitCode: number;
  /** What the machine used up, if it was halted for that. */
  readonly exceeded?: string;
  /** Threads that failed unnoticed (the first thousand), and `main` if it failed. */
  readonly failures: readonly Failure[];
  /** Threads left waiting, and what for. */
  readonly stuck: readonly Left[];
}
