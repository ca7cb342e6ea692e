/** `quartz types FILE`: the inferred signatures of sessions and functions. */
import type { Command } from 'commander';
import { signatures } from '../../compiler/protocol/signatures.js';
import { buildFiles } from '../files/compiling.js';
import type { Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { type CompileFlags, formatOption, maxBoundOption, optionsOf } from '../terminal/options.js';
import { report } from '../terminal/report.js';
import { version } from '../effects/version.js';

export function types(program: Command, effects: Effects, exit: Exit): void {
  program
    .command('types')
    .argument('<files...>', 'source files; - is standard input')
    .description('print the inferred types of sessions and functions')
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .addHelpText('after', '\nExample:\n  $ quartz types examples/timer.qz')
    .action((files: string[], flags: CompileFlags) => {
      const built = buildFiles(effects, files, 'protocol', { ...optionsOf(flags), freshRoots: true });
      const shown = built.named;
      for (const m of shown) {
        if (m.typing !== undefined && m.protocols !== undefined) {
          if (shown.length > 1) effects.stdout(`# ${m.file.path}\n`);
          effects.stdout(
            signatures(m.typing, m.protocols)
              .map((line) => `${line}\n`)
              .join(''),
          );
        }
      }
      if (report(effects, built.diagnostics, flags.format, version)) exit.code = 1;
    });
}
