/**
 * How threads end: normally, by failing, by being killed; and what others learn of it.
 * Invariant: whoever holds the other end of a link, or watches, learns of the end of a thread exactly once; after it the
 * thread owns nothing, neither ends nor anything of the outside. Every thread ends here.
 */
import { exception } from '../values/exceptions.js';
import type { Exn, Value } from '../values/value.js';
import { lose, loseHeld, markLost } from './mail.js';
import { letGoAll } from './owned.js';
import { ALIVE, DONE, FAILED, Told } from './thread.js';
import type { Thread } from './thread.js';

/** The thread ended. `failure` is null if normally. Ends in its frames must have been dealt with before. */
export function finishThread(t: Thread, failure: Exn | null, value: Value): void {
  if (t.status >= DONE) return;
  const started = t.status === ALIVE;
  t.status = failure === null ? DONE : FAILED;
  t.result = failure ?? value;
  t.waiting = null;
  t.program = null;
  if (t.timer > 0) t.home.cancelTimer(t.timer);
  t.timer = 0;
  const extra = t.extra;
  if (extra !== null) {
    const reason = failure ?? exception('Ended');
    for (const e of extra.unaccepted) lose(e, reason);
    for (const e of extra.held) loseHeld(e, reason);
    if (extra.group !== null) for (const e of extra.group.values()) lose(e, reason);
    const { watching } = extra;
    if ((watching !== null && watching.size > 0) || (failure !== null && Told.of(extra.told, failure) !== null))
      t.noticed = true;
    for (const e of watching ?? []) markLost(e, reason);
    extra.watching = null;
    extra.group = null;
    // Nobody will start the rest of a group now; those who have a link with them must not wait for it.
    for (const member of extra.making ?? []) {
      member.noticed = true;
      finishThread(member, failure ?? exception('Ended'), undefined);
    }
    extra.making = null;
    extra.held = [];
    letGoAll(t, failure);
  }
  if (started) t.home.live--;
  t.home.threadEnded(t);
}
