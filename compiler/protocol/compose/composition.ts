/**
 * Compositions: a cluster with its projections, its verdict, and what else was found out about it.
 * Invariant: data only; `compose.ts` makes them, later passes answer with new ones.
 */
import type { Span } from '../../source/source.js';
import type { Cluster } from './cluster.js';
import type { System } from '../decide/system.js';
import type { Verdict } from '../decide/verdict.js';
import type { Projection } from './projection.js';

export interface Late {
  readonly service: string;
  /** What the service may have ended after; absent if it may end before anybody came. */
  readonly after?: Span;
  /** The client may end without a wait that would tell it. */
  readonly untold: boolean;
  /** It is one thread that takes both, in this order: the same client, or a service for one client only. */
  readonly surely: boolean;
}

/** A call of a host function that may wait for the outside. */
export interface OutsideCall {
  /** What it waits for, in words. */
  readonly what: string;
  readonly session: string;
  readonly span: Span;
}

export interface Composition {
  readonly cluster: Cluster;
  readonly projections: readonly Projection[];
  readonly system: System;
  readonly verdict: Verdict;
  /** The verdict if any thread may fail at any point; absent where no role has anything to say about losses. */
  readonly crash?: Verdict;
  readonly crashSystem?: System;
  readonly crashProjections?: readonly Projection[];
  /** A cycle of hold-and-wait through a service on which this composition lies. */
  readonly cycle?: { readonly session: string; readonly span: Span; readonly others: readonly Span[] };
  /** The wait for the end of a thread, which may itself wait for that, directly or through others. */
  readonly circle?: boolean;
  /** A service of this composition that does not accept the same labels everywhere. */
  readonly uneven?: string;
  /** Where a thread on which this one hangs may wait for the outside. */
  readonly outside?: OutsideCall;
  /** A loop elsewhere in which a thread may stay that others wait for here, in words. */
  readonly loop?: string;
  /** A client that may come when the service has ended. */
  readonly late?: Late;
  /** Progress of another composition on which this one's threads wait, where it is weaker than this one's own. */
  readonly inherited?: string;
  /** Places where an end of the cluster goes to a thread that is not known. */
  readonly escapes: readonly Span[];
}
