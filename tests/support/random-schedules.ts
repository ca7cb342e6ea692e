/**
 * Programs under many schedules: at random in bursts of a few instructions, by random priorities that change at a few random
 * points (PCT: Burckhardt et al., ASPLOS 2010), in turn with tiny slices. What a run did wrong comes back as a sentence.
 * Invariant: the same modules and seed give the same run; time is virtual, random numbers of the program come from the seed.
 */
import type { HostRegistry } from '../../runtime/host/registry.js';
import type { End, Message } from '../../runtime/process/link.js';
import type { Thread } from '../../runtime/process/thread.js';
import { endsOf } from '../../runtime/scheduler/operations.js';
import { nextDeed } from '../../runtime/scheduler/steering.js';
import { generator, Seeded, type Strategy } from '../../runtime/scheduler/strategy.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { Vm } from '../../runtime/vm.js';
import type { Known } from './paths.js';
import { follow } from './traces.js';
import { pureHosts } from './hosts.js';

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
  /** It may run for ever. */
  readonly endless?: boolean;
  /** What it says of itself need not be so. */
  readonly wrong?: boolean;
}

const INSTRUCTIONS = 30_000;
/** Nobody is outside. */
const never = (): Promise<never> => new Promise(() => undefined);
const SILENCE = { read_line: never, read_all: never, print_error: (): undefined => undefined };
/** What programs raise that lose links, or take from a pool which a mistake left empty. */
const OF_LOSSES = /^(?:PeerLost|Oops|EmptyPool)\b/;

/** The library without a system: nobody writes on standard input. */
export function silentHosts(): HostRegistry {
  const hosts = pureHosts();
  return hosts.add('io', SILENCE).add('main', { hears: never, returns: (n: unknown) => n });
}

/** Runs one program again and again. Its machine is kept between runs, since loading costs more than a short run. */
export class Runner {
  private vm: Vm | undefined;
  private fast: Vm | undefined;
  private random: () => number = () => 0;
  private forgotten: Message | undefined;
  /** In runs that are watched: where messages went. */
  private readonly sentTo = new Set<End>();
  private ranOut = 0;
  private said = '';

  constructor(private readonly modules: readonly VerifiedModule[]) {}

  /** The first of so many schedules, counted from `first`, that goes wrong, and how. */
  firstWrong(schedules: number, first: number, allowed: Allowed): string | undefined {
    for (let i = first; i < first + schedules && this.ranOut < 3; i++) {
      const wrong = i % 10 === 9 ? this.wrongCompiled(i, allowed) : this.wrong(i, allowed);
      if (wrong !== undefined) return `schedule ${i}: ${wrong}`;
    }
    return undefined;
  }

  /**
   * The first of so many runs in which a thread does what the checker does not allow, and what; or says something to a
   * service that has ended, if nothing may get lost.
   */
  firstOffPath(known: Known, runs: number, { losses, waiting }: Allowed): string | undefined {
    for (let seed = 0; seed < runs; seed++) {
      this.random = generator(seed);
      const vm = (this.vm ??= this.machine());
      vm.spawnMain(vm.modules.at(-1)!);
      const { wrong, lost } = follow(vm, known, { seed, most: INSTRUCTIONS });
      this.clear(vm);
      if (wrong !== undefined) return `schedule ${seed}: not on a path: ${wrong}`;
      if (lost !== undefined && !losses && !waiting) return `schedule ${seed}: ${lost}`;
    }
    return undefined;
  }

  /** What goes wrong under the schedule with this number; undefined if nothing does. */
  wrong(seed: number, allowed: Allowed): string | undefined {
    const random = (this.random = generator(seed));
    const vm = (this.vm ??= this.machine());
    const { scheduler } = vm;
    const kind = seed % 3;
    scheduler.strategy = [new Seeded(seed), new Priorities(random, seed % 5, 400), null][kind]!;
    this.forgotten = undefined;
    this.said = '';
    scheduler.unnoticed.length = 0;
    const failedBefore = scheduler.counters.failed;
    vm.spawnMain(vm.modules.at(-1)!);
    const most = kind === 1 || seed % 12 === 2 ? 1 : 1 + (seed % 11);
    const watched = seed % 12 === 2 && !allowed.losses;
    let left = INSTRUCTIONS;
    do {
      while (scheduler.head !== null && left > 0) {
        const burst = kind === 2 ? most : 1 + Math.floor(random() * most);
        left -= burst;
        if (watched) this.watch(scheduler.head);
        vm.run(burst);
      }
    } while (left > 0 && scheduler.advance());
    if (left <= 0) this.ranOut++;
    const lie = allowed.wrong === true ? undefined : /WRONG.*/.exec(this.said)?.[0];
    const failures = scheduler.counters.failed - failedBefore;
    const wrong = lie ?? (left <= 0 ? this.endless(vm, allowed, kind === 2) : this.judge(vm, allowed, failures));
    this.clear(vm);
    return wrong;
  }

  /** As `wrong`, in compiled code, which is interrupted less often. */
  private wrongCompiled(seed: number, allowed: Allowed): string | undefined {
    this.random = generator(seed);
    const vm = (this.fast ??= this.machine('compiled'));
    const { scheduler } = vm;
    scheduler.strategy = new Seeded(seed);
    scheduler.quantum = 1 + (seed % 40);
    this.forgotten = undefined;
    this.said = '';
    scheduler.unnoticed.length = 0;
    const failedBefore = scheduler.counters.failed;
    vm.spawnMain(vm.modules.at(-1)!);
    let left = INSTRUCTIONS;
    for (
      const before = scheduler.counters.slices;
      left > 0;
      left = INSTRUCTIONS - (scheduler.counters.slices - before)
    ) {
      scheduler.runReady(left);
      if (!scheduler.advance()) break;
    }
    const lie = allowed.wrong === true ? undefined : /WRONG.*/.exec(this.said)?.[0];
    const failures = scheduler.counters.failed - failedBefore;
    const wrong = lie ?? (left <= 0 ? this.endless(vm, allowed, false) : this.judge(vm, allowed, failures));
    this.clear(vm);
    return wrong && `compiled: ${wrong}`;
  }

  private machine(engine: 'interpreter' | 'compiled' = 'interpreter'): Vm {
    const hosts = silentHosts();
    const environment = { write: (t: string) => void (this.said += t), now: () => 0, entropy: () => this.random() };
    const vm = new Vm({ environment, hosts, virtualTime: true, engine });
    vm.events = { discarded: (_, oldest) => void (this.forgotten ??= oldest) };
    for (const m of this.modules) vm.load(m);
    return vm;
  }

  private judge(vm: Vm, allowed: Allowed, failures: number): string | undefined {
    const end = vm.end();
    const failed = end.failures.map((f) => f.message).find((m) => !allowed.losses || !OF_LOSSES.test(m));
    if (failed !== undefined) return `a thread failed: ${failed}`;
    if (allowed.waiting) return undefined;
    const [stuck] = end.stuck;
    if (stuck !== undefined) return `stuck: ${stuck.where} waits for ${stuck.waitsFor}`;
    if (allowed.losses) return undefined;
    for (const t of vm.scheduler.threads) for (const e of endsOf(t)) this.sentTo.add(e);
    for (const e of this.sentTo) this.forgotten ??= e.head ?? undefined;
    if (this.forgotten !== undefined) return `${this.forgotten.label.name} was never read`;
    return failures > 0 ? 'a thread failed, which its peers took' : undefined;
  }

  /** A run that does not end: whoever waits in it although all had their turns waits for what will not come. */
  private endless(vm: Vm, allowed: Allowed, fair: boolean): string | undefined {
    if (allowed.endless !== true) return 'it does not end';
    const [stuck] = fair && !allowed.waiting && allowed.wrong !== true ? vm.end().stuck : [];
    return stuck && `${stuck.where} waits for ${stuck.waitsFor} while others go on for ever`;
  }

  /** An ended thread has no ends any more, so those that get messages are noted before. */
  private watch(t: Thread): void {
    const deed = nextDeed(t);
    if (deed?.kind === 'send') for (const e of deed.ends) if (e.peer !== null) this.sentTo.add(e.peer);
  }

  /** Services may be left waiting for clients, and after a mistake anybody. */
  private clear(vm: Vm): void {
    this.sentTo.clear();
    for (const t of [...vm.scheduler.threads]) vm.scheduler.kill(t);
  }
}
