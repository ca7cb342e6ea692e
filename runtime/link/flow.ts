/**
 * How much may be on its way to other nodes: a link's window of messages the other side has not taken in, and what the transport
 * to a node holds. Beyond that messages stay in their wire, and whoever says more waits (decision 087).
 * Invariant: a node takes in what comes whether or not the thread it is for reads, so a sender waits for the network alone, never
 * for a thread; what is said on a link goes out in order; an end leaves only after all that was said over it.
 */
import { payloadOf } from '../snapshot/graph.js';
import { Jam } from '../scheduler/jam.js';
import type { Scheduler } from '../scheduler/scheduler.js';
import type { End, Message } from '../process/link.js';
import { loseHeld } from '../process/mail.js';
import { exception } from '../values/exceptions.js';
import type { Value } from '../values/value.js';
import { whereabouts } from './standin.js';
import { reach } from './travel.js';
import type { Wire } from './wire.js';
import { ProtocolError } from './wires.js';

/** What the flow needs of the wires. */
export interface Outgoing {
  readonly scheduler: Scheduler;
  /** Is more on its way to a node than its transport should hold? */
  congested(node: string): boolean;
  wireOf(proxy: End | null): Wire | undefined;
  say(wire: Wire, m: Message): void;
  hangUp(wire: Wire, reason: Value): void;
}

export class Flow {
  readonly #blocked = new Set<Wire>();
  /** Nodes whose transport held too much when it was last looked at. */
  readonly #congested = new Set<string>();

  constructor(
    readonly out: Outgoing,
    readonly window: number,
  ) {}

  #hasRoom(wire: Wire): boolean {
    return wire.sent - wire.taken < this.window && !this.out.congested(wire.route);
  }
  /** Says a message, at once or when its turn comes. */
  say(wire: Wire, m: Message): void {
    if (wire.unsent.length === 0 && this.#hasRoom(wire)) this.#send(wire, m);
    else {
      wire.unsent.push(m);
      this.#block(wire);
    }
  }
  #send(wire: Wire, m: Message): void {
    this.out.say(wire, m);
    if (this.out.congested(wire.route)) this.#congested.add(wire.route);
    if (!this.#hasRoom(wire)) this.#block(wire);
  }
  #block(wire: Wire): void {
    this.#blocked.add(wire);
    if (this.out.congested(wire.route)) this.#congested.add(wire.route);
    this.#jam();
  }
  #jam(): void {
    const { scheduler } = this.out;
    const jammed = this.#blocked.size + this.#congested.size > 0;
    if (jammed) scheduler.jam ??= new Jam((to) => this.#way(to));
    else if (scheduler.jam !== null) {
      scheduler.jam.openAll();
      scheduler.jam = null;
    }
  }
  /** The blocked way of what is sent to an end here: a wire, or a stand-in to which somebody only casts. */
  #way(to: End): object | null {
    const wire = this.out.wireOf(to);
    if (wire !== undefined) return this.#blocked.has(wire) ? wire : null;
    const where = whereabouts(to.owner);
    return where !== null && this.#congested.has(where) ? to.owner : null;
  }

  /** The other side has taken in the first so many messages. */
  took(wire: Wire, sequence: number): void {
    if (sequence > wire.sent) throw new ProtocolError(`link ${wire.link}: more was taken in than was sent`);
    wire.taken = Math.max(wire.taken, sequence);
    this.free(wire);
  }
  /** There may be room again on a wire. */
  free(wire: Wire): void {
    if (!this.#blocked.has(wire)) return;
    while (wire.unsent.length > 0 && this.#blocked.has(wire) && this.#hasRoom(wire))
      this.#send(wire, wire.unsent.shift()!);
    if (wire.unsent.length > 0 || !this.#blocked.has(wire)) return;
    if (wire.closing !== null) this.out.hangUp(wire, wire.closing.reason);
    else if (this.#hasRoom(wire)) this.#open(wire);
  }
  #open(wire: Wire): void {
    this.#blocked.delete(wire);
    this.out.scheduler.jam?.open(wire);
    this.#jam();
  }
  /** The transport to a node holds less than it did. */
  drained(node: string): void {
    if (this.out.congested(node)) return;
    this.#congested.delete(node);
    for (const wire of [...this.#blocked]) if (wire.route === node) this.free(wire);
    const { jam } = this.out.scheduler;
    for (const way of jam?.ways() ?? []) if (!this.#blocked.has(way as Wire) && this.#isFree(way)) jam!.open(way);
    this.#jam();
  }
  #isFree(way: object): boolean {
    const where = whereabouts(way as End['owner']);
    return where === null || !this.#congested.has(where);
  }
  /** Looks again at the nodes that were congested. */
  tick(): void {
    for (const node of [...this.#congested]) this.drained(node);
  }
  /** A wire is no more: nobody waits for it, and what was not sent is lost. */
  forget(wire: Wire): void {
    for (const m of wire.unsent.splice(0)) this.drop(m);
    if (this.#blocked.has(wire)) this.#open(wire);
  }
  /** A message that will reach nobody: the ends in it are lost. */
  drop(m: Message): void {
    for (const v of payloadOf(m)) loseHeld(v, exception('Dropped'));
  }

  /** Ends are about to leave: what was said over them goes first, however full their windows are. */
  sendFor(ends: Iterable<End>): void {
    const said: { readonly wire: Wire; readonly m: Message }[] = [];
    const todo = [...ends];
    for (let e = todo.pop(); e !== undefined; e = todo.pop()) {
      const wire = this.out.wireOf(e.peer);
      for (const m of wire?.unsent.splice(0) ?? []) {
        said.push({ wire: wire!, m });
        todo.push(...reach(payloadOf(m)));
      }
    }
    // An end that lies in a message was given away after the last word over it: in the order of arrival that comes first.
    said.sort((a, b) => (a.m.arrival - b.m.arrival) | 0);
    for (const { wire, m } of said) this.#send(wire, m);
  }
}
