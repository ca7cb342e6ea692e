/** `quartz profile TARGET [args]`: runs a program and shows where its instructions go, by source line. */
import type { Command } from 'commander';
import { type Profile, profile as profiled } from '../../runtime/observe/profile.js';
import type { Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { addGrantOptions } from '../run/grants.js';
import { addMachineOptions, finish, type MachineFlags, tellFailures } from '../run/machine.js';
import { type CompileFlags, formatOption, maxBoundOption, wholeNumber } from '../terminal/options.js';
import { entryOf, started } from '../run/starting.js';
import { resolveTarget } from '../files/targets.js';

type Flags = CompileFlags &
  MachineFlags & { readonly every: number; readonly top: number; readonly json?: boolean } & Record<string, unknown>;

export function profile(program: Command, effects: Effects, exit: Exit): void {
  const command = program
    .command('profile')
    .argument('[target]', 'as for run')
    .argument('[args...]', 'words for the program (std::args)')
    .description('run a program and show where its instructions go, by source line')
    .passThroughOptions();
  addMachineOptions(addGrantOptions(command))
    .option('--every <n>', 'instructions between two samples; 1 counts exactly', (t) => wholeNumber(t, 1, 1e9), 97)
    .option('--top <n>', 'lines to show', (t) => wholeNumber(t, 1, 1e9), 30)
    .option('--json', 'all lines as JSON')
    .option('--unsafe', 'run although protocols were rejected')
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .addHelpText(
      'after',
      '\nThe table goes to standard error, JSON too. All code is interpreted.\n\nExamples:\n  $ quartz profile examples/timer.qz\n  $ quartz profile --every 1 --json primes.qz',
    )
    .action(async (target: string | undefined, args: string[], flags: Flags) => {
      const resolved = await resolveTarget(effects, target ?? entryOf(effects), flags);
      const { vm, begin } = await started(effects, resolved, args, flags);
      const log = tellFailures(effects, vm, flags);
      begin();
      const found = await profiled(vm, flags.every, () => performance.now());
      effects.stderr(flags.json === true ? `${JSON.stringify(found)}\n` : table(found, flags.top));
      exit.code = finish(log, vm.end());
    });
}

function table({ instructions, every, lines }: Profile, top: number): string {
  const percent = (n: number): string => `${((100 * n) / Math.max(1, instructions)).toFixed(1)}%`;
  const head = ['self', 'total', 'instructions', 'ms', 'line'];
  const rows = lines
    .filter((l) => l.total > 0)
    .slice(0, top)
    .map((l) => [
      percent(l.self),
      percent(l.total),
      String(l.self),
      l.time.toFixed(1),
      `${l.function} (${l.file}:${l.line})`,
    ]);
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]!.length)));
  const shown = [head, ...rows].map((r) => r.map((c, i) => (i === 4 ? c : c.padStart(widths[i]!))).join('  '));
  const how = every === 1 ? 'counted one by one' : `a sample every ${every}`;
  return `${instructions} instructions, ${how}\n${shown.join('\n')}\n`;
}
