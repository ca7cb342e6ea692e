/**
 * Whether what was read from a snapshot can be a machine's own: frames, constants and exceptions are judged by what the verifier
 * knows of the modules; threads, ends and pools have to be as the machine keeps them.
 * Invariant: whatever the bytes were, what passes is a program that verified code could have come to; messages that lie unread
 * are judged when they are taken, as those of another node are, and so is all that comes over a restored link.
 */
import type { Instance } from '../engine/function.js';
import { CodeProgram } from '../engine/program.js';
import type { Judge, RestingFrame } from '../judge/frames.js';
import { clear } from '../judge/taking.js';
import { Together, ValueJudge } from '../judge/values.js';
import { isShared } from '../process/leaving.js';
import { End, before } from '../process/link.js';
import { Pool } from '../process/pool.js';
import { ALIVE, DONE, EMPTY, FAILED, Thread, Told, extraOfThread } from '../process/thread.js';
import type { Scheduler } from '../scheduler/scheduler.js';
import { ROWS } from '../bytecode/isa.js';
import { Exn, type Value } from '../values/value.js';
import { payloadOf, type Shell } from './graph.js';
import { checkEnd, checkExtra, checkPool, need, refuse } from './restored-links.js';

/** Throws `SnapshotError` for what no machine could have saved; marks every end as one from outside. */
export function checkRestored(
  shells: readonly Shell[],
  modules: readonly Instance[],
  scheduler: Scheduler,
  judge: Judge,
): void {
  const exception = (v: Value, what: string): void =>
    need(v instanceof Exn && judge.isException(v), `${what} is no exception`);
  const together = new Together();
  const listed = new Set<Thread>(scheduler.threads);
  for (const s of shells) {
    if (s instanceof End) checkEnd(s, exception);
    else if (s instanceof Pool) checkPool(s);
    else if (s instanceof Thread) checkThread(s, listed, judge, together, exception);
  }
  for (const m of modules) {
    const of = judge.modules.of(m);
    m.globals.forEach((g, i) => {
      const { name, type } = m.image.globals[i]!;
      const fits = !g.ready || new ValueJudge(judge.modules, of, together).fits(g.value, of.env.type(type));
      need(fits, `${m.image.name}::${name} is something else`);
      need(!g.ready || !isShared(g.value), `${m.image.name}::${name} holds a captured variable`);
    });
  }
  for (const t of scheduler.unnoticed) need(t.status === FAILED, 'a thread that did not fail is said to have');
}

function checkThread(
  t: Thread,
  listed: ReadonlySet<Thread>,
  judge: Judge,
  together: Together,
  exception: (v: Value, what: string) => void,
): void {
  const { program } = t;
  need((t.status === ALIVE) === program instanceof CodeProgram, 'a thread has no program, or one too many');
  need((t.status === ALIVE) === listed.has(t), 'a thread is not listed as what it is');
  need(!t.queued || (t.status === ALIVE && t.waiting === null), 'a thread that waits is ready');
  if (t.extra !== null) checkExtra(t, t.extra);
  // What will run there is not known: what its clients say is judged when it is taken.
  if (t.status === EMPTY) extraOfThread(t).unproven = true;
  if (t.status === FAILED) exception(t.result, 'what a thread failed with');
  if (t.status === EMPTY || t.status === DONE) need(t.waiting === null, 'a thread that does not run waits');
  for (const e of Told.reasons(t.extra?.told ?? null)) exception(e, 'what a peer was told');
  if (!(program instanceof CodeProgram)) return;
  const { waiting } = t;
  need(!(waiting instanceof End) || waiting.owner === t, 'a thread waits for what is not its own');
  if (program.raised !== null) exception(program.raised, 'what a call raises');
  const frames: RestingFrame[] = [];
  for (const { site, words, at } of program.frames())
    frames.push({ site, slots: words.slice(at + 1, at + 1 + site.depth) });
  const starts = frames.some(({ site: { fn } }) => fn.instance.image.initialiser === fn.index);
  need(!starts, 'a module is being made ready');
  // What a call gives is there, or it gives nothing: nobody else will answer.
  const gave = program.raised === null && frames[0]!.site.after ? { value: program.answer } : undefined;
  const why = judge.frames(frames, gave, t, together);
  if (why !== null) refuse(`thread ${t.id}: ${why}`);
  if (program.raised === null) judgeNext(t, frames[0]!, judge);
}

/**
 * A thread that rests at a wait takes the message that is next for it without another look: it may have been about to, and
 * must come further however often it is saved.
 */
function judgeNext(t: Thread, frame: RestingFrame, judge: Judge): void {
  const end = nextAt(t, frame);
  const m = end?.head ?? null;
  if (end === undefined || m === null) return;
  const why = judge.message(frame, end, m.label.name, payloadOf(m), t);
  if (why !== null) refuse(`thread ${t.id}: ${why}`);
  clear(t, end);
}
function nextAt(t: Thread, { site, slots }: RestingFrame): End | undefined {
  const { fn, pc, depth, after } = site;
  const row = ROWS[fn.code[pc]!]!;
  if (after || pc >= fn.image.code.length) return undefined;
  if (row.name === 'await_msg') {
    const e = slots[depth - 1 - fn.code[pc + 2]!];
    return e instanceof End ? e : undefined;
  }
  const table = row.name === 'select' ? fn.tables[fn.code[pc + 1]!] : undefined;
  if (table?.kind !== 'select') return undefined;
  let best: End | undefined;
  for (const c of table.cases) {
    const at = 'slot' in c ? slots[depth - 1 - c.slot] : undefined;
    const ends =
      c.kind === 'accept'
        ? [...(t.extra?.ready ?? [])]
        : at instanceof Pool
          ? [...at.ready]
          : at instanceof End
            ? [at]
            : [];
    for (const e of ends)
      if (
        e.head?.label === c.label &&
        e.head !== null &&
        (best === undefined || before(e.head.arrival, best.head!.arrival))
      )
        best = e;
  }
  return best;
}
