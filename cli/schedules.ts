/**
 * Rejections as schedule files (`quartz-schedule/1`): what `--trace` writes and `quartz run --schedule` follows.
 * Invariant: the steps are those of the verdict, in its order; lines are counted from 1.
 */
import path from 'node:path';
import type { Span } from '../compiler/source/source.js';
import type { Composition } from '../compiler/protocol/compose.js';
import type { System } from '../compiler/protocol/decide/system.js';
import type { Verdict } from '../compiler/protocol/decide/verdict.js';
import type { Origin } from '../compiler/protocol/project.js';
import { drive } from '../runtime/scheduler/drive.js';
import { FORMAT, readSchedule, type Schedule } from '../runtime/scheduler/schedule.js';
import type { Vm } from '../runtime/vm.js';
import { EffectError, type Effects } from './effects.js';
import { decodeText } from './project.js';
import { Failure } from './report.js';

type Rejected = Extract<Verdict, { verdict: 'rejected' }>;

export const spanLine = (span: Span): number => span.file.position(span.start).line + 1;

/** Where an edge of a composition's system is in the source; undefined for automata that were given as such. */
export function placeOf(origin: unknown): { readonly file: string; readonly line: number } | undefined {
  const span = (origin as Origin | undefined)?.span;
  return span === undefined ? undefined : { file: span.file.path, line: spanLine(span) };
}

export function scheduleOf(system: System, verdict: Rejected, composition?: Composition): Schedule {
  const name = (role: number): string => system.roles[role]?.name ?? '?';
  const session = (role: number): string | null => {
    const cluster = composition?.cluster.roles[role];
    return (cluster?.starts[0]?.automaton ?? cluster?.serves?.[0])?.name ?? null;
  };
  const isSpawner = (role: number): boolean => {
    const start = composition?.cluster.roles[role]?.starts[0];
    return composition?.cluster.kind !== 'service' && start !== undefined && start.state !== start.automaton.initial;
  };
  return {
    format: FORMAT,
    name: system.name,
    reason: verdict.reason,
    made: composition === undefined || composition.cluster.kind === 'service' ? null : madeAt(composition),
    roles: system.roles.map((r, i) => ({
      name: r.name,
      session: session(i),
      spawner: isSpawner(i),
      talks: linesOf(system, i),
    })),
    steps: verdict.schedule.map(({ role, edge }) => ({
      role: name(role),
      action: edge.kind,
      peer: edge.partner < 0 ? null : name(edge.partner),
      label: edge.label,
      ...placeOf(edge.origin),
    })),
    end: {
      waiting: verdict.stuck.waiting.map((w) => ({
        role: name(w.role),
        awaits: w.awaits.map((a) => ({ peer: name(a.partner), labels: a.labels, because: a.because })),
      })),
      unread: verdict.stuck.unread.map((m) => ({ from: name(m.from), to: name(m.to), label: m.label })),
    },
  };
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

export interface Rejection {
  readonly system: System;
  readonly verdict: Verdict;
  readonly composition?: Composition;
}

/** Writes the first rejection's schedule; a `Failure` if there is none to write. Gives how many were rejected. */
export function writeTrace(effects: Effects, file: string, found: readonly Rejection[]): number {
  const rejected = found.flatMap((f) => (f.verdict.verdict === 'rejected' ? [{ ...f, verdict: f.verdict }] : []));
  const [first] = rejected;
  if (first === undefined) throw new Failure('nothing was rejected, so there is no schedule to write');
  const schedule = scheduleOf(first.system, first.verdict, first.composition);
  effects.writeFile(path.resolve(effects.cwd, file), `${JSON.stringify(schedule, null, 2)}\n`);
  return rejected.length;
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
