/** `quartz run TARGET [args]`: compile in memory if need be, verify, load, run until every thread has ended. */
import type { Command } from 'commander';
import { Vm } from '../../runtime/vm.js';
import { addDeterminismOptions, type DeterminismFlags, planOf } from '../determinism.js';
import type { Effects } from '../effects.js';
import type { Exit } from '../exit.js';
import { addExterns, loadExterns } from '../externs.js';
import { addGrantOptions, grantsOf } from '../grants.js';
import { addMachineOptions, finish, hostsFor, loadAll, type MachineFlags, machineOptions } from '../machine.js';
import { projectOf } from '../manifest.js';
import { formatOption, maxBoundOption } from '../options.js';
import { shownPath } from '../project.js';
import { followSchedule } from '../schedules.js';
import { Failure, Misuse } from '../report.js';
import { dialectOption, type Dialect, runSexp, SEXP_ENDING } from './sexp.js';
import { resolveTarget, type Target, type TargetFlags } from '../targets.js';

type Flags = TargetFlags & MachineFlags & DeterminismFlags & { readonly dialect?: Dialect } & Record<string, unknown>;

export function run(program: Command, effects: Effects, exit: Exit): void {
  const command = program
    .command('run')
    .argument(
      '[target]',
      'a .qz, .qza, .qzb or .sexp file, or the name of a function that one module here exports (default: the entry of the project)',
    )
    .argument('[args...]', 'words for the program (std::args)')
    .description('run a program')
    .passThroughOptions();
  addDeterminismOptions(addMachineOptions(addGrantOptions(command)))
    .option('--unsafe', 'run although protocols were rejected')
    .option('--schedule <file>', 'drive it along a schedule that the checker wrote (with --unsafe)')
    .option('--trust', 'take it that a .qzb file comes from this compiler')
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .addOption(dialectOption())
    .addHelpText(
      'after',
      `
Examples:
  $ quartz run examples/timer.qz
  $ quartzc timer.qz && quartz run main      function main of the one module here that exports it
  $ quartz run --allow-net=127.0.0.1:8080 server.qz
  $ quartz run words.qz one two              std::args() is ["one", "two"]`,
    )
    .action(async (target: string | undefined, args: string[], flags: Flags) => {
      if (target !== undefined && (flags.dialect !== undefined || SEXP_ENDING.test(target))) {
        exit.code = runSexp(effects, target, flags.dialect ?? 'actor');
        return;
      }
      exit.code = await execute(effects, await resolveTarget(effects, target ?? entryOf(effects), flags), args, flags);
    });
}

function entryOf(effects: Effects): string {
  const project = projectOf(effects, effects.cwd);
  if (project === undefined) throw new Misuse('name what to run: a file, or a function that one module here exports');
  return shownPath(effects, project.entry);
}

async function execute(effects: Effects, target: Target, args: readonly string[], flags: Flags): Promise<number> {
  const plan = planOf(effects, flags, target.images, target.entry, args);
  const hosts = hostsFor(effects, grantsOf(flags), effects.stderr, plan.randomBytes);
  if (target.trust === 'compiler') addExterns(hosts, await loadExterns(effects, target.images, hosts));
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
  const entry = loadAll(vm, target.images, target.trust);
  const main = entry.exported(target.entry);
  if (main === undefined) throw new Failure(`module ${entry.image.name} exports no ${target.entry}`);
  if (main.arity > 1) {
    throw new Failure(
      `${target.entry} takes ${main.arity} arguments; a program starts with none, or one list of strings`,
    );
  }
  vm.spawnMain(entry, target.entry);
  if (flags.schedule !== undefined) return followSchedule(effects, vm, flags.schedule);
  const end = await vm.runUntilIdle();
  plan.finish(vm, end.exitCode);
  return finish(effects, end);
}
