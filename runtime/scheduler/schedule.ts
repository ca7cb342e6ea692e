/**
 * Schedules as data (`quartz-schedule/1`, docs/protocols.md): the steps of named roles that lead a program, or a system of
 * automata, into the state where somebody is stuck. The protocol checker writes them, the machine can be driven along them.
 * Invariant: `readSchedule` gives a schedule in which every step and every wait is of a role that is listed, or a sentence.
 */
export const FORMAT = 'quartz-schedule/1';

export interface ScheduleRole {
  readonly name: string;
  /** The session (or function) whose code the role starts with; null for a role of plain automata. */
  readonly session: string | null;
  /** The thread that makes the others of this composition; it takes part from then on. */
  readonly spawner: boolean;
  /** Lines, from 1, on which it speaks with other roles or waits for them. */
  readonly talks?: readonly number[];
}

export interface ScheduleStep {
  readonly role: string;
  /** `send`, `receive`, `spawn`, `silent`, `outside`, `drop`, `crash`, `fail` or `lost`; the peer of a spawn is the new role. */
  readonly action: string;
  /** Null for what a role does alone. */
  readonly peer: string | null;
  readonly label: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
}

export interface ScheduleWait {
  readonly role: string;
  /** `peer`: null for the end of a thread that is watched. */
  readonly awaits: readonly {
    readonly peer: string | null;
    readonly labels: readonly string[];
    readonly because: string;
  }[];
}

export interface Schedule {
  readonly format: typeof FORMAT;
  readonly name: string;
  readonly reason: string;
  /** The roles are threads of a run of the whole program: the first is there, the others are made by the steps. */
  readonly program?: boolean;
  /** Where its threads are made: lines from 1. Null where they are made apart (a service and its client), and for plain automata. */
  readonly made: { readonly file: string; readonly first: number; readonly last: number } | null;
  readonly roles: readonly ScheduleRole[];
  readonly steps: readonly ScheduleStep[];
  readonly end: {
    readonly waiting: readonly ScheduleWait[];
    readonly unread: readonly { readonly from: string; readonly to: string; readonly label: string }[];
  };
}

export type ReadSchedule =
  { readonly ok: true; readonly schedule: Schedule } | { readonly ok: false; readonly error: string };

const isRecord = (v: unknown): v is Readonly<Record<string, unknown>> =>
  typeof v === 'object' && v !== null && !Array.isArray(v);
const isText = (v: unknown): v is string => typeof v === 'string';
const isTextOrNull = (v: unknown): v is string | null => v === null || isText(v);
const listOf = <T>(v: unknown, is: (x: unknown) => x is T): v is readonly T[] => Array.isArray(v) && v.every(is);

const isMade = (v: unknown): v is Schedule['made'] =>
  v === null ||
  (isRecord(v) && isText(v['file']) && Number.isSafeInteger(v['first']) && Number.isSafeInteger(v['last']));
const isLine = (v: unknown): v is number => Number.isSafeInteger(v);
const isRole = (v: unknown): v is ScheduleRole =>
  isRecord(v) &&
  isText(v['name']) &&
  isTextOrNull(v['session']) &&
  typeof v['spawner'] === 'boolean' &&
  (v['talks'] === undefined || listOf(v['talks'], isLine));
const isStep = (v: unknown): v is ScheduleStep =>
  isRecord(v) &&
  isText(v['role']) &&
  isText(v['action']) &&
  isTextOrNull(v['peer']) &&
  isText(v['label']) &&
  (v['file'] === undefined || isText(v['file'])) &&
  (v['line'] === undefined || isLine(v['line']));
type Await = ScheduleWait['awaits'][number];
const isAwait = (v: unknown): v is Await =>
  isRecord(v) && isTextOrNull(v['peer']) && listOf(v['labels'], isText) && isText(v['because']);
const isWait = (v: unknown): v is ScheduleWait => isRecord(v) && isText(v['role']) && listOf(v['awaits'], isAwait);
type Unread = Schedule['end']['unread'][number];
const isUnread = (v: unknown): v is Unread => isRecord(v) && isText(v['from']) && isText(v['to']) && isText(v['label']);

/** Reads the text of a schedule file. */
export function readSchedule(text: string): ReadSchedule {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, error: 'a schedule is a JSON file, and this is not JSON' };
  }
  if (!isRecord(value) || value['format'] !== FORMAT) return { ok: false, error: `"format" is not "${FORMAT}"` };
  const { name, reason, program = false, made, roles, steps, end } = value;
  if (!isText(name) || !isText(reason)) return { ok: false, error: '"name" and "reason" are texts' };
  if (typeof program !== 'boolean') return { ok: false, error: '"program" is true or false' };
  if (!isMade(made)) return { ok: false, error: '"made" is {file, first, last} or null' };
  if (!listOf(roles, isRole)) return { ok: false, error: '"roles" is a list of {name, session, spawner}' };
  if (!listOf(steps, isStep)) return { ok: false, error: '"steps" is a list of {role, action, peer, label}' };
  if (!isRecord(end) || !listOf(end['waiting'], isWait) || !listOf(end['unread'], isUnread))
    return { ok: false, error: '"end" holds the lists "waiting" and "unread"' };
  const known = new Set(roles.map((r) => r.name));
  const waiting = end['waiting'];
  const stranger = [...steps, ...waiting].find((s) => !known.has(s.role));
  if (stranger !== undefined) return { ok: false, error: `${stranger.role} is not one of the roles` };
  return {
    ok: true,
    schedule: { format: FORMAT, name, reason, program, made, roles, steps, end: { waiting, unread: end['unread'] } },
  };
}
