/**
 * What stands in a VM for a thread that lives elsewhere, and for the far ends of links: programs that only pass on.
 * A stand-in thread is an ordinary thread, so references to it, connecting to it and watching it cost local code nothing.
 * Invariant: a stand-in has no frames and owns only connections nobody took yet; it waits whenever it does not run.
 */
import type { End } from '../process/link.js';
import type { Program, SliceEnd } from '../process/program.js';
import { R } from '../process/registers.js';
import { CodeProgram } from '../engine/program.js';
import { ALIVE, Waiting, extraOfThread } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import type { Home } from '../process/home.js';

/** Runs an action whenever it is woken. */
class Passing implements Program {
  constructor(
    readonly thread: Thread,
    readonly action: () => void,
  ) {}
  run(fuel: number): SliceEnd {
    this.action();
    R.fuel = fuel;
    this.thread.waiting = Waiting.OTHER;
    return 'waiting';
  }
  failure(): { readonly message: string; readonly trace: readonly string[] } {
    return { message: 'it lives on another node', trace: [] };
  }
  fork(): Program {
    return this;
  }
  snapshot(): { readonly kind: string; readonly state: unknown } {
    throw new Error('a node with links to other nodes cannot be saved');
  }
}

/** The program of a stand-in thread: the node to which frames about it go. */
export class StandIn extends Passing {
  constructor(
    thread: Thread,
    public where: string,
    action: () => void,
  ) {
    super(thread, action);
  }
}

/** Watchers of a stand-in: the first one makes the node watch the thread itself. */
class Watchers extends Set<End> {
  constructor(
    all: Iterable<End>,
    readonly first: () => void,
  ) {
    super();
    for (const e of all) super.add(e);
  }
  override add(e: End): this {
    super.add(e);
    this.first();
    return this;
  }
}

/** Makes a thread stand in for one at another node. `connect` sends off new connections, `watch` starts watching. */
export function standIn(t: Thread, where: string, connect: () => void, watch: () => void): void {
  t.status = ALIVE;
  t.program = new StandIn(t, where, connect);
  t.waiting = Waiting.OTHER;
  t.timer = 0;
  const extra = extraOfThread(t);
  extra.paused = extra.owed = false;
  extra.watchers = new Watchers(extra.watchers, watch);
}
/** Ends the standing in: the thread will get its own program. */
export function standDown(t: Thread): void {
  const extra = extraOfThread(t);
  extra.watchers = new Set(extra.watchers);
  t.waiting = null;
}

/** A thread that owns the far ends of links and passes on what comes to them. */
export function outboxOf(home: Home, flush: () => void): Thread {
  const t = new CodeProgram(0, home);
  t.status = ALIVE;
  t.waiting = Waiting.OTHER;
  t.program = new Passing(t, flush);
  return t;
}

/** Where a thread lives, if it is a stand-in. */
export const whereabouts = (t: Thread | null): string | null =>
  t?.program instanceof StandIn ? t.program.where : null;
