/**
 * Rejections as schedule files (`quartz-schedule/1`): what `--trace` writes and `quartz run --schedule` follows.
 * Invariant: the steps are those of the verdict, in its order; lines are counted from 1.
 */
import path from 'node:path';
import type { Span } from '../../compiler/source/source.js';
import type { Composition } from '../../compiler/protocol/compose/composition.js';
import type { Edge, System } from '../../compiler/protocol/decide/system.js';
import type { Verdict } from '../../compiler/protocol/decide/verdict.js';
import { CRASH, type Origin, TIMEOUT } from '../../compiler/protocol/compose/projection.js';
import type { StuckRun } from '../../compiler/protocol/whole/stuck-run.js';
import { drive } from '../../runtime/scheduler/drive.js';
import {
  FORMAT,
  readSchedule,
  type Schedule,
  type ScheduleRole,
  type ScheduleStep,
} from '../../runtime/scheduler/schedule.js';
import type { Vm } from '../../runtime/vm.js';
import { EffectError, type Effects } from '../effects/effects.js';
import { decodeText } from '../files/project.js';
import { Failure } from '../terminal/report.js';

export const spanLine = (span: Span): number => span.file.position(span.start).line + 1;

/** Where an edge of a composition's system is in the source; undefined for automata that were given as such. */
export function placeOf(origin: unknown): { readonly file: string; readonly line: number } | undefined {
  const span = (origin as Origin | undefined)?.span;
  return span === undefined ? undefined : { file: span.file.path, line: spanLine(span) };
}

type Rejected = Extract<Verdict, { verdict: 'rejected' }>;

export interface Rejection {
  readonly system: System;
  readonly verdict: Verdict;
  readonly composition?: Composition;
  /** The run of the whole program, where that was rejected and not one composition. */
  readonly run?: StuckRun;
}

/** The machine knows crashes and timeouts only as steps of a role alone. */
function actionOf({ kind, label }: Edge): string {
  if (kind === 'outside' && label === CRASH) return 'crash';
  return kind === 'silent' && label === TIMEOUT ? 'timeout' : kind;
}

/** The schedule that shows a rejection; undefined if nothing was rejected. */
export function scheduleOf({ system, verdict, composition, run }: Rejection): Schedule | undefined {
  if (verdict.verdict !== 'rejected') return undefined;
  const name = (role: number): string => system.roles[role]!.name;
  const steps = verdict.schedule.map(({ role, edge }) => ({
    role: name(role),
    action: actionOf(edge),
    peer: edge.partner < 0 ? null : name(edge.partner),
    label: edge.label,
    ...placeOf(edge.origin),
  }));
  return {
    format: FORMAT,
    name: system.name,
    reason: verdict.reason,
    ...(run !== undefined && { program: true }),
    made: composition === undefined || composition.cluster.kind === 'service' ? null : madeAt(composition),
    roles: run === undefined ? rolesOf(system, verdict, composition) : rolesOfRun(run),
    steps: run === undefined ? steps : withBirths(steps, run),
    end: {
      waiting: verdict.stuck.waiting.map((w) => ({
        role: name(w.role),
        awaits: w.awaits.map((a) => ({
          peer: a.partner < 0 ? null : name(a.partner),
          labels: a.labels,
          because: a.because,
        })),
      })),
      unread: verdict.stuck.unread.map((m) => ({ from: name(m.from), to: name(m.to), label: m.label })),
    },
  };
}

function rolesOf(system: System, verdict: Rejected, composition?: Composition): ScheduleRole[] {
  const session = (role: number): string | null => {
    const cluster = composition?.cluster.roles[role];
    // Of several services that a reference may mean, the one that this run met.
    const [began] = verdict.schedule.flatMap((s) => (s.role === role ? [(s.edge.origin as Origin).session] : []));
    const stands = composition?.projections[role]?.places[verdict.stuck.states[role]!]?.automaton.name;
    const met = cluster?.serves?.find((a) => a.name === began || a.name === stands) ?? cluster?.serves?.[0];
    return (cluster?.starts[0]?.automaton ?? met)?.name ?? null;
  };
  const isSpawner = (role: number): boolean => {
    const start = composition?.cluster.roles[role]?.starts[0];
    return composition?.cluster.kind !== 'service' && start !== undefined && start.state !== start.automaton.initial;
  };
  return system.roles.map((r, i) => ({
    name: r.name,
    session: session(i),
    spawner: isSpawner(i),
    talks: linesOf(system, i),
  }));
}

/** The threads of a run: what each says anywhere counts, and where it makes others. */
function rolesOfRun({ system, bodies }: StuckRun): ScheduleRole[] {
  return system.roles.map(({ name }, i) => {
    const states = bodies[i]!.flatMap((a) => a.states);
    const talking = states.flatMap((s) => s.edges.filter((e) => TALK.has(e.kind)));
    const talks = [...new Set(talking.map((e) => spanLine(e.span)))].sort((a, b) => a - b);
    return { name, session: bodies[i]![0]!.name, spawner: false, talks };
  });
}

const TALK: ReadonlySet<string> = new Set(['send', 'receive', 'any', 'accept', 'connect', 'cast', 'drop', 'spawn']);

/** The steps of a run, and between them how its threads are made. */
function withBirths(steps: readonly ScheduleStep[], { births, system }: StuckRun): ScheduleStep[] {
  const name = (role: number): string => system.roles[role]!.name;
  const birthsAt = (n: number): ScheduleStep[] =>
    births
      .filter((b) => b.after === n)
      .map(({ parent, child, span }) => ({
        role: name(parent),
        action: 'spawn',
        peer: name(child),
        label: '',
        file: span.file.path,
        line: spanLine(span),
      }));
  return [...steps.flatMap((step, n) => [...birthsAt(n), step]), ...birthsAt(steps.length)];
}

/** Where a role speaks with others or waits for them. */
function linesOf(system: System, role: number): number[] {
  const talking = system.roles[role]!.edges.filter((e) => e.partner >= 0);
  return [...new Set(talking.flatMap((e) => placeOf(e.origin)?.line ?? []))].sort((a, b) => a - b);
}

function madeAt({ cluster }: Composition): NonNullable<Schedule['made']> {
  const { file, start, end } = cluster.span;
  const first = file.position(start).line + 1;
  // A group is made line by line; its span may be that of its first member.
  return { file: file.path, first, last: Math.max(file.position(end).line + 1, first + cluster.roles.length - 1) };
}

/** Writes the schedule of each rejection: the first to `file`, the next to `file-2` and so on. Gives the files' names. */
export function writeTraces(effects: Effects, file: string, found: readonly Rejection[]): string[] {
  const schedules = found.flatMap((f) => scheduleOf(f) ?? []);
  return schedules.map((schedule, i) => {
    const { dir, name, ext } = path.parse(file);
    const numbered = i === 0 ? file : path.join(dir, `${name}-${i + 1}${ext}`);
    effects.writeFile(path.resolve(effects.cwd, numbered), `${JSON.stringify(schedule, null, 2)}\n`);
    return numbered;
  });
}

/** Drives a program that was just started along the schedule in a file; 0 if it ends in the state that is reported there. */
export function followSchedule(effects: Effects, vm: Vm, file: string): number {
  const bytes = effects.readFile(path.resolve(effects.cwd, file));
  if (bytes === undefined) throw new EffectError(`there is no file ${file}`);
  const read = readSchedule(decodeText(bytes, file));
  if (!read.ok) throw new Failure(`${file}: ${read.error}`);
  const { reached, lines, forced } = drive(vm.scheduler, read.schedule);
  for (const line of lines) effects.stderr(`${line}\n`);
  if (forced > 0)
    effects.stderr(`${forced === 1 ? 'a branch was' : `${forced} branches were`} forced: data may never lead here\n`);
  effects.stderr(reached ? 'this is the state that was reported\n' : 'the reported state was not reached\n');
  return reached ? 0 : 1;
}
