/**
 * The links of a node that lead to other nodes: sends what local threads say, delivers what comes, passes on what is for
 * ends that moved away, and tells every local end exactly once when the other side is lost.
 * Invariant: for each side of a link a node has a wire (the side is here), a relay (it was, and went to the next node), or
 * nothing. Messages of one direction are numbered, so order and number survive every detour (docs/protocol.md).
 */
import { Reader } from '../bytecode/binary.js';
import { finishThread } from '../process/ending.js';
import type { End } from '../process/link.js';
import { FINISHED, LOST, Message, OPEN, PENDING, extraOf } from '../process/link.js';
import { deliver, lose, markLost } from '../process/mail.js';
import { Pool } from '../process/pool.js';
import { R } from '../process/registers.js';
import { ALIVE, DONE, extraOfThread } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import type { Scheduler } from '../scheduler/scheduler.js';
import { messagesOf } from '../snapshot/graph.js';
import { builtinExceptions, exception } from '../values/exceptions.js';
import type { Exn, Label, Value } from '../values/value.js';
import type { FrameOf } from './frame.js';
import { trimmed } from './parcel.js';
import type { EndHead } from './parcel.js';
import { outboxOf } from './standin.js';
import { isExn, readHeads } from './unparcel.js';
import type { Post } from './post.js';
import { join, settle } from './travel.js';
import { Flow } from './flow.js';
import { AT_ONCE, WINDOW, Wire, keyOf } from './wire.js';
import type { Item } from './wire.js';

/** A peer broke the rules; its connection ends with this sentence. */
export class ProtocolError extends Error {}

/** A message that arrives now. */
export function message(label: Label, p: readonly Value[]): Message {
  const m = new Message(label, p[0], p[1], p[2], p.length > 3 ? p.slice(3) : null, R.clock);
  R.clock = (R.clock + 1) | 0;
  return m;
}

export class Wires {
  readonly wires = new Map<string, Wire>();
  /** Sides that went away: the next node on their way. */
  readonly relays = new Map<string, string>();
  /** Ends on their way out: their links stay as they are until that is settled. */
  readonly leaving = new Set<End>();
  readonly outbox: Thread;
  readonly #pool = new Pool();
  readonly #byProxy = new Map<End, Wire>();
  /** Items for sides whose own arrival waits for earlier items, with the nodes they came from. */
  readonly early = new Map<string, { readonly item: Item; readonly from: string }[]>();
  #nextLink = 1;
  #flushing = false;
  /** A thread ended since the last look. */
  #ended = false;

  readonly flow: Flow;

  constructor(
    readonly post: Post,
    readonly scheduler: Scheduler,
    readonly window = WINDOW,
  ) {
    this.flow = new Flow(this, window);
    this.outbox = outboxOf(scheduler, () => this.flush());
    scheduler.onEnded = (): void => {
      if (this.wires.size > 0) this.#ended = true;
    };
  }

  newLink(): string {
    return `${this.post.name}.${this.#nextLink++}`;
  }
  congested(node: string): boolean {
    return node !== this.post.name && this.post.congested(node);
  }
  wireOf(proxy: End | null): Wire | undefined {
    return proxy === null ? undefined : this.#byProxy.get(proxy);
  }

  /** An end becomes the stand-in of a side elsewhere. */
  string(link: string, side: number, proxy: End, route: string): Wire {
    const wire = new Wire(link, side, proxy, route);
    proxy.owner = this.outbox;
    if (proxy.state === PENDING) proxy.state = OPEN;
    if (proxy.peer !== null) extraOf(proxy.peer).outside = true;
    this.wires.set(wire.key, wire);
    this.#byProxy.set(proxy, wire);
    this.#pool.put(proxy, undefined);
    return wire;
  }
  /** Forgets a wire; nobody is told. */
  cut(wire: Wire): void {
    this.wires.delete(wire.key);
    this.flow.forget(wire);
    const { proxy } = wire;
    if (proxy === null) return;
    this.#byProxy.delete(proxy);
    this.#pool.remove(proxy);
    if (proxy.extra?.watched) extraOfThread(proxy.extra.watched).watchers.delete(proxy);
    proxy.state = FINISHED;
  }

  // ---------------------------------------------------------------- going out

  /** Sends all that local threads have said, in the order they said it. */
  flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      this.#flushAll();
    } finally {
      this.#flushing = false;
    }
  }
  #flushAll(): void {
    this.#flushSaid();
    if (this.#ended) this.#takeDown();
    this.#flushSaid();
  }
  #flushSaid(): void {
    while (!this.#pool.ready.empty) {
      const speaking = this.#pool.ready.drain();
      const said: { wire: Wire; message: Message }[] = [];
      for (const e of speaking) {
        e.extra!.listed = false;
        const wire = this.#byProxy.get(e)!;
        for (const message of messagesOf(e)) said.push({ wire, message });
        e.head = e.tail = null;
      }
      said.sort((a, b) => (a.message.arrival - b.message.arrival) | 0);
      for (const { wire, message } of said) this.flow.say(wire, message);
      for (const e of speaking) {
        const wire = this.#byProxy.get(e);
        if (wire !== undefined && e.state === LOST && e.head === null) this.#close(wire, e.extra!.reason);
      }
    }
  }

  /** Sends a message now. */
  say(wire: Wire, m: Message): void {
    if (this.wires.get(wire.key) !== wire) {
      this.flow.drop(m);
      return;
    }
    let payload: Uint8Array;
    try {
      payload = this.post.pack(trimmed(m), wire.route);
    } catch (e) {
      const why = exception('HostError', e instanceof Error ? e.message : String(e));
      const real = wire.proxy!.peer;
      this.hangUp(wire, why);
      if (real !== null) lose(real, why);
      if (real !== null) markLost(real, why);
      return;
    }
    const sequence = wire.sent++;
    this.pass(wire.route, {
      ...{ operation: 'qvm_send', link: wire.link, side: 1 - wire.side, sequence },
      ...{ label: m.label.name, payload },
    });
  }

  /** Links that threads finished and left: the other node need not keep its side. */
  #takeDown(): void {
    this.#ended = false;
    for (const wire of [...this.wires.values()]) {
      const real = wire.proxy?.peer ?? null;
      if (real !== null && real.owner.status >= DONE) this.#close(wire, exception('Ended'));
    }
  }
  /** The local end is over: its link is hung up when all is sent that was said. */
  #close(wire: Wire, reason: Value): void {
    if (wire.unsent.length > 0) wire.closing ??= { reason };
    else this.hangUp(wire, reason);
  }

  /** The local end is over: the other side learns of it after what was sent. */
  hangUp(wire: Wire, reason: Value): void {
    const at = wire.sent;
    this.cut(wire);
    this.pass(wire.route, this.lost(wire.link, 1 - wire.side, at, reason));
  }
  lost(link: string, side: number, sequence: number, reason: Value): FrameOf<'qvm_lost'> {
    const why = isExn(reason) ? reason : exception('Ended');
    let bytes: Uint8Array;
    try {
      bytes = this.post.pack([why], this.post.name);
    } catch {
      bytes = this.post.pack([exception('HostError', `an exception ${why.ctor.name} that cannot travel`)], '');
    }
    return { operation: 'qvm_lost', link, side, sequence, reason: bytes };
  }
  /** To another node, or round to this one. */
  pass(to: string, item: Item): void {
    if (to !== this.post.name) {
      this.post.send(to, item);
      return;
    }
    try {
      this.receive(item, to);
    } catch (e) {
      if (!(e instanceof ProtocolError)) throw e;
      const wire = this.wires.get(keyOf(item.link, item.side));
      if (wire !== undefined) this.lose(wire, exception('HostError', e.message));
    }
  }

  /** Does a message or loss stay here? */
  isHere(item: Item): boolean {
    return this.wires.has(keyOf(item.link, item.side));
  }

  // ---------------------------------------------------------------- coming in

  /** A message or a loss for one side of a link. */
  receive(item: Item, from: string): void {
    const key = keyOf(item.link, item.side);
    const wire = this.wires.get(key);
    if (wire !== undefined && item.operation === 'qvm_took') {
      this.flow.took(wire, item.sequence);
      return;
    }
    if (wire !== undefined && item.operation !== 'qvm_took') {
      const due = wire.accept(item);
      if (due === 'too many') throw new ProtocolError(`link ${item.link}: too many messages out of order`);
      if (due.length === 0) this.#expectEnds(item);
      for (const i of due) if (this.wires.get(key) === wire) this.#apply(wire, i, from);
      if (wire.route === this.post.name) join(this, wire);
      return;
    }
    const early = this.early.get(key);
    if (early !== undefined) {
      early.push({ item, from });
      return;
    }
    // A frame may have taken a longer way than the side that is here now: it goes where that side sends.
    const next = this.relays.get(key) ?? this.wires.get(keyOf(item.link, 1 - item.side))?.route;
    if (next === undefined || next === this.post.name) {
      if (item.operation === 'qvm_send' && from !== this.post.name)
        this.post.send(from, this.lost(item.link, 1 - item.side, AT_ONCE, exception('Ended')));
      return;
    }
    if (item.operation === 'qvm_send') this.#relayEnds(item, from, next);
    else if (item.operation === 'qvm_lost') for (const side of [0, 1]) this.relays.delete(keyOf(item.link, side));
    this.post.send(next, item);
  }

  #heads(item: Item): readonly EndHead[] {
    if (item.operation !== 'qvm_send') return [];
    return readHeads(new Reader(item.payload)).ends.filter((h) => h.link !== '');
  }
  /** Ends in a message that is held: what comes for them has to wait too. */
  #expectEnds(item: Item): void {
    for (const h of this.#heads(item)) {
      const key = keyOf(h.link, h.side);
      if (!this.wires.has(key) && !this.early.has(key)) this.early.set(key, []);
    }
  }
  /** Ends in a message that passes through: their links lead through this node from now on. */
  #relayEnds(item: Item, from: string, next: string): void {
    for (const h of this.#heads(item)) {
      this.relays.set(keyOf(h.link, h.side), next);
      const other = keyOf(h.link, 1 - h.side);
      if (!this.relays.has(other) && !this.wires.has(other)) this.relays.set(other, from);
      const here = this.wires.get(other);
      if (here !== undefined) here.route = next;
    }
  }

  #apply(wire: Wire, item: Exclude<Item, FrameOf<'qvm_took'>>, from: string): void {
    const real = wire.proxy?.peer ?? null;
    if (item.operation === 'qvm_lost') {
      const [reason] = this.post.unpack(item.reason, from).roots;
      this.lose(wire, isExn(reason) && this.post.isException(reason) ? reason : exception('Ended'));
      return;
    }
    wire.received++;
    if (wire.received - wire.told >= this.window / 4) this.tell(wire);
    const parcel = this.post.unpack(item.payload, from);
    if (real === null || real.state > PENDING) {
      settle(this, parcel.ends, this.outbox, from);
      for (const { end } of parcel.ends) if (end.state !== FINISHED) lose(end, exception('Ended'));
      return;
    }
    const label = this.post.label(item.label);
    if (label === undefined) throw new ProtocolError(`link ${item.link}: nothing here awaits ${item.label}`);
    settle(this, parcel.ends, real.owner, from);
    deliver(real, message(label, parcel.roots));
  }

  /** Tells the other side how much has been taken in here. */
  tell(wire: Wire): void {
    const { link, side, received } = wire;
    if (received === wire.told) return;
    wire.told = received;
    this.pass(wire.route, { operation: 'qvm_took', link, side: 1 - side, sequence: received });
  }

  /** The other side of a wire is lost: the local end learns of it, once. */
  lose(wire: Wire, reason: Exn): void {
    const real = wire.proxy?.peer ?? null;
    this.cut(wire);
    if (wire.proxy !== null) wire.proxy.peer = null;
    if (real !== null) markLost(real, reason);
    if (wire.standIn !== null) this.finish(wire.standIn, reason);
  }
  /** The thread a stand-in stood for is no more. */
  finish(t: Thread, reason: Exn): void {
    if (t.status !== ALIVE) return;
    if (reason.ctor === builtinExceptions['Killed']) t.noticed = true;
    t.home.live++;
    finishThread(t, reason.ctor.name === 'Ended' && reason.ctor.module === '' ? null : reason, undefined);
  }

  /** A link needs no relays any more: those that still stand are taken down along the way. */
  forgetAt(node: string, link: string): void {
    for (const side of [0, 1])
      if (this.post.connected(node)) this.post.send(node, this.lost(link, side, AT_ONCE, undefined));
  }
  /** A node is gone: every link that led to or through it is lost. */
  nodeDown(node: string): void {
    this.flow.drained(node);
    const reason = exception('NodeDown');
    for (const [key, next] of [...this.relays]) {
      if (next !== node || !this.relays.has(key)) continue;
      const [link, side] = [key.slice(0, -2), Number(key.slice(-1))];
      const other = this.relays.get(keyOf(link, 1 - side));
      for (const s of [0, 1]) this.relays.delete(keyOf(link, s));
      if (other !== undefined && other !== node) this.post.send(other, this.lost(link, 1 - side, AT_ONCE, reason));
    }
    for (const wire of [...this.wires.values()]) {
      if (this.wires.get(wire.key) === wire && (wire.route === node || wire.via.has(node))) this.lose(wire, reason);
    }
  }
}
