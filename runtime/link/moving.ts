/**
 * Threads that come, go, or are killed from afar: the exchanges `qvm_immigrate`, `qvm_emigrate`, `qvm_kill` with their
 * statuses, and `qvm_moved`, which settles a move.
 * Invariant: a thread that is leaving is frozen here until the other node has it, or goes on here; never both.
 */
import { MalformedError } from '../bytecode/binary.js';
import { exception } from '../values/exceptions.js';
import { programOf } from '../engine/program.js';
import { ALIVE, extraOfThread } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import type { Connection } from './connection.js';
import { arrive, freeze, hindrance, prepare, thaw } from './emigration.js';
import type { Frozen, Prepared } from './emigration.js';
import { OPERATIONS, STATUS, operationOf } from './frame.js';
import type { FrameOf, Operation } from './frame.js';
import { shown } from './hello.js';
import { rests } from './finishing.js';
import type { LinkNode } from './node.js';
import { Untravelled } from './parcel.js';
import { Requests } from './requests.js';
import type { Asked } from './requests.js';
import { StandIn, standDown } from './standin.js';
import { Departure } from './travel.js';
import { connect as connectTo, watch, unwatch, unwatched } from './reaching.js';
import { ProtocolError } from './wires.js';

type Question = FrameOf<'qvm_immigrate'> | FrameOf<'qvm_emigrate'> | FrameOf<'qvm_kill'> | FrameOf<'qvm_rest'>;
export type Settled = (status: number) => void;
/** A thread on its way out, and who wants to know what comes of it. */
interface Leaving {
  readonly frozen: Frozen;
  readonly to: string;
  readonly done: Settled;
}
/** A thread that was announced and runs here as soon as its node gives it up. */
interface Arriving {
  readonly prepared: Prepared;
  readonly from: string;
  readonly due: number;
  readonly done: Settled;
}

/** Threads of other nodes that live here at most. */
const MOST_IMMIGRANTS = 100_000;
const NOTHING = new Uint8Array(0);
/** An announced thread may stay away for so many times the limit of a request. */
const ARRIVAL = 4;

export class Moving {
  readonly #leaving = new Map<string, Leaving>();
  readonly #arriving = new Map<string, Arriving>();
  readonly requests: Requests;
  /** This node takes in no more threads. */
  closed = false;
  /** Who brought a thread that lives here. */
  readonly broughtBy = new WeakMap<Thread, string>();

  constructor(readonly node: LinkNode) {
    this.requests = new Requests(() => node.due());
  }

  get busy(): boolean {
    return this.#leaving.size + this.#arriving.size > 0 || this.requests.any;
  }
  /** A node is gone: what was under way with it is settled. */
  down(node: string): void {
    for (const [address, a] of [...this.#arriving]) {
      if (a.from !== node) continue;
      this.#arriving.delete(address);
      a.done(STATUS.unknown);
    }
    this.requests.down(node);
  }
  /** What was to be answered by now, and was not, is given up. */
  tick(now: number): void {
    this.requests.late(now);
    for (const [address, a] of this.#arriving)
      if (a.due < now) this.node.hangUp(a.from, `${address} was announced and never came`);
  }

  #answer(c: Connection, about: Operation, thread: string, status: number, frozen?: Frozen): void {
    const [context, code] = frozen === undefined ? [NOTHING, NOTHING] : [frozen.context, frozen.code];
    c.send({ operation: 'qvm_status', about: OPERATIONS[about].code, thread, status, context, code });
  }
  /** Asks another node about a thread. */
  ask(node: string, frame: Question, asked: Asked): void {
    this.requests.add(node, frame.operation, frame.thread, asked);
    this.node.send(node, frame);
  }
  status(c: Connection, f: FrameOf<'qvm_status'>): void {
    const about = operationOf(f.about);
    const asked = this.requests.answered(c.peer, about, f.thread);
    if (asked === undefined) throw new ProtocolError('an answer to nothing that was asked');
    if (asked !== 'late') asked(f.status, f);
    else if (f.status === STATUS.ok) this.#tooLate(c, about, f.thread);
  }
  /** The other node did what nobody waits for any more. */
  #tooLate(c: Connection, about: Operation | undefined, thread: string): void {
    // The thread went on here; the one that was announced there is to be forgotten.
    if (about === 'qvm_immigrate') this.ask(c.peer, { operation: 'qvm_kill', thread }, () => undefined);
    else if (about === 'qvm_emigrate') this.#answer(c, 'qvm_immigrate', thread, STATUS.late);
  }

  // ---------------------------------------------------------------- moving

  immigrate(c: Connection, f: FrameOf<'qvm_immigrate'>): void {
    this.#answer(c, 'qvm_immigrate', f.thread, this.#prepare(c, f));
  }

  /** Takes an immigrant apart; it begins to live here when its node says that it has moved. */
  #prepare(
    c: Connection,
    f: { readonly thread: string; readonly context: Uint8Array; readonly code: Uint8Array },
    done: Settled = () => undefined,
  ): number {
    const t = this.node.known(f.thread);
    const refuse = (status: number, why: string): number => {
      this.node.options.onEvent?.(`refused ${shown(f.thread)}: ${why}`, true);
      return status;
    };
    if (this.closed) return refuse(STATUS.busy, 'this node is about to end');
    const most = this.node.options.mostImmigrants ?? MOST_IMMIGRANTS;
    if (this.node.immigrants + this.#arriving.size >= most && !f.thread.startsWith(`${this.node.name}.`))
      return refuse(STATUS.busy, `${most} threads of other nodes live here already`);
    if (t !== undefined && !(t.program instanceof StandIn) && t.status === ALIVE)
      return refuse(STATUS.busy, 'it lives here already');
    const missing = this.node
      .modulesIn({ operation: 'qvm_immigrate', ...f })
      .find((m) => this.node.codebase.module(m.hash) === undefined);
    if (missing !== undefined)
      return refuse(STATUS.code, `module ${missing.name}: ${this.node.whyNot(c.peer, missing.hash)}`);
    try {
      const parcel = this.node.unpack(f.context, c.peer);
      const prepared = prepare(
        f.code,
        this.node.codebase,
        parcel,
        this.node.vm.judge,
        this.node.known(f.thread) ?? null,
      );
      const due = this.node.due(ARRIVAL);
      this.#arriving.set(f.thread, { prepared, from: c.peer, due, done });
      return STATUS.ok;
    } catch (e) {
      if (!(e instanceof MalformedError || e instanceof ProtocolError)) throw e;
      return refuse(STATUS.context, e.message);
    }
  }
  moved(c: Connection, f: FrameOf<'qvm_moved'>): void {
    if (f.node !== this.node.name) {
      const t = this.node.known(f.thread);
      if (t?.program instanceof StandIn && t.program.where === c.peer && this.node.connected(f.node))
        t.program.where = f.node;
      return;
    }
    const arriving = this.#arriving.get(f.thread);
    if (arriving === undefined || arriving.from !== c.peer) throw new ProtocolError(`${f.thread} was not announced`);
    this.#arriving.delete(f.thread);
    const [node, number] = [
      f.thread.slice(0, f.thread.lastIndexOf('.')),
      f.thread.slice(f.thread.lastIndexOf('.') + 1),
    ];
    const t = this.node.reference(node, Number(number), c.peer).target ?? this.node.vm.scheduler.newThread();
    this.node.remember(f.thread, t);
    this.node.wires.flush();
    unwatch(this.node.wires, t);
    standDown(t);
    extraOfThread(t).outside = extraOfThread(t).unproven = true;
    this.broughtBy.set(t, c.peer);
    arrive(t, arriving.prepared, this.node.wires, c.peer);
    this.node.options.onEvent?.(`${shown(f.thread)} lives here now`);
    arriving.done(STATUS.ok);
  }

  give(c: Connection, address: string): void {
    const t = this.node.known(address);
    const status = t === undefined || t.status !== ALIVE ? STATUS.unknown : STATUS.busy;
    const frozen = status === STATUS.busy ? this.#freeze(t!, address, c.peer, false, () => undefined) : null;
    this.#answer(c, 'qvm_emigrate', address, frozen === null ? status : STATUS.ok, frozen ?? undefined);
    if (frozen !== null) this.requests.add(c.peer, 'qvm_immigrate', address, (s) => this.#settle(address, s));
  }
  #freeze(t: Thread, address: string, to: string, asks: boolean, done: Settled): Frozen | null {
    const why = this.#leaving.has(address) ? 'it is moving already' : hindrance(t, asks);
    try {
      if (why !== null) throw new Untravelled(why);
      const frozen = freeze(t, asks, this.node.wires, this.node.codebase, (ours) => {
        this.node.wires.flow.sendFor(ours);
        const departure = new Departure(this.node.wires, ours);
        return { departure, sender: this.node.sender(departure) };
      });
      this.#leaving.set(address, { frozen, to, done });
      return frozen;
    } catch (e) {
      this.node.options.onEvent?.(
        `${shown(address)} cannot leave: ${e instanceof Error ? e.message : String(e)}`,
        true,
      );
      return null;
    }
  }
  /** The other node has taken a thread apart, or has not. */
  #settle(address: string, status: number): void {
    if (status === STATUS.ok) this.#leave(address, this.#leaving.get(address)!);
    else this.#stay(address, status);
  }
  #stay(address: string, status: number): void {
    const leaving = this.#leaving.get(address)!;
    this.#leaving.delete(address);
    thaw(leaving.frozen);
    leaving.done(status);
  }
  /** The other node has it: from here on it lives there. */
  #leave(address: string, { frozen, to, done }: Leaving): void {
    const { thread: t, departure } = frozen;
    this.#leaving.delete(address);
    if (t.status !== ALIVE) {
      // It was killed meanwhile: the other node is not to run it.
      departure.abandon();
      this.ask(to, { operation: 'qvm_kill', thread: address }, () => undefined);
      done(STATUS.unknown);
      return;
    }
    if (t.timer > 0) t.home.cancelTimer(t.timer);
    const { scheduler } = this.node.vm;
    scheduler.threads.delete(t);
    scheduler.live--;
    // Where it fails, it is known who has learnt of it.
    if (departure.size > 0 || t.extra?.told) t.noticed = true;
    this.node.send(to, { operation: 'qvm_moved', thread: address, node: to });
    departure.commit(to);
    programOf(t).leave();
    this.node.standIn(t, address, to);
    this.#watchFrom(t, address, to);
    for (const peer of this.node.connections.open.keys())
      if (peer !== to) this.node.send(peer, { operation: 'qvm_moved', thread: address, node: to });
    this.node.options.onEvent?.(`${shown(address)} lives at ${shown(to)} now`);
    if (!extraOfThread(t).ready.empty) connectTo(this.node.wires, t, address);
    done(STATUS.ok);
  }
  /** Home, and watchers that are not at the new place, learn of the end from here. */
  #watchFrom(t: Thread, address: string, to: string): void {
    unwatched(this.node.wires, t, to);
    if (address.startsWith(`${this.node.name}.`) || extraOfThread(t).watchers.size > 0)
      watch(this.node.wires, t, address);
  }

  /** Moves a thread to a node. `done` hears a status, at once or later. `asks`: the thread itself called. */
  migrate(t: Thread, to: string, asks: boolean, done: Settled): void {
    const address = this.node.addressOf(t);
    const where = t.program instanceof StandIn ? t.program.where : this.node.name;
    if (where === to) done(STATUS.ok);
    else if (where !== this.node.name) this.#fetch(t, address, where, to, done);
    else if (!this.node.connected(to)) done(STATUS.unknown);
    else {
      const frozen = this.#freeze(t, address, to, asks, done);
      if (frozen === null) done(STATUS.busy);
      else {
        const { context, code } = frozen;
        this.ask(to, { operation: 'qvm_immigrate', thread: address, context, code }, (s) => this.#settle(address, s));
      }
    }
  }
  #fetch(t: Thread, address: string, where: string, to: string, done: Settled): void {
    const then =
      to === this.node.name
        ? done
        : (s: number): void => (s === STATUS.ok ? this.migrate(t, to, false, done) : done(s));
    if (!this.node.connected(where)) done(STATUS.unknown);
    else {
      this.ask(where, { operation: 'qvm_emigrate', thread: address }, (status, answer) => {
        const c = this.node.connections.open.get(where);
        if (status !== STATUS.ok || answer === undefined || c === undefined) {
          then(status);
          return;
        }
        const prepared = this.#prepare(c, answer, then);
        this.#answer(c, 'qvm_immigrate', address, prepared);
        if (prepared !== STATUS.ok) then(prepared);
      });
    }
  }
  isLeaving(t: Thread): boolean {
    return [...this.#leaving.values()].some((l) => l.frozen.thread === t);
  }

  // ---------------------------------------------------------------- killing

  killHere(c: Connection, address: string): void {
    const announced = this.#arriving.get(address);
    if (announced?.from === c.peer) this.#arriving.delete(address);
    const t = this.node.known(address);
    if (t?.program instanceof StandIn && t.program.where !== c.peer)
      this.kill(t, (status) => this.#answer(c, 'qvm_kill', address, status));
    else if (t === undefined || t.status !== ALIVE || t.program instanceof StandIn)
      this.#answer(c, 'qvm_kill', address, announced === undefined ? STATUS.unknown : STATUS.ok);
    else {
      this.node.vm.scheduler.kill(t);
      // Who has a link to it, or watches it, learns so before the answer.
      this.node.wires.flush();
      this.#answer(c, 'qvm_kill', address, STATUS.ok);
    }
  }
  /** Does a thread that lives here, or further on, only wait for clients? */
  restsHere(c: Connection, address: string): void {
    const t = this.node.known(address);
    const answer = (status: number): void => this.#answer(c, 'qvm_rest', address, status);
    if (t?.program instanceof StandIn && t.program.where !== c.peer) this.rests(t, answer);
    else if (t === undefined || t.status !== ALIVE || t.program instanceof StandIn) answer(STATUS.unknown);
    else answer(rests(t) ? STATUS.ok : STATUS.busy);
  }
  rests(t: Thread, done: Settled): void {
    const { where } = t.program as StandIn;
    if (!this.node.connected(where)) done(STATUS.unknown);
    else this.ask(where, { operation: 'qvm_rest', thread: this.node.addressOf(t) }, done);
  }
  /** Kills a thread that lives elsewhere. */
  kill(t: Thread, done: Settled): void {
    const address = this.node.addressOf(t);
    const { where } = t.program as StandIn;
    if (!this.node.connected(where)) {
      done(STATUS.unknown);
      return;
    }
    this.ask(where, { operation: 'qvm_kill', thread: address }, (status) => {
      if (status === STATUS.ok) this.node.wires.finish(t, exception('Killed'));
      done(status);
    });
  }
}
