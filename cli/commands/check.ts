/**
 * `quartz check FILES`: types, protocols, and whether the verifier accepts what the compiler makes; nothing is run, nothing is
 * written but the cache.
 */
import path from 'node:path';
import type { Command } from 'commander';
import { showComposition } from '../../compiler/protocol/show.js';
import { acceptedOrDefect } from '../files/bytecode.js';
import { buildFiles, filesNamed } from '../files/compiling.js';
import { diagramOf } from '../protocols/drawing.js';
import type { Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { type CompileFlags, formatOption, maxBoundOption, optionsOf } from '../terminal/options.js';
import { report } from '../terminal/report.js';
import { writeTraces } from '../protocols/schedules.js';
import { judgedIn } from '../protocols/systems.js';
import { version } from '../effects/version.js';

interface CheckFlags extends CompileFlags {
  readonly verbose?: boolean;
  readonly trace?: string;
  readonly diagram?: string;
}

export function check(program: Command, effects: Effects, exit: Exit): void {
  program
    .command('check')
    .argument('<files...>', 'source files, or folders of them; - is standard input')
    .description('check types and protocols, and that what the compiler makes of them is accepted')
    .option('-v, --verbose', 'print the verdict of every composition')
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .addHelpText('after', '\nExamples:\n  $ quartz check examples/timer.qz\n  $ quartz check -v src/*.qz --format json')
    .option('--trace <file>', 'write the schedules of what is rejected: FILE, FILE-2 ..')
    .option('--diagram <file>', 'draw the schedules of what is rejected as SVG')
    .action((named: string[], flags: CheckFlags) => {
      const files = filesNamed(effects, named);
      // Up to bytecode, which the cache of a project keeps: the next check compiles only what changed.
      const built = buildFiles(effects, files, 'asm', {
        ...optionsOf(flags),
        unused: true,
        // A module out of the cache has no compositions to show.
        ...(flags.verbose === true || flags.trace !== undefined || flags.diagram !== undefined
          ? { freshRoots: true }
          : {}),
      });
      const judged = judgedIn(built);
      if (flags.verbose === true && flags.format === 'text')
        effects.stdout(judged.flatMap((j) => (j.composition ? `${showComposition(j.composition)}\n` : [])).join(''));
      const rejected = judged.filter((j) => j.verdict.verdict === 'rejected');
      if (flags.diagram !== undefined && rejected.length > 0)
        effects.writeFile(path.resolve(effects.cwd, flags.diagram), diagramOf(rejected));
      if (flags.trace !== undefined) writeTraces(effects, flags.trace, rejected);
      if (report(effects, built.diagnostics, flags.format, version)) exit.code = 1;
      else acceptedOrDefect(built.images);
      if (exit.code === 0 && flags.format === 'text') effects.stderr(`${summary(built.modules.length - 1)}\n`);
    });
}

const summary = (n: number): string => `no errors in ${n} module${n === 1 ? '' : 's'}`;
