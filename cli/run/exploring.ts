/**
 * `quartz test --explore` and `--exhaustive`: a test under many schedules (docs/determinism.md).
 * Invariant: a failure comes with the schedule that leads to it and the command that follows it again; that every schedule
 * was tried is said only where it is true.
 */
import { type Command, InvalidArgumentError } from 'commander';
import {
  exhaust,
  type Explored,
  type Failure as Found,
  follow,
  NotRepeatable,
  sample,
} from '../../runtime/explore/explore.js';
import { endAll } from '../../runtime/explore/until.js';
import { Vm } from '../../runtime/vm.js';
import { entropyOf, seeded, seedOption } from './determinism.js';
import { addExterns } from './externs.js';
import { grantsOf } from './grants.js';
import { hostsFor, loadVerified, type MachineFlags, machineOptions } from './machine.js';
import { wholeNumber } from '../terminal/options.js';
import { Misuse } from '../terminal/report.js';
import type { Temporary, TestedModule } from './test-runs.js';
import { overOf, troubles } from './test-verdict.js';

export interface ExploringFlags extends MachineFlags {
  /** Seconds that a run may take. */
  readonly timeout: number;
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

/** `1*3,2` is thread 1 three times, then thread 2; 0 is the clock. */
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

interface Tried {
  readonly note: string;
  /** Every run was given up. */
  readonly nothing: boolean;
  readonly failure: Found | undefined;
}

/** A module's tests, each ready to be run again and again; loaded and initialised once. */
export class Exploring {
  readonly #base: Vm;
  readonly #loaded: ReturnType<Vm['load']>;
  readonly #temporary: Temporary;
  #output = '';

  constructor(
    private readonly tested: TestedModule,
    readonly flags: ExploringFlags & Readonly<Record<string, unknown>>,
  ) {
    if ([flags.explore, flags.exhaustive, flags.steps].filter((f) => f !== undefined).length > 1)
      throw new Misuse('--explore, --exhaustive and --steps are three ways to choose schedules: take one');
    const write = (text: string): void => void (this.#output += text);
    const { randomBytes } = seeded(flags.seed ?? 1);
    this.#temporary = tested.temporary();
    const grants = this.#temporary.granting(grantsOf(flags));
    const hosts = hostsFor(tested.effects, grants, write, { randomBytes, temporary: this.#temporary.make });
    const options = { environment: { write }, hosts: addExterns(hosts, tested.externs) };
    this.#base = new Vm({ ...options, ...machineOptions({ ...flags, virtualTime: true }) });
    this.#loaded = loadVerified(this.#base, tested.verified);
  }

  /** Nothing is run any more. */
  close(): void {
    this.#temporary.remove();
  }

  async run(title: string): Promise<ExploredTest> {
    const outputs = new WeakMap<Vm, () => string>();
    const { timeout } = this.flags;
    const said = new WeakMap<Vm, string[]>();
    let last: Vm | undefined;
    const program: Explored = {
      make: (seed) => {
        // What the run before has left must not be in the way of this one.
        if (last !== undefined) endAll(last);
        this.#temporary.again();
        let own = '';
        const write = (text: string): void => void (own += text);
        this.#output = '';
        const vm = Vm.beside(this.#base, {
          environment: { write, entropy: entropyOf(seed) },
          ...machineOptions({ ...this.flags, virtualTime: true }),
          pacedByOutside: true,
        });
        outputs.set(vm, () => own + this.#output);
        vm.spawnMain(this.#loaded, `test ${title}`);
        last = vm;
        return vm;
      },
      complaint: (vm, end) => {
        const lines = troubles(vm, vm.scheduler.main!, overOf(vm, end === 'late'), timeout);
        said.set(vm, lines);
        const same = lines.map((line) =>
          line.replace(/thread \d+/g, 'a thread').replace(/\d+(\.\d+)? (ms|s)\b/g, 'a time'),
        );
        return same.sort().join('\n');
      },
      lasting: { untilMainEnds: true, milliseconds: timeout * 1000 },
    };
    try {
      const { note, nothing, failure } = await this.#try(program);
      if (failure === undefined)
        return { output: '', complaints: nothing ? [`${note}: nothing was seen to the end`] : [], note };
      const story = [
        '',
        `${note}; the schedule, shortened:`,
        ...failure.lines.map((l) => `  ${l}`),
        '',
        this.#again(title, failure),
      ];
      return { output: outputs.get(failure.vm)!(), complaints: [...said.get(failure.vm)!, ...story], note };
    } catch (error) {
      if (!(error instanceof NotRepeatable)) throw error;
      const why = 'the test does not do the same twice under one schedule: something outside the machine decides';
      return { output: '', complaints: [why], note: '' };
    } finally {
      if (last !== undefined) endAll(last);
      this.#temporary.again();
    }
  }

  async #try(program: Explored): Promise<Tried> {
    const { explore, steps, seed = 1, maxRuns = 10_000, maxPreemptions } = this.flags;
    if (steps !== undefined)
      return { note: 'one schedule', nothing: false, failure: await follow(program, seed, steps) };
    if (explore !== undefined) {
      const seeds = Array.from({ length: explore }, (_, i) => (seed + i) >>> 0);
      const { runs, endless, failure } = await sample(program, seeds);
      if (failure === undefined) {
        const given = endless === 0 ? '' : `; ${endless} of the runs went on and on and were given up`;
        const note = `${explore} random schedules, seeds ${seed} to ${seeds.at(-1)!}${given}`;
        return { note, nothing: endless === runs, failure };
      }
      const by = runs === 1 ? 'it fails without any' : `it fails with seed ${failure.seed}`;
      return { note: `random schedules: ${by}`, nothing: false, failure };
    }
    const { runs, pruned, exhaustive, failure } = await exhaust(program, seed, { maxRuns, maxPreemptions });
    const tried = `${runs} schedule${runs === 1 ? '' : 's'}${pruned === 0 ? '' : ` (and ${pruned} cut short)`}`;
    if (failure !== undefined) return { note: `it fails in the last of ${tried}`, nothing: false, failure };
    const note = exhaustive ? `${tried}: all that make a difference` : `${tried}: NOT all of them`;
    return { note, nothing: false, failure };
  }

  #again(title: string, failure: Found): string {
    const { maxBound: _, ...flags } = this.flags;
    const unsafe = flags['unsafe'] === true ? ' --unsafe' : '';
    const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
    const { file } = this.tested;
    const named = /^[\w./-]+$/.test(file) ? file : quoted(file);
    const steps = stepsText(failure.schedule);
    return `again: quartz test ${named}${unsafe} --filter ${quoted(title)} --seed ${failure.seed} --steps ${steps === '' ? "''" : steps}`;
  }
}
