/**
 * A program is anything a thread can step. Threads, mailboxes, scheduling, pausing, killing and moving know programs
 * only by this interface and nothing of instruction sets; Quartz bytecode, a GrumpyVM machine and an open stream of
 * VMActor instructions are three of them.
 * Invariant: between two calls of `run` a program's state is heap data only, so it can be forked, saved or moved.
 */

/** How a slice ended. */
export type SliceEnd =
  /** Finished; the thread ends normally. */
  | 'done'
  /** Ended with an exception, available as `failure()`. */
  | 'failed'
  /** Can go on only after a message, a timer or the host wakes it. */
  | 'waiting'
  /** Used up its fuel; can go on at once. */
  | 'fuel';

export interface Program {
  /**
   * Runs at most about `fuel` units (instructions or reductions, as the program defines) and says how the slice ended. What was
   * not used is in the register `fuel` then, whatever was there before.
   */
  run(fuel: number): SliceEnd;
  /** After `failed`: what went wrong, one line, and a trace if there is one. */
  failure(): { readonly message: string; readonly trace: readonly string[] };
  /** An independent copy of the whole state (what can be shared immutably is shared). */
  fork(): Program;
  /** It waits, and may be left waiting for ever: nothing that it was asked to do is undone. */
  isIdle?(): boolean;
  /** The whole state as plain data that `structuredClone` accepts; its `kind` names who can restore it. */
  snapshot(): { readonly kind: string; readonly state: unknown };
}
