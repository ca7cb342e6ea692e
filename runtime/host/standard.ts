/**
 * Host functions that the machine itself provides, because they need its clock, its output or its threads.
 * Invariant: time is read and waited for through the VM's clock only, so that virtual time and replay see every use.
 */
import { traceOf } from '../engine/trace.js';
import { exception } from '../values/exceptions.js';
import { list } from '../values/list.js';
import { show } from '../values/show.js';
import { Float } from '../values/value.js';
import type { Exn, Value } from '../values/value.js';
import { mayHalt, type Home } from '../process/home.js';
import { gotSoFar, loseOwned, loseSince } from '../process/owned.js';
import type { Thread } from '../process/thread.js';
import { LATER } from './registry.js';
import type { MachineFunction } from './registry.js';

/** Command-line words and exit code: what `std::args` and `std::exit` need of a VM. */
export interface ProgramHome {
  readonly args: readonly string[];
  exitCode: number;
  halted: boolean;
  readonly afterSlice: (() => void)[];
  /** Ends a thread between two slices. */
  end(t: Thread, failure: Exn | null): void;
}

const write = (t: Parameters<MachineFunction>[0], text: string): void => t.home.environment.write(text);

/** The latest time that each VM has shown: its clock may be set back, the one for measuring must not follow. */
const latest = new WeakMap<Home, number>();

function monotonic(home: Home): number {
  const now = Math.max(home.now(), latest.get(home) ?? -Infinity);
  latest.set(home, now);
  return now;
}

export const standardFunctions: Readonly<Record<string, MachineFunction>> = {
  'std::print': (t, [v]) => write(t, `${show(v)}\n`),
  'std::write': (t, [v]) => write(t, v as string),
  'std::get_time_ms': (t) => Math.floor(t.home.toldTime()),
  'time::now': (t) => Math.floor(t.home.toldTime()),
  'time::monotonic': (t) => new Float(monotonic(t.home)),
  'random::entropy': (t) => Math.floor((t.home.environment.entropy ?? Math.random)() * 0x100000000),
  'std::wait': (t, [ms]) => {
    t.timer = t.home.setTimer(t.home.now() + Math.max(0, ms as number), t, 'host');
    return LATER;
  },
  'std::args': (t) => list((t.home as unknown as ProgramHome).args),
  'std::exit': (t, [code]) => {
    const home = t.home as unknown as ProgramHome;
    if (!mayHalt(t)) {
      const said = (code as number) & 255;
      const why = `std::exit(${said}) by a thread from another node ends that thread alone`;
      home.afterSlice.push(() => home.end(t, said === 0 ? null : exception('HostError', why)));
      return LATER;
    }
    home.exitCode = (code as number) & 255;
    home.halted = true;
    t.timer = 0;
    return LATER;
  },
  'std::_mark': (t) => gotSoFar(t),
  'std::_let_go': (t, [v]) => loseOwned(t, v),
  'std::_let_go_since': (t, [mark]) => loseSince(t, mark as number),
  'exn::name': (_t, [e]): Value => (e as Exn).ctor.name,
  'exn::trace': (_t, [e]): Value => list(traceOf(e as Exn)),
};
