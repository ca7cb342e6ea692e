/** `quartz check FILES`: types and protocols; nothing is written or run. */
import type { Command } from 'commander';
import { buildFiles, type CompileFlags, formatOption, maxBoundOption, optionsOf } from '../compiling.js';
import type { Effects } from '../effects.js';
import type { Exit } from '../exit.js';
import { report } from '../report.js';
import { version } from '../version.js';

export function check(program: Command, effects: Effects, exit: Exit): void {
  program
    .command('check')
    .argument('<files...>', 'source files; - is standard input')
    .description('check types and protocols without compiling')
    .option('-v, --verbose', 'print the verdict of every composition')
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .addHelpText('after', '\nExamples:\n  $ quartz check examples/timer.qz\n  $ quartz check -v src/*.qz --format json')
    .action((files: string[], flags: CompileFlags & { verbose?: boolean }) => {
      const built = buildFiles(effects, files, 'protocol', optionsOf(flags));
      if (report(effects, built.diagnostics, flags.format, version)) exit.code = 1;
      else if (flags.format === 'text') effects.stderr(`${summary(built.modules.length - 1)}\n`);
    });
}

const summary = (n: number): string => `no errors in ${n} module${n === 1 ? '' : 's'}`;
