/**
 * Waiting for whichever of several things comes first: the `select` row for both engines.
 * Invariant: among the awaited links the oldest message at a head whose label is awaited wins, then a loss, then the
 * timeout; a select that has to wait changes nothing but the thread's `waiting` and its timer, so it is simply run again.
 */
import { LOST, before, isUnjudged } from '../process/link.js';
import type { End, Message } from '../process/link.js';
import { acceptConnection, judgeFirst, takeLoss } from '../process/mail.js';
import type { EndQueue } from '../process/end-queue.js';
import type { Pool } from '../process/pool.js';
import { payload } from '../process/link.js';
import { R, raiseNow } from '../process/registers.js';
import { Waiting } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { exception } from '../values/exceptions.js';
import type { Value } from '../values/value.js';
import type { Case, SelectTable } from './function.js';

/** The case chosen, with what it pushes. One object is reused: it is read at once. */
export interface Chosen {
  /** Its place in the table. */
  index: number;
  target: number;
  /** The end pushed first, if the case pushes one. */
  end: End | null;
  message: Message | null;
  count: number;
  /** Pushed by a `down` case. */
  reason: Value;
  kind: Case['kind'];
}

const chosen: Chosen = { index: 0, target: 0, end: null, message: null, count: 0, reason: undefined, kind: 'after' };

/** What the last search found: the case of the oldest message that one awaits, and the end it is on. */
let best: Case | null = null;
let bestEnd: End | null = null;
/** The last search saw a head that no case awaits. */
let unexpected = false;

function offer(c: Case, e: End, m: Message): void {
  if (m.label !== c.label) unexpected = true;
  else if (best === null || before(m.arrival, bestEnd!.head!.arrival)) {
    best = c;
    bestEnd = e;
  }
}

/** The first of a queue that says what the case awaits. Queues are in order of arrival: what comes behind cannot be older. */
function offerFirst(c: Case, queue: EndQueue): void {
  const { first, items, back } = queue;
  if (first !== null && first.head !== null) {
    offer(c, first, first.head);
    if (best === c && bestEnd === first) return;
  }
  for (let i = queue.front; i < back; i++) {
    const e = items[i]!;
    if (e !== null && e.head !== null) {
      offer(c, e, e.head);
      if (best === c && bestEnd === e) return;
    }
  }
}

function searchMessages(table: SelectTable, slots: readonly Value[], top: number, t: Thread): void {
  best = null;
  bestEnd = null;
  unexpected = false;
  const { cases } = table;
  for (let i = 0; i < cases.length; i++) {
    const c = cases[i]!;
    if (c.kind === 'message') {
      const e = slots[top - c.slot] as End;
      if (e.head !== null) offer(c, e, e.head);
    } else if (c.kind === 'any') offerFirst(c, (slots[top - c.slot] as Pool).ready);
    else if (c.kind === 'accept' && t.extra !== null) offerFirst(c, t.extra.ready);
  }
}

/**
 * A lost end among the awaited ones: its `down` case, or null for one that has none. A link by itself comes before a member of
 * a pool, for which the others may still speak.
 */
function searchLosses(
  table: SelectTable,
  slots: readonly Value[],
  top: number,
): { c: Case | null; end: End; member: boolean } | null {
  let link: End | null = null;
  let member: End | null = null;
  for (const c of table.cases) {
    if (c.kind === 'down' || c.kind === 'message') {
      const e = slots[top - c.slot] as End;
      if (e.state < LOST || e.head !== null) continue;
      if (c.kind === 'down') return { c, end: e, member: false };
      link ??= e;
    } else if (c.kind === 'any_down' || c.kind === 'any') {
      for (const e of (slots[top - c.slot] as Pool).ready) {
        if (e.state < LOST || e.head !== null) continue;
        if (c.kind === 'any_down') return { c, end: e, member: true };
        member ??= e;
      }
    }
  }
  const end = link ?? member;
  return end === null ? null : { c: null, end, member: link === null };
}

/** As `takeMessage`; what comes from outside is judged first, and the select run again. */
function takeJudged(c: Case, e: End): Chosen | null {
  if (e.extra !== null && isUnjudged(e)) return judgeFirst(e, Waiting.SELECT);
  return takeMessage(c, e);
}

function takeMessage(c: Case, e: End): Chosen {
  const m = e.head!;
  e.head = m.next;
  chosen.end = null;
  if (c.kind === 'any') {
    e.extra!.pool!.remove(e);
    chosen.end = e;
  } else if (c.kind === 'accept') {
    acceptConnection(e);
    chosen.end = e;
  }
  return fill(c, m, undefined);
}

function fill(c: Case, m: Message | null, reason: Value): Chosen {
  chosen.index = c.index;
  chosen.target = c.target;
  chosen.message = m;
  chosen.count = c.count;
  chosen.reason = reason;
  chosen.kind = c.kind;
  const t = R.thread;
  if (t.timer > 0) t.home.cancelTimer(t.timer);
  t.timer = 0;
  return chosen;
}

/** The case that awaits what a client said first. */
function caseFor(cases: readonly Case[], client: End): Case | null {
  if (client.head === null) return null;
  const { label } = client.head;
  for (let k = 0; k < cases.length; k++) if (cases[k]!.label === label) return cases[k]!;
  return null;
}

/** A service with nothing else to wait for: the first client that says what a case awaits, in order of arrival. */
function chooseClient(cases: readonly Case[], t: Thread): Chosen | null {
  if (t.extra !== null) {
    const { first, items, front, back } = t.extra.ready;
    if (first !== null) {
      const c = caseFor(cases, first);
      if (c !== null) return takeJudged(c, first);
    }
    for (let i = front; i < back; i++) {
      const e = items[i]!;
      const c = e === null ? null : caseFor(cases, e);
      if (c !== null) return takeJudged(c, e!);
    }
  }
  t.waiting = Waiting.SELECT;
  return null;
}

/**
 * Chooses a case, or gives null: then the thread is marked as waiting, or the flag says PeerLost, EmptyPool or
 * MatchFailure. `top` is the index of the topmost slot; `milliseconds` counts only if the table has an `after` case.
 */
function choose(table: SelectTable, slots: readonly Value[], top: number, milliseconds: number): Chosen | null {
  const t = R.thread;
  if (table.acceptsOnly) return chooseClient(table.cases, t);
  searchMessages(table, slots, top, t);
  if (best !== null) return takeJudged(best, bestEnd!);
  const loss = searchLosses(table, slots, top);
  if (loss !== null && loss.c !== null) {
    chosen.end = loss.c.kind === 'any_down' ? loss.end : null;
    if (chosen.end !== null) chosen.end.extra!.pool!.remove(chosen.end);
    return fill(loss.c, null, takeLoss(loss.end));
  }
  const onlyOne = table.linksOnly;
  // Who awaits a lost link learns of it, whatever else may come.
  if (loss !== null && (!loss.member || (onlyOne && everyAwaitedIsOver(table, slots, top)))) {
    raiseNow(exception('PeerLost', takeLoss(loss.end)));
    return null;
  }
  if (onlyOne && unexpected && table.after === null && everyAwaitedIsOver(table, slots, top))
    return fail('MatchFailure');
  if (table.poolsOnly && table.cases.every((c) => (slots[top - c.slot] as Pool).size === 0)) return fail('EmptyPool');
  if (table.after !== null) {
    if (t.timer === -1 || milliseconds <= 0) {
      chosen.end = null;
      return fill(table.after, null, undefined);
    }
    if (t.timer === 0) t.timer = t.home.setTimer(t.home.now() + milliseconds, t, 'select');
  }
  t.waiting = Waiting.SELECT;
  return null;
}

/** No awaited link can ever give a message that a case takes. */
function everyAwaitedIsOver(table: SelectTable, slots: readonly Value[], top: number): boolean {
  return table.cases.every((c) => {
    if (c.kind === 'after') return true;
    if (c.kind === 'message') {
      const e = slots[top - c.slot] as End;
      return e.head !== null || e.state >= LOST;
    }
    for (const e of (slots[top - c.slot] as Pool).members()) if (e.head === null && e.state < LOST) return false;
    return true;
  });
}

function fail(name: 'MatchFailure' | 'EmptyPool'): null {
  raiseNow(exception(name));
  return null;
}

/** Pushes what the case chosen pushes; gives the new height. */
function push(c: Chosen, slots: Value[], height: number): number {
  let sp = height;
  if (c.end !== null) slots[sp++] = c.end;
  if (c.message !== null) for (let i = c.count - 1; i >= 0; i--) slots[sp++] = payload(c.message, i);
  else if (c.kind !== 'after') slots[sp++] = c.reason;
  return sp;
}

export const select = { choose, push };
