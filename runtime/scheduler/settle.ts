/**
 * The end of a drive along a schedule: lets each role come to where it waits, and says what it waits for.
 * Invariant: gives true only if every role that is reported as waiting waits, with no message there that it would take, and
 * every message reported as unread is unread.
 */
import { ALIVE, DONE, FAILED, type Thread } from '../process/thread.js';
import type { Roles } from './roles.js';
import type { Schedule, ScheduleWait } from './schedule.js';
import { nextDeed, placeOf } from './steering.js';
import { PATIENCE, type Stepper } from './stepper.js';
import type { Goal } from './ways.js';

export function settle({ roles: named, end }: Schedule, roles: Roles, stepper: Stepper): boolean {
  let reached = true;
  for (const { name } of named) {
    const t = roles.threadOf(name);
    const wait = end.waiting.find((w) => w.role === name);
    if (t === undefined) {
      reached = false;
      stepper.lines.push(`${name} was never started`);
      continue;
    }
    goToWait(t, wait, roles, stepper);
    const at = placeOf(t) === '' ? '' : `, at ${placeOf(t)}`;
    if (wait === undefined) {
      const how = t.status === DONE ? 'has ended' : t.status === FAILED ? 'has failed' : `goes on${at}`;
      stepper.lines.push(`${name} ${how}`);
      continue;
    }
    const waits = waitText(t, wait);
    reached &&= waits !== undefined;
    stepper.lines.push(`${name} ${waits ?? 'does not wait'}${at}`);
  }
  for (const m of end.unread) {
    const unread = roles.unread(m.to).includes(m.label);
    reached &&= unread;
    stepper.lines.push(`${m.label} from ${m.from} to ${m.to} ${unread ? 'stays unread' : 'is not there'}`);
  }
  return reached;
}

/** Runs a role up to the next thing that it would do with others. */
function goToWait(t: Thread, wait: ScheduleWait | undefined, roles: Roles, stepper: Stepper): void {
  const goal: Goal | undefined = wait && { kind: 'receive', labels: labelsOf(wait), line: undefined };
  for (let n = 0; n < PATIENCE && t.queued; n++) {
    const deed = nextDeed(t);
    const isIdle = deed?.kind === 'receive' && deed.ends.every((e) => e.head === null);
    if (deed !== undefined && roles.concerns(deed) && !isIdle) return;
    if (goal === undefined) stepper.instruction(t);
    else stepper.towards(t, wait!.role, goal);
  }
}

const labelsOf = (wait: ScheduleWait): string[] => wait.awaits.flatMap((a) => a.labels);

/** What a thread waits for, if it is what was reported and has not come. */
function waitText(t: Thread, wait: ScheduleWait): string | undefined {
  const deed = nextDeed(t);
  if (t.status !== ALIVE || deed?.kind !== 'receive') return undefined;
  const { ends, takes } = deed;
  if (ends.some((e) => e.head !== null && takes?.get(e)?.includes(e.head.label.name) === true)) return undefined;
  const heads = ends.flatMap((e) => (e.head === null ? [] : [e.head.label.name]));
  const awaited = labelsOf(wait);
  const peers = [...new Set(wait.awaits.flatMap((a) => a.peer ?? []))];
  const from = peers.length === 0 ? '' : ` from ${peers.join(' or ')}`;
  const but = heads.length === 0 ? '' : `, but the next message is ${heads.join(' and ')}`;
  return `waits for ${awaited.join(' or ')}${from}${but}`;
}
