/**
 * Ends that move between nodes, alone in a message or with their thread: what goes into the parcel, what stays behind as
 * a proxy or a relay, and what is made of it on arrival.
 * Invariant: an end is here, or there, never both; what was sent to it before it left goes with it, what comes later
 * follows with its number, so that nothing is lost, doubled or overtaken.
 */
import { End, FINISHED, LOST, OPEN, PENDING, extraOf } from '../process/link.js';
import type { Message } from '../process/link.js';
import { deliver } from '../process/mail.js';
import { Pool } from '../process/pool.js';
import { extraOfThread } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { messagesOf, payloadOf } from '../snapshot/graph.js';
import type { Value } from '../values/value.js';
import { trimmed } from './parcel.js';
import type { EndHead } from './parcel.js';
import type { Arrived } from './unparcel.js';
import type { Wire } from './wire.js';
import { keyOf } from './wire.js';
import { ProtocolError, message } from './wires.js';
import type { Wires } from './wires.js';

const DEAD: EndHead = { link: '', side: 0, state: FINISHED, sent: 0, received: 0, taken: 0, watch: false };

/** The ends among some values and in what they hold unread. */
export function reach(values: Iterable<Value>): Set<End> {
  const found = new Set<End>();
  const todo = [...values];
  for (let v = todo.pop(); todo.length > 0 || v !== undefined; v = todo.pop()) {
    if (v instanceof Pool) todo.push(...v.members());
    else if (v instanceof End && !found.has(v)) {
      found.add(v);
      for (const m of messagesOf(v)) todo.push(...payloadOf(m).filter((p) => p instanceof End || p instanceof Pool));
    }
  }
  return found;
}

interface Leaving {
  readonly head: EndHead;
  readonly wire: Wire | undefined;
  /** Messages that are in the parcel. */
  readonly taken: number;
  /** Its peer leaves too. */
  readonly twin: boolean;
}

/** Ends about to leave. `commit` makes it so; until then nothing has changed. */
export class Departure {
  readonly #leaving = new Map<End, Leaving>();
  constructor(
    readonly wires: Wires,
    /** The ends that leave; others that are met are dead to the receiver. */
    readonly ours: ReadonlySet<End>,
  ) {}

  get size(): number {
    return this.#leaving.size;
  }

  head(e: End): EndHead {
    if (!this.ours.has(e) || e.state === FINISHED) return DEAD;
    const known = this.#leaving.get(e);
    if (known !== undefined) return known.head;
    const made = this.#leave(e);
    this.#leaving.set(e, made);
    this.wires.leaving.add(e);
    return made.head;
  }
  #leave(e: End): Leaving {
    const taken = messagesOf(e).length;
    if (e.state === LOST) return { head: { ...DEAD, state: LOST }, wire: undefined, taken, twin: false };
    const watch = e.extra !== null && e.extra.watched !== null;
    const wire = this.wires.wireOf(e.peer);
    if (wire !== undefined) {
      const { link, side, sent, received, taken: known } = wire;
      return { head: { link, side, state: e.state, sent, received, taken: known, watch }, wire, taken, twin: false };
    }
    const twin = e.peer === null ? undefined : this.#leaving.get(e.peer);
    const link = twin === undefined ? this.wires.newLink() : twin.head.link;
    const side = twin === undefined ? 1 : 0;
    const both = e.peer !== null && this.ours.has(e.peer);
    return { head: { link, side, state: e.state, sent: 0, received: 0, taken: 0, watch }, wire, taken, twin: both };
  }

  /** The ends stay after all. */
  abandon(): void {
    for (const e of this.#leaving.keys()) this.wires.leaving.delete(e);
    for (const e of this.#leaving.keys()) {
      const wire = this.wires.wireOf(e.peer);
      if (wire !== undefined) join(this.wires, wire);
    }
  }
  /** The parcel is on its way (or was taken): what is left here leads there. */
  commit(to: string): void {
    for (const e of this.#leaving.keys()) this.wires.leaving.delete(e);
    for (const [e, leaving] of this.#leaving) {
      e.extra?.pool?.remove(e);
      forget(e);
      const rest = messagesOf(e).slice(leaving.taken);
      const { head, wire } = leaving;
      if (head.link === '' || leaving.twin) e.state = FINISHED;
      else if (wire !== undefined) this.#relay(e, wire, head, rest, to);
      else {
        e.head = rest[0] ?? null;
        e.tail = rest.at(-1) ?? null;
        this.wires.string(head.link, 0, e, to);
      }
    }
    this.wires.flush();
  }
  /** A side that came from elsewhere goes on: frames for it are passed on. */
  #relay(e: End, wire: Wire, head: EndHead, rest: readonly Message[], to: string): void {
    const { wires } = this;
    const { link, side } = wire;
    const over = wires.wires.get(wire.key) !== wire;
    if (!over) {
      wires.cut(wire);
      wires.relays.set(wire.key, to);
      const other = wires.wires.get(wire.otherKey);
      if (other === undefined) wires.relays.set(wire.otherKey, wire.route);
      else other.route = to;
    }
    rest.forEach((m, i) => {
      const payload = wires.post.pack(trimmed(m), to);
      const sequence = head.received + i;
      wires.pass(to, { operation: 'qvm_send', link, side, sequence, label: m.label.name, payload });
    });
    for (const item of wire.held.values()) wires.pass(to, item);
    if (wire.taken > head.taken) wires.pass(to, { operation: 'qvm_took', link, side, sequence: wire.taken });
    if (over) wires.pass(to, wires.lost(link, side, head.received + rest.length, e.extra?.reason));
    e.state = FINISHED;
    e.head = e.tail = e.peer = null;
  }
}

/** Takes an end out of its owner's connections. */
function forget(e: End): void {
  const extra = e.owner.extra;
  if (extra === null) return;
  extra.silent.delete(e);
  extra.ready.remove(e);
  if (e.extra !== null) e.extra.listed = false;
  const held = extra.held.indexOf(e);
  if (held >= 0) extra.held.splice(held, 1);
}

/** Ends that arrived become an owner's, with what they had not read. */
export function settle(wires: Wires, arrived: readonly Arrived[], owner: Thread, from: string): void {
  const strung: Wire[] = [];
  for (const { head, end } of arrived) {
    end.owner = owner;
    if (head.link !== '') strung.push(arrive(wires, head, end, owner, from));
  }
  const queued = arrived.flatMap(({ end, queue }) => queue.map((m) => ({ end, ...m })));
  queued.sort((a, b) => a.rank - b.rank);
  for (const { end, label, values } of queued) deliver(end, message(label, values));
  for (const wire of strung) {
    const early = wires.early.get(wire.key);
    wires.early.delete(wire.key);
    for (const { item, from: sender } of early ?? []) wires.receive(item, sender);
    // What the last node had not told of yet.
    wires.tell(wire);
    join(wires, wire);
  }
}

function arrive(wires: Wires, head: EndHead, end: End, owner: Thread, from: string): Wire {
  const { name } = wires.post;
  const [mine, theirs] = [keyOf(head.link, head.side), keyOf(head.link, 1 - head.side)];
  if (wires.wires.has(mine)) throw new ProtocolError(`an end of link ${head.link} arrived twice`);
  const other = wires.wires.get(theirs);
  const route = other !== undefined ? name : (wires.relays.get(theirs) ?? from);
  wires.relays.delete(mine);
  wires.relays.delete(theirs);
  const proxy = new End(wires.outbox, end, OPEN);
  end.peer = proxy;
  const wire = wires.string(head.link, head.side, proxy, route);
  wire.sent = head.sent;
  wire.received = head.received;
  wire.taken = head.taken;
  if (other !== undefined) {
    for (const w of [wire, other]) for (const node of [from, other.route]) if (node !== name) w.via.add(node);
    other.route = name;
  }
  if (end.state === PENDING) extraOfThread(owner).silent.add(end);
  return wire;
}

/** Both sides are here, and nothing is on its way any more: the link is an ordinary one again. */
export function join(wires: Wires, wire: Wire): void {
  const other = wires.wires.get(wire.otherKey);
  const { name } = wires.post;
  if (other === undefined || wires.wires.get(wire.key) !== wire || wire.route !== name || other.route !== name) return;
  if (wire.proxy === null || other.proxy === null || wire.proxy.head !== null || other.proxy.head !== null) return;
  if (
    wire.sent !== other.received ||
    other.sent !== wire.received ||
    wire.held.size + other.held.size + wire.unsent.length + other.unsent.length > 0
  )
    return;
  const [a, b] = [wire.proxy.peer, other.proxy.peer];
  const watched = wire.proxy.extra?.watched ?? other.proxy.extra?.watched ?? null;
  if (watched === null ? a === null || b === null : a === null && b === null) return;
  if ((a !== null && wires.leaving.has(a)) || (b !== null && wires.leaving.has(b))) return;
  if (wire.proxy.state !== OPEN || other.proxy.state !== OPEN) return;
  wires.cut(wire);
  wires.cut(other);
  wire.proxy.peer = other.proxy.peer = null;
  if (watched !== null) {
    const watcher = (a ?? b)!;
    watcher.peer = null;
    extraOf(watcher).watched = watched;
    extraOfThread(watched).watchers.add(watcher);
  } else {
    a!.peer = b;
    b!.peer = a;
  }
  for (const node of new Set([...wire.via, ...other.via])) wires.forgetAt(node, wire.link);
}
