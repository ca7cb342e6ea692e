/**
 * Tries a program under many schedules, at random or all that make a difference, until one fails.
 * Invariant: a failure reported has a schedule that leads to it again, shrunk; `exhaustive` is said only if no schedule that
 * could have another outcome was left out.
 */
import type { Thread } from '../process/thread.js';
import { entryOf } from '../scheduler/steering.js';
import type { Vm } from '../vm.js';
import { along, random } from './choosers.js';
import { NotRepeatable, type Searched, type SearchOptions, search } from './search.js';
import { type Failing, shrink } from './shrink.js';
import { type Chooser, type Lasting, type Trial, attempt, describeTrial } from './trial.js';

/** A program that can be run again and again. */
export interface Explored {
  /** A new machine, its main thread spawned, in virtual time; the seed is for its random numbers. */
  readonly make: (seed: number) => Vm;
  /** Why the run of a machine failed, in words that do not depend on the schedule; empty if it did not. */
  readonly complaint: (vm: Vm, end: 'done' | 'late') => string;
  readonly lasting?: Lasting;
}

export interface Failure {
  readonly complaint: string;
  /** Of the schedule, if it was found at random, and of the random numbers. */
  readonly seed: number;
  /** The schedule: thread numbers, in the order of the choices. */
  readonly schedule: readonly number[];
  /** The schedule in words. */
  readonly lines: readonly string[];
  /** The machine after the failing run. */
  readonly vm: Vm;
  /** It did not come to its end in time. */
  readonly late: boolean;
}

interface Run {
  readonly trial: Trial;
  readonly vm: Vm;
  readonly names: ReadonlyMap<number, string>;
}

async function runOnce(program: Explored, seed: number, choose: Chooser): Promise<Run> {
  const vm = program.make(seed);
  const names = new Map<number, string>();
  const { events } = vm.scheduler;
  const name = (t: Thread): void => void names.set(t.id, vm.scheduler.main === t ? 'main' : `${entryOf(t)}#${t.id}`);
  for (const t of vm.scheduler.threads) name(t);
  vm.scheduler.events = {
    ...events,
    spawned: (t) => {
      events?.spawned?.(t);
      name(t);
    },
  };
  return { trial: await attempt(vm, choose, program.lasting), vm, names };
}

async function failureOf(program: Explored, first: Run, seed: number): Promise<Failure> {
  const key = complaintOf(program, first);
  const retry = async (choose: Chooser): Promise<Failing | undefined> => {
    const run = await runOnce(program, seed, choose);
    const complaint = complaintOf(program, run);
    if (complaint !== '') runs.set(run.trial, run);
    return complaint === '' ? undefined : { trial: run.trial, key: complaint };
  };
  const runs = new Map<Trial, Run>([[first.trial, first]]);
  // A run that takes all the time there is would take it again and again.
  const { trial } = first.trial.end === 'late' ? first : await shrink({ trial: first.trial, key }, retry);
  return failing(runs.get(trial) ?? first, key, seed);
}

const failing = ({ trial, names, vm }: Run, complaint: string, seed: number): Failure => ({
  complaint,
  seed,
  schedule: trial.choices,
  lines: describeTrial(trial, names),
  vm,
  late: trial.end === 'late',
});

/** Only a run that came to its end, or did not in time, can be judged. */
const complaintOf = (program: Explored, { trial, vm }: Run): string =>
  trial.end === 'done' || trial.end === 'late' ? program.complaint(vm, trial.end) : '';

export interface Sampled {
  readonly runs: number;
  /** Runs that were given up because they went on and on. */
  readonly endless: number;
  readonly failure: Failure | undefined;
}

/** Runs the program as it would run by itself, then under the schedules of the seeds, until one fails. */
export async function sample(program: Explored, seeds: Iterable<number>): Promise<Sampled> {
  const plain = await runOnce(program, 0, along([]));
  if (complaintOf(program, plain) !== '') return { runs: 1, endless: 0, failure: await failureOf(program, plain, 0) };
  let runs = 1;
  let endless = plain.trial.end === 'endless' ? 1 : 0;
  for (const seed of seeds) {
    const run = await runOnce(program, seed, random(seed, plain.trial.choices.length));
    runs++;
    if (run.trial.end === 'endless') endless++;
    if (complaintOf(program, run) !== '') return { runs, endless, failure: await failureOf(program, run, seed) };
  }
  return { runs, endless, failure: undefined };
}

/** Runs the program under every schedule that makes a difference, or until one fails. */
export async function exhaust(
  program: Explored,
  seed: number,
  options: SearchOptions,
): Promise<Searched & { readonly failure: Failure | undefined }> {
  let failing: Run | undefined;
  const searched = await search(async (choose) => {
    const run = await runOnce(program, seed, choose);
    const fails = complaintOf(program, run) !== '';
    if (fails) failing = run;
    return { trial: run.trial, goOn: !fails };
  }, options);
  return { ...searched, failure: failing === undefined ? undefined : await failureOf(program, failing, seed) };
}

/** Runs the program along one schedule. */
export async function follow(
  program: Explored,
  seed: number,
  schedule: readonly number[],
): Promise<Failure | undefined> {
  const run = await runOnce(program, seed, along(schedule));
  const complaint = complaintOf(program, run);
  return complaint === '' ? undefined : failing(run, complaint, seed);
}

export { NotRepeatable };
