/** Nodes over a network in memory: threads move in the middle of protocols, messages keep their order, losses are told once. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { HostRegistry } from '../../runtime/host/registry.js';
import type { Thread } from '../../runtime/process/thread.js';
import { addNodeFunctions } from '../../runtime/link/functions.js';
import { MemoryNetwork } from '../../runtime/link/memory.js';
import { LinkNode } from '../../runtime/link/node.js';
import { verify } from '../../runtime/verify/verify.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { generator } from '../../runtime/scheduler/strategy.js';
import { Vm } from '../../runtime/vm.js';
import { compileText } from '../support/compile.js';

interface Place {
  readonly name: string;
  readonly vm: Vm;
  readonly node: LinkNode;
  readonly out: string[];
  readonly events: string[];
}

class World {
  readonly network = new MemoryNetwork();
  readonly places = new Map<string, Place>();
  readonly #random: () => number;
  now = 0;
  constructor(seed = 1) {
    this.#random = generator(seed);
  }
  pick = (n: number): number => Math.floor(this.#random() * n);

  place(name: string): Place {
    const out: string[] = [];
    const events: string[] = [];
    const vm = new Vm({
      environment: { write: (t) => out.push(t), now: () => this.now },
      hosts: new HostRegistry(),
      quantum: 50,
    });
    const node = new LinkNode(vm, {
      node: name,
      secret: new TextEncoder().encode('quartz'),
      random: (n) => Uint8Array.from({ length: n }, () => this.pick(256)),
      transport: this.network,
      now: () => this.now,
      onEvent: (e) => events.push(e),
    });
    addNodeFunctions(vm.hosts, node);
    void this.network.listen(name, (c) => node.accept(c));
    const made = { name, vm, node, out, events };
    this.places.set(name, made);
    return made;
  }
  /** One step of anything: a slice somewhere or a frame on its way. Gives whether there was anything to do. */
  step(): boolean {
    const ready = [...this.places.values()].filter((p) => p.vm.scheduler.head !== null);
    const turns = ready.length + 1;
    const which = this.pick(turns);
    if (which < ready.length) {
      const { scheduler } = ready[which]!.vm;
      scheduler.slice(scheduler.quantum);
      return true;
    }
    return this.network.step(this.pick) || ready.length > 0;
  }
  /** Runs until nothing moves; promises get their turn in between. */
  async settle(most = 20_000): Promise<void> {
    for (let i = 0; i < most;) {
      let moved = false;
      while (i++ < most && this.step()) moved = true;
      await new Promise((resolve) => setImmediate(resolve));
      for (const p of this.places.values()) p.vm.scheduler.fireTimers();
      if (!moved && ![...this.places.values()].some((p) => p.vm.scheduler.head !== null)) return;
    }
    throw new Error('it does not come to rest');
  }
}

const built = new Map<string, readonly ModuleImage[]>();
function load(vm: Vm, text: string): void {
  let images = built.get(text);
  if (images === undefined) {
    const { diagnostics, images: made } = compileText(text);
    expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([]);
    built.set(text, (images = made));
  }
  for (const image of images) {
    const judged = verify(image, { module: (name) => vm.module(name)?.image });
    if (isLeft(judged)) throw new Error(JSON.stringify(judged.left));
    vm.load(judged.right);
  }
}
const main = (p: Place): Thread => p.vm.spawnMain(p.vm.module('main')!);

const COUNTER = `
require std
require node
require thread
session Counter(s)
  on Go(to : string) from s
    thread::migrate(self, node::connect(to))
    Counting(s, 0)
  end
end
session Counting(s, sum)
  on Add(n) from s
    s!Sum(sum + n)
    loop(s, sum + n)
  or Stop
  end
end
fun main()
  let c = spawn Counter(self)
  c!Go("b")
  var last = 0
  while last < 1000
    c!Add(100)
    on Sum(n) from c
      last = n
      std::print(n)
    end
  end
  c!Stop
end
`;

describe('a thread moves', () => {
  it('in the middle of its protocol, its code on demand, and its peer does not notice', async () => {
    const w = new World();
    const [a, b] = [w.place('a'), w.place('b')];
    load(a.vm, COUNTER);
    const t = main(a);
    await w.settle();
    for (const p of [a, b]) p.node.wires.flush();
    await w.settle();
    expect(a.vm.end()).toEqual({ exitCode: 0, failures: [], stuck: [] });
    expect(a.out.join('')).toBe('100\n200\n300\n400\n500\n600\n700\n800\n900\n1000\n');
    expect(t.status).toBe(2);
    expect(b.events).toContain('a.2 lives here now');
    expect(b.vm.module('main')).toBeDefined();
    expect(a.node.wires.wires.size).toBe(0);
    expect(b.node.wires.wires.size).toBe(0);
  });
});
