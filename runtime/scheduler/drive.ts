/**
 * Drives a program along a schedule (`schedule.ts`): one instruction at a time, always of the thread whose step is next, so
 * that sends and receives happen in the schedule's order; threads outside it run where a role has to wait for them.
 * Invariant: nothing is forced. A thread only ever does what its own code does next; where that is not the schedule's step
 * (data may decide a branch otherwise than the schedule supposed) the drive ends and says so.
 */
import type { Thread } from '../process/thread.js';
import { ALIVE, DONE, FAILED, Waiting } from '../process/thread.js';
import { R } from '../process/registers.js';
import type { Schedule, ScheduleStep } from './schedule.js';
import type { Scheduler } from './scheduler.js';
import { type Deed, entryOf, lineOf, nextDeed, placeOf } from './steering.js';
import type { Strategy } from './strategy.js';

export interface Driven {
  /** Whether every step was made and every role that should wait does so. */
  readonly reached: boolean;
  /** What happened, for people: the steps made, then who waits for what, or where the program went another way. */
  readonly lines: readonly string[];
}

/** Instructions a thread may execute on the way to its next step. */
const PATIENCE = 1_000_000;

class Diverged extends Error {}

/** Lets one thread run, others only if it cannot. */
class Steered implements Strategy {
  wanted: Thread | null = null;
  pick(ready: readonly Thread[]): Thread {
    return ready.find((t) => t === this.wanted) ?? ready[0]!;
  }
}

/** Runs the program whose main thread was just spawned on `scheduler` along `schedule`. */
export function drive(scheduler: Scheduler, schedule: Schedule): Driven {
  return new Driver(scheduler, schedule).run();
}

class Driver {
  private readonly threads = new Map<string, Thread>();
  private readonly names = new Map<Thread, string>();
  private readonly steered = new Steered();
  private readonly lines: string[] = [];
  private making = 0;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly schedule: Schedule,
  ) {}

  run(): Driven {
    const { scheduler, schedule } = this;
    const before = { strategy: scheduler.strategy, events: scheduler.events };
    scheduler.strategy = this.steered;
    scheduler.events = { ...before.events, spawned: (t) => this.spawned(t) };
    try {
      this.findRoles();
      for (const step of schedule.steps) this.follow(step);
      const reached = this.settle();
      return { reached, lines: this.lines };
    } catch (e) {
      if (!(e instanceof Diverged)) throw e;
      return { reached: false, lines: [...this.lines, `the program goes another way: ${e.message}`] };
    } finally {
      scheduler.strategy = before.strategy;
      scheduler.events = before.events;
    }
  }

  /** A thread was started: a member of the composition if it is made where that is made. */
  private spawned(t: Thread): void {
    const { made, roles } = this.schedule;
    if (made !== null && (this.making < made.first || this.making > made.last)) return;
    const role = roles.find((r) => !r.spawner && !this.threads.has(r.name) && r.session === entryOf(t));
    if (role === undefined) return;
    this.assign(role.name, t);
    const spawner = roles.find((r) => r.spawner && !this.threads.has(r.name));
    if (spawner !== undefined) this.assign(spawner.name, R.thread);
  }

  private assign(role: string, t: Thread): void {
    this.threads.set(role, t);
    this.names.set(t, role);
  }

  /** One instruction of `t`; false if it is not ready. */
  private instruction(t: Thread): boolean {
    if (!t.queued) return false;
    this.steered.wanted = t;
    this.making = lineOf(t) ?? 0;
    this.scheduler.runInstructions(1);
    return true;
  }

  /** Runs what takes no part until all roles are there. A service and its clients may be there before they meet. */
  private findRoles(): void {
    const wanted = new Set(this.schedule.roles.map((r) => r.name));
    for (let n = 0; n < PATIENCE && [...wanted].some((r) => !this.threads.has(r)); n++) {
      const others = this.scheduler.readyThreads().filter((t) => !this.names.has(t) || this.isSpawner(t));
      const next = others[0];
      if (next === undefined && !this.scheduler.advance()) break;
      if (next !== undefined) this.instruction(next);
    }
    const missing = [...wanted].filter((r) => !this.threads.has(r));
    if (missing.length > 0) throw new Diverged(`no thread was started for ${missing.join(' and ')}`);
  }

  private isSpawner(t: Thread): boolean {
    return this.schedule.roles.some((r) => r.spawner && r.name === this.names.get(t));
  }

  /** Runs the step's thread up to and through the step. */
  private follow(step: ScheduleStep): void {
    if (step.action === 'silent' || step.action === 'outside') return;
    const t = this.threads.get(step.role)!;
    for (let n = 0; n < PATIENCE; n++) {
      if (t.status !== ALIVE) {
        if (step.action === 'fail' && t.status === FAILED) return this.note(step, '');
        throw new Diverged(`${step.role} has ended before it could ${textOf(step)}`);
      }
      const deed = nextDeed(t);
      const ours = deed === undefined ? false : this.concerns(deed);
      if (!t.queued) {
        if (t.waiting !== null && t.waiting !== Waiting.HOST && ours && deed?.open !== true)
          throw new Diverged(`${step.role} waits, at ${placeOf(t)}, before it could ${textOf(step)}`);
        this.letOthersRun(t, step);
        continue;
      }
      if (deed === undefined || !ours) {
        this.instruction(t);
        continue;
      }
      const place = placeOf(t);
      if (!this.isStep(deed, step)) throw new Diverged(`${step.role}, at ${place}, does not ${textOf(step)} next`);
      this.instruction(t);
      if (deed.kind === 'receive' && t.waiting !== null)
        throw new Diverged(`${step.role} waits, at ${place}, for ${step.label}, which has not come`);
      return this.note(step, place);
    }
    throw new Diverged(`${step.role} runs on without coming to ${textOf(step)}`);
  }

  /** Is the deed about a link between two roles? */
  private concerns(deed: Deed): boolean {
    return (
      deed.ends.some((e) => e.peer === null || this.names.has(e.peer.owner)) || (deed.open && deed.kind === 'send')
    );
  }

  private isStep(deed: Deed, step: ScheduleStep): boolean {
    const peer = step.peer === null ? undefined : this.threads.get(step.peer);
    const meets = deed.ends.some((e) => e.peer === null || e.peer.owner === peer);
    if (deed.kind === 'send') return step.action === 'send' && deed.label === step.label && (meets || deed.open);
    if (deed.kind === 'drop') return step.action === 'drop' && meets;
    if (step.action === 'lost') return meets;
    if (step.action !== 'receive') return false;
    return (
      deed.ends.some((e) => e.head?.label.name === step.label && (e.peer === null || e.peer.owner === peer)) ||
      deed.open
    );
  }

  private letOthersRun(t: Thread, step: ScheduleStep): void {
    const other = this.scheduler.readyThreads().find((o) => !this.names.has(o));
    if (other !== undefined) this.instruction(other);
    else if (!this.scheduler.advance()) {
      const what = t.waiting === Waiting.HOST ? 'the host' : 'somebody outside the schedule';
      throw new Diverged(`${step.role} waits for ${what} before it could ${textOf(step)}`);
    }
  }

  private note(step: ScheduleStep, place: string): void {
    this.lines.push(`${step.role} ${textOf(step)}${place === '' ? '' : `, ${place}`}`);
  }

  /** After the last step: lets each role come to where it waits, and says what it waits for. */
  private settle(): boolean {
    let reached = true;
    for (const { name } of this.schedule.roles) {
      const t = this.threads.get(name)!;
      const wait = this.schedule.end.waiting.find((w) => w.role === name);
      for (let n = 0; n < PATIENCE && t.queued; n++) {
        const deed = nextDeed(t);
        if (
          deed !== undefined &&
          this.concerns(deed) &&
          (deed.kind !== 'receive' || deed.ends.some((e) => e.head !== null))
        )
          break;
        this.instruction(t);
      }
      const deed = nextDeed(t);
      const at = placeOf(t) === '' ? '' : `, at ${placeOf(t)}`;
      if (wait === undefined) {
        const how = t.status === DONE ? 'has ended' : t.status === FAILED ? 'has failed' : `goes on${at}`;
        this.lines.push(`${name} ${how}`);
        continue;
      }
      const heads =
        deed?.kind === 'receive' ? deed.ends.flatMap((e) => (e.head === null ? [] : [e.head.label.name])) : [];
      const awaited = wait.awaits.flatMap((a) => a.labels);
      const waits = t.status === ALIVE && deed?.kind === 'receive' && !heads.some((h) => awaited.includes(h));
      reached &&= waits;
      const from = [...new Set(wait.awaits.map((a) => a.peer))].join(' or ');
      const but = heads.length === 0 ? '' : `, but the next message is ${heads.join(' and ')}`;
      this.lines.push(
        waits ? `${name} waits for ${awaited.join(' or ')} from ${from}${but}${at}` : `${name} does not wait${at}`,
      );
    }
    for (const m of this.schedule.end.unread) this.lines.push(`${m.label} from ${m.from} to ${m.to} stays unread`);
    return reached;
  }
}

function textOf(step: ScheduleStep): string {
  switch (step.action) {
    case 'send':
      return `send ${step.label} to ${step.peer ?? '?'}`;
    case 'receive':
      return `take ${step.label} from ${step.peer ?? '?'}`;
    case 'drop':
      return `drop ${step.peer ?? '?'}`;
    case 'lost':
      return `learn that ${step.peer ?? '?'} is lost`;
    default:
      return step.action;
  }
}
