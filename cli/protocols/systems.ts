/**
 * The systems of automata that a file holds: the compositions of a `.qz` file, or the systems of a JSON file, each with its
 * verdict. Invariant: what `progressOf` does not call proved or merely dependent is never reported as `safe`.
 */
import path from 'node:path';
import type { Composition } from '../../compiler/protocol/compose/composition.js';
import { decide, millisecondsFor } from '../../compiler/protocol/decide/decide.js';
import { readSystemsText } from '../../compiler/protocol/decide/read.js';
import { edgeText, stateName, type System } from '../../compiler/protocol/decide/system.js';
import type { Step, Verdict } from '../../compiler/protocol/decide/verdict.js';
import { progressOf } from '../../compiler/protocol/compose/progress.js';
import { type StuckRun, verdictOf } from '../../compiler/protocol/whole/stuck-run.js';
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.js';
import type { BuiltModule } from '../../compiler/modules/build.js';
import { spanLine } from './schedules.js';
import { buildFiles, type BuiltNamed } from '../files/compiling.js';
import { EffectError, type Effects } from '../effects/effects.js';
import { decodeText } from '../files/project.js';
import { Failure } from '../terminal/report.js';

export interface Limits {
  readonly maxBound?: number;
  /** Seconds for each system; without, the answer does not depend on the machine. */
  readonly timeout?: number;
}

/** A system with its verdict; `composition` where it comes from a program. */
export interface Judged {
  readonly name: string;
  readonly file: string;
  /** Where the composition is made, from 1. */
  readonly line?: number;
  readonly system: System;
  readonly verdict: Verdict;
  readonly progress: string;
  readonly composition?: Composition;
  /** The run of the whole program that gets stuck, where that was rejected and not one composition. */
  readonly run?: StuckRun;
}

export interface Found {
  readonly judged: readonly Judged[];
  /** The modules of the `.qz` files themselves, not of those they require. */
  readonly modules: readonly BuiltModule[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and decides all files, whatever is cached of them; those that end in `.json` hold automata, the others are source. */
export function judgeFiles(effects: Effects, files: readonly string[], limits: Limits): Found {
  const sources = files.filter((f) => !f.endsWith('.json'));
  const built: BuiltNamed =
    sources.length === 0
      ? { modules: [], diagnostics: [], images: [], named: [] }
      : buildFiles(effects, sources, 'protocol', { ...limits, freshRoots: true });
  const ofJson = files.filter((f) => f.endsWith('.json')).flatMap((f) => judgeJson(effects, f, limits));
  return { judged: [...judgedIn(built), ...ofJson], modules: built.named, diagnostics: built.diagnostics };
}

/** What was decided about the modules that the user named. */
export const judgedIn = (built: BuiltNamed): Judged[] => built.named.flatMap(judgeModule);

export const judgeModule = ({ protocols }: BuiltModule): Judged[] =>
  protocols === undefined
    ? []
    : [...protocols.compositions.map(judgeComposition), ...protocols.stuckRuns.map(judgeRun)];

export function judgeComposition(c: Composition): Judged {
  const { name, span } = c.cluster;
  const place = { name, file: span.file.path, line: spanLine(span) };
  if (c.crash !== undefined && surprises(c.crash)) {
    const verdict = { ...c.crash, reason: `if a thread fails: ${c.crash.reason}` };
    return {
      ...place,
      system: c.crashSystem ?? c.system,
      verdict,
      progress: `not proved: ${verdict.reason}`,
      composition: c,
    };
  }
  const [given] = c.projections.flatMap((p) => p.given);
  const progress =
    given === undefined || c.verdict.verdict !== 'safe'
      ? progressOf(c)
      : `not proved: the end of a group is given away (line ${spanLine(given)})`;
  return { ...place, system: c.system, verdict: notSaferThan(c.verdict, progress), progress, composition: c };
}

/** A message that somebody cannot handle is an error also if it only comes after a thread has failed. */
const surprises = (crash: Verdict): crash is Extract<Verdict, { verdict: 'rejected' }> =>
  crash.verdict === 'rejected' && crash.kind === 'unexpected-message';

function judgeRun(run: StuckRun): Judged {
  const { system } = run;
  const verdict = verdictOf(run);
  const { automaton, state } = run.places[run.stuck.waiting[0]!.role]!;
  const { span } = automaton.states[state]!;
  const progress = `not proved: ${verdict.reason}`;
  return { name: system.name, file: span.file.path, line: spanLine(span), system, verdict, progress, run };
}

/** The engine's `safe` covers the links of one composition; what is not proved about the whole makes it `unknown`. */
function notSaferThan(verdict: Verdict, progress: string): Verdict {
  if (verdict.verdict !== 'safe' || !progress.startsWith('not proved')) return verdict;
  const { bound, states } = verdict;
  const reason = progress.replace(/^not proved: /, '');
  return { verdict: 'unknown', cause: 'progress', reason, bound, prefix: [], loop: [], states };
}

function judgeJson(effects: Effects, file: string, limits: Limits): Judged[] {
  return readJson(effects, file).map((system) => {
    const verdict = decide(system, limits);
    return { name: system.name, file, system, verdict, progress: progressOfSystem(system, verdict) };
  });
}

/** The systems of a JSON file; a `Failure` of one line if it holds none. */
export function readJson(effects: Effects, file: string): readonly System[] {
  const bytes = effects.readFile(path.resolve(effects.cwd, file));
  if (bytes === undefined) throw new EffectError(`there is no file ${file}`);
  const read = readSystemsText(decodeText(bytes, file), path.basename(file, '.json'));
  if (read.ok) return read.systems;
  const [first, ...more] = read.errors;
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  throw new Failure(printable(`${file}: ${first ?? 'no systems'}${others}`, 300));
}

function progressOfSystem(system: System, verdict: Verdict): string {
  if (verdict.verdict !== 'safe') return `not proved: ${verdict.reason}`;
  const name = (role: number): string => system.roles[role]?.name ?? '?';
  const [outside] = verdict.dependsOutside;
  if (outside !== undefined) return `depends on outside: a wait of ${name(outside.role)}`;
  const [loop] = verdict.dependsOn;
  return loop === undefined ? 'proved' : `depends on: the loop of ${loop.runners.map(name).join(' and ')}`;
}

/** A step of a schedule as JSON; `peer` is null for steps of a role alone. */
export interface StepJson {
  readonly role: string;
  readonly action: string;
  readonly peer: string | null;
  readonly label: string;
  readonly from: string;
  readonly to: string;
}

export const stepJson = (system: System, { role, edge }: Step): StepJson => ({
  role: system.roles[role]!.name,
  action: edge.kind,
  peer: system.roles[edge.partner]?.name ?? null,
  label: edge.label,
  from: stateName(system.roles[role]!, edge.from),
  to: stateName(system.roles[role]!, edge.to),
});

/** One element of what `quartz protocol check --json` prints. */
export function judgedJson(j: Judged): object {
  const { verdict: v } = j;
  return {
    name: j.name,
    verdict: v.verdict,
    bound: v.verdict === 'rejected' ? null : v.bound,
    argument: v.verdict === 'safe' ? v.argument : null,
    schedule: v.verdict === 'rejected' ? v.schedule.map((s) => stepJson(j.system, s)) : null,
    reason: v.verdict !== 'safe' ? v.reason : j.progress === 'proved' ? null : j.progress,
    ...(v.verdict === 'unknown' && {
      cause: v.cause,
      enough: v.enough ?? null,
      loop: v.loop.length === 0 ? null : v.loop.map((s) => stepJson(j.system, s)),
    }),
    states: v.states,
    milliseconds: Math.round(millisecondsFor(j.system) * 1000) / 1000,
  };
}

/** One round of the loop that makes a queue grow, for an unknown verdict. */
export const loopText = (system: System, loop: readonly Step[]): string =>
  loop.map((s) => edgeText(system, s.role, s.edge)).join(', ');

/** Text from a file for a terminal: one line, no control characters, at most so many characters. */
export function printable(text: string, most = 120): string {
  const plain = text.replace(/\p{C}/gu, '?');
  return plain.length <= most ? plain : `${plain.slice(0, most - 2)}..`;
}

/** How a composition is called: by its roles and where it is made. */
export const titleOf = ({ name, file, line }: Pick<Judged, 'name' | 'file' | 'line'>): string =>
  printable(name, 60) + (line === undefined ? '' : ` (${file}:${line})`);

/** Whether `name` is a composition's or that of one of its roles; roles of one session are numbered, `S#1`, and called `S`. */
export const isCalled = (j: Judged, name: string): boolean =>
  j.name === name || j.system.roles.some((r) => r.name === name || r.name.replace(/#\d+$/, '') === name);
