/**
 * `quartz run --seed`, `--record` and `--replay`: the same run again (docs/determinism.md).
 * Invariant: with a seed nothing random is left in the machine and its time is virtual; a replay takes everything from the
 * log, and a log that is not one, or is another program's, is refused before anything runs.
 */
import path from 'node:path';
import { type Command, Option } from 'commander';
import { sealed } from '../../runtime/bytecode/encode.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { LOG_FORMAT, type LogHeader, readLog } from '../../runtime/record/log.js';
import { Player } from '../../runtime/record/player.js';
import { Recorder } from '../../runtime/record/recorder.js';
import { generator, Seeded } from '../../runtime/scheduler/strategy.js';
import type { Vm, VmOptions } from '../../runtime/vm.js';
import { EffectError, type Effects } from '../effects/effects.js';
import { wholeNumber } from '../terminal/options.js';
import { decodeText } from '../files/project.js';
import { Failure, Misuse } from '../terminal/report.js';

export interface DeterminismFlags {
  readonly seed?: number;
  readonly record?: string;
  readonly replay?: string;
  readonly schedule?: string;
}

export const seedOption = (what: string): Option =>
  new Option('--seed <n>', what).argParser((text) => wholeNumber(text, 0, 0xffffffff));

export const addDeterminismOptions = (command: Command): Command =>
  command
    .addOption(seedOption('make every choice and every random number from this seed, in virtual time'))
    .option('--record <file>', 'write down everything that comes from outside, and every choice')
    .option('--replay <file>', 'run it again from what --record wrote, without the outside');

/** Random numbers of a run with a seed: other than those that schedule it. */
export const entropyOf = (seed: number): (() => number) => generator((seed ^ 0x5eed) >>> 0);

/** What a seed means for a machine. */
export function seeded(seed: number): {
  readonly strategy: Seeded;
  readonly entropy: () => number;
  readonly randomBytes: (n: number) => Uint8Array;
} {
  const entropy = entropyOf(seed);
  const randomBytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, () => Math.floor(entropy() * 256));
  return { strategy: new Seeded(seed), entropy, randomBytes };
}

/** How one run is made the same as another, or remembered. */
export interface Plan {
  readonly options: Partial<VmOptions>;
  readonly args: readonly string[];
  readonly entropy: (() => number) | undefined;
  readonly randomBytes: ((n: number) => Uint8Array) | undefined;
  /** After the run, with its exit code: writes the log. Throws `Failure` where a replay has parted from its log. */
  readonly finish: (vm: Vm, exitCode: number) => void;
}

export function planOf(
  effects: Effects,
  flags: DeterminismFlags,
  images: readonly ModuleImage[],
  entry: string,
  args: readonly string[],
): Plan {
  const ways = (['seed', 'replay', 'schedule'] as const).filter((f) => flags[f] !== undefined);
  if (ways.length > 1) throw new Misuse(`--${ways[0]!} and --${ways[1]!} cannot both decide what happens`);
  if (flags.record !== undefined && (flags.replay ?? flags.schedule) !== undefined)
    throw new Misuse('--record is for a run of its own');
  const modules = images.map((i): [string, string] => [i.name, i.hash === '' ? sealed(i).hash : i.hash]);
  if (flags.replay !== undefined) return replayed(effects, flags.replay, modules, entry);
  const chosen = flags.seed === undefined ? undefined : seeded(flags.seed);
  const options = chosen === undefined ? {} : { strategy: chosen.strategy, virtualTime: true };
  const plan = { args, entropy: chosen?.entropy, randomBytes: chosen?.randomBytes };
  if (flags.record === undefined) return { ...plan, options, finish: () => undefined };
  const recorder = new Recorder();
  const file = path.resolve(effects.cwd, flags.record);
  const finish = (vm: Vm, exitCode: number): void => {
    if (recorder.problem !== undefined) throw new Failure(`the run is not recorded: ${recorder.problem}`);
    const { quantum, virtual: virtualTime, threadHeap, mailboxLimit } = vm.scheduler;
    const machine = { quantum, virtualTime, threadHeap, mailboxLimit };
    const header: LogHeader = { format: LOG_FORMAT, modules, entry, args, machine };
    effects.writeFile(file, recorder.text(header, exitCode));
  };
  return { ...plan, options: { ...options, outside: recorder }, finish };
}

function replayed(effects: Effects, file: string, modules: LogHeader['modules'], entry: string): Plan {
  const bytes = effects.readFile(path.resolve(effects.cwd, file));
  if (bytes === undefined) throw new EffectError(`there is no file ${file}`);
  const read = readLog(decodeText(bytes, file));
  if (!read.ok) throw new Failure(`${file}: ${read.error}`);
  const { header } = read.log;
  // The last module's hash is made from those of all that it requires; more may have been loaded than it does.
  const known = new Map(header.modules);
  const [main, mainHash] = modules.at(-1)!;
  const other = modules.find(([name, hash]) => known.has(name) && known.get(name) !== hash)?.[0];
  if (other !== undefined || known.get(main) !== mainHash || header.entry !== entry) {
    const what = other ?? main;
    throw new Failure(`${file}: this is the log of another program: module ${what} is not what was recorded`);
  }
  const player = new Player(read.log);
  const { quantum, virtualTime, threadHeap, mailboxLimit } = header.machine;
  return {
    options: { outside: player, quantum, virtualTime, threadHeap, mailboxLimit },
    args: header.args,
    entropy: undefined,
    randomBytes: undefined,
    finish: (_vm, exitCode) => {
      player.finish(exitCode);
      if (player.problem !== undefined) throw new Failure(`${file}: ${player.problem}`);
    },
  };
}
