/**
 * Drives a program along a schedule (`schedule.ts`): one instruction at a time, always of the thread whose step is next, so
 * that sends and receives happen in the schedule's order; threads outside it run where a role has to wait for them.
 * A schedule is one of the protocol, for which every condition may hold or not: where the data of this run would lead a
 * role past its next step, the branch that leads to it is taken instead, and that is said. From there on data may be such
 * as no run has. Invariant: nothing but branches is forced. Messages are only those that the code sends, and a thread whose
 * code cannot do the step next ends the drive.
 */
import { timeOut } from '../process/home.js';
import { type End, LOST } from '../process/link.js';
import type { Thread } from '../process/thread.js';
import { ALIVE, FAILED, Waiting } from '../process/thread.js';
import { R } from '../process/registers.js';
import { Roles } from './roles.js';
import type { Schedule, ScheduleStep } from './schedule.js';
import type { Scheduler } from './scheduler.js';
import { settle } from './settle.js';
import { type Deed, entryOf, isIn, lineOf, nextDeed, placeOf, seeingOnly } from './steering.js';
import { PATIENCE, Stepper } from './stepper.js';
import type { Goal } from './ways.js';

export interface Driven {
  /** Whether every step was made and every role that should wait does so. */
  readonly reached: boolean;
  /** What happened, for people: the steps made, then who waits for what, or where the program went another way. */
  readonly lines: readonly string[];
  /** Branches that the data of this run would have decided otherwise. */
  readonly forced: number;
}

class Diverged extends Error {}

/** Runs the program whose main thread was just spawned on `scheduler` along `schedule`. */
export function drive(scheduler: Scheduler, schedule: Schedule): Driven {
  return new Driver(scheduler, schedule).run();
}

class Driver {
  private readonly roles: Roles;
  private readonly stepper: Stepper;
  /** Roles that have done a step. */
  private readonly begun = new Set<string>();
  /** Roles that heard, or will hear, from somebody outside before their next step. */
  private readonly outside = new Set<string>();
  private making = 0;
  /** The step that makes a thread, until that is there. */
  private birth: ScheduleStep | undefined;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly schedule: Schedule,
  ) {
    this.roles = new Roles(schedule.program === true);
    const talks = new Map(schedule.roles.map((r) => [r.name, new Set(r.talks)]));
    this.stepper = new Stepper(scheduler, (role) => talks.get(role) ?? new Set());
  }

  run(): Driven {
    const { scheduler, schedule, stepper } = this;
    const before = { strategy: scheduler.strategy, events: scheduler.events };
    scheduler.strategy = stepper;
    scheduler.events = { ...before.events, spawned: (t) => this.spawned(t) };
    let reached = false;
    try {
      if (schedule.program === true) this.findFirst();
      else this.findRoles();
      for (const step of schedule.steps) this.follow(step);
      reached = settle(schedule, this.roles, stepper);
    } catch (e) {
      if (!(e instanceof Diverged)) throw e;
      stepper.lines.push(`the program goes another way: ${e.message}`);
    } finally {
      scheduler.strategy = before.strategy;
      scheduler.events = before.events;
    }
    return { reached, lines: stepper.lines, forced: stepper.forced };
  }

  /** A thread was started: a member of the composition if it is made where that is made. */
  private spawned(t: Thread): void {
    const { made, roles, program } = this.schedule;
    if (program === true) return this.born(t);
    if (made !== null && (this.making < made.first || this.making > made.last)) return;
    const role = roles.find((r) => !r.spawner && this.isFree(r.name) && r.session === entryOf(t));
    if (role === undefined) return;
    this.roles.assign(role.name, t);
    const spawner = roles.find((r) => r.spawner && !this.roles.has(r.name));
    if (spawner !== undefined) this.roles.assign(spawner.name, R.thread);
  }

  /** Whether no thread plays a role yet. Of many clients one that ended without a step has talked to another service. */
  private isFree(role: string): boolean {
    const t = this.roles.threadOf(role);
    return t === undefined || (this.schedule.made === null && t.status !== ALIVE && !this.begun.has(role));
  }

  private born(t: Thread): void {
    const { birth, roles } = this;
    if (birth === undefined || roles.nameOf(R.thread) !== birth.role || entryOf(t) !== this.sessionOf(birth.peer))
      return;
    roles.assign(birth.peer!, t);
    this.birth = undefined;
  }

  private sessionOf(role: string | null): string | undefined {
    return this.schedule.roles.find((r) => r.name === role)?.session ?? undefined;
  }

  private instruction(t: Thread): void {
    this.making = lineOf(t) ?? 0;
    this.stepper.instruction(t);
  }

  private towards(t: Thread, role: string, goal: Goal): void {
    this.making = lineOf(t) ?? 0;
    this.stepper.towards(t, role, goal);
  }

  /** Runs what takes no part until all roles are there, first of all who may make them. A service and its clients may be there before they meet. */
  private findRoles(): void {
    const { main } = this.scheduler;
    const begun = this.schedule.roles.find(
      (r) => !r.spawner && r.session !== null && r.session === (main && entryOf(main)),
    );
    if (begun !== undefined && main !== null) this.roles.assign(begun.name, main);
    const apart = this.schedule.made === null;
    const missing = (): string[] => this.schedule.roles.map((r) => r.name).filter((r) => !this.roles.has(r));
    for (let n = 0; n < PATIENCE && missing().length > 0; n++) {
      const ready = this.scheduler.readyThreads();
      const next =
        ready.find((t) => this.isSpawner(t) || (t === main && !this.roles.isOne(t))) ??
        ready.find((t) => !this.roles.isOne(t) || (apart && this.roles.isFree(t)));
      if (next === undefined && !this.scheduler.advance()) break;
      if (next !== undefined) this.instruction(next);
    }
    const [first, ...more] = missing();
    if (first !== undefined) throw new Diverged(`no thread was started for ${[first, ...more].join(' and ')}`);
    this.roles.followAll();
  }

  /** Runs the program until a thread comes to where the run begins. */
  private findFirst(): void {
    const [first] = this.schedule.roles;
    if (first === undefined) return;
    for (let n = 0; n < PATIENCE; n++) {
      const there = [...this.scheduler.threads].find((t) => isIn(t, first.session ?? ''));
      if (there !== undefined) return this.roles.assign(first.name, there);
      const [next] = this.scheduler.readyThreads();
      if (next === undefined && !this.scheduler.advance()) break;
      if (next !== undefined) this.instruction(next);
    }
    throw new Diverged(`no thread comes to ${first.name}`);
  }

  private isSpawner(t: Thread): boolean {
    return this.schedule.roles.some((r) => r.spawner && r.name === this.roles.nameOf(t));
  }

  /** Runs the step's thread up to and through the step. */
  private follow(step: ScheduleStep): void {
    if (step.action === 'silent') return;
    if (step.action === 'outside') return void this.outside.add(step.role);
    if (step.action === 'crash') return this.crash(step);
    if (step.action === 'timeout') return this.timeOut(step);
    const goal = goalOf(step, this.sessionOf(step.peer));
    if (step.action === 'spawn') this.birth = step;
    for (let n = 0; n < PATIENCE; n++) {
      const t = this.actor(step);
      if (step.action === 'spawn' && this.birth === undefined) return this.note(step, '');
      if (t.status !== ALIVE) {
        if (step.action === 'fail' && t.status === FAILED) return this.note(step, '');
        if (this.isFree(step.role) && this.someoneRuns()) continue;
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
      if (deed.kind === 'receive') seeingOnly(this.wanted(deed, step), deed, () => this.instruction(t));
      else this.instruction(t);
      if (deed.kind === 'receive' && t.waiting !== null)
        throw new Diverged(`${step.role} waits, at ${place}, for ${step.label}, which has not come`);
      return this.note(step, place);
    }
    throw new Diverged(`${step.role} runs on without coming to ${textOf(step)}`);
  }

  private actor(step: ScheduleStep): Thread {
    const t = this.roles.threadOf(step.role);
    if (t === undefined) throw new Diverged(`nobody has started ${step.role}, which should ${textOf(step)}`);
    return t;
  }

  /** Kills the thread of a role at the next thing that it would do with others. */
  private crash(step: ScheduleStep): void {
    const t = this.actor(step);
    for (let n = 0; n < PATIENCE && t.queued; n++) {
      const deed = nextDeed(t);
      if (deed !== undefined && this.roles.concerns(deed)) break;
      this.instruction(t);
    }
    this.note(step, placeOf(t));
    this.scheduler.kill(t);
  }

  /** Lets a wait last too long. What has come for it may have come later: only links promise an order. */
  private timeOut(step: ScheduleStep): void {
    const t = this.actor(step);
    const goal = goalOf(step, undefined);
    for (let n = 0; n < PATIENCE; n++) {
      const deed = nextDeed(t);
      if (deed?.after === true && (step.line === undefined || lineOf(t) === step.line)) {
        this.note(step, placeOf(t));
        timeOut(t);
        return seeingOnly(undefined, deed, () => this.instruction(t));
      }
      if (deed !== undefined && this.roles.concerns(deed)) break;
      if (t.queued) this.towards(t, step.role, goal);
      else this.letOthersRun(t, step);
    }
    throw new Diverged(`${step.role} does not come to a wait that lasts too long, at ${placeOf(t)}`);
  }

  private isStep(deed: Deed, step: ScheduleStep): boolean {
    const meets = deed.ends.some((e) => this.leadsTo(e, step.peer));
    if (deed.kind === 'send') return step.action === 'send' && deed.label === step.label && (meets || deed.open);
    if (deed.kind === 'drop') return step.action === 'drop' && meets;
    if (step.action === 'lost') return meets;
    if (step.action !== 'receive') return false;
    return this.wanted(deed, step) !== undefined || deed.open;
  }

  private leadsTo(e: End, role: string | null): boolean {
    return e.peer === null || (role !== null && e.peer.owner === this.roles.threadOf(role));
  }

  /** The end on which the message of a step lies, or the loss. */
  private wanted(deed: Deed, step: ScheduleStep): End | undefined {
    const isIt = (e: End): boolean =>
      step.action === 'lost' ? e.head === null && e.state >= LOST : e.head?.label.name === step.label;
    return deed.ends.find((e) => isIt(e) && this.leadsTo(e, step.peer));
  }

  private letOthersRun(t: Thread, step: ScheduleStep): void {
    const others = this.scheduler.readyThreads().filter((o) => o !== t);
    const other = others.find((o) => !this.roles.isOne(o)) ?? others.find((o) => this.roles.isFree(o));
    const role = other && this.roles.nameOf(other);
    const next = this.schedule.steps.slice(this.schedule.steps.indexOf(step)).find((s) => s.role === role);
    if (other !== undefined && role !== undefined && next !== undefined)
      this.towards(other, role, goalOf(next, this.sessionOf(next.peer)));
    else if (other !== undefined) this.instruction(other);
    else if (!this.scheduler.advance()) {
      const what = t.waiting === Waiting.HOST ? 'the host' : 'somebody outside the schedule';
      throw new Diverged(`${step.role} waits for ${what} before it could ${textOf(step)}`);
    }
  }

  /** Lets a thread that plays no role run; false if none can. */
  private someoneRuns(): boolean {
    const other = this.scheduler.readyThreads().find((t) => !this.roles.isOne(t));
    if (other !== undefined) this.instruction(other);
    return other !== undefined || this.scheduler.advance();
  }

  private note(step: ScheduleStep, place: string): void {
    this.begun.add(step.role);
    const does = textOf(step).replace(/^\w+/, '$&s');
    this.stepper.lines.push(`${step.role} ${does}${place === '' ? '' : `, ${place}`}`);
  }
}

function goalOf(step: ScheduleStep, session: string | undefined): Goal {
  if (step.action === 'spawn') return { kind: 'spawn', labels: [session ?? ''], line: step.line };
  const { action } = step;
  const alone = action === 'send' || action === 'drop' || action === 'fail' || action === 'timeout';
  const kind = alone ? action : 'receive';
  return { kind, labels: [step.action === 'lost' ? 'Down' : step.label], line: step.line };
}

function textOf(step: ScheduleStep): string {
  switch (step.action) {
    case 'send':
      return `send ${step.label} to ${step.peer ?? '?'}`;
    case 'receive':
      return `take ${step.label} from ${step.peer ?? '?'}`;
    case 'spawn':
      return `start ${step.peer ?? '?'}`;
    case 'crash':
      return 'fail';
    case 'timeout':
      return 'wait too long';
    case 'drop':
      return `drop ${step.peer ?? '?'}`;
    case 'lost':
      return `learn that ${step.peer ?? '?'} is lost`;
    default:
      return step.action;
  }
}
