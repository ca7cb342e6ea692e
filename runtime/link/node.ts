/**
 * A node: one VM among others. Holds its connections, knows threads by address wherever they live, moves threads, and
 * hands everything about links to its wires. See docs/protocol.md.
 * Invariant: frames are handled between slices only; a thread lives on exactly one node, or is lost with one.
 */
import { CodeProgram } from '../engine/program.js';
import { MalformedError, Reader } from '../bytecode/binary.js';
import type { Thread } from '../process/thread.js';
import { Reference, referenceTo } from '../process/thread.js';
import { exception } from '../values/exceptions.js';
import type { Exn, Label, Value } from '../values/value.js';
import type { Vm } from '../vm.js';
import { Codebase } from './codebase.js';
import type { Connection } from './connection.js';
import { Connections, SILENCE } from './connections.js';
import type { ConnectionOptions } from './connections.js';
import { modulesOfCode } from './emigration.js';
import { MAX_CONTENT } from './frame.js';
import type { Frame, FrameOf } from './frame.js';
import { Finishing } from './finishing.js';
import { Modules } from './modules.js';
import { Moving } from './moving.js';
import { Untravelled, writeParcel } from './parcel.js';
import type { Sender } from './parcel.js';
import { StandIn, standIn as makeStandIn } from './standin.js';
import type { Channel, Transport } from './transport.js';
import { Departure, reach } from './travel.js';
import { readHeads, readParcel } from './unparcel.js';
import type { ModuleName, Unparcelled } from './unparcel.js';
import { connect as connectTo, watch, linked } from './reaching.js';
import { ProtocolError, Wires } from './wires.js';
import type { Post } from './post.js';

export interface NodeOptions extends ConnectionOptions {
  readonly transport: Transport;
  /** As `WINDOW`; other than that only where all nodes have the same. */
  readonly window?: number;
  /** Threads of other nodes that may live here (default 100000). */
  readonly mostImmigrants?: number;
}

export class LinkNode implements Post {
  readonly name: string;
  readonly connections: Connections;
  readonly wires: Wires;
  readonly codebase: Codebase;
  readonly #known = new Map<string, Thread>();
  readonly moving: Moving;
  readonly finishing: Finishing;
  readonly #modules: Modules;
  readonly #nobody: Thread;

  constructor(
    readonly vm: Vm,
    readonly options: NodeOptions,
  ) {
    this.name = options.node;
    this.connections = new Connections(options, {
      frame: (c, f) => this.#handle(c, f),
      missing: (c, f) => this.#missing(c, f),
      opened: () => undefined,
      drained: (c) => this.wires.flow.drained(c.peer),
      down: (c) => this.#down(c.peer),
      wake: () => this.wake(),
    });
    this.codebase = new Codebase(vm);
    this.wires = new Wires(this, vm.scheduler, options.window);
    this.moving = new Moving(this);
    this.finishing = new Finishing(this);
    this.#modules = new Modules(
      this.codebase,
      (to, hash) => this.send(to, { operation: 'qvm_module', hash, missing: false, content: new Uint8Array(0) }),
      () => this.due(),
    );
    this.#nobody = new CodeProgram(0, vm.scheduler);
    vm.onRefused = (end, why): void => {
      const wire = this.wires.wireOf(end.peer);
      if (wire !== undefined) void this.connections.open.get(wire.route)?.close(`link ${wire.link}: ${why}`);
    };
  }

  // ---------------------------------------------------------------- connections

  /** Is there anything that another node may still bring about? */
  get busy(): boolean {
    return this.finishing.busy;
  }
  /** Did a thread begin here? */
  isOurs(t: Thread): boolean {
    return t.reference === null || t.reference.node === '';
  }
  /** Threads of other nodes that live here. */
  get immigrants(): number {
    let n = 0;
    for (const t of this.vm.scheduler.threads) if (!this.isOurs(t)) n++;
    return n;
  }
  /** Where a thread of another node goes when this one ends: home, or to who brought it. */
  wayHome(t: Thread): string | undefined {
    const ways = [t.reference?.node ?? '', this.moving.broughtBy.get(t) ?? ''];
    return ways.find((node) => this.connected(node));
  }
  connected(node: string): boolean {
    return this.connections.open.has(node);
  }
  congested(node: string): boolean {
    return this.connections.open.get(node)?.congested ?? false;
  }
  send(to: string, frame: Frame): void {
    this.connections.open.get(to)?.send(frame);
  }

  accept(channel: Channel): void {
    this.connections.accept(channel);
  }
  /** Connects to the node at an address; gives its name. Rejects with the reason. */
  async connect(address: string): Promise<string> {
    return this.connections.dial(await this.options.transport.dial(address));
  }
  #down(node: string): void {
    this.moving.down(node);
    this.wires.nodeDown(node);
    this.#modules.down(node);
    this.#goOn();
    for (const t of this.#known.values()) {
      if (t.program instanceof StandIn && t.program.where === node) this.wires.finish(t, exception('NodeDown'));
    }
  }

  /** To be called from time to time: what was to come and did not is given up. */
  tick(): void {
    const now = this.options.now();
    this.connections.tick();
    this.moving.tick(now);
    this.wires.flow.tick();
    if (this.#modules.late(now, `${this.#patience} ms`)) this.#goOn();
    this.wake();
  }
  /** When something that is asked now has to be answered: as a node may be silent for so long, so may an answer. */
  due(times = 1): number {
    return this.options.now() + times * this.#patience;
  }
  get #patience(): number {
    return this.options.silence ?? SILENCE;
  }
  hangUp(node: string, why: string): void {
    void this.connections.open.get(node)?.close(why);
  }
  /** Ends every connection, telling why; fulfilled when that is on its way. */
  close(reason: string): Promise<void> {
    return this.connections.close(reason);
  }
  wake(): void {
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
  remember(address: string, t: Thread): void {
    this.#known.set(address, t);
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
    this.standIn(made, address, this.connected(node) ? node : from);
    return made.reference;
  }
  standIn(t: Thread, address: string, where: string): void {
    const connect = (): void => connectTo(this.wires, t, address);
    makeStandIn(t, where, connect, () => watch(this.wires, t, address));
  }

  // ---------------------------------------------------------------- values

  pack(values: readonly Value[], to: string): Uint8Array {
    const ours = reach(values);
    this.wires.flow.sendFor(ours);
    const departure = new Departure(this.wires, ours);
    try {
      const { bytes } = writeParcel(this.sender(departure), values);
      if (bytes.length > MAX_CONTENT)
        throw new Untravelled(`a message of ${bytes.length} bytes; at most ${MAX_CONTENT} can go to another node`);
      if (departure.size > 0) departure.commit(to);
      return bytes;
    } catch (e) {
      departure.abandon();
      throw e;
    }
  }
  sender(departure: Departure): Sender {
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
        constructorNamed: (name) => this.codebase.constructorNamed(name),
        label: (name) => this.codebase.label(name),
        reference: (node, number) => this.reference(node, number, from),
        nobody: this.#nobody,
      });
    } catch (e) {
      if (e instanceof MalformedError) throw new ProtocolError(`malformed values: ${e.message} (byte ${e.offset})`);
      throw e;
    }
  }
  isException(e: Exn): boolean {
    return this.vm.judge.isException(e);
  }
  label(name: string): Label | undefined {
    return this.codebase.label(name);
  }

  // ---------------------------------------------------------------- frames

  modulesIn(f: Frame): readonly ModuleName[] {
    if (f.operation === 'qvm_send') return this.wires.isHere(f) ? readHeads(new Reader(f.payload)).modules : [];
    if (f.operation === 'qvm_lost') return this.wires.isHere(f) ? readHeads(new Reader(f.reason)).modules : [];
    const carries = f.operation === 'qvm_immigrate' || (f.operation === 'qvm_status' && f.context.length > 0);
    if (!carries) return [];
    return [...modulesOfCode(f.code), ...readHeads(new Reader(f.context)).modules];
  }
  #missing(c: Connection, f: Frame): boolean {
    return this.#modules.need(this.modulesIn(f), c.peer);
  }

  #handle(c: Connection, f: Frame): void {
    if (f.operation !== 'qvm_status' && f.operation !== 'qvm_ping') this.finishing.stir();
    switch (f.operation) {
      case 'qvm_send':
      case 'qvm_lost':
      case 'qvm_took':
        this.wires.receive(f, c.peer);
        break;
      case 'qvm_link':
        linked(this.wires, f, c.peer);
        break;
      case 'qvm_module':
        this.#module(c, f);
        break;
      case 'qvm_ping':
        if (!f.answer) c.send({ ...f, answer: true });
        break;
      case 'qvm_immigrate':
        this.moving.immigrate(c, f);
        break;
      case 'qvm_emigrate':
        this.moving.give(c, f.thread);
        break;
      case 'qvm_kill':
        this.moving.killHere(c, f.thread);
        break;
      case 'qvm_rest':
        this.moving.restsHere(c, f.thread);
        break;
      case 'qvm_moved':
        this.moving.moved(c, f);
        break;
      case 'qvm_status':
        this.moving.status(c, f);
        break;
      case 'qvm_hello':
      case 'qvm_close':
        break;
    }
    this.wires.flush();
    this.wake();
  }

  /** Frames that waited for modules may not have to any more. */
  #goOn(): void {
    for (const c of [...this.connections.open.values()]) c.goOn();
  }
  /** Why a module that a node named is not here. */
  whyNot(node: string, hash: string): string {
    return this.#modules.reason(node, hash) ?? 'it is not here';
  }
  #module(c: Connection, f: FrameOf<'qvm_module'>): void {
    if (f.content.length === 0 && !f.missing) {
      const content = this.codebase.bytes(f.hash);
      const none = content === undefined || content.length > MAX_CONTENT;
      c.send({ operation: 'qvm_module', hash: f.hash, missing: none, content: none ? new Uint8Array(0) : content });
      return;
    }
    this.#modules.came(f.hash, f.missing ? null : f.content, c.peer);
    this.#goOn();
  }
}
