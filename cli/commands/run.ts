/** `quartz run TARGET [args]`: compile in memory if need be, verify, load, run until every thread has ended. */
import type { Command } from 'commander';
import { addDeterminismOptions, type DeterminismFlags } from '../run/determinism.js';
import type { Effects } from '../effects/effects.js';
import { watchMemory } from '../run/relief.js';
import type { Exit } from '../effects/exit.js';
import { addGrantOptions } from '../run/grants.js';
import { addMachineOptions, finish, type MachineFlags, tellFailures } from '../run/machine.js';
import { addObservationOptions, type ObservationFlags, observe } from '../run/observation.js';
import { type CompileFlags, formatOption, maxBoundOption } from '../terminal/options.js';
import { entryOf, started } from '../run/starting.js';
import { followSchedule } from '../protocols/schedules.js';
import { SEXP_ENDING } from '../files/sexp.js';
import { dialectOption, type Dialect, runSexp } from './sexp.js';
import { resolveTarget, type Target } from '../files/targets.js';

type Flags = CompileFlags &
  MachineFlags &
  DeterminismFlags &
  ObservationFlags & { readonly dialect?: Dialect } & Record<string, unknown>;

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
  addObservationOptions(addDeterminismOptions(addMachineOptions(addGrantOptions(command))))
    .option('--unsafe', 'run although protocols were rejected')
    .option('--schedule <file>', 'drive it along a schedule that the checker wrote (with --unsafe)')
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
  $ quartz run words.qz one two              std::args() is ["one", "two"]
  $ quartz run --record log server.qz        then: quartz run --replay log server.qz
  $ quartz run --stats --trace out.json words.qz`,
    )
    .action(async (target: string | undefined, args: string[], flags: Flags) => {
      if (target !== undefined && (flags.dialect !== undefined || SEXP_ENDING.test(target))) {
        exit.code = runSexp(effects, target, flags.dialect ?? 'actor');
        return;
      }
      exit.code = await execute(effects, await resolveTarget(effects, target ?? entryOf(effects), flags), args, flags);
    });
}

async function execute(effects: Effects, target: Target, args: readonly string[], flags: Flags): Promise<number> {
  const { vm, plan, begin } = await started(effects, target, args, flags);
  const observed = observe(effects, vm, flags);
  if (flags.schedule !== undefined) {
    begin();
    return followSchedule(effects, vm, flags.schedule);
  }
  const log = tellFailures(effects, vm, flags);
  begin();
  // What was asked to be written down is written down also of a program that goes on until somebody ends it.
  const written = [flags.record, flags.trace, flags.stats, flags.statsJson].some((f) => f !== undefined);
  const goOn = written ? effects.onInterrupt((exitCode) => vm.interrupt(exitCode)) : undefined;
  const enough = watchMemory(vm);
  const end = await vm.runUntilIdle();
  enough();
  goOn?.();
  observed();
  plan.finish(vm, end.exitCode);
  return finish(log, end);
}
