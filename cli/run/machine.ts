/** A machine for a program: host functions under the granted capabilities, output to standard output, modules verified and loaded. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { FunctionRegistry } from '../../runtime/embedding/functions.js';
import type { Limits } from '../../runtime/scheduler/limits.js';
import type { Vm } from '../../runtime/vm.js';
import { type ProgramEnd, type VmOptions } from '../../runtime/vm.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { Capabilities, type Grants } from '../../stdlib/capabilities.js';
import { nodeModules } from '../../stdlib/node.js';
import { PURE } from '../../stdlib/pure.js';
import type { System } from '../../stdlib/system.js';
import { acceptedOrDefect, verifyOrFail } from '../files/bytecode.js';
import { CrashLog, crashLogOption, failureLines, stuckLine } from './crash-log.js';
import type { CrashFlags } from './crash-log.js';
import type { Effects } from '../effects/effects.js';
import { wholeNumber } from '../terminal/options.js';
import { Failure } from '../terminal/report.js';

const MOST = 1_000_000_000;
const ENGINES = ['auto', 'interpreter', 'compiled'] as const;

export interface LimitFlags {
  readonly fuel?: number;
  readonly memory?: number;
  readonly maxOutput?: number;
  readonly maxThreads?: number;
  readonly mailboxLimit?: number;
  readonly time?: number;
}

/** What a machine may use in all, be it of a program, of a connection or of a node. */
export const addLimitOptions = (command: Command): Command =>
  command
    .option('--fuel <reductions>', 'work it may do (default: no limit)', (text: string) =>
      wholeNumber(text, 1, Number.MAX_SAFE_INTEGER),
    )
    .option('--memory <values>', 'values its threads may hold together', (text: string) =>
      wholeNumber(text, 1000, 2 ** 31),
    )
    .option('--max-output <bytes>', 'bytes it may write', (text: string) =>
      wholeNumber(text, 1, Number.MAX_SAFE_INTEGER),
    )
    .option('--max-threads <n>', 'threads that may live at a time', (text: string) => wholeNumber(text, 1, MOST))
    .option('--time <milliseconds>', 'how long its threads may run', (text: string) => wholeNumber(text, 1, MOST))
    .option(
      '--mailbox-limit <n>',
      'messages a thread may leave unread before its senders have to wait',
      (text: string) => wholeNumber(text, 1, MOST),
    );

/** The limits that flags say. */
export function limitsOf(flags: LimitFlags): Limits {
  const { fuel, memory: values, maxOutput: bytes, maxThreads: threads, mailboxLimit: messages, time } = flags;
  return Object.fromEntries(
    Object.entries({ fuel, values, bytes, threads, messages, time }).filter(([, limit]) => limit !== undefined),
  );
}

export interface MachineFlags extends CrashFlags, LimitFlags {
  readonly quantum?: number;
  readonly virtualTime?: boolean;
  readonly engine?: (typeof ENGINES)[number];
  readonly threadHeap?: number;
}

export const addMachineOptions = (command: Command): Command =>
  addLimitOptions(command)
    .option('--quantum <reductions>', 'reductions of a slice', (text: string) => wholeNumber(text, 1, 1_000_000))
    .option('--virtual-time', 'sleeping costs nothing')
    .option(
      '--thread-heap <values>',
      'most values a thread may hold; one with more gets HeapExhausted',
      (text: string) => wholeNumber(text, 1, MOST),
    )
    .addOption(new Option('--engine <engine>', 'which engine runs the code').choices([...ENGINES]).default('auto'))
    .addOption(crashLogOption());

/** Functions of the host for one program. */
export function hostsFor(
  effects: Effects,
  grants: Grants | Capabilities,
  stderr: (text: string) => void = effects.stderr,
  { randomBytes, temporary }: Partial<Pick<System, 'randomBytes' | 'temporary'>> = {},
): FunctionRegistry {
  const hosts = new FunctionRegistry();
  hosts.pure = PURE;
  const system = {
    capabilities: grants instanceof Capabilities ? grants : new Capabilities(grants, effects.cwd),
    env: effects.env,
    get stdin() {
      return effects.stdin();
    },
    stderr,
    randomBytes,
    temporary,
  };
  for (const [name, functions] of Object.entries(nodeModules(system))) hosts.add(name, functions);
  return hosts;
}

/** Options of a machine as the flags say. */
export const machineOptions = (
  flags: MachineFlags,
): Pick<VmOptions, 'quantum' | 'virtualTime' | 'engine' | 'threadHeap' | 'limits'> => ({
  ...(flags.quantum === undefined ? {} : { quantum: flags.quantum }),
  ...(flags.threadHeap === undefined ? {} : { threadHeap: flags.threadHeap }),
  limits: limitsOf(flags),
  virtualTime: flags.virtualTime ?? false,
  engine: flags.engine ?? 'auto',
});

/** Verifies and loads images, requirements first; the instance of the last. `made`: by this compiler. */
export const loadAll = (
  vm: Vm,
  images: readonly ModuleImage[],
  made: boolean,
  unsafe = false,
): ReturnType<Vm['load']> => loadVerified(vm, made ? acceptedOrDefect(images, unsafe) : verifyOrFail(images));

/** Loads modules, requirements first; the instance of the last. */
export function loadVerified(vm: Vm, modules: readonly VerifiedModule[]): ReturnType<Vm['load']> {
  try {
    return modules.map((module) => vm.load(module)).at(-1)!;
  } catch (error) {
    // Loading refuses what the host lacks and constants that cannot be computed; both are the program's matter.
    throw new Failure((error as Error).message);
  }
}

/** Tells of failures as they happen; `finish` tells the rest. */
export function tellFailures(effects: Effects, vm: Vm, { crashLog = 'text' }: CrashFlags): CrashLog {
  const log = new CrashLog(effects, crashLog);
  vm.onFailure = (failure): void => log.failed(failure);
  return log;
}

/** Shows what is left to be told; the exit code is the program's. */
export function finish(log: CrashLog, end: ProgramEnd): number {
  log.stuck(end.stuck);
  if (end.exceeded !== undefined) log.exceeded(end.exceeded);
  log.close();
  return end.exitCode;
}

/** What went wrong, a line each, traces indented. */
export const complaints = (end: ProgramEnd): string[] => [
  ...(end.exceeded === undefined ? [] : [`stopped: it ${end.exceeded}`]),
  ...end.failures.flatMap(failureLines),
  ...end.stuck.map(stuckLine),
];
