/** `quartz serve --port N --session S FILE`: a socket server, an independent VM for each connection (`docs/embedding.md`). */
import type { AddressInfo } from 'node:net';
import type { Command } from 'commander';
import { acceptedOrDefect, verifyOrFail } from '../files/bytecode.js';
import { CrashLog } from '../run/crash-log.js';
import type { Effects } from '../effects/effects.js';
import type { Exit } from '../effects/exit.js';
import { addExterns, loadExterns } from '../run/externs.js';
import { addGrantOptions, grantsOf } from '../run/grants.js';
import { addMachineOptions, hostsFor, type MachineFlags, machineOptions } from '../run/machine.js';
import { type CompileFlags, formatOption, maxBoundOption, wholeNumber } from '../terminal/options.js';
import { Failure } from '../terminal/report.js';
import { serve as listen } from '../run/serving.js';
import { resolveTarget } from '../files/targets.js';

/** Values that a connection may hold unless told otherwise. */
const MEMORY = 1_000_000;

interface Flags extends CompileFlags, MachineFlags {
  readonly port: number;
  readonly host: string;
  readonly session: string;
}

export function serve(program: Command, effects: Effects, _exit: Exit): void {
  const command = program
    .command('serve')
    .argument('<file>', 'a .qz, .qza or .qzb file')
    .description('serve a session on a port, each connection in a machine of its own')
    .requiredOption('--port <port>', 'where to listen; 0 lets the system choose', (text: string) =>
      wholeNumber(text, 0, 65535),
    )
    .requiredOption('--session <name>', 'the session that talks to a client')
    .option('--host <address>', 'address to listen at', '127.0.0.1');
  addMachineOptions(addGrantOptions(command))
    .addOption(formatOption())
    .addOption(maxBoundOption())
    .addHelpText(
      'after',
      `
The limits are those of each connection; --memory is 1000000 unless it is given.

Examples:
  $ quartz serve --port 7000 --session Echo echo.qz
  $ quartz serve --port 7000 --session Echo --fuel 10000000 --memory 100000 echo.qz`,
    )
    .action(async (file: string, flags: Flags) => {
      const target = await resolveTarget(effects, file, flags);
      const modules = target.made ? acceptedOrDefect(target.images, flags.unsafe) : verifyOrFail(target.images);
      const grants = grantsOf(flags as unknown as Readonly<Record<string, unknown>>);
      const externs = target.made ? await loadExterns(effects, target.images, hostsFor(effects, grants), grants) : {};
      const crashes = new CrashLog(effects, flags.crashLog ?? 'text');
      const started = listen(flags.port, flags.host, {
        modules,
        session: flags.session,
        machine: () => ({
          ...machineOptions({ ...flags, memory: flags.memory ?? MEMORY }),
          environment: { write: effects.stdout },
          hosts: addExterns(hostsFor(effects, grants), externs),
        }),
        log: (line) => effects.stderr(`${line}\n`),
        failed: (connection, failure) => crashes.failed(failure, `connection ${connection}`),
      });
      const server = await started.catch((error: unknown) => {
        throw new Failure(`cannot serve: ${(error as Error).message}`);
      });
      effects.stdout(`listening on ${flags.host}:${(server.address() as AddressInfo).port}\n`);
      await new Promise((resolve) => server.once('close', resolve));
    });
}
