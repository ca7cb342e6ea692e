/**
 * What the decision engine answers. Verdicts are data: the front end words them, draws them and maps `origin`s to source.
 * Invariant: `safe` is claimed only with one of the arguments below, `rejected` only with a schedule that fires step by step
 * from the initial configuration and ends in the configuration reported.
 */
import type { Edge } from './system.js';

/** One step: `edge` is an element of `system.roles[role].edges`. */
export interface Step {
  readonly role: number;
  readonly edge: Edge;
}

/**
 * - `exhausted`: every reachable configuration of the unbounded system was visited.
 * - `exhaustive`: every run of the unbounded system can go on to a configuration that was visited, because whatever the bound
 *   or the order of exploration held back can be fired after steps of free roles.
 * - `regular`: all that queues may ever hold was described at once, and no bound is needed (`unbounded.ts`).
 * - `half-duplex`: two roles of which never both send; the rendezvous space decides (Cécé & Finkel 2005).
 */
export type Argument = 'exhausted' | 'exhaustive' | 'half-duplex' | 'regular';

export type RejectionKind = 'deadlock' | 'ended-partner' | 'unexpected-message' | 'orphan-message';

/** Why an awaited link will never bring what is awaited. */
export type Because = 'unexpected-message' | 'partner-ended' | 'partner-never-sends' | 'partner-stuck' | 'link-dropped';

export interface Await {
  readonly partner: number;
  readonly labels: readonly string[];
  readonly because: Because;
  /** The label at the head of the queue, for `unexpected-message`. */
  readonly head?: string;
}

export interface Waiting {
  readonly role: number;
  readonly awaits: readonly Await[];
}

export interface Queue {
  readonly from: number;
  readonly to: number;
  /** Oldest first. */
  readonly labels: readonly string[];
}

export interface Stuck {
  /** Local state per role. */
  readonly states: readonly number[];
  /** The queues that are not empty. */
  readonly queues: readonly Queue[];
  /** The roles that can never move again although they wait. */
  readonly waiting: readonly Waiting[];
  /** Messages at the head of a queue that their reader can never take, whatever the others do. */
  readonly unread: readonly { readonly from: number; readonly to: number; readonly label: string }[];
}

/** A role that may wait for ever, or a queue that may stay unread, only because other roles run for ever. */
export interface DependsOn {
  readonly role: number;
  readonly state: number;
  /** The link on which a message may stay unread; absent where the role itself waits. */
  readonly unreadFrom?: number;
  /** The role goes on, but only among states that it must be able to leave. */
  readonly stays?: true;
  /** One round of the loop that can starve it. */
  readonly loop: readonly Step[];
  readonly runners: readonly number[];
}

/** A wait for outside events on which somebody's progress hangs. */
export interface DependsOutside {
  readonly role: number;
  readonly state: number;
  /** Roles stuck until the outside event comes, that role included. */
  readonly starved: readonly number[];
  /** A run to where all that the role awaits here brings messages it does not take, so that only the outside event is left. */
  readonly surprise?: Rejected;
}

interface Cost {
  /** Configurations explored, over all bounds and components. */
  readonly states: number;
}

/**
 * Why there is no answer.
 * - `growth`: a queue can grow without end, by the loop shown.
 * - `bound`: the largest bound that was allowed is too small; a larger one would do.
 * - `size`: there are too many configurations.
 * - `time`: the time that was asked for ran out.
 * - `malformed`: this is no system.
 * - `progress`: the system itself is safe, but what it belongs to is not proved.
 */
export type UnknownCause = 'growth' | 'bound' | 'size' | 'time' | 'malformed' | 'progress';

export type Rejected = Extract<Verdict, { verdict: 'rejected' }>;

export type Verdict =
  | (Cost & {
      readonly verdict: 'safe';
      /** The bound at which the argument holds (the largest over the components); 0 if it holds for none. */
      readonly bound: number;
      readonly argument: Argument;
      readonly dependsOn: readonly DependsOn[];
      readonly dependsOutside: readonly DependsOutside[];
      /** Where links are dropped: sends, drops and losses that were seen to happen, each once. */
      readonly happens?: readonly Step[];
    })
  | (Cost & {
      readonly verdict: 'rejected';
      readonly kind: RejectionKind;
      readonly schedule: readonly Step[];
      /** Whether no shorter schedule leads to a configuration that is plainly stuck (see `isPlainlyStuck`). */
      readonly shortest: boolean;
      readonly stuck: Stuck;
      /** One sentence with the roles' names, without a full stop. */
      readonly reason: string;
    })
  | (Cost & {
      readonly verdict: 'unknown';
      readonly cause: UnknownCause;
      readonly reason: string;
      /** For `bound`: one that would do. */
      readonly enough?: number;
      /** The largest bound tried to the end. */
      readonly bound: number;
      /** Steps to a configuration from which `loop` can be repeated, each round leaving more unread; both empty if none was found. */
      readonly prefix: readonly Step[];
      readonly loop: readonly Step[];
    });
