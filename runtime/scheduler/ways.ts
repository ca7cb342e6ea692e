/**
 * Which way of a branch leads a thread to what it should do next: a search through its code, from frame to frame. The protocol
 * takes every condition to hold or not; a drive along a schedule (`drive.ts`) has to take the way that the schedule supposes.
 * Invariant: the search only reads; `goOnAt` moves a thread that rests between two instructions to another place of the
 * function it is in, whose slots are those of the branch it has just executed.
 */
import { ROWS } from '../bytecode/isa.js';
import { Fn } from '../engine/function.js';
import { CodeProgram } from '../engine/program.js';
import { sourceAt } from '../engine/trace.js';
import type { Thread } from '../process/thread.js';

/** What a thread should do next. */
export interface Goal {
  readonly kind: 'send' | 'receive' | 'timeout' | 'drop' | 'fail' | 'spawn';
  /** Of the message, or the session started; for a wait any of them will do. */
  readonly labels: readonly string[];
  /** Where, from 1, if that is known. */
  readonly line: number | undefined;
}

/** Code still to be executed: a place, and the callers below it. */
interface Place {
  readonly fn: Fn;
  readonly pc: number;
  readonly below: Place | null;
  readonly height: number;
}

/** Places looked at for one way, and calls within calls. */
const MOST_PLACES = 20_000;
const HIGHEST = 12;

const operandOf = (fn: Fn, pc: number, name: string): number =>
  fn.code[pc + 1 + ROWS[fn.code[pc]!]!.operands.findIndex((o) => o.name === name)]!;

/** The ways of the branch that is executed next; empty if it is none. A comparison of labels is none: a message decides it. */
export function waysOf(fn: Fn, pc: number): readonly number[] {
  const row = ROWS[fn.code[pc]!]!;
  if (row.meaning.kind !== 'flow' || row.name === 'cmp') return [];
  if (row.meaning.flow === 'branch') return [pc + row.length, operandOf(fn, pc, 'to')];
  const table = row.meaning.flow === 'switch' ? fn.tables[operandOf(fn, pc, 't')] : undefined;
  return table?.kind === 'switch' ? [...new Set([...table.targets, table.otherwise])] : [];
}

/**
 * How often the thread, going on at `pc` of its newest function, speaks on one of the `talks` lines before it comes to its
 * goal; Infinity if it never comes there.
 */
export function talksBefore(t: Thread, pc: number, goal: Goal, talks: ReadonlySet<number>): number {
  const start = placeOf(t, pc);
  if (start === undefined) return Number.POSITIVE_INFINITY;
  // Places by how often the thread has spoken before them, the fewest first (Dial's buckets).
  let now: Place[] = [start];
  const seen = new Set<string>();
  for (let spoken = 0; now.length > 0; spoken++) {
    const later: Place[] = [];
    while (now.length > 0 && seen.size < MOST_PLACES) {
      const at = now.pop()!;
      const key = keyOf(at);
      if (seen.has(key)) continue;
      seen.add(key);
      if (isGoal(at, goal)) return spoken;
      (speaks(at, talks) ? later : now).push(...after(at));
    }
    now = later;
  }
  return Number.POSITIVE_INFINITY;
}

function placeOf(t: Thread, pc: number): Place | undefined {
  const frames = t.program instanceof CodeProgram ? [...t.program.frames()] : [];
  let below: Place | null = null;
  for (let i = frames.length - 1; i >= 0; i--) {
    const { site } = frames[i]!;
    below = { fn: site.fn, pc: i === 0 ? pc : site.next, below, height: 0 };
  }
  return below ?? undefined;
}

function keyOf(at: Place): string {
  let key = '';
  for (let p: Place | null = at; p !== null; p = p.below) key += `${p.fn.siteBase + 2 * p.pc} `;
  return key;
}

const lineOf = (at: Place): number | undefined => sourceAt(at.fn, at.pc)?.line;

function speaks(at: Place, talks: ReadonlySet<number>): boolean {
  const row = ROWS[at.fn.code[at.pc]!]!;
  const talk = /^(?:send_msg|transfer_msg|cast_msg|await_msg|select|drop|call_constructor_\w+)$/.test(row.name);
  return talk && talks.has(lineOf(at) ?? -1);
}

function isGoal(at: Place, goal: Goal): boolean {
  const { fn, pc } = at;
  const row = ROWS[fn.code[pc]!]!;
  const here = goal.line === undefined || lineOf(at) === goal.line;
  switch (row.name) {
    case 'send_msg':
    case 'transfer_msg':
    case 'cast_msg':
      return goal.kind === 'send' && here && goal.labels.includes(fn.instance.labels[operandOf(fn, pc, 'm')]!.name);
    case 'drop':
    case 'lose':
      return goal.kind === 'drop' && here;
    case 'call_constructor_spawn':
    case 'call_constructor_async': {
      const started = fn.instance.callees[operandOf(fn, pc, 'f')];
      return goal.kind === 'spawn' && here && started instanceof Fn && goal.labels.includes(started.name);
    }
    // The line of a wait is that of its first branch, the line of a schedule's step that of its own.
    case 'await_msg':
      return goal.kind === 'receive' && awaits(fn, pc + row.length).some((l) => goal.labels.includes(l));
    case 'select': {
      const table = fn.tables[operandOf(fn, pc, 't')];
      if (table?.kind !== 'select') return false;
      if (goal.kind === 'timeout') return here && table.after !== null;
      if (goal.kind !== 'receive') return false;
      return table.cases.some((c) => goal.labels.includes(c.label?.name ?? (/down/.test(c.kind) ? 'Down' : '')));
    }
    default:
      return goal.kind === 'fail' && here && row.meaning.kind === 'flow' && row.meaning.flow === 'end';
  }
}

/** The labels that the comparisons from `pc` on know. */
export function awaits(fn: Fn, pc: number): string[] {
  const row = ROWS[fn.code[pc]!]!;
  if (row.name !== 'cmp') return [];
  const label = fn.instance.labels[operandOf(fn, pc, 'm')]!.name;
  return [label, ...awaits(fn, operandOf(fn, pc, 'to'))];
}

/** Where the thread may be after the instruction at a place. */
function after(at: Place): Place[] {
  const { fn, pc, below, height } = at;
  const row = ROWS[fn.code[pc]!]!;
  const to = (target: number): Place => ({ ...at, pc: target });
  const next = to(pc + row.length);
  if (row.meaning.kind !== 'flow') return [next];
  const callee = (): Fn | undefined => {
    const found = fn.instance.callees[operandOf(fn, pc, 'f')];
    return found instanceof Fn && height < HIGHEST ? found : undefined;
  };
  switch (row.meaning.flow) {
    case 'jump':
    case 'loop':
      return [to(operandOf(fn, pc, 'to'))];
    case 'branch':
      return [next, to(operandOf(fn, pc, 'to'))];
    case 'switch':
      return waysOf(fn, pc).map(to);
    case 'select': {
      const table = fn.tables[operandOf(fn, pc, 't')];
      return table?.kind === 'select' ? table.cases.map((c) => to(c.target)) : [];
    }
    case 'call': {
      const called = callee();
      return [called === undefined ? next : { fn: called, pc: 0, below: next, height: height + 1 }];
    }
    case 'tail_call': {
      const called = callee();
      return called === undefined ? [] : [{ fn: called, pc: 0, below, height }];
    }
    case 'ret':
      return below === null ? [] : [below];
    case 'raise': {
      const region = fn.region[pc];
      return region === null || region === undefined ? [] : [to(region.target)];
    }
    case 'tail_apply':
    case 'end':
      return [];
    default:
      return [next];
  }
}

/** Lets a thread go on at another place of the function it is in. */
export function goOnAt(t: Thread, pc: number): void {
  const program = t.program as CodeProgram;
  const { site, words, at } = program.frames().next().value!;
  const there = site.fn.site(pc, false);
  const frame: unknown[] = [there.id, ...words.slice(at + 1, at + 1 + there.depth)];
  while (frame.length < 1 + site.fn.maxDepth) frame.push(undefined);
  const { chunk } = program;
  if (program.solo === null && chunk !== null) {
    const next = at + 1 + site.depth;
    program.chunk = next < chunk.words.length ? chunk : chunk.older;
    program.position = next < chunk.words.length ? next : chunk.olderAt;
  }
  program.solo = frame;
}
