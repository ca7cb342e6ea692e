/**
 * The host as a peer: one end of a link to a session, held by the program around the VM. To the machine the host is a
 * thread like any other whose program is not Quartz code, so losing, waking and stopping need no second path.
 * Invariant: only messages that the session's declared type admits at this point are sent, with values of the declared
 * types; what the session sends is read in order, each message once.
 */
import { finishThread } from '../process/ending.js';
import { start, unqueue } from '../process/home.js';
import { type End, LOST, link, payload } from '../process/link.js';
import { lose, sendMany, takeLoss } from '../process/mail.js';
import type { Program, SliceEnd } from '../process/program.js';
import { R } from '../process/registers.js';
import { ALIVE, type Thread, Waiting } from '../process/thread.js';
import { startWith } from '../engine/spawning.js';
import type { Instance } from '../engine/function.js';
import { describeFailure } from '../engine/trace.js';
import { exception } from '../values/exceptions.js';
import { type Exn, Label, type Value } from '../values/value.js';
import type { Vm } from '../vm.js';
import { type DataTypes, fromValue, notationOf, toValue, typesWithin } from './convert.js';
import { Monitor } from './monitor.js';

/** A message from a session, its payload as values of the host. */
export interface Received {
  readonly label: string;
  readonly values: readonly unknown[];
}

/** The session ended, failed or dropped the link: nothing more will come. */
export class PeerLostError extends Error {
  override readonly name = 'PeerLostError';
}

/** The session's type does not admit this message now. */
export class NotAllowedError extends Error {
  override readonly name = 'NotAllowedError';
}

/** The host's thread: has nothing to do but to tell the host that something came. */
class Listening implements Program {
  constructor(
    readonly thread: Thread,
    readonly came: () => void,
  ) {}
  run(fuel: number): SliceEnd {
    try {
      this.came();
    } finally {
      R.fuel = fuel;
    }
    // Dropped by what it told: then there is nothing to wait for.
    if (this.thread.status !== ALIVE) return 'done';
    this.thread.waiting = Waiting.OTHER;
    return 'waiting';
  }
  failure(): { readonly message: string; readonly trace: readonly string[] } {
    return { message: '', trace: [] };
  }
  fork(): Program {
    throw new Error('the host cannot be forked');
  }
  snapshot(): { readonly kind: string; readonly state: unknown } {
    throw new Error('a link to the host cannot be saved');
  }
}

export class Peer {
  #monitor: Monitor;
  #dropped = false;
  /** The machine still waits for the host. */
  #held = true;
  #reason: Value = undefined;
  readonly #waiting: { resolve: (m: Received) => void; reject: (e: Error) => void }[] = [];
  /** Called whenever something may have come; for servers that do not wait on promises. */
  onActivity: () => void = () => undefined;

  private constructor(
    readonly vm: Vm,
    /** The session's thread. */
    readonly thread: Thread,
    private readonly host: Thread,
    private readonly end: End,
    /** The data types that the session's messages may name. */
    private readonly types: DataTypes,
    monitor: Monitor,
  ) {
    this.#monitor = monitor;
  }

  /** Starts session `name` with a link to the host as its one end parameter; `args` are the others, in order. */
  static open(vm: Vm, module: Instance, name: string, args: readonly unknown[] = []): Peer {
    const fn = module.exported(name);
    if (fn === undefined || !fn.image.session)
      throw new Error(`module ${module.image.name} exports no session ${name}`);
    const { params, type } = fn.image;
    const ends = params.filter((p) => p.kind === 'end');
    if (ends.length !== 1 || params.length !== args.length + 1)
      throw new Error(`${name} must take one end, the link to the host, and ${args.length} other parameters`);
    const notation = notationOf(type);
    const monitor = notation && Monitor.of(notation, ends[0]!.name);
    if (monitor === undefined) throw new Error(`${name} says nothing of how it talks over ${ends[0]!.name}`);
    const types = typesWithin(module);
    const others = args.map((v, i) => ({ v, p: params.filter((p) => p.kind !== 'end')[i]! }));
    const made = others.map(({ v, p }) => toValue(notationOf(p.type) ?? { kind: 'cut' }, v, types));
    const host = vm.scheduler.newThread();
    const session = vm.scheduler.newThread();
    const end = link(host, session);
    const peer: Peer = new Peer(vm, session, host, end, types, monitor);
    host.program = new Listening(host, () => peer.#came());
    host.noticed = true;
    start(host);
    const values = [...made];
    startWith(
      session,
      fn,
      params.map((p): Value => (p.kind === 'end' ? end.peer : values.shift())),
    );
    vm.scheduler.outstanding++;
    return peer;
  }

  /** Labels that may be sent now. */
  get sendable(): readonly string[] {
    return this.#dropped || this.end.state >= LOST ? [] : [...new Set(this.#monitor.sendable.map((b) => b.label))];
  }
  /** Whether the link is over and everything the session said was read. */
  get isLost(): boolean {
    return this.#dropped || (this.end.head === null && (this.end.state >= LOST || this.#monitor.isOver));
  }

  /** Sends a message; to a session that has ended it does nothing. Throws NotAllowedError or WrongValue; then nothing was sent. */
  send(label: string, ...values: unknown[]): void {
    const next = this.#monitor.sent(label);
    const branch = this.#monitor.sendable.find((b) => b.label === label);
    if (this.#dropped || next === undefined || branch === undefined)
      throw new NotAllowedError(`${label} may not be sent now; ${this.sendable.join(', ') || 'nothing'} may`);
    if (values.length !== branch.payload.length)
      throw new NotAllowedError(`${label} carries ${branch.payload.length} values, not ${values.length}`);
    const made = values.map((v, i) => toValue(branch.payload[i]!, v, this.types));
    this.#monitor = next;
    sendMany(this.end, Label.of(label), ...made);
    if (next.isOver) this.#release();
    this.vm.scheduler.onAnswer();
  }

  /** The next message if there is one. Throws PeerLostError after the last. */
  take(): Received | undefined {
    const m = this.end.head;
    if (m === null) {
      if (this.isLost) throw this.#lost();
      return undefined;
    }
    this.end.head = m.next;
    const { name } = m.label;
    const count = this.#monitor.receivable.find((b) => b.label === name)?.payload.length ?? 0;
    this.#monitor = this.#monitor.received(name) ?? this.#monitor;
    if (this.#monitor.isOver) this.#release();
    return { label: name, values: Array.from({ length: count }, (_, i) => fromValue(payload(m, i))) };
  }

  /** The next message, as soon as there is one; somebody must run the VM meanwhile. Rejects with PeerLostError. */
  receive(): Promise<Received> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#settle();
    });
  }

  /** Ends the link: the session learns that its peer is lost. */
  drop(): void {
    if (this.#dropped) return;
    this.#dropped = true;
    if (this.end.state < LOST) lose(this.end, exception('Dropped'));
    this.#release();
    this.#settle();
    this.vm.scheduler.onAnswer();
  }

  #came(): void {
    if (this.end.state >= LOST) this.#release();
    this.#settle();
    this.onActivity();
  }

  /** From now on the machine need not wait for the host. */
  #release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.vm.scheduler.outstanding--;
    if (this.host.queued) unqueue(this.host);
    finishThread(this.host, null, undefined);
  }

  #lost(): PeerLostError {
    if (this.#dropped) return new PeerLostError('the link was dropped');
    if (this.end.state < LOST) return new PeerLostError('the conversation is over');
    this.#reason ??= takeLoss(this.end);
    const { message } = describeFailure(this.#reason as Exn);
    return new PeerLostError(message === 'Ended' ? 'the session has ended' : `the session is lost: ${message}`);
  }

  #settle(): void {
    while (this.#waiting.length > 0) {
      try {
        const m = this.take();
        if (m === undefined) return;
        this.#waiting.shift()!.resolve(m);
      } catch (error) {
        this.#waiting.shift()!.reject(error as Error);
      }
    }
  }
}
