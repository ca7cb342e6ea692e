/**
 * A socket server with a VM for each connection: lines that arrive become messages `Line(string)` to a session, what it
 * sends as `Say(string)` is written as a line, `Closed` says that the client has said all it will.
 * Invariant: connections share nothing but the processor, which they get in turns of one slice; what a connection may
 * use is limited, and one that goes beyond is closed alone.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { type Failure, failureOf } from '../../runtime/engine/trace.js';
import { Peer } from '../../runtime/embedding/peer.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { isFailure } from '../../runtime/process/thread.js';
import { failureLines } from './crash-log.js';
import { Spending } from '../../runtime/scheduler/limits.js';
import { Vm, type VmOptions } from '../../runtime/vm.js';

export interface ServeOptions {
  readonly modules: readonly VerifiedModule[];
  readonly session: string;
  /** Options of a connection's VM, with what it may use; made anew for each. */
  readonly machine: () => VmOptions;
  /** Told about connections that ended badly. */
  readonly log: (line: string) => void;
  /** Told when a thread of a connection fails; default, its lines go to `log`. */
  readonly failed?: (connection: number, failure: Failure) => void;
}

/** Milliseconds of work before sockets are looked at again. */
const TURN = 5;
const MOST_LINE = 64 * 1024;
/** Lines waiting for the session before the socket is paused. */
const MOST_PENDING = 64;
/** Bytes waiting for a slow reader before its VM is paused. */
const MOST_UNREAD = 256 * 1024;
/** Reductions a session gets to come to its end when its client is gone. */
const GRACE = 1_000_000;

/** Connections that can go on, in turns. */
class Turns {
  readonly #queue = new Set<Connection>();
  #scheduled = false;

  add(connection: Connection): void {
    this.#queue.add(connection);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    const until = performance.now() + TURN;
    for (const connection of this.#queue) {
      this.#queue.delete(connection);
      // Added again it comes last, and this loop meets it again.
      if (connection.slice()) this.#queue.add(connection);
      if (performance.now() > until) break;
    }
    const [first] = this.#queue;
    if (first !== undefined) this.add(first);
  }
}

class Connection {
  readonly #vm: Vm;
  readonly #peer: Peer;
  readonly #pending: string[] = [];
  readonly #decoder = new TextDecoder();
  #partial = '';
  #inputEnded = false;
  /** Had the input ended before the conversation did? */
  #clientLeft: boolean | undefined;
  #saidClosed = false;
  #toldOwn = false;
  #over = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    readonly socket: Socket,
    readonly number: number,
    readonly turns: Turns,
    readonly options: ServeOptions,
  ) {
    this.#vm = new Vm(options.machine());
    const loaded = options.modules.map((module) => this.#vm.load(module));
    this.#peer = Peer.open(this.#vm, loaded.at(-1)!, options.session);
    this.#vm.scheduler.onAnswer = (): void => this.wake();
    this.#vm.onFailure = (failure): void => this.#failed(failure);
    socket.on('data', (chunk: Buffer) => this.#arrived(chunk));
    socket.on('end', () => this.#ended());
    socket.on('error', () => socket.destroy());
    socket.on('drain', () => this.wake());
    socket.on('close', () => {
      this.#spending.leave(GRACE);
      this.#ended();
    });
    this.wake();
  }

  wake(): void {
    if (!this.#over) this.turns.add(this);
  }

  #arrived(chunk: Buffer): void {
    if (this.#over) return;
    const lines = (this.#partial + this.#decoder.decode(chunk, { stream: true })).split('\n');
    this.#partial = lines.pop()!;
    this.#pending.push(...lines.map((line) => line.replace(/\r$/, '')));
    if (this.#partial.length > MOST_LINE) {
      this.#finish(`a line is longer than ${MOST_LINE} characters`);
      return;
    }
    if (this.#pending.length > MOST_PENDING) this.socket.pause();
    this.wake();
  }

  #ended(): void {
    if (this.#inputEnded) return;
    this.#inputEnded = true;
    if (this.#partial !== '') this.#pending.push(this.#partial);
    this.#partial = '';
    this.wake();
  }

  /** One slice of work; whether there is more to do at once. */
  slice(): boolean {
    if (this.#over) return false;
    const { scheduler } = this.#vm;
    clearTimeout(this.#timer);
    scheduler.fireTimers();
    this.#feed();
    const blocked = this.socket.writableLength > MOST_UNREAD && !this.socket.destroyed;
    if (scheduler.head !== null && !blocked) this.#work();
    this.#write();
    if (this.#over) return false;
    if (scheduler.halted) {
      this.#finish();
      return false;
    }
    // The conversation is over; the session may have other things to do yet.
    if (this.#peer.isLost && !this.socket.writableEnded) {
      this.#clientLeft = this.#inputEnded;
      this.socket.end();
    }
    if (scheduler.head !== null) return !blocked;
    return this.#rest();
  }

  /** Gives the session what it is ready to hear. */
  #feed(): void {
    while (this.#pending.length > 0 && this.#peer.sendable.includes('Line'))
      this.#peer.send('Line', this.#pending.shift()!);
    if (this.socket.isPaused() && this.#pending.length < MOST_PENDING / 4) this.socket.resume();
    if (this.#inputEnded && !this.#saidClosed && this.#pending.length === 0 && this.#peer.sendable.includes('Closed')) {
      this.#saidClosed = true;
      this.#peer.send('Closed');
    }
  }

  get #spending(): Spending {
    return (this.#vm.scheduler.spending ??= new Spending({}));
  }

  #work(): void {
    const { scheduler } = this.#vm;
    scheduler.slice(scheduler.quantum);
    this.#tellOwn();
    const exceeded = scheduler.spending?.exceeded ?? null;
    if (exceeded !== null) this.#finish(exceeded);
  }

  /** Writes what the session said. */
  #write(): void {
    for (;;) {
      if (this.#peer.isLost) return;
      const said = this.#peer.take();
      if (said === undefined) return;
      const line = `${said.values.map(String).join(' ')}\n`;
      this.#spending.wrote(line.length);
      if (this.socket.writable) this.socket.write(line);
    }
  }

  /** Nothing is ready: waits for a timer, or gives the session up if nobody can say anything more to it. */
  #rest(): boolean {
    const { scheduler } = this.#vm;
    this.#feed();
    if (scheduler.head !== null) return true;
    const at = scheduler.timers.nextAt();
    if (at !== undefined)
      this.#timer = setTimeout(() => this.wake(), Math.min(Math.max(0, at - scheduler.now()), 0x7fffffff));
    else if (this.#peer.isLost) {
      if (scheduler.outstanding === 0) this.#finish();
    }
    // One of those outstanding is the link to the client itself.
    else if (this.#inputEnded && scheduler.outstanding <= 1) {
      this.#peer.drop();
      if (scheduler.head === null) this.#finish();
      else return true;
    }
    return false;
  }

  /** The session itself failed: that is told even though its client, whom nobody asks, has learnt of it. */
  #tellOwn(): void {
    const { thread } = this.#peer;
    if (this.#toldOwn || !isFailure(thread)) return;
    this.#toldOwn = true;
    if (!(this.#clientLeft ?? this.#inputEnded) && thread.noticed) this.#failed(failureOf(thread));
  }

  #failed(failure: Failure): void {
    const { failed, log } = this.options;
    if (failed !== undefined) failed(this.number, failure);
    else for (const line of failureLines(failure)) log(`connection ${this.number}: ${line}`);
  }

  #finish(why?: string): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#tellOwn();
    if (why !== undefined) this.options.log(`connection ${this.number}: ${why}`);
    if (why === undefined) this.socket.end();
    else this.socket.destroy();
  }
}

/** Listens; every connection gets a VM of its own. Rejects if the port cannot be had, or the session does not fit. */
export async function serve(port: number, host: string, options: ServeOptions): Promise<Server> {
  // Once before the first client: a module that cannot be loaded is the operator's mistake.
  const trial = new Vm(options.machine());
  const loaded = options.modules.map((module) => trial.load(module));
  Peer.open(trial, loaded.at(-1)!, options.session);
  const turns = new Turns();
  let number = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    number++;
    try {
      new Connection(socket, number, turns, options);
    } catch (error) {
      options.log(`connection ${number}: ${(error as Error).message}`);
      socket.destroy();
    }
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
