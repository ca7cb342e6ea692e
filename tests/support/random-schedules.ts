/**
 * Programs under many schedules: at random in bursts of a few instructions, by random priorities that change at a few random
 * points (PCT: Burckhardt et al., ASPLOS 2010), in turn with tiny slices. What a run did wrong comes back as a sentence.
 * Invariant: the same modules and seed give the same run; time is virtual, random numbers of the program come from the seed.
 */
import { HostRegistry } from '../../runtime/host/registry.js';
import type { Message } from '../../runtime/process/link.js';
import type { Thread } from '../../runtime/process/thread.js';
import { endsOf } from '../../runtime/scheduler/operations.js';
import { generator, Seeded, type Strategy } from '../../runtime/scheduler/strategy.js';
import type { VerifiedModule } from '../../runtime/verify/verified-module.js';
import { Vm } from '../../runtime/vm.js';
import { pureModules } from '../../stdlib/pure.js';

/** Runs whoever has the highest priority; at so many points the one that runs falls behind all others. */
class Priorities implements Strategy {
  private readonly of = new Map<Thread, number>();
  private readonly changes: Set<number>;
  private step = 0;
  private lowest = 0;

  constructor(
    private readonly random: () => number,
    changes: number,
    length: number,
  ) {
    this.changes = new Set(Array.from({ length: changes }, () => Math.floor(random() * length)));
  }

  private priority(t: Thread): number {
    const known = this.of.get(t) ?? this.random();
    this.of.set(t, known);
    return known;
  }

  pick(ready: readonly Thread[]): Thread {
    const first = (): Thread => ready.reduce((a, b) => (this.priority(b) > this.priority(a) ? b : a));
    if (this.changes.has(this.step++)) this.of.set(first(), --this.lowest);
    return first();
  }
}

export interface Allowed {
  /** Threads may fail because a peer was lost or an exception was raised, and unread messages be given up. */
  readonly losses: boolean;
  /** Threads may be left waiting. */
  readonly waiting: boolean;
}

const INSTRUCTIONS = 200_000;
/** What programs raise that lose links, or take from a pool which a mistake left empty. */
const OF_LOSSES = /^(?:PeerLost|Oops|EmptyPool)\b/;

/** What goes wrong under the schedule with this number; undefined if nothing does. */
export function wrongUnder(modules: readonly VerifiedModule[], seed: number, allowed: Allowed): string | undefined {
  const random = generator(seed);
  const hosts = new HostRegistry();
  for (const [name, functions] of Object.entries(pureModules)) hosts.add(name, functions);
  const kind = seed % 3;
  const vm = new Vm({
    environment: { write: () => undefined, now: () => 0, entropy: random },
    hosts,
    virtualTime: true,
    engine: 'interpreter',
    ...(kind === 0 && { strategy: new Seeded(seed) }),
    ...(kind === 1 && { strategy: new Priorities(random, seed % 5, 400) }),
  });
  let forgotten: Message | undefined;
  vm.events = { discarded: (_, oldest) => void (forgotten ??= oldest) };
  const loaded = modules.map((m) => vm.load(m));
  vm.spawnMain(loaded.at(-1)!);
  const most = kind === 1 ? 1 : 1 + (seed % 11);
  let left = INSTRUCTIONS;
  do {
    while (vm.scheduler.head !== null && left > 0) {
      const burst = kind === 2 ? most : 1 + Math.floor(random() * most);
      left -= burst;
      vm.run(burst);
    }
    if (left <= 0) return 'it does not end';
  } while (vm.scheduler.advance());
  const end = vm.end();
  const failed = end.failures.map((f) => f.message).find((m) => !allowed.losses || !OF_LOSSES.test(m));
  if (failed !== undefined) return `a thread failed: ${failed}`;
  if (allowed.waiting) return undefined;
  const [stuck] = end.stuck;
  if (stuck !== undefined) return `stuck: ${stuck.where} waits for ${stuck.waitsFor}`;
  for (const t of vm.scheduler.threads) for (const e of endsOf(t)) forgotten ??= e.head ?? undefined;
  if (forgotten !== undefined && !allowed.losses) return `${forgotten.label.name} was never read`;
  if (!allowed.losses && vm.scheduler.counters.failed > 0) return 'a thread failed, which its peers took';
  return undefined;
}

/** The first of so many schedules that goes wrong, and how. */
export function firstWrong(
  modules: readonly VerifiedModule[],
  schedules: number,
  first: number,
  allowed: Allowed,
): string | undefined {
  for (let i = first; i < first + schedules; i++) {
    const wrong = wrongUnder(modules, i, allowed);
    if (wrong !== undefined) return `schedule ${i}: ${wrong}`;
  }
  return undefined;
}
