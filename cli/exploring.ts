/**
 * `quartz test --explore` and `--exhaustive`: a test under many schedules (docs/determinism.md).
 * Invariant: a failure comes with the schedule that leads to it and the command that follows it again; that every schedule
 * was tried is said only where it is true.
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { ModuleImage } from '../runtime/bytecode/module.js';
import {
  exhaust,
  type Explored,
  type Failure as Found,
  follow,
  NotRepeatable,
  sample,
} from '../runtime/explore/explore.js';
import { Vm } from '../runtime/vm.js';
import { entropyOf, seeded, seedOption } from './determinism.js';
import type { Effects } from './effects.js';
import { addExterns, type Externs } from './externs.js';
import { grantsOf } from './grants.js';
import { complaints, hostsFor, loadAll, type MachineFlags, machineOptions } from './machine.js';
import { wholeNumber } from './options.js';
import { Misuse } from './report.js';

export interface ExploringFlags {
  readonly explore?: number;
  readonly exhaustive?: boolean;
  readonly seed?: number;
  readonly steps?: readonly number[];
  readonly maxRuns?: number;
  readonly maxPreemptions?: number;
}

export const addExploringOptions = (command: Command): Command =>
  command
    .option('--explore <n>', 'run each test under so many random schedules', (text: string) =>
      wholeNumber(text, 1, 1_000_000),
    )
    .option('--exhaustive', 'run each test under every schedule that makes a difference')
    .addOption(seedOption('the first seed for --explore, and for random numbers (default 1)'))
    .option('--steps <threads>', 'run each test along one schedule, as a failure shows it', readSteps)
    .option('--max-runs <n>', 'runs of --exhaustive after which to give up (default 10000)', (text: string) =>
      wholeNumber(text, 1, 1_000_000_000),
    )
    .option(
      '--max-preemptions <n>',
      'for --exhaustive: leave out schedules that interrupt more often',
      (text: string) => wholeNumber(text, 0, 1000),
    );

export const isExploring = (flags: ExploringFlags): boolean =>
  flags.explore !== undefined || flags.exhaustive === true || flags.steps !== undefined;

/** `1*3,2` is thread 1 three times, then thread 2. */
function readSteps(text: string): number[] {
  const steps: number[] = [];
  for (const part of text.split(',').filter(Boolean)) {
    const found = /^(\d{1,9})(?:\*(\d{1,6}))?$/.exec(part);
    if (found === null || steps.length > 1_000_000)
      throw new InvalidArgumentError('It is a list of thread numbers: 1*3,2 is thread 1 three times, then thread 2.');
    steps.push(...new Array<number>(Number(found[2] ?? 1)).fill(Number(found[1])));
  }
  return steps;
}

function stepsText(schedule: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const t of schedule) {
    const last = parts.at(-1);
    if (last?.[0] === t) last[1]++;
    else parts.push([t, 1]);
  }
  return parts.map(([t, n]) => (n === 1 ? String(t) : `${t}*${n}`)).join(',');
}

export interface ExploredTest {
  readonly output: string;
  readonly complaints: readonly string[];
  /** What was tried. */
  readonly note: string;
}

/** A module's tests, each ready to be run again and again; loaded and initialised once. */
export class Exploring {
  readonly #base: Vm;
  readonly #loaded: ReturnType<Vm['load']>;
  #output = '';

  constructor(
    effects: Effects,
    images: readonly ModuleImage[],
    readonly file: string,
    readonly flags: ExploringFlags & MachineFlags & Readonly<Record<string, unknown>>,
    externs: Externs,
  ) {
    if ([flags.explore, flags.exhaustive, flags.steps].filter((f) => f !== undefined).length > 1)
      throw new Misuse('--explore, --exhaustive and --steps are three ways to choose schedules: take one');
    const write = (text: string): void => void (this.#output += text);
    const { randomBytes } = seeded(flags.seed ?? 1);
    const hosts = addExterns(hostsFor(effects, grantsOf(flags), write, randomBytes), externs);
    this.#base = new Vm({ environment: { write }, hosts, ...machineOptions({ ...flags, virtualTime: true }) });
    this.#loaded = loadAll(this.#base, images, true, flags['unsafe'] === true);
  }

  async run(title: string): Promise<ExploredTest> {
    const outputs = new WeakMap<Vm, () => string>();
    const program: Explored = {
      make: (seed) => {
        let own = '';
        const write = (text: string): void => void (own += text);
        this.#output = '';
        const vm = Vm.beside(this.#base, {
          environment: { write, entropy: entropyOf(seed) },
          ...machineOptions({ ...this.flags, virtualTime: true }),
        });
        outputs.set(vm, () => own + this.#output);
        vm.spawnMain(this.#loaded, `test ${title}`);
        return vm;
      },
      complaint: (vm) =>
        complaints(vm.end())
          .map((line) => line.replace(/thread \d+/g, 'a thread'))
          .sort()
          .join('\n'),
    };
    try {
      const { note, failure } = await this.#try(program);
      if (failure === undefined) return { output: '', complaints: [], note };
      const said = complaints(failure.vm.end());
      const story = [
        '',
        `${note}; the schedule, shortened:`,
        ...failure.lines.map((l) => `  ${l}`),
        '',
        this.#again(title, failure),
      ];
      return { output: outputs.get(failure.vm)!(), complaints: [...said, ...story], note };
    } catch (error) {
      if (!(error instanceof NotRepeatable)) throw error;
      const why = 'the test does not do the same twice under one schedule: something outside the machine decides';
      return { output: '', complaints: [why], note: '' };
    }
  }

  async #try(program: Explored): Promise<{ readonly note: string; readonly failure: Found | undefined }> {
    const { explore, steps, seed = 1, maxRuns = 10_000, maxPreemptions } = this.flags;
    if (steps !== undefined) return { note: 'one schedule', failure: await follow(program, seed, steps) };
    if (explore !== undefined) {
      const seeds = Array.from({ length: explore }, (_, i) => (seed + i) >>> 0);
      const { runs, endless, failure } = await sample(program, seeds);
      if (failure === undefined) {
        const given = endless === 0 ? '' : `; ${endless} of the runs went on and on and were given up`;
        return { note: `${explore} random schedules, seeds ${seed} to ${seeds.at(-1)!}${given}`, failure };
      }
      const by = runs === 1 ? 'it fails without any' : `it fails with seed ${failure.seed}`;
      return { note: `random schedules: ${by}`, failure };
    }
    const { runs, pruned, exhaustive, failure } = await exhaust(program, seed, { maxRuns, maxPreemptions });
    const tried = `${runs} schedule${runs === 1 ? '' : 's'}${pruned === 0 ? '' : ` (and ${pruned} cut short)`}`;
    if (failure !== undefined) return { note: `it fails in the last of ${tried}`, failure };
    return { note: exhaustive ? `${tried}: all that make a difference` : `${tried}: NOT all of them`, failure };
  }

  #again(title: string, failure: Found): string {
    const { maxBound: _, ...flags } = this.flags;
    const unsafe = flags['unsafe'] === true ? ' --unsafe' : '';
    const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
    const named = /^[\w./-]+$/.test(this.file) ? this.file : quoted(this.file);
    const steps = stepsText(failure.schedule);
    return `again: quartz test ${named}${unsafe} --filter ${quoted(title)} --seed ${failure.seed} --steps ${steps === '' ? "''" : steps}`;
  }
}
