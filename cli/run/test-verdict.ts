/**
 * What a test came to, in words for the terminal.
 * Invariant: a test that did not come to its end is never said to have passed, and whatever it was waiting for is said.
 */
import { ALIVE, DONE, FAILED, type Thread } from '../../runtime/process/thread.js';
import type { Failure } from '../../runtime/engine/trace.js';
import type { Over } from '../../runtime/explore/until.js';
import { circles, type Left, leftOf } from '../../runtime/scheduler/left.js';
import type { Vm } from '../../runtime/vm.js';
import { failureLines, stuckLine } from './crash-log.js';

/** Threads left over that are named. */
const MOST_LEFT = 20;

/** What is wrong, line by line; empty if the test passed. `seconds`: what it was given. */
export function troubles(vm: Vm, main: Thread, over: Over, seconds: number): string[] {
  const { scheduler } = vm;
  const failures = vm.end().failures.flatMap((f) => failureText(f, main.id));
  switch (over) {
    case 'ended': {
      // Who waits for time or for the outside may be left over, and so may whoever waits for it.
      const open = scheduler.timers.nextAt() !== undefined || scheduler.outstanding > 0 || scheduler.head !== null;
      return [...failures, ...(main.status === FAILED || open ? [] : circles(scheduler)).map(leftOf).map(stuckLine)];
    }
    case 'halted':
      return [`std::exit(${scheduler.exitCode}) ended the program before the test came to its end`, ...failures];
    case 'idle':
      return [...failures, ...scheduler.stuck().map(leftOf).map(stuckLine)];
    case 'late':
      return [...failures, lateText(vm, seconds), ...leftLines(vm, main)];
  }
}

/** How the run of a machine ended in which nobody asked for the end of its main thread. */
export function overOf(vm: Vm, late: boolean): Over {
  const { main, halted } = vm.scheduler;
  if (main !== null && main.status >= DONE) return 'ended';
  return halted ? 'halted' : late ? 'late' : 'idle';
}

function lateText({ scheduler }: Vm, seconds: number): string {
  const own = Math.round(scheduler.now()) / 1000;
  const virtual = scheduler.virtual && Math.abs(own - seconds) > seconds / 5 ? ` (${own} s by its own clock)` : '';
  return `it is not over after ${seconds} s${virtual}; what is left:`;
}

function leftLines({ scheduler }: Vm, main: Thread): string[] {
  const threads = [...scheduler.threads].filter((t) => t.status === ALIVE);
  const first = threads.filter((t) => t === main);
  const shown = [...first, ...threads.filter((t) => t !== main)].slice(0, MOST_LEFT);
  const more = threads.length - shown.length;
  return [...shown.map((t) => leftLine(leftOf(t), t === main)), ...(more > 0 ? [`  and ${more} more threads`] : [])];
}

function leftLine({ thread, name, waitsFor, where }: Left, isMain: boolean): string {
  const who = isMain ? 'the test itself' : `thread ${thread}${name === '' ? '' : ` (${name})`}`;
  const does = waitsFor === '' ? 'goes on' : `waits for ${waitsFor}`;
  return `  ${who} ${does}${where === '' ? '' : ` in ${where}`}`;
}

/** A failed assertion in its own words; anything else as the machine tells it. */
function words(message: string): string {
  const said = /^(?:\w+::)*AssertionFailed\((".*")\)$/s.exec(message)?.[1];
  if (said === undefined) return message;
  try {
    return String(JSON.parse(said));
  } catch {
    return message;
  }
}

function failureText(f: Failure, main: number): string[] {
  const message = words(f.message);
  const because = f.because.map((b) => ({ ...b, message: indented(words(b.message)) }));
  const [first, ...rest] = failureLines({ ...f, because });
  if (f.thread === main) return [message, ...rest];
  return [message === f.message ? first! : `${first!.slice(0, -f.message.length)}${indented(message)}`, ...rest];
}

const indented = (text: string): string =>
  text.includes('\n') ? text.replace(/^/gm, '\n    ').replace(/\n\n/g, '\n') : text;
