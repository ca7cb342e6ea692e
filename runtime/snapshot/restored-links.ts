/**
 * Whether links and pools read from a snapshot are as the machine keeps them: each end with one owner and one peer, each member
 * in one pool, each list of what is ready with those that are, once.
 * Invariant: whatever the bytes were, the machine finds of what passes all that it relies on without asking.
 */
import { FINISHED, LOST, PENDING, extraOf, type End } from '../process/link.js';
import type { Pool } from '../process/pool.js';
import { ALIVE, DONE, EMPTY, type Thread, type ThreadExtra } from '../process/thread.js';
import type { Value } from '../values/value.js';
import { SnapshotError } from './graph.js';

export const refuse = (why: string): never => {
  throw new SnapshotError(`the snapshot is of no machine: ${why}`);
};
export const need = (holds: boolean, why: string): void => {
  if (!holds) refuse(why);
};

/** `exception` refuses what is none. */
export function checkEnd(e: End, exception: (v: Value, what: string) => void): void {
  const { peer, extra } = e;
  need(peer === null || (peer.peer === e && peer !== e), 'the two ends of a link do not know each other');
  need(peer === null || e.state < LOST, 'an end that is lost has a peer');
  need(e.state !== FINISHED || e.head === null, 'an end that is over has messages');
  if (extra !== null) {
    if (extra.reason !== undefined) exception(extra.reason, 'the reason of a loss');
    const { watched } = extra;
    const told = watched === null || watched.status >= DONE || e.state >= LOST;
    need(told || watched.extra?.watching?.has(e) === true, 'a watcher is not known');
    need(!extra.listed || extra.pool !== null, 'an end is ready and in no pool');
  }
  extraOf(e).outside = true;
}

export function checkPool(p: Pool): void {
  const ready = [...p.ready];
  const members = new Set(p.members());
  need(
    new Set(ready).size === ready.length && ready.every((e) => members.has(e)),
    'what is ready in a pool is not in it',
  );
  const listed = new Set(ready);
  for (const e of members)
    need(
      e.extra!.listed === listed.has(e) && (e.head !== null || e.state >= LOST) === listed.has(e),
      'a pool does not know who has spoken',
    );
}

/** What few threads have: connections to accept, watchers, a group that is being made. */
export function checkExtra(t: Thread, x: ThreadExtra): void {
  const own = (e: End): boolean => e.owner === t;
  const pending = x.unaccepted;
  need(
    pending.every((e) => own(e) && e.state === PENDING) && new Set(pending).size === pending.length,
    'a connection to accept is none',
  );
  const ready = [...x.ready];
  need(
    ready.every((e) => e.head !== null) && pending.slice(ready.length).every((e) => e.head === null),
    'a thread does not know which client has spoken',
  );
  need([...(x.watching ?? [])].every((e) => e.extra?.watched === t && e.state < LOST), 'a watcher watches another'); // prettier-ignore
  need(x.held.every(own), 'a thread holds the end of another');
  const group = [...(x.group ?? [])];
  need(group.length === 0 || t.status === EMPTY, 'a group waits for a thread that has started');
  need(group.every(([, e]) => own(e)), 'a member of a group has the end of another'); // prettier-ignore
  need([...(x.making ?? [])].every((u) => u.status === EMPTY), 'a member that is to start has started'); // prettier-ignore
  need((x.making ?? new Set()).size === 0 || t.status === ALIVE, 'a group is made by nobody');
}
