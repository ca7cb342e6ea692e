/**
 * Starting sessions: what happens to each argument on its way to a new thread.
 * Invariant: an end moves, a thread not started yet and given for an end becomes one link per pair, a running one is
 * connected to, `@self` becomes a link whose other end
 * is the spawner's; data is passed as it is, but for captured variables, which are copied.
 */
import { leaving } from '../process/leaving.js';
import { announce, connect, give, markLost } from '../process/mail.js';
import { End, OPEN, PENDING, link } from '../process/link.js';
import { exception } from '../values/exceptions.js';
import { handOver } from '../process/owned.js';
import { start } from '../process/home.js';
import { R } from '../process/registers.js';
import { EMPTY, Reference, extraOfThread, referenceTo } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import type { Copies } from '../values/isolate.js';
import type { Value } from '../values/value.js';
import type { Fn } from './function.js';
import { programOf } from './program.js';

/** The end thread t gets of its one link with u. Whichever of the two starts first makes the link. */
function groupEnd(t: Thread, u: Thread): End {
  const made = t.extra?.group?.get(u);
  if (made !== undefined) {
    t.extra!.group!.delete(u);
    return made;
  }
  const mine = link(t, u);
  const extra = extraOfThread(u);
  extra.group ??= new Map();
  extra.group.set(t, mine.peer!);
  const maker = extraOfThread(R.thread);
  maker.making ??= new Set();
  maker.making.add(u);
  return mine;
}

/** Moves the arguments to thread t in place; gives the running thread's end if one of them was itself. */
function pass(t: Thread, fn: Fn, args: Value[]): End | null {
  let spawner: End | null = null;
  const copies: Copies = new Map();
  for (let i = 0; i < args.length; i++) {
    const how = fn.passing[i]!;
    if (how === 'plain') continue;
    const v = args[i];
    if (how === 'copy') {
      args[i] = leaving(v, copies);
      handOver(R.thread, t, [v]);
    } else if (v instanceof Reference) {
      const u = v.target;
      if (u === R.thread) {
        spawner = link(u, t);
        args[i] = spawner.peer;
      } else if (u !== null && (u.status === EMPTY || t.extra?.group?.has(u) === true)) args[i] = groupEnd(t, u);
      else {
        const client = connect(v);
        give(client, t);
        args[i] = client;
      }
    } else give(leaving(v, copies), t);
  }
  return spawner;
}

/** Ends that members of a group made for t and t's session does not name: connections that it may accept. */
function offerUnclaimed(t: Thread): void {
  const { extra } = t;
  if (extra === null || extra.group === null) return;
  for (const e of extra.group.values()) {
    e.state = PENDING;
    if (e.head === null) extra.silent.add(e);
    else announce(e);
  }
  extra.group = null;
}

/** Starts a function on a thread that has no program. Arguments must be the thread's own by now. */
export function startWith(t: Thread, fn: Fn, args: readonly Value[]): void {
  programOf(t).begin(fn, args);
  start(t);
}

/** A new thread, with the rights of the one that makes it. */
function newThread(): Thread {
  const { thread } = R;
  const t = thread.home.newThread();
  if (thread.extra !== null && thread.extra.outside) extraOfThread(t).outside = true;
  return t;
}

/** A new thread running a session: this end of the link if `@self` was passed, else a reference. */
export function spawnSession(fn: Fn, args: Value[]): Value {
  const t = newThread();
  const spawner = fn.plain ? null : pass(t, fn, args);
  startWith(t, fn, args);
  return spawner ?? referenceTo(t);
}

/** Starts a session on the empty thread a reference names; what its slot holds from then on. */
export function startSession(ref: Reference, fn: Fn, args: Value[]): Value {
  const t = ref.target;
  if (t === null || t.status !== EMPTY || t.program !== null) {
    // Somebody else has started it, or it lives elsewhere: there is no session at the other end of the link that is asked for.
    const takesSelf = args.some((v, i) => fn.passing[i] === 'end' && v instanceof Reference && v.target === R.thread);
    if (!takesSelf) return ref;
    const none = new End(R.thread, null, OPEN);
    markLost(none, exception('Ended'));
    return none;
  }
  const spawner = pass(t, fn, args);
  offerUnclaimed(t);
  R.thread.extra?.making?.delete(t);
  startWith(t, fn, args);
  return spawner ?? ref;
}

export const spawnEmpty = (): Reference => referenceTo(newThread());
export const selfReference = (): Reference => referenceTo(R.thread);
