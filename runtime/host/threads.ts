/**
 * `std::thread` for programs: operations on thread references.
 * Invariant: what an operation does to the calling thread itself takes effect at the end of its slice.
 */
import type { CodeProgram } from '../engine/program.js';
import { R, SUSPENDED } from '../process/registers.js';
import { ALIVE, DONE, isImmigrant, referenceTo } from '../process/thread.js';
import type { Reference, Thread } from '../process/thread.js';
import { clear, fork, infoOf, pause, resume } from '../scheduler/operations.js';
import type { Scheduler } from '../scheduler/scheduler.js';
import { exception } from '../values/exceptions.js';
import { makeData, tupleConstructor } from '../values/value.js';
import type { Value } from '../values/value.js';
import { LATER, answer } from './registry.js';
import type { MachineFunction } from './registry.js';

const target = (v: Value): Thread | null => (v as Reference).target;

/** Does something to another thread at once; to the calling one after its slice. */
function afterSlice(caller: Thread, t: Thread, action: () => void): Value {
  if (t !== caller) {
    action();
    return undefined;
  }
  (caller.home as Scheduler).afterSlice.push(() => {
    action();
    answer(caller, undefined);
  });
  return LATER;
}

/** What only a node can do; a node puts its own functions in their place. */
const alone: MachineFunction = () => {
  throw exception('HostError', 'this machine is not a node: run the program with `quartz node`');
};

export const threadFunctions: Readonly<Record<string, MachineFunction>> = {
  'thread::migrate': alone,
  'node::connect': alone,
  'node::here': alone,
  'node::name': alone,
  'thread::kill': (caller, [r]) => {
    const t = target(r);
    return t === null ? undefined : afterSlice(caller, t, () => (caller.home as Scheduler).kill(t));
  },
  'thread::clear': (caller, [r]) => {
    const t = target(r);
    return t === null || t.status >= DONE ? undefined : afterSlice(caller, t, () => clear(t));
  },
  'thread::fork': (caller, [r]) => {
    const t = target(r);
    if (t === null) return r;
    if (t !== caller) return referenceTo(fork(t));
    (caller.home as Scheduler).afterSlice.push(() => {
      const copy = referenceTo(fork(t));
      // Both go on after the call, which gives the copy to both.
      (copy.target!.program as CodeProgram).raised = null;
      (copy.target!.program as CodeProgram).answer = copy;
      answer(caller, copy);
    });
    return LATER;
  },
  'thread::pause': (_caller, [r]) => {
    const t = target(r);
    if (t === null) return undefined;
    pause(t);
    if (t === R.thread && t.status === ALIVE) R.flag = SUSPENDED;
    return undefined;
  },
  'thread::resume': (_caller, [r]) => {
    const t = target(r);
    if (t !== null) resume(t);
    return undefined;
  },
  'thread::set_priority': (caller, [r, priority]) => {
    const t = target(r);
    // Threads from other nodes go before nobody.
    const most = isImmigrant(caller) ? 0 : Number.POSITIVE_INFINITY;
    if (t !== null && t.status <= ALIVE) (t.home as Scheduler).prioritise(t, Math.min(priority as number, most));
    return undefined;
  },
  'thread::_info': (_caller, [r]) => {
    const t = target(r);
    if (t === null) return makeData(tupleConstructor(4), ['elsewhere', 0, 0, 0]);
    const i = infoOf(t);
    return makeData(tupleConstructor(4), [i.status, i.queue, i.heap, i.reductions]);
  },
  'thread::current': (caller) => referenceTo(caller),
};
