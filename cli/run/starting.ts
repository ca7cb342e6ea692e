/** A program on its way: what `run` and `profile` share. Invariant: the program is loaded, checked and spawned, and nothing of it has run but its initialisers. */
import { Vm } from '../../runtime/vm.js';
import { type DeterminismFlags, type Plan, planOf } from './determinism.js';
import type { Effects } from '../effects/effects.js';
import { addExterns, loadExterns } from './externs.js';
import { grantsOf } from './grants.js';
import { hostsFor, loadAll, type MachineFlags, machineOptions } from './machine.js';
import { projectOf } from '../files/manifest.js';
import { shownPath } from '../files/project.js';
import { Failure, Misuse } from '../terminal/report.js';
import type { Target } from '../files/targets.js';

/** The file that `quartz run` without a target means. */
export function entryOf(effects: Effects): string {
  const project = projectOf(effects, effects.cwd);
  if (project === undefined) throw new Misuse('name what to run: a file, or a function that one module here exports');
  return shownPath(effects, project.entry);
}

export interface Started {
  readonly vm: Vm;
  readonly plan: Plan;
  /** Starts the main thread. */
  readonly begin: () => void;
}

export async function started(
  effects: Effects,
  target: Target,
  args: readonly string[],
  flags: MachineFlags & DeterminismFlags & Readonly<Record<string, unknown>>,
): Promise<Started> {
  const plan = planOf(effects, flags, target.images, target.entry, args);
  const grants = grantsOf(flags);
  const hosts = hostsFor(effects, grants, effects.stderr, plan);
  if (target.made) addExterns(hosts, await loadExterns(effects, target.images, hosts, grants));
  const vm = new Vm({
    environment: { write: effects.stdout, ...(plan.entropy === undefined ? {} : { entropy: plan.entropy }) },
    hosts,
    args: plan.args,
    ...machineOptions(flags),
    ...plan.options,
    // Steps are made one by one; nobody wants to wait for a clock between them.
    ...(flags.schedule === undefined ? {} : { virtualTime: true }),
  });
  hosts.modules = () => vm.modules;
  const entry = loadAll(vm, target.images, target.made, flags['unsafe'] === true);
  const main = entry.exported(target.entry);
  if (main === undefined) throw new Failure(`module ${entry.image.name} exports no ${target.entry}`);
  if (main.arity > 1) {
    throw new Failure(
      `${target.entry} takes ${main.arity} arguments; a program starts with none, or one list of strings`,
    );
  }
  return { vm, plan, begin: () => void vm.spawnMain(entry, target.entry) };
}
