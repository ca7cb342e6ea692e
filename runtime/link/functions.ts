/**
 * What programs say to the link layer: `node::connect`, `thread::migrate`; and the operations on threads, for threads that
 * live elsewhere.
 * Invariant: an operation on a thread here costs one look more than without nodes; one that cannot be done elsewhere
 * raises HostError and changes nothing.
 */
import { threadFunctions } from '../host/threads.js';
import { LATER, answer, answerFailure } from '../host/registry.js';
import type { HostRegistry, MachineFunction } from '../host/registry.js';
import { Reference } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import type { Scheduler } from '../scheduler/scheduler.js';
import { exception } from '../values/exceptions.js';
import type { Value } from '../values/value.js';
import { STATUS, statusName } from './frame.js';
import { shown } from './hello.js';
import { NodeValue } from './node-value.js';
import type { LinkNode } from './node.js';
import { StandIn } from './standin.js';

const WORDS: Readonly<Record<string, string>> = {
  unknown: 'the thread or the node is not there any more',
  busy: 'it cannot be moved now',
  context: 'the other node refused its state',
  code: 'the other node refused its code',
  late: 'the other node did not answer in time',
};
const failure = (what: string, status: number): ReturnType<typeof exception> =>
  exception('HostError', `${what}: ${WORDS[statusName(status)] ?? 'refused'}`);

function threadOf(v: Value, what: string): Thread {
  if (v instanceof Reference && v.target !== null) return v.target;
  throw exception('HostError', `${what}: not a thread that is there`);
}

/** Answers the caller when a status is known, which may be at once. */
function later(caller: Thread, what: string, begin: (done: (status: number) => void) => void): Value {
  const { afterSlice } = caller.home as Scheduler;
  afterSlice.push(() =>
    begin((status) => {
      if (status === STATUS.ok) answer(caller, undefined);
      else answerFailure(caller, failure(what, status));
    }),
  );
  return LATER;
}

function connect(node: LinkNode, mayDial: (address: string) => void): MachineFunction {
  return (caller, [address]) => {
    mayDial(address as string);
    const home = caller.home as Scheduler;
    home.outstanding++;
    const settle = (done: () => void): void => {
      home.outstanding--;
      done();
      home.onAnswer();
    };
    node.connect(address as string).then(
      (name) => settle(() => answer(caller, new NodeValue(name))),
      (e: unknown) => {
        const why = e instanceof Error ? e.message : String(e);
        settle(() => answerFailure(caller, exception('HostError', `node::connect: ${why}`)));
      },
    );
    return LATER;
  };
}

function migrate(node: LinkNode): MachineFunction {
  return (caller, [thread, to]) => {
    const t = threadOf(thread, 'thread::migrate');
    if (!(to instanceof NodeValue)) throw exception('HostError', 'thread::migrate: not a node');
    return later(caller, 'thread::migrate', (done) => node.moving.migrate(t, to.name, t === caller, done));
  };
}

/** An operation that can be done only where the thread is. */
function here(node: LinkNode, name: string): MachineFunction {
  const local = threadFunctions[name]!;
  return (caller, args) => {
    const t = (args[0] as Reference).target;
    if (t !== null && (t.program instanceof StandIn || node.moving.isLeaving(t)))
      throw exception('HostError', `${name}: the thread is on another node`);
    return local(caller, args);
  };
}

/** Makes a node's functions the VM's; to be called before modules are loaded. `mayDial` throws if an address is not allowed. */
export function addNodeFunctions(
  hosts: HostRegistry,
  node: LinkNode,
  mayDial: (address: string) => void = () => undefined,
): void {
  const kill = threadFunctions['thread::kill']!;
  const info = threadFunctions['thread::_info']!;
  const local = ['clear', 'fork', 'pause', 'resume'].map((n) => `thread::${n}`);
  hosts.addMachine({
    ...Object.fromEntries(local.map((name) => [name, here(node, name)])),
    'node::connect': connect(node, mayDial),
    'node::here': () => new NodeValue(node.name),
    'node::name': (_caller, [n]) => shown((n as NodeValue).name),
    'thread::migrate': migrate(node),
    // Only its own node knows more of a thread than that it is elsewhere.
    'thread::_info': (caller, args) => {
      const r = args[0] as Reference;
      const away = r.target !== null && r.target.program instanceof StandIn;
      return info(caller, away ? [new Reference(r.node, r.number, null)] : args);
    },
    'thread::kill': (caller, args) => {
      const t = (args[0] as Reference).target;
      if (t === null || !(t.program instanceof StandIn)) return kill(caller, args);
      // As here: a thread that is no more need not be killed.
      return later(caller, 'thread::kill', (done) =>
        node.moving.kill(t, (status) => done(status === STATUS.late ? status : STATUS.ok)),
      );
    },
  });
}
