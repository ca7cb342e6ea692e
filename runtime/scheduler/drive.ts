/**
 * Drives a program along a schedule (`schedule.ts`): one instruction at a time, always of the thread whose step is next, so
 * that sends and receives happen in the schedule's order; threads outside it run where a role has to wait for them.
 * A schedule is one of the protocol, for which every condition may hold or not: where the data of this run would lead a
 * role past its next step, the branch that leads to it is taken instead, and that is said. From there on data may be such
 * as no run has. Invariant: nothing but branches is forced. Messages are only those that the code sends, and a thread whose
 * code cannot do the step next ends the drive.
 */
import type { Thread } from '../process/thread.js';
import { ALIVE, DONE, FAILED, Waiting } from '../process/thread.js';
import { R } from '../process/registers.js';
import { Roles } from './roles.js';
import type { Schedule, ScheduleStep } from './schedule.js';
import type { Scheduler } from './scheduler.js';
import { type Deed, entryOf, lineOf, nextDeed, nextPlace, placeOf } from './steering.js';
import type { Strategy } from './strategy.js';
import { type Goal, goOnAt, talksBefore, waysOf } from './ways.js';

export interface Driven {
  /** Whether every step was made and every role that should wait does so. */
  readonly reached: boolean;
  /** What happened, for people: the steps made, then who waits for what, or where the program went another way. */
  readonly lines: readonly string[];
  /** Branches that the data of this run would have decided otherwise. */
  readonly forced: number;
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
  private readonly roles = new Roles();
  private readonly steered = new Steered();
  private readonly lines: string[] = [];
  /** Roles that heard, or will hear, from somebody outside before their next step. */
  private readonly outside = new Set<string>();
  private making = 0;
  private forced = 0;

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
      return { reached, lines: this.lines, forced: this.forced };
    } catch (e) {
      if (!(e instanceof Diverged)) throw e;
      const lines = [...this.lines, `the program goes another way: ${e.message}`];
      return { reached: false, lines, forced: this.forced };
    } finally {
      scheduler.strategy = before.strategy;
      scheduler.events = before.events;
    }
  }

  /** A thread was started: a member of the composition if it is made where that is made. */
  private spawned(t: Thread): void {
    const { made, roles } = this.schedule;
    if (made !== null && (this.making < made.first || this.making > made.last)) return;
    const role = roles.find((r) => !r.spawner && !this.roles.has(r.name) && r.session === entryOf(t));
    if (role === undefined) return;
    this.roles.assign(role.name, t);
    const spawner = roles.find((r) => r.spawner && !this.roles.has(r.name));
    if (spawner !== undefined) this.roles.assign(spawner.name, R.thread);
  }

  /** One instruction of `t`; false if it is not ready. */
  private instruction(t: Thread): boolean {
    if (!t.queued) return false;
    this.steered.wanted = t;
    this.making = lineOf(t) ?? 0;
    this.scheduler.runInstructions(1);
    return true;
  }

  /**
   * One instruction of a thread on its way to a goal. Where a branch led it past, it goes on at the way that leads there with
   * the fewest words on the links of the schedule.
   */
  private towards(t: Thread, role: string, goal: Goal): void {
    const before = nextPlace(t);
    const ways = before === undefined ? [] : waysOf(before.fn, before.pc);
    const place = placeOf(t);
    const talks = this.talks(role);
    const costs = ways.map((pc) => talksBefore(t, pc, goal, talks));
    this.instruction(t);
    const now = nextPlace(t);
    const taken = now === undefined || now.fn !== before?.fn ? -1 : ways.indexOf(now.pc);
    const best = Math.min(...costs);
    if (taken < 0 || !(costs[taken]! > best)) return;
    goOnAt(t, ways[costs.indexOf(best)]!);
    this.forced++;
    this.lines.push(`${role} takes the other branch, at ${place}: forced, its data decides otherwise`);
  }

  private talks(role: string): ReadonlySet<number> {
    return new Set(this.schedule.roles.find((r) => r.name === role)?.talks);
  }

  /** Runs what takes no part until all roles are there. A service and its clients may be there before they meet. */
  private findRoles(): void {
    const { main } = this.scheduler;
    const begun = this.schedule.roles.find(
      (r) => !r.spawner && r.session !== null && r.session === (main && entryOf(main)),
    );
    if (begun !== undefined && main !== null) this.roles.assign(begun.name, main);
    const apart = this.schedule.made === null;
    const missing = (): string[] => this.schedule.roles.map((r) => r.name).filter((r) => !this.roles.has(r));
    for (let n = 0; n < PATIENCE && missing().length > 0; n++) {
      const next = this.scheduler
        .readyThreads()
        .find((t) => !this.roles.isOne(t) || this.isSpawner(t) || (apart && this.roles.isFree(t)));
      if (next === undefined && !this.scheduler.advance()) break;
      if (next !== undefined) this.instruction(next);
    }
    const [first, ...more] = missing();
    if (first !== undefined) throw new Diverged(`no thread was started for ${[first, ...more].join(' and ')}`);
    this.roles.followAll();
  }

  private isSpawner(t: Thread): boolean {
    return this.schedule.roles.some((r) => r.spawner && r.name === this.roles.nameOf(t));
  }

  /** Runs the step's thread up to and through the step. */
  private follow(step: ScheduleStep): void {
    if (step.action === 'silent') return;
    if (step.action === 'outside') return void this.outside.add(step.role);
    const goal = goalOf(step);
    for (let n = 0; n < PATIENCE; n++) {
      const t = this.roles.threadOf(step.role);
      if (t.status !== ALIVE) {
        if (step.action === 'fail' && t.status === FAILED) return this.note(step, '');
        throw new Diverged(`${step.role} has ended before it could ${textOf(step)}`);
      }
      const deed = nextDeed(t);
      const ours = deed !== undefined && this.roles.concerns(deed);
      if (!t.queued) {
        const alone = ours && !deed.open && !this.outside.has(step.role);
        if (t.waiting !== null && t.waiting !== Waiting.HOST && alone)
          throw new Diverged(`${step.role} waits, at ${placeOf(t)}, before it could ${textOf(step)}`);
        this.letOthersRun(t, step);
        continue;
      }
      if (!ours) {
        this.towards(t, step.role, goal);
        continue;
      }
      const place = placeOf(t);
      if (!this.isStep(deed, step) && this.outside.delete(step.role) && this.roles.hasElsewhere(deed)) {
        this.instruction(t);
        continue;
      }
      if (!this.isStep(deed, step)) throw new Diverged(`${step.role}, at ${place}, does not ${textOf(step)} next`);
      deed.ends.forEach((e) => this.roles.follows(e));
      this.instruction(t);
      if (deed.kind === 'receive' && t.waiting !== null)
        throw new Diverged(`${step.role} waits, at ${place}, for ${step.label}, which has not come`);
      return this.note(step, place);
    }
    throw new Diverged(`${step.role} runs on without coming to ${textOf(step)}`);
  }

  private isStep(deed: Deed, step: ScheduleStep): boolean {
    const peer = step.peer === null ? undefined : this.roles.threadOf(step.peer);
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
    const others = this.scheduler.readyThreads().filter((o) => o !== t);
    const other = others.find((o) => !this.roles.isOne(o)) ?? others.find((o) => this.roles.isFree(o));
    const role = other && this.roles.nameOf(other);
    const next = this.schedule.steps.slice(this.schedule.steps.indexOf(step)).find((s) => s.role === role);
    if (other !== undefined && role !== undefined && next !== undefined) this.towards(other, role, goalOf(next));
    else if (other !== undefined) this.instruction(other);
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
      const t = this.roles.threadOf(name);
      const wait = this.schedule.end.waiting.find((w) => w.role === name);
      const goal: Goal | undefined = wait && {
        kind: 'receive',
        labels: wait.awaits.flatMap((a) => a.labels),
        line: undefined,
      };
      for (let n = 0; n < PATIENCE && t.queued; n++) {
        const deed = nextDeed(t);
        if (
          deed !== undefined &&
          this.roles.concerns(deed) &&
          (deed.kind !== 'receive' || deed.ends.some((e) => e.head !== null))
        )
          break;
        if (goal === undefined) this.instruction(t);
        else this.towards(t, name, goal);
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
    for (const m of this.schedule.end.unread) {
      const unread = this.roles.unread(m.to).includes(m.label);
      reached &&= unread;
      this.lines.push(`${m.label} from ${m.from} to ${m.to} ${unread ? 'stays unread' : 'is not there'}`);
    }
    return reached;
  }
}

function goalOf(step: ScheduleStep): Goal {
  const kind = step.action === 'send' || step.action === 'drop' || step.action === 'fail' ? step.action : 'receive';
  return { kind, labels: [step.action === 'lost' ? 'Down' : step.label], line: step.line };
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
