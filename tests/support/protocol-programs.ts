/**
 * Programs whose comments say what the protocol checker must think of them and what they do when they run. Besides the
 * comments of `spec.ts` (`# expect:`, `# fails:`, `# error:` and `# warning:` on their lines):
 * `# verdict: proved` if every composition is proved, else `# verdict: Names: text` for each composition that is not;
 * `# crashes: Names: text` for each that is not proved under crashes; `# stuck: A, B` names the threads left waiting at the
 * end; `# runs: for ever`.
 * Invariant: what a comment does not mention must not happen.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Built } from '../../compiler/modules/build.js';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { crashProgressOf, progressOf } from '../../compiler/protocol/compose/progress.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import type { Tier } from '../../runtime/engine/function.js';
import { Seeded } from '../../runtime/scheduler/strategy.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { type ProgramEnd, Vm } from '../../runtime/vm.js';
import { compileText, root } from './compile.js';
import { type Expected, expectations } from './spec.js';
import { pureHosts } from './hosts.js';

export interface Program {
  readonly expected: Expected & {
    readonly verdicts: readonly string[];
    readonly crashes: readonly string[];
    readonly stuck: readonly string[];
    readonly forEver: boolean;
  };
  /** `line: code` of each error and warning. */
  readonly diagnostics: readonly string[];
  readonly rejected: boolean;
  readonly verdicts: readonly string[];
  readonly crashes: readonly string[];
  readonly images: readonly ModuleImage[];
  readonly built: Built;
}

/** Compiles a program given by its path under the project. */
export function compileProgram(file: string): Program {
  const text = readFileSync(path.join(root, file), 'utf8');
  const built = compileText(text, { name: path.basename(file, '.qz').replaceAll('-', '_'), shown: file });
  const compositions = built.modules.at(-1)?.protocols?.compositions ?? [];
  const open = compositions.flatMap((c) => (progressOf(c) === 'proved' ? [] : [`${c.cluster.name}: ${progressOf(c)}`]));
  const crashing = compositions.flatMap((c) => {
    const crash = crashProgressOf(c);
    return crash === undefined || crash.endsWith(': proved') ? [] : [`${c.cluster.name}: ${crash}`];
  });
  const rejected = built.diagnostics.some(isError);
  const comments = (word: string): string[] =>
    [...text.matchAll(new RegExp(`^# ${word}: (.*)$`, 'gm'))].map((m) => m[1]!.trimEnd());
  const lineOf = (d: (typeof built.diagnostics)[number]): number =>
    d.span === undefined ? 0 : d.span.file.position(d.span.start).line + 1;
  return {
    expected: {
      ...expectations(text),
      diagnostics: text
        .split('\n')
        .flatMap((line, i) => [...line.matchAll(/# (?:error|warning): (Q\d{4})/g)].map((m) => `${i + 1}: ${m[1]!}`)),
      verdicts: comments('verdict'),
      crashes: comments('crashes'),
      stuck: comments('stuck').flatMap((line) => line.split(', ')),
      forEver: comments('runs').includes('for ever'),
    },
    diagnostics: built.diagnostics.map((d) => `${lineOf(d)}: ${d.code}`).sort(),
    rejected,
    verdicts: rejected ? [] : open.length === 0 ? ['proved'] : [...new Set(open)],
    crashes: rejected ? [] : [...new Set(crashing)],
    images: built.images,
    built,
  };
}

export interface Run {
  readonly output: readonly string[];
  readonly failures: readonly string[];
  /** Sessions and functions in which threads are left waiting, sorted. */
  readonly stuck: readonly string[];
}

export interface HowToRun {
  readonly engine?: Tier;
  /** Picks the next thread at random and lets it run only a few steps. */
  readonly seed?: number;
}

function machine(modules: readonly VerifiedModule[], { engine = 'auto', seed }: HowToRun): [Vm, string[]] {
  const hosts = pureHosts();
  const written: string[] = [];
  const vm = new Vm({
    environment: { write: (text) => void written.push(text), now: () => 0 },
    hosts,
    virtualTime: true,
    engine,
    ...(seed !== undefined && { strategy: new Seeded(seed), quantum: 1 + (seed % 7) }),
  });
  const loaded = modules.map((m) => vm.load(m));
  vm.spawnMain(loaded.at(-1)!);
  return [vm, written];
}

/** Runs a program until nothing goes on. */
export async function runProgram(modules: readonly VerifiedModule[], how: HowToRun = {}): Promise<Run> {
  const [vm, written] = machine(modules, how);
  const end = await vm.runUntilIdle();
  return {
    output: written.join('').split('\n').slice(0, -1),
    failures: end.failures.map((f) => f.message),
    stuck: end.stuck.map((s) => s.where.split(' ')[0]!).sort(),
  };
}

/** Whether a program is still busy, or asleep with a time to wake up at, after so many instructions. */
export function stillRunning(modules: readonly VerifiedModule[], instructions: number): boolean {
  const [vm] = machine(modules, { engine: 'interpreter' });
  return vm.run(instructions) === 0 || vm.scheduler.timers.nextAt() !== undefined;
}

/** How a run under a random schedule ended, in virtual time; undefined if it had not after so many instructions. */
export function runShortly(
  modules: readonly VerifiedModule[],
  seed: number,
  instructions: number,
): ProgramEnd | undefined {
  const [vm] = machine(modules, { engine: 'interpreter', seed });
  let left = instructions;
  do {
    left = vm.run(left);
    if (left === 0) return undefined;
  } while (vm.scheduler.advance());
  return vm.end();
}
