/** `quartz explain Q0301`: the page of an error code, with a program that triggers it. */
import path from 'node:path';
import type { Command } from 'commander';
import { didYouMean } from '../../compiler/diagnostics/suggest.js';
import type { Effects } from '../effects/effects.js';
import { Failure, paintFor } from '../terminal/report.js';

export function explain(program: Command, effects: Effects): void {
  program
    .command('explain')
    .argument('[code]', 'an error code as messages show it, such as Q0301; without one, all codes are listed')
    .description('print what an error code means, with an example that triggers it')
    .addHelpText('after', '\nExamples:\n  $ quartz explain Q0301\n  $ quartz explain')
    .action((code?: string) => {
      const folder = path.join(effects.home, 'docs', 'errors');
      const known = effects.list(folder).flatMap((name) => /^(Q\d{4})\.md$/.exec(name)?.[1] ?? []);
      const read = (c: string): string => new TextDecoder().decode(effects.readFile(path.join(folder, `${c}.md`)));
      if (code === undefined) {
        effects.stdout(known.map((c) => `${read(c).split('\n', 1)[0]!.replace(/^# /, '')}\n`).join(''));
        return;
      }
      const wanted = code.toUpperCase();
      if (!known.includes(wanted)) {
        const hint = didYouMean(wanted, known).join('; ');
        throw new Failure(
          `there is no error code ${code}${hint === '' ? '' : `; ${hint}`} (\`quartz explain\` lists all)`,
        );
      }
      const paint = paintFor(effects, 'stdout');
      const lines = read(wanted)
        .trimEnd()
        .split('\n')
        .filter((line) => !line.startsWith('```'))
        .map((line) => (line.startsWith('#') ? paint.bold(line.replace(/^#+ /, '')) : line));
      effects.stdout(`${lines.join('\n')}\n`);
    });
}
