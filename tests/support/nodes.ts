/** Nodes over a network in memory, stepped by a seed: any order of slices and frames that can happen, does. */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { HostRegistry } from '../../runtime/host/registry.js';
import { addNodeFunctions } from '../../runtime/link/functions.js';
import { MemoryNetwork } from '../../runtime/link/memory.js';
import { LinkNode } from '../../runtime/link/node.js';
import type { NodeOptions } from '../../runtime/link/node.js';
import type { Thread } from '../../runtime/process/thread.js';
import { generator } from '../../runtime/scheduler/strategy.js';
import { verify } from '../../runtime/verify/verify.js';
import { Vm } from '../../runtime/vm.js';
import { compileText } from './compile.js';

export interface Place {
  readonly name: string;
  readonly vm: Vm;
  readonly node: LinkNode;
  readonly out: string[];
  readonly events: string[];
}

export class World {
  readonly network = new MemoryNetwork();
  /** What all nodes print, in the order it happens. */
  readonly log: string[] = [];
  readonly places = new Map<string, Place>();
  readonly #random: () => number;
  now = 0;
  constructor(
    seed = 1,
    readonly window?: number,
  ) {
    this.#random = generator(seed);
  }
  pick = (n: number): number => Math.floor(this.#random() * n);

  place(name: string, options: Partial<NodeOptions> = {}): Place {
    const out: string[] = [];
    const events: string[] = [];
    const vm = new Vm({
      environment: { write: (t) => out.push(t) + this.log.push(t), now: () => this.now },
      hosts: new HostRegistry(),
      quantum: 50,
    });
    const node = new LinkNode(vm, {
      node: name,
      key: new TextEncoder().encode('quartz'),
      random: (n) => Uint8Array.from({ length: n }, () => this.pick(256)),
      transport: this.network,
      now: () => this.now,
      onEvent: (e) => events.push(e),
      ...(this.window === undefined ? {} : { window: this.window }),
      ...options,
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
    let still = 0;
    for (let i = 0; i < most;) {
      let moved = false;
      while (i++ < most && this.step()) moved = true;
      await new Promise((resolve) => setImmediate(resolve));
      for (const p of this.places.values()) p.vm.scheduler.fireTimers();
      still = moved || [...this.places.values()].some((p) => p.vm.scheduler.head !== null) ? 0 : still + 1;
      if (still > 2) return;
    }
    throw new Error('it does not come to rest');
  }
}

const built = new Map<string, readonly ModuleImage[]>();
export function load(vm: Vm, text: string, trust: 'none' | 'compiler' = 'none'): void {
  let images = built.get(text);
  if (images === undefined) {
    const { diagnostics, images: made } = compileText(text);
    const errors = diagnostics.filter((d) => d.severity === 'error').map((d) => d.message);
    if (errors.length > 0) throw new Error(errors.join('\n'));
    built.set(text, (images = made));
  }
  for (const image of images) {
    const judged = verify(image, { module: (name) => vm.module(name), trust });
    if (isLeft(judged)) throw new Error(JSON.stringify(judged.left));
    vm.load(judged.right);
  }
}
export const main = (p: Place): Thread => p.vm.spawnMain(p.vm.module('main')!);
