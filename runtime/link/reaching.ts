/**
 * Reaching threads across nodes: connections to a thread that lives elsewhere, connections and watchers that come from
 * elsewhere to a thread here.
 * Invariant: a link is made by one frame, before anything is said on it; to a thread that is no more it is lost at once.
 */
import { End, LOST, OPEN, PENDING, extraOf } from '../process/link.js';
import { ALIVE, extraOfThread } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { exception } from '../values/exceptions.js';
import type { FrameOf } from './frame.js';
import { StandIn } from './standin.js';
import { AT_ONCE, Wire, keyOf } from './wire.js';
import { ProtocolError } from './wires.js';
import type { Wires } from './wires.js';

/** New connections to a thread that lives elsewhere become links to it. */
export function connect(wires: Wires, t: Thread, address: string): void {
  const extra = extraOfThread(t);
  const { where } = t.program as StandIn;
  for (const served of extra.ready.drain()) {
    const link = wires.newLink();
    wires.post.send(where, { operation: 'qvm_link', link, thread: address, watch: false });
    if (served.peer === null) {
      served.state = LOST;
      extraOf(served).reason ??= exception('Ended');
    }
    wires.string(link, 0, served, where);
  }
  wires.flush();
}
/** Watches a thread elsewhere for its stand-in. */
export function watch(wires: Wires, t: Thread, address: string): void {
  if ([...wires.wires.values()].some((w) => w.standIn === t)) return;
  const { where } = t.program as StandIn;
  const wire = new Wire(wires.newLink(), 0, null, where, t);
  wires.wires.set(wire.key, wire);
  wires.post.send(where, { operation: 'qvm_link', link: wire.link, thread: address, watch: true });
}
export function unwatch(wires: Wires, t: Thread): void {
  for (const wire of wires.wires.values()) if (wire.standIn === t) wires.hangUp(wire, undefined);
}

/** Watchers at a node, of a thread that lives there from now on, need nobody between. */
export function unwatched(wires: Wires, t: Thread, at: string): void {
  for (const watcher of [...extraOfThread(t).watchers]) {
    const wire = wires.wireOf(watcher);
    if (wire?.route === at) wires.cut(wire);
  }
}
/** A link that another node made to a thread. */
export function linked(wires: Wires, f: FrameOf<'qvm_link'>, from: string): void {
  if (wires.wires.has(keyOf(f.link, 1))) throw new ProtocolError(`link ${f.link} is there already`);
  const t = wires.post.known(f.thread);
  if (t?.program instanceof StandIn && t.program.where !== from && t.program.where !== wires.post.name) {
    wires.relays.set(keyOf(f.link, 1), t.program.where);
    wires.relays.set(keyOf(f.link, 0), from);
    wires.post.send(t.program.where, f);
    return;
  }
  if (t === undefined || t.status !== ALIVE || t.program instanceof StandIn) {
    const reason = t === undefined || t.status === ALIVE ? exception('Ended') : (t.result ?? exception('Ended'));
    wires.post.send(from, wires.lost(f.link, 0, AT_ONCE, reason));
    return;
  }
  if (f.watch) {
    const watcher = new End(wires.outbox, null, OPEN);
    extraOf(watcher).watched = t;
    extraOfThread(t).watchers.add(watcher);
    wires.string(f.link, 1, watcher, from);
    return;
  }
  const proxy = new End(wires.outbox, null, OPEN);
  proxy.peer = new End(t, proxy, PENDING);
  extraOfThread(t).silent.add(proxy.peer);
  wires.string(f.link, 1, proxy, from);
}
