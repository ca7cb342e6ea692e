/** `quartz run TARGET [args]`: compile in memory if need be, verify, load, run until every thread has ended. */
import type { Command } from 'commander';
import { HostRegistry } from '../../runtime/host/registry.js';
import { type ProgramEnd, Vm } from '../../runtime/vm.js';
import { Capabilities } from '../../stdlib/capabilities.js';
import { nodeModules } from '../../stdlib/node.js';
import { verifyOrFail } from '../bytecode.js';
import { type CompileFlags, formatOption, maxBoundOption, wholeNumber } from '../compiling.js';
import type { Effects } from '../effects.js';
import type { Exit } from '../exit.js';
import { addGrantOptions, grantsOf } from '../grants.js';
import { Failure, paintFor } from '../report.js';
import { resolveTarget, type Target } from '../targets.js';

interface Flags extends CompileFlags {
  readonly quantum?: number;
  readonly virtualTime?: boolean;
}

export function run(program: Command, effects: Effects, exit: Exit): void {
  const command = program
    .command('run')
    .argument('<target>', 'a .qz, .qza or .qzb file, or the name of a function that one module in this folder exports')
    .argument('[args...]', 'words for the program (std::args)')
    .description('run a program')
    .passThroughOptions();
  addGrantOptions(command)
    .option('--quantum <reductions>', 'reductions of a slice', (text: string) => wholeNumber(text, 1, 1_000_000))
    .option('--virtual-time', 'sleeping costs nothing')
    .option('--unsafe', 'run although protocols were rejected')
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .addHelpText(
      'after',
      `
Examples:
  $ quartz run examples/timer.qz
  $ quartzc timer.qz && quartz run main      function main of the one module here that exports it
  $ quartz run --allow-net=127.0.0.1:8080 server.qz
  $ quartz run words.qz one two              std::args() is ["one", "two"]`,
    )
    .action(async (target: string, args: string[], flags: Flags & Record<string, unknown>) => {
      exit.code = await execute(effects, resolveTarget(effects, target, flags), args, flags);
    });
}

async function execute(
  effects: Effects,
  target: Target,
  args: readonly string[],
  flags: Flags & Record<string, unknown>,
): Promise<number> {
  const modules = verifyOrFail(target.images, target.trust);
  const hosts = new HostRegistry();
  const system = {
    capabilities: new Capabilities(grantsOf(flags), effects.cwd),
    env: effects.env,
    stdin: effects.stdin(),
    stderr: effects.stderr,
  };
  for (const [name, functions] of Object.entries(nodeModules(system))) hosts.add(name, functions);
  const vm = new Vm({
    environment: { write: effects.stdout },
    hosts,
    args,
    ...(flags.quantum === undefined ? {} : { quantum: flags.quantum }),
    virtualTime: flags.virtualTime ?? false,
  });
  const loaded = modules.map((module) => vm.load(module));
  const entry = loaded.at(-1)!;
  const main = entry.exported(target.entry);
  if (main === undefined) throw new Failure(`module ${entry.image.name} exports no ${target.entry}`);
  if (main.arity > 1)
    throw new Failure(
      `${target.entry} takes ${main.arity} arguments; a program starts with none, or one list of strings`,
    );
  vm.spawnMain(entry, target.entry);
  return finish(effects, await vm.runUntilIdle());
}

/** Shows what went wrong; the exit code is the program's. */
export function finish(effects: Effects, end: ProgramEnd): number {
  const paint = paintFor(effects, 'stderr');
  for (const { thread, message, trace } of end.failures) {
    effects.stderr(`${paint.error('failed')}: thread ${thread} ended with ${message}\n`);
    for (const line of trace) effects.stderr(`  in ${line}\n`);
  }
  for (const { thread, where, waitsFor } of end.stuck) {
    effects.stderr(
      `${paint.error('stuck')}: thread ${thread} waits for ${waitsFor}${where === '' ? '' : ` in ${where}`}\n`,
    );
  }
  return end.exitCode;
}
