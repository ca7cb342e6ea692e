/**
 * A node: one VM among others. Holds its connections, knows threads by address wherever they live, moves threads, and
 * hands everything about links to its wires. See docs/protocol.md.
 * Invariant: frames are handled between slices only; a thread lives on exactly one node, or is lost with one.
 */
import { MalformedError, Reader } from '../bytecode/binary.js';
import { ALIVE, Reference, Thread, extraOfThread, referenceTo } from '../process/thread.js';
import { exception } from '../values/exceptions.js';
import type { Label, Value } from '../values/value.js';
import type { Vm } from '../vm.js';
import { Codebase } from './codebase.js';
import { Connection } from './connection.js';
import { arrive, freeze, hindrance, modulesOfCode, prepare, thaw } from './emigration.js';
import type { Frozen, Prepared } from './emigration.js';
import { Expectations } from './expectations.js';
import { OPERATIONS, STATUS, operationOf, statusName } from './frame.js';
import type { Frame, FrameOf } from './frame.js';
import type { Identity } from './hello.js';
import { Modules } from './modules.js';
import { writeParcel } from './parcel.js';
import type { Sender } from './parcel.js';
import { StandIn, standDown, standIn } from './standin.js';
import type { Channel, Transport } from './transport.js';
import { Departure, reach } from './travel.js';
import { readHeads, readParcel } from './unparcel.js';
import type { ModuleName, Unparcelled } from './unparcel.js';
import { ProtocolError, Wires } from './wires.js';
import type { Post } from './wires.js';

export interface NodeOptions extends Identity {
  readonly transport: Transport;
  /** Milliseconds, for pings alone. */
  readonly now: () => number;
  /** A connection silent for so long is lost (default 15000); asks after a third of it. */
  readonly silence?: number;
  readonly onEvent?: (event: string) => void;
}

type Settled = (status: number) => void;
/** A thread on its way out, and who wants to know what comes of it. */
interface Leaving {
  readonly frozen: Frozen;
  readonly to: string;
  readonly done: Settled;
}

export class LinkNode implements Post {
  readonly name: string;
  readonly connections = new Map<string, Connection>();
  readonly wires: Wires;
  readonly codebase: Codebase;
  readonly #known = new Map<string, Thread>();
  readonly #leaving = new Map<string, Leaving>();
  readonly #arriving = new Map<string, { readonly prepared: Prepared; readonly from: string }>();
  /** Answers awaited: by peer, operation and thread, oldest first. */
  readonly #awaited = new Map<string, Settled[]>();
  readonly #expectations: Expectations;
  readonly #modules: Modules;
  readonly #nobody: Thread;
  readonly #silence: number;

  constructor(
    readonly vm: Vm,
    readonly options: NodeOptions,
  ) {
    this.name = options.node;
    this.#silence = options.silence ?? 15_000;
    this.codebase = new Codebase(vm);
    this.wires = new Wires(this, vm.scheduler);
    this.#expectations = new Expectations(vm);
    this.#modules = new Modules(this.codebase);
    this.#nobody = new Thread(0, vm.scheduler);
  }

  // ---------------------------------------------------------------- connections

  /** Is there anything that another node may still bring about? */
  get busy(): boolean {
    return this.wires.wires.size + this.#leaving.size + this.#arriving.size + this.#awaited.size > 0;
  }
  connected(node: string): boolean {
    return this.connections.has(node);
  }
  send(to: string, frame: Frame): void {
    this.connections.get(to)?.send(frame);
  }

  accept(channel: Channel): void {
    this.#connection(channel, 'accept', () => undefined);
  }
  /** Connects to the node at an address; gives its name. Rejects with the reason. */
  async connect(address: string): Promise<string> {
    const channel = await this.options.transport.dial(address);
    return new Promise((resolve, reject) => {
      this.#connection(channel, 'dial', (peer, reason) => {
        if (reason === null || this.connected(peer)) resolve(peer);
        else reject(new Error(reason));
      });
    });
  }
  #connection(channel: Channel, role: 'dial' | 'accept', told: (peer: string, reason: string | null) => void): void {
    new Connection(channel, this.options, role, {
      now: this.options.now,
      opened: (c) => {
        if (this.connections.has(c.peer)) return 'the two nodes are connected already';
        this.connections.set(c.peer, c);
        this.options.onEvent?.(`connected to ${c.peer}`);
        told(c.peer, null);
        return null;
      },
      frame: (c, f) => this.#handle(c, f),
      missing: (c, f) => this.#missing(c, f),
      closed: (c, reason) => {
        told(c.peer, reason);
        if (this.connections.get(c.peer) === c) this.#down(c.peer, reason);
        else if (!c.open) this.options.onEvent?.(`refused a connection: ${reason}`);
        this.#wake();
      },
    });
  }

  #down(node: string, reason: string): void {
    this.connections.delete(node);
    this.options.onEvent?.(`lost ${node}: ${reason}`);
    for (const [address, a] of [...this.#arriving]) if (a.from === node) this.#arriving.delete(address);
    for (const [address, l] of [...this.#leaving]) if (l.to === node) this.#stay(address, STATUS.unknown);
    for (const [key, settled] of [...this.#awaited]) {
      if (!key.startsWith(`${node} `)) continue;
      this.#awaited.delete(key);
      for (const done of settled) done(STATUS.unknown);
    }
    this.wires.nodeDown(node);
    for (const t of this.#known.values()) {
      if (t.program instanceof StandIn && t.program.where === node) this.wires.finish(t, exception('NodeDown'));
    }
  }

  /** To be called from time to time: asks silent peers whether they are there, and gives up those that are not. */
  tick(): void {
    const now = this.options.now();
    for (const c of [...this.connections.values()]) {
      if (now - c.lastHeard > this.#silence) c.close('it was silent for too long');
      else if (now - Math.max(c.lastSent, c.lastHeard) > this.#silence / 3)
        c.send({ operation: 'qvm_ping', number: Math.floor(now), answer: false });
    }
  }
  close(reason: string): void {
    for (const c of [...this.connections.values()]) c.close(reason);
  }
  #wake(): void {
    this.vm.scheduler.onAnswer();
  }

  // ---------------------------------------------------------------- threads by address

  address(r: Reference): { readonly node: string; readonly number: number } {
    const node = r.node === '' ? this.name : r.node;
    if (r.target !== null) this.#known.set(`${node}.${r.number}`, r.target);
    return { node, number: r.number };
  }
  addressOf(t: Thread): string {
    const { node, number } = this.address(referenceTo(t));
    return `${node}.${number}`;
  }
  known(address: string): Thread | undefined {
    return this.#known.get(address);
  }
  /** A reference that came from a node; the thread may live anywhere. */
  reference(node: string, number: number, from: string): Reference {
    const address = `${node}.${number}`;
    const t = this.#known.get(address);
    if (t !== undefined) return referenceTo(t);
    if (node === this.name) return new Reference('', number, null);
    const made = this.vm.scheduler.newThread();
    made.reference = new Reference(node, number, made);
    this.#known.set(address, made);
    this.#standIn(made, address, this.connected(node) ? node : from);
    return made.reference;
  }
  #standIn(t: Thread, address: string, where: string): void {
    const connect = (): void => this.wires.connect(t, address);
    standIn(t, where, connect, () => this.wires.watch(t, address));
  }

  // ---------------------------------------------------------------- values

  pack(values: readonly Value[], to: string): Uint8Array {
    const departure = new Departure(this.wires, reach(values));
    try {
      const { bytes } = writeParcel(this.#sender(departure), values);
      if (departure.size > 0) departure.commit(to);
      return bytes;
    } catch (e) {
      departure.abandon();
      throw e;
    }
  }
  #sender(departure: Departure): Sender {
    return {
      modulesOf: (of) => this.codebase.modulesOf(of),
      end: (e) => departure.head(e),
      address: (r) => this.address(r),
    };
  }
  unpack(bytes: Uint8Array, from = this.name): Unparcelled {
    try {
      return readParcel(bytes, {
        module: (hash) => this.codebase.module(hash),
        constructorNamed: (...names) => this.codebase.constructorNamed(...names),
        label: (name) => this.codebase.label(name),
        reference: (node, number) => this.reference(node, number, from),
        nobody: this.#nobody,
      });
    } catch (e) {
      if (e instanceof MalformedError) throw new ProtocolError(`malformed values: ${e.message} (byte ${e.offset})`);
      throw e;
    }
  }
  label(name: string): Label | undefined {
    return this.codebase.label(name);
  }
  unexpected(label: Label, values: readonly Value[]): string | null {
    return this.#expectations.message(label, values);
  }

  // ---------------------------------------------------------------- frames

  #modulesIn(f: Frame): readonly ModuleName[] {
    if (f.operation === 'qvm_send') return this.wires.isHere(f) ? readHeads(new Reader(f.payload)).modules : [];
    if (f.operation === 'qvm_lost') return this.wires.isHere(f) ? readHeads(new Reader(f.reason)).modules : [];
    const carries = f.operation === 'qvm_immigrate' || (f.operation === 'qvm_status' && f.context.length > 0);
    if (!carries) return [];
    return [...modulesOfCode(f.code), ...readHeads(new Reader(f.context)).modules];
  }
  #missing(c: Connection, f: Frame): boolean {
    const { ask, waits } = this.#modules.need(this.#modulesIn(f));
    for (const hash of ask) c.send({ operation: 'qvm_module', hash, missing: false, content: new Uint8Array(0) });
    return waits;
  }

  #handle(c: Connection, f: Frame): void {
    switch (f.operation) {
      case 'qvm_send':
      case 'qvm_lost':
        this.wires.receive(f, c.peer);
        break;
      case 'qvm_link':
        this.wires.linked(f, c.peer);
        break;
      case 'qvm_module':
        this.#module(c, f);
        break;
      case 'qvm_ping':
        if (!f.answer) c.send({ ...f, answer: true });
        break;
      case 'qvm_immigrate':
        this.#answer(c, 'qvm_immigrate', f.thread, this.#prepare(c, f));
        break;
      case 'qvm_emigrate':
        this.#give(c, f.thread);
        break;
      case 'qvm_kill':
        this.#kill(c, f.thread);
        break;
      case 'qvm_moved':
        this.#moved(c, f);
        break;
      case 'qvm_status':
        this.#status(c, f);
        break;
      case 'qvm_hello':
      case 'qvm_close':
        break;
    }
    this.wires.flush();
    this.#wake();
  }

  #module(c: Connection, f: FrameOf<'qvm_module'>): void {
    if (f.content.length === 0 && !f.missing) {
      const content = this.codebase.bytes(f.hash);
      const none = content === undefined;
      c.send({ operation: 'qvm_module', hash: f.hash, missing: none, content: content ?? new Uint8Array(0) });
      return;
    }
    if (!this.#modules.came(f.hash, f.missing ? null : f.content)) throw new ProtocolError('a module nobody asked for');
    for (const other of [...this.connections.values()]) other.goOn();
  }

  #answer(c: Connection, about: Frame['operation'], thread: string, status: number, frozen?: Frozen): void {
    const nothing = new Uint8Array(0);
    const [context, code] = frozen === undefined ? [nothing, nothing] : [frozen.context, frozen.code];
    c.send({ operation: 'qvm_status', about: OPERATIONS[about].code, thread, status, context, code });
  }
  #await(peer: string, about: Frame['operation'], thread: string, done: Settled): void {
    const key = `${peer} ${about} ${thread}`;
    this.#awaited.set(key, [...(this.#awaited.get(key) ?? []), done]);
  }
  #status(c: Connection, f: FrameOf<'qvm_status'>): void {
    const about = operationOf(f.about);
    if (about === 'qvm_immigrate') {
      const leaving = this.#leaving.get(f.thread);
      if (leaving === undefined || leaving.to !== c.peer) throw new ProtocolError(`${f.thread} is not leaving`);
      if (f.status === STATUS.ok) this.#leave(f.thread, leaving);
      else this.#stay(f.thread, f.status);
      return;
    }
    const key = `${c.peer} ${about ?? ''} ${f.thread}`;
    const [done, ...rest] = this.#awaited.get(key) ?? [];
    if (done === undefined) throw new ProtocolError('an answer to nothing that was asked');
    if (rest.length > 0) this.#awaited.set(key, rest);
    else this.#awaited.delete(key);
    if (about === 'qvm_emigrate' && f.status === STATUS.ok) {
      const status = this.#prepare(c, f);
      this.#answer(c, 'qvm_immigrate', f.thread, status);
      if (status === STATUS.ok) this.#await(c.peer, 'qvm_moved', f.thread, done);
      else done(status);
    } else done(f.status);
  }

  // ---------------------------------------------------------------- moving

  /** Takes an immigrant apart; it begins to live here when its node says that it has moved. */
  #prepare(
    c: Connection,
    f: { readonly thread: string; readonly context: Uint8Array; readonly code: Uint8Array },
  ): number {
    const t = this.#known.get(f.thread);
    if (t !== undefined && !(t.program instanceof StandIn) && t.status === ALIVE) return STATUS.busy;
    if (this.#modulesIn({ operation: 'qvm_immigrate', ...f }).some((m) => this.codebase.module(m.hash) === undefined))
      return STATUS.code;
    try {
      const parcel = this.unpack(f.context, c.peer);
      const prepared = prepare(f.code, this.codebase, parcel, (site, slots) => this.#expectations.frame(site, slots));
      this.#arriving.set(f.thread, { prepared, from: c.peer });
      return STATUS.ok;
    } catch (e) {
      if (!(e instanceof MalformedError || e instanceof ProtocolError)) throw e;
      this.options.onEvent?.(`refused ${f.thread}: ${e.message}`);
      return STATUS.context;
    }
  }
  #moved(c: Connection, f: FrameOf<'qvm_moved'>): void {
    if (f.node !== this.name) {
      const t = this.#known.get(f.thread);
      if (t?.program instanceof StandIn && t.program.where === c.peer && this.connected(f.node))
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
    const t = this.reference(node, Number(number), c.peer).target ?? this.vm.scheduler.newThread();
    this.#known.set(f.thread, t);
    this.wires.flush();
    this.wires.unwatch(t);
    standDown(t);
    arrive(t, arriving.prepared, this.wires, c.peer);
    this.options.onEvent?.(`${f.thread} lives here now`);
    const key = `${c.peer} qvm_moved ${f.thread}`;
    for (const done of this.#awaited.get(key) ?? []) done(STATUS.ok);
    this.#awaited.delete(key);
  }

  #give(c: Connection, address: string): void {
    const t = this.#known.get(address);
    const status = t === undefined || t.status !== ALIVE ? STATUS.unknown : STATUS.busy;
    const frozen = status === STATUS.busy ? this.#freeze(t!, address, c.peer, false, () => undefined) : null;
    this.#answer(c, 'qvm_emigrate', address, frozen === null ? status : STATUS.ok, frozen ?? undefined);
  }
  #freeze(t: Thread, address: string, to: string, asks: boolean, done: Settled): Frozen | null {
    if (this.#leaving.has(address) || hindrance(t, asks) !== null) return null;
    try {
      const frozen = freeze(t, asks, this.wires, this.codebase, (ours) => {
        const departure = new Departure(this.wires, ours);
        return { departure, sender: this.#sender(departure) };
      });
      this.#leaving.set(address, { frozen, to, done });
      return frozen;
    } catch (e) {
      this.options.onEvent?.(`${address} cannot leave: ${e instanceof Error ? e.message : String(e)}`);
      return null;
    }
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
      this.send(to, { operation: 'qvm_kill', thread: address });
      this.#await(to, 'qvm_kill', address, () => undefined);
      done(STATUS.unknown);
      return;
    }
    if (t.timer > 0) t.home.cancelTimer(t.timer);
    const { scheduler } = this.vm;
    scheduler.threads.delete(t);
    scheduler.live--;
    if (departure.size > 0) t.noticed = true;
    this.send(to, { operation: 'qvm_moved', thread: address, node: to });
    departure.commit(to);
    this.#standIn(t, address, to);
    this.#watchFrom(t, address, to);
    for (const peer of this.connections.keys())
      if (peer !== to) this.send(peer, { operation: 'qvm_moved', thread: address, node: to });
    this.options.onEvent?.(`${address} lives at ${to} now`);
    if (!extraOfThread(t).ready.empty) this.wires.connect(t, address);
    done(STATUS.ok);
  }
  /** Home, and watchers that are not at the new place, learn of the end from here. */
  #watchFrom(t: Thread, address: string, to: string): void {
    this.wires.unwatched(t, to);
    if (address.startsWith(`${this.name}.`) || extraOfThread(t).watchers.size > 0) this.wires.watch(t, address);
  }

  /** Moves a thread to a node. `done` hears a status, at once or later. `asks`: the thread itself called. */
  migrate(t: Thread, to: string, asks: boolean, done: Settled): void {
    const address = this.addressOf(t);
    const where = t.program instanceof StandIn ? t.program.where : this.name;
    if (where === to) done(STATUS.ok);
    else if (where !== this.name) this.#fetch(t, address, where, to, done);
    else if (!this.connected(to)) done(STATUS.unknown);
    else {
      const frozen = this.#freeze(t, address, to, asks, done);
      if (frozen === null) done(STATUS.busy);
      else this.send(to, { operation: 'qvm_immigrate', thread: address, context: frozen.context, code: frozen.code });
    }
  }
  #fetch(t: Thread, address: string, where: string, to: string, done: Settled): void {
    const then =
      to === this.name ? done : (s: number): void => (s === STATUS.ok ? this.migrate(t, to, false, done) : done(s));
    if (!this.connected(where)) done(STATUS.unknown);
    else {
      this.#await(where, 'qvm_emigrate', address, then);
      this.send(where, { operation: 'qvm_emigrate', thread: address });
    }
  }
  isLeaving(t: Thread): boolean {
    return [...this.#leaving.values()].some((l) => l.frozen.thread === t);
  }

  // ---------------------------------------------------------------- killing

  #kill(c: Connection, address: string): void {
    const announced = this.#arriving.get(address);
    if (announced?.from === c.peer) this.#arriving.delete(address);
    const t = this.#known.get(address);
    if (t?.program instanceof StandIn && t.program.where !== c.peer)
      this.kill(t, (status) => this.#answer(c, 'qvm_kill', address, status));
    else if (t === undefined || t.status !== ALIVE || t.program instanceof StandIn)
      this.#answer(c, 'qvm_kill', address, announced === undefined ? STATUS.unknown : STATUS.ok);
    else {
      this.vm.scheduler.kill(t);
      this.#answer(c, 'qvm_kill', address, STATUS.ok);
    }
  }
  /** Kills a thread that lives elsewhere. */
  kill(t: Thread, done: Settled): void {
    const address = this.addressOf(t);
    const { where } = t.program as StandIn;
    if (!this.connected(where)) {
      done(STATUS.unknown);
      return;
    }
    this.#await(where, 'qvm_kill', address, done);
    this.send(where, { operation: 'qvm_kill', thread: address });
  }
}

export { statusName };
