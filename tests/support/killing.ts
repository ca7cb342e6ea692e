/**
 * Programs of which one thread is killed at one step. What must hold then: each end whose peer it was keeps the messages sent
 * before and tells the loss once, after them; nobody waits for it; nothing crashes; and where everything is proved, also
 * under crashes, nobody waits for ever.
 * Invariant: the same program, seed, step and thread give the same run.
 */
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { crashProgressOf, progressOf } from '../../compiler/protocol/compose/progress.js';
import { End, LOST, payload, PENDING } from '../../runtime/process/link.js';
import { ALIVE, type Thread } from '../../runtime/process/thread.js';
import { endsOf } from '../../runtime/scheduler/operations.js';
import { Seeded } from '../../runtime/scheduler/strategy.js';
import { Vm } from '../../runtime/vm.js';
import { compileOne } from './compile.js';
import { verifyAll } from './spec.js';
import { pureHosts } from './hosts.js';

/** Instructions after which a run is taken to go on for ever. */
const LONGEST = 60_000;

/** What was seen of the loss of one end. */
interface Told {
  readonly end: End;
  times: number;
  early: boolean;
}

export class Victims {
  /** Instructions of a run without deaths. */
  readonly length: number;
  /** Whether such a run ends within `LONGEST`. */
  readonly ends: boolean;

  private constructor(
    private readonly vm: Vm,
    /** Nobody waits for ever: every verdict says so, also of crashes. */
    readonly proved: boolean,
    private readonly seed: number | undefined,
  ) {
    this.start();
    const left = this.run(LONGEST);
    this.length = LONGEST - left;
    this.ends = left > 0;
    this.clear();
  }

  /** Undefined if the program is rejected. `seed`: threads run in this order; without, in turn. */
  static of(text: string, seed?: number): Victims | undefined {
    const built = compileOne(text);
    if (built.diagnostics.some(isError)) return undefined;
    const compositions = built.modules.at(-1)!.protocols!.compositions;
    const proved = compositions.every(
      (c) => progressOf(c) === 'proved' && crashProgressOf(c)?.endsWith(': proved') !== false,
    );
    const hosts = pureHosts();
    const environment = { write: () => undefined, now: () => 0, entropy: () => 0.3 };
    const quantum = seed === undefined ? undefined : 1 + (seed % 7);
    const vm = new Vm({ environment, hosts, virtualTime: true, engine: 'interpreter', ...(quantum && { quantum }) });
    for (const m of verifyAll(built.images, 'compiler')) vm.load(m);
    return new Victims(vm, proved, seed);
  }

  /** Kills each thread that is alive after so many instructions, each in a run of its own. Gives what went wrong, and how many. */
  killEach(step: number): { kills: number; wrong: string[] } {
    const wrong: string[] = [];
    for (let which = 0; ; which++) {
      this.start();
      this.run(step);
      const victim = this.alive()[which];
      if (victim === undefined) {
        this.clear();
        return { kills: which, wrong };
      }
      const told = this.kill(victim);
      const left = this.run(LONGEST);
      wrong.push(...this.judge(told, left).map((w) => `step ${step}, thread ${which}: ${w}`));
      this.clear();
    }
  }

  private start(): void {
    this.vm.scheduler.unnoticed.length = 0;
    if (this.seed !== undefined) this.vm.scheduler.strategy = new Seeded(this.seed);
    this.vm.spawnMain(this.vm.modules.at(-1)!, 'main');
  }

  /** Runs so many instructions, through every timer; gives how many were left over. */
  private run(instructions: number): number {
    let left = instructions;
    do {
      left = this.vm.run(left);
    } while (left > 0 && this.vm.scheduler.advance());
    return left;
  }

  private alive(): Thread[] {
    return [...this.vm.scheduler.threads].filter((t) => t.status === ALIVE);
  }

  private kill(victim: Thread): Told[] {
    const ends = [...endsOf(victim)].flatMap((e) => [e, ...carried(e)]);
    const peers = new Set(ends.flatMap((e) => (e.peer === null ? [] : [e.peer])));
    const others = [...peers].filter((p) => p.owner !== victim && p.state !== PENDING && p.state < LOST);
    const queues = others.map(labels);
    this.vm.scheduler.kill(victim);
    return others.map((end, i) => {
      const told: Told = { end, times: 0, early: end.state !== LOST || labels(end) !== queues[i] };
      const reason: unknown = end.extra?.reason;
      // The reason of a loss is read when the loss is told, and at no other time.
      Object.defineProperty(end.extra ?? {}, 'reason', {
        configurable: true,
        get: () => {
          told.times++;
          told.early ||= end.head !== null;
          return reason;
        },
      });
      return told;
    });
  }

  private judge(told: readonly Told[], left: number): string[] {
    const wrong: string[] = [];
    if (told.some((t) => t.times > 1)) wrong.push('a loss is told twice');
    if (told.some((t) => t.early)) wrong.push('a loss is told before the messages sent');
    if (told.some((t) => t.end.owner.status === ALIVE && t.end.owner.waiting === t.end))
      wrong.push('somebody waits for it');
    const end = this.vm.end();
    const bad = end.failures.find((f) => /unmatched message|the machine failed/.test(f.message));
    if (bad !== undefined) wrong.push(bad.message);
    if (this.proved && this.ends && left === 0) wrong.push('it does not end');
    const [stuck] = end.stuck;
    if (this.proved && stuck !== undefined) wrong.push(`stuck: ${stuck.where}`);
    return wrong;
  }

  private clear(): void {
    for (const t of this.alive()) this.vm.scheduler.kill(t);
  }
}

/** Ends in messages that nobody has read. */
function carried(e: End): End[] {
  const found: End[] = [];
  for (let m = e.head; m !== null; m = m.next)
    for (let i = 0; i < 3 + (m.rest?.length ?? 0); i++) {
      const v = payload(m, i);
      if (v instanceof End) found.push(v);
    }
  return found;
}

function labels(e: End): string {
  const all: string[] = [];
  for (let m = e.head; m !== null; m = m.next) all.push(m.label.name);
  return all.join(' ');
}
