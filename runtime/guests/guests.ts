/**
 * Guests on a VM's own scheduler: each program becomes a thread among the others, with the same turns, pausing, killing
 * and watching; what the guest waits for wakes it.
 * Invariant: a guest's thread ends exactly when its program does, as failed with the program's own message; a wake-up
 * for a thread that is running, ready or ended changes nothing.
 */
import { finishThread } from '../process/ending.js';
import { start, wake, type Home } from '../process/home.js';
import type { Program, SliceEnd } from '../process/program.js';
import { R } from '../process/registers.js';
import { Waiting, type Thread } from '../process/thread.js';
import { exception } from '../values/exceptions.js';
import { Channels } from './grumpy/channels.js';
import { Heap } from './grumpy/heap.js';
import type { Image } from './grumpy/image.js';
import { DEFAULT_HEAP, GrumpyMachine, type GrumpyHost } from './grumpy/machine.js';

/** The thread's own view of a guest: tells the VM how a slice ended. */
class Hosted implements Program {
  constructor(
    private readonly guest: Program,
    private readonly thread: Thread,
  ) {}

  run(fuel: number): SliceEnd {
    const { guest, thread } = this;
    // A guest that fails, or does not tell, has used it all.
    R.fuel = 0;
    const end = guest.run(fuel);
    if (end === 'waiting') thread.waiting = Waiting.OTHER;
    else if (end === 'done') finishThread(thread, null, undefined);
    else if (end === 'failed') finishThread(thread, exception('Failure', guest.failure().message), undefined);
    return end;
  }

  failure(): { readonly message: string; readonly trace: readonly string[] } {
    return this.guest.failure();
  }

  isIdle(): boolean {
    return this.guest.isIdle?.() === true;
  }

  /** The guest's copy; whoever forks the thread starts it. */
  fork(): Program {
    return this.guest.fork();
  }

  snapshot(): { readonly kind: string; readonly state: unknown } {
    return this.guest.snapshot();
  }
}

/** The guests of one VM. It is a `Waker` for actors: `actor.start(guests)` puts one on the VM. */
export class Guests {
  private readonly threads = new WeakMap<Program, Thread>();

  constructor(private readonly home: Home) {}

  /** Runs a program as a thread of its own. */
  start(program: Program): Thread {
    const thread = this.home.newThread();
    thread.program = new Hosted(program, thread);
    this.threads.set(program, thread);
    start(thread);
    return thread;
  }

  /** Something happened that a program may wait for; one that has no thread, or whose thread ended, gets one. */
  wake(program: Program): void {
    const thread = this.threads.get(program);
    if (thread === undefined || thread.program === null) this.start(program);
    else if (thread.waiting === Waiting.OTHER) wake(thread);
  }

  /** Starts a GrumpyVM program; its threads are the VM's. */
  startGrumpy(
    image: Image,
    effects: Pick<GrumpyHost, 'print' | 'collected'>,
    heap = DEFAULT_HEAP,
  ): { readonly machine: GrumpyMachine; readonly thread: Thread } {
    const host: GrumpyHost = {
      print: effects.print,
      collected: effects.collected,
      channels: new Channels((machine) => this.wake(machine)),
      spawn: (child) => {
        this.start(child);
        return true;
      },
    };
    const machine = new GrumpyMachine(image, host, new Heap(heap));
    return { machine, thread: this.start(machine) };
  }
}
