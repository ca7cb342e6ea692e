/**
 * A thread as bytes and back: its frames as places in modules (the code pointer), and everything they reach, its mailbox
 * and its ends (the context). Leaving has two steps, so that a thread runs on one node or is lost with it, never on two:
 * it is frozen and sent; when the other node has taken it apart and answered, it leaves, and runs there.
 * Invariant: until `leave` nothing here has changed but that the thread gets no slices; `thaw` undoes that.
 */
import { MalformedError, Reader, Writer } from '../bytecode/binary.js';
import type { Instance, Site } from '../engine/function.js';
import { ROWS } from '../bytecode/isa.js';
import { CodeProgram, programOf } from '../engine/program.js';
import { End } from '../process/link.js';
import { start, unqueue } from '../process/home.js';
import { ALIVE, Told, Waiting, extraOfThread } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { endsOf, pause, resume } from '../scheduler/operations.js';
import type { Scheduler } from '../scheduler/scheduler.js';
import { list } from '../values/list.js';
import { Cons, NIL } from '../values/value.js';
import type { Exn, Value } from '../values/value.js';
import type { Codebase } from './codebase.js';
import type { Judge, RestingFrame } from '../judge/frames.js';
import { Together } from '../judge/values.js';
import { MAX_CONTENT } from './frame.js';
import { Untravelled, writeParcel } from './parcel.js';
import type { Sender } from './parcel.js';
import { settle, reach } from './travel.js';
import type { Departure } from './travel.js';
import { isExn } from './unparcel.js';
import type { ModuleName, Unparcelled } from './unparcel.js';
import type { Wires } from './wires.js';

/** What a thread waits for when it leaves. */
const WAITS = { nothing: 0, end: 1, select: 2, sleep: 3 } as const;

export interface Frozen {
  readonly thread: Thread;
  readonly context: Uint8Array;
  readonly code: Uint8Array;
  readonly departure: Departure;
  readonly wasPaused: boolean;
}

/** Why a thread cannot be moved now, or null. `asks`: it asked for it itself and waits for the answer. */
export function hindrance(t: Thread, asks: boolean): string | null {
  if (t.status !== ALIVE) return 'it is not running';
  if (!(t.program instanceof CodeProgram)) return 'it is not Quartz code';
  if (t.waiting === Waiting.HOST && !asks && t.timer <= 0) return 'it waits for the host';
  if ((t.extra?.group?.size ?? 0) > 0) return 'members of its group have not started yet';
  if ((t.extra?.making?.size ?? 0) > 0) return 'it is making a group';
  return null;
}

/** Stops a thread and takes down its state. Throws `Untravelled`, and then nothing has changed. */
export function freeze(
  t: Thread,
  asks: boolean,
  wires: Wires,
  codebase: Codebase,
  leave: (ours: ReadonlySet<End>) => { readonly departure: Departure; readonly sender: Sender },
): Frozen {
  wires.flush();
  const program = t.program as CodeProgram;
  const { departure, sender } = leave(reach([...endsOf(t), ...(t.extra?.held ?? [])]));
  const frames = [...program.frames()];
  let bytes: Uint8Array;
  try {
    ({ bytes } = writeParcel(sender, rootsOf(t, asks, frames)));
    if (bytes.length > MAX_CONTENT)
      throw new Untravelled(`it holds ${bytes.length} bytes; at most ${MAX_CONTENT} can go`);
  } catch (e) {
    departure.abandon();
    throw e;
  }
  const code = codeOf(
    frames.map((f) => f.site),
    codebase,
  );
  const wasPaused = t.extra?.paused === true;
  pause(t);
  return { thread: t, context: bytes, code, departure, wasPaused };
}
/** Lets a frozen thread go on here. */
export function thaw(f: Frozen): void {
  f.departure.abandon();
  if (!f.wasPaused) resume(f.thread);
}

function rootsOf(
  t: Thread,
  asks: boolean,
  frames: readonly { site: Site; words: readonly unknown[]; at: number }[],
): Value[] {
  const program = t.program as CodeProgram;
  const { waiting } = t;
  const kind =
    waiting === null || waiting === Waiting.ROOM || (asks && waiting === Waiting.HOST)
      ? WAITS.nothing
      : waiting instanceof End
        ? WAITS.end
        : waiting === Waiting.HOST
          ? WAITS.sleep
          : WAITS.select;
  const scheduler = t.home as Scheduler;
  const due = scheduler.timers.pending().find((x) => x.number === t.timer)?.at;
  const left = due === undefined ? Math.min(t.timer, 0) : Math.max(1, Math.ceil(due - scheduler.now()));
  const x = t.extra;
  const pending = x === null ? [] : x.unaccepted;
  return [
    kind,
    waiting instanceof End ? waiting : undefined,
    left,
    learntOf(t),
    t.reductions,
    x?.name ?? '',
    x?.priority ?? 0,
    x?.paused ?? false,
    program.answer,
    program.raised ?? undefined,
    pending.length,
    ...pending,
    x?.held.length ?? 0,
    ...(x?.held ?? []),
    ...frames.flatMap(({ site, words, at }) => words.slice(at + 1, at + 1 + site.depth)),
  ];
}

/** Has somebody learnt of its failure? If not, the exceptions that its peers were given: it may yet fail with one of them. */
function learntOf(t: Thread): Value {
  const told = t.extra?.told ?? null;
  return t.noticed || told === null ? t.noticed : list(Told.reasons(told));
}

/** The exceptions in a list; null if there is anything else in it. */
function exceptionsIn(v: Value, judge: Judge): Exn[] | null {
  const found: Exn[] = [];
  let at = v;
  for (; at instanceof Cons && at !== NIL; at = at.tail) {
    if (!isExn(at.head) || !judge.isException(at.head)) return null;
    found.push(at.head);
  }
  return at === NIL ? found : null;
}

function codeOf(sites: readonly Site[], codebase: Codebase): Uint8Array {
  const w = new Writer();
  const modules = new Set<Instance>();
  for (const s of sites) codebase.withRequired(s.fn.instance, modules);
  const all = [...modules];
  w.list(all, (m) => {
    w.text(m.image.name);
    w.text(m.hash);
  });
  w.list(sites, (s) => {
    w.uint(all.indexOf(s.fn.instance));
    w.uint(s.fn.index);
    w.uint(s.pc);
    w.flag(s.after);
  });
  return w.done();
}

/** The modules a code pointer names, requirements first. Throws `MalformedError`. */
export function modulesOfCode(code: Uint8Array): ModuleName[] {
  const r = new Reader(code);
  return r.list(() => ({ name: r.text(), hash: r.text() }));
}
function sitesOf(code: Uint8Array, codebase: Codebase): Site[] {
  const r = new Reader(code);
  const modules = r.list(() => {
    const name = r.text();
    return codebase.module(r.text()) ?? r.fail(`module ${name} is not here`);
  });
  const sites = r.list(() => {
    const start = r.offset;
    const module = modules[r.below(modules.length, 'module')]!;
    const fn = module.functions[r.below(module.functions.length, 'function')]!;
    const pc = r.below(fn.code.length, 'pc');
    const after = r.flag();
    if (fn.facts.depth[pc]! < 0) r.fail('no instruction begins there', start);
    const { meaning } = ROWS[fn.code[pc]!]!;
    const calls = meaning.kind === 'flow' && (meaning.flow === 'call' || meaning.flow === 'apply');
    if (after && !calls) r.fail('no call is there', start);
    return fn.site(pc, after);
  });
  if (sites.slice(1).some((s) => !s.after)) r.fail('a frame waits for no call');
  r.finish();
  return sites;
}

/** An immigrant taken apart, not living here yet. */
export interface Prepared {
  readonly program: (t: Thread) => void;
  readonly parcel: Unparcelled;
  readonly waits: number;
  readonly waitsFor: End | null;
  readonly timer: number;
  readonly noticed: boolean;
  readonly told: Told | null;
  readonly reductions: number;
  readonly name: string;
  readonly priority: number;
  readonly paused: boolean;
  readonly held: readonly End[];
}

/** Checks an immigrant's context against its code, frame by frame. Throws `MalformedError`. */
export function prepare(
  code: Uint8Array,
  codebase: Codebase,
  parcel: Unparcelled,
  judge: Judge,
  self: Thread | null,
): Prepared {
  const fail = (why: string): never => {
    throw new MalformedError(0, why);
  };
  const check = (why: string | null): void => {
    if (why !== null) fail(why);
  };
  const sites = sitesOf(code, codebase);
  let at = 0;
  const next = (): Value => (at < parcel.roots.length ? parcel.roots[at++] : fail('the context is too short'));
  const number = (): number => {
    const v = next();
    return typeof v === 'number' ? v : fail('a number is missing');
  };
  const flag = (): boolean => {
    const v = next();
    return typeof v === 'boolean' ? v : fail('a truth value is missing');
  };
  const end = (): End => {
    const v = next();
    return v instanceof End ? v : fail('an end is missing');
  };
  const text = (v: Value): string => (typeof v === 'string' ? v : fail('a name is missing'));
  const waits = number();
  const waitsFor = next();
  if (waits < 0 || waits > WAITS.sleep || (waits === WAITS.end) !== waitsFor instanceof End) fail('what it waits for');
  const timer = number();
  const learnt = next();
  const told = typeof learnt === 'boolean' ? [] : exceptionsIn(learnt, judge);
  if (told === null) return fail('what its peers learnt is no list of exceptions');
  const reductions = number();
  const name = text(next());
  const priority = number();
  const paused = flag();
  const answer = next();
  const raised = next();
  if (raised !== undefined && !isExn(raised)) fail('what it raises is not an exception');
  for (let n = number(); n > 0; n--) end();
  const held: End[] = [];
  for (let n = number(); n > 0; n--) held.push(end());
  if (sites.length === 0) fail('it has no frames');
  const words: unknown[] = [null];
  const frames: RestingFrame[] = [];
  for (const site of sites) {
    const slots = Array.from({ length: site.depth }, next);
    frames.push({ site, slots });
    words.push(site.id);
    for (const s of slots) words.push(s);
  }
  if (at !== parcel.roots.length) fail('the context is too long');
  const gave = raised === undefined && sites[0]!.after ? { value: answer } : undefined;
  // Whatever ends are here came with it.
  check(judge.frames(frames, gave, self, new Together(() => true)));
  if (isExn(raised) && !judge.isException(raised)) fail('what it raises is not an exception');
  const program = (t: Thread): void => programOf(t).goOnWith(words, answer, (raised ?? null) as CodeProgram['raised']);
  const rest = { timer, noticed: learnt === true, told: Told.from(told), reductions, name, priority, paused, held };
  return { program, parcel, waits, waitsFor: waitsFor instanceof End ? waitsFor : null, ...rest };
}

/** An immigrant begins to live here, on a thread that is empty or stood in for it. */
export function arrive(t: Thread, p: Prepared, wires: Wires, from: string): void {
  const extra = extraOfThread(t);
  if (t.queued) unqueue(t);
  p.program(t);
  t.noticed = p.noticed;
  extra.told = p.told;
  t.reductions = p.reductions;
  extra.name = p.name;
  extra.priority = Math.min(p.priority, 0);
  extra.paused = p.paused;
  extra.held.push(...p.held);
  start(t);
  const scheduler = t.home as Scheduler;
  const timed = p.timer > 0 && (p.waits === WAITS.select || p.waits === WAITS.sleep);
  const what = p.waits === WAITS.sleep ? 'host' : 'select';
  t.timer = timed ? scheduler.setTimer(scheduler.now() + p.timer, t, what) : p.waits === WAITS.select ? p.timer : 0;
  if (p.waits !== WAITS.nothing) {
    if (t.queued) unqueue(t);
    extra.owed = false;
    t.waiting = p.waits === WAITS.end ? p.waitsFor : p.waits === WAITS.sleep ? Waiting.HOST : Waiting.SELECT;
  } else t.waiting = null;
  settle(wires, p.parcel.ends, t, from);
}
