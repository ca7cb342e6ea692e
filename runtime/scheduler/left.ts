/**
 * What is left of a program: which threads have not ended, and what each of them waits for, in words.
 * Invariant: reads only; a thread is said to wait in a circle only if nobody it waits for can ever go on.
 */
import { ROWS } from '../bytecode/isa.js';
import { isLibraryModule } from '../bytecode/library.js';
import { CodeProgram } from '../engine/program.js';
import { describeSite } from '../engine/trace.js';
import type { End } from '../process/link.js';
import { ALIVE, EMPTY, Waiting } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { entryOf, nextDeed, newest } from './steering.js';
import type { Scheduler } from './scheduler.js';

/** A thread that has not ended. */
export interface Left {
  readonly thread: number;
  /** The function or session it was started with. */
  readonly name: string;
  /** Where it is; empty for a thread without code. */
  readonly where: string;
  /** `Pong from Server (thread 2)`; empty for one that could go on. */
  readonly waitsFor: string;
}

export const leftOf = (t: Thread): Left => ({
  thread: t.id,
  name: nameOf(t),
  where: placeOf(t),
  waitsFor: waitsFor(t),
});

/** Where it is in the program's own code, if it is: a wait in the library was called from there. */
function placeOf(t: Thread): string {
  let innermost: string | undefined;
  for (const { site } of t.program instanceof CodeProgram ? t.program.frames() : []) {
    const [place] = describeSite(site.fn, site.pc);
    innermost ??= place;
    if (!isLibraryModule(site.fn.instance.image.name)) return place ?? '';
  }
  return innermost ?? '';
}

const nameOf = (t: Thread): string => (t.extra !== null && t.extra.name !== '' ? t.extra.name : entryOf(t));

/** The function of the host that a thread is in: `net::http::_accept`. */
export function hostCallOf(t: Thread): string | undefined {
  if (t.waiting !== Waiting.HOST || !(t.program instanceof CodeProgram)) return undefined;
  const frame = t.program.frames().next().value;
  if (frame === undefined) return undefined;
  const { fn, pc } = frame.site;
  const at = ROWS[fn.code[pc]!]!.operands.findIndex((o) => o.kind === 'callee');
  const callee = at < 0 ? undefined : fn.instance.callees[fn.code[pc + 1 + at]!];
  return callee?.kind === 'host' ? callee.name : undefined;
}

/** What a thread waits for, in words; empty if it does not wait. */
export function waitsFor(t: Thread): string {
  if (t.status === EMPTY) return 'a program';
  if (t.extra?.paused === true) return 'somebody to resume it';
  if (t.waiting === null) return '';
  const scheduler = t.home as Scheduler;
  if (t.waiting === Waiting.HOST) return callText(t, scheduler);
  const full = scheduler.room?.blocking(t);
  if (full !== undefined) return `${Waiting.ROOM.what}, that of ${whom(full)}`;
  const parts = [...messages(t), ...clients(t)];
  const left = timeLeft(t, scheduler);
  if (left !== undefined) parts.push(left);
  return parts.length > 0 ? parts.join(', or ') : t.waiting instanceof Waiting ? t.waiting.what : 'a message';
}

function callText(t: Thread, scheduler: Scheduler): string {
  const left = timeLeft(t, scheduler);
  if (left !== undefined) return left;
  const name = hostCallOf(t);
  return name === undefined ? Waiting.HOST.what : name.replace('::_', '::');
}

/** That its timer has to strike, and when by virtual time: to describe a thread is no look at a real clock, which logs would hold. */
function timeLeft(t: Thread, scheduler: Scheduler): string | undefined {
  const timer = t.timer <= 0 ? undefined : scheduler.timers.pending().find(({ number }) => number === t.timer);
  if (timer === undefined) return undefined;
  return scheduler.virtual ? `${Math.max(0, Math.ceil(timer.at - scheduler.now()))} ms to pass` : 'time to pass';
}

const whom = (t: Thread): string => `${nameOf(t) || 'a thread'} (thread ${t.id})`;

/** `Pong or Pang from Server (thread 2)` for each peer; members of a pool that wait for the same are one. */
function messages(t: Thread): string[] {
  const from = new Map<string, End[]>();
  for (const [end, labels] of nextDeed(t)?.takes ?? []) {
    const key = labels.length === 0 ? 'the end' : [...new Set(labels)].join(' or ');
    from.set(key, [...(from.get(key) ?? []), end]);
  }
  return [...from].map(([labels, ends]) => {
    const others = ends.flatMap((e) => e.peer?.owner ?? e.extra?.watched ?? []);
    const who =
      others.length === 1 ? whom(others[0]!) : others.length === 0 ? 'nobody' : `one of ${others.length} peers`;
    return `${labels} ${labels === 'the end' ? 'of' : 'from'} ${who}`;
  });
}

/** What a service takes from clients that it does not know yet. */
function clients(t: Thread): string[] {
  const labels = acceptedBy(t);
  return labels.length === 0 ? [] : [`a client that says ${labels.join(' or ')}`];
}

function acceptedBy(t: Thread): string[] {
  const frame = newest(t);
  if (frame === undefined) return [];
  const { fn, pc } = frame;
  const row = ROWS[fn.code[pc]!]!;
  const table = row.name === 'select' ? fn.tables[fn.code[pc + 1]!] : undefined;
  if (table?.kind !== 'select') return [];
  return [...new Set(table.cases.flatMap((c) => (c.kind === 'accept' ? [c.label?.name ?? ''] : [])))];
}

/**
 * Threads that wait for one another alone. A service that waits for clients may be left over, and so may whoever waits for it:
 * as far as anybody can tell, they could still go on.
 */
export function circles(scheduler: Scheduler): Thread[] {
  const stuck = new Set(scheduler.stuck().filter((t) => acceptedBy(t).length === 0));
  for (let before = -1; before !== stuck.size;) {
    before = stuck.size;
    for (const t of stuck) {
      const others = [...(nextDeed(t)?.takes?.keys() ?? [])].flatMap((e) => e.peer?.owner ?? e.extra?.watched ?? []);
      if (others.some((p) => p.status === ALIVE && !stuck.has(p))) stuck.delete(t);
    }
  }
  return [...stuck];
}
