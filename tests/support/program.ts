/** Whole programs in tests: compiled as the command line does, verified, and run to their end in virtual time. */
import path from 'node:path';
import { Readable } from 'node:stream';
import { renderAllText } from '../../compiler/diagnostics/render-text.js';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import type { Built } from '../../compiler/modules/build.js';
import type { Tier } from '../../runtime/engine/function.js';
import { HostRegistry } from '../../runtime/host/registry.js';
import { type ProgramEnd, Vm } from '../../runtime/vm.js';
import { Capabilities, type Grants, NO_GRANTS } from '../../stdlib/capabilities.js';
import { nodeModules } from '../../stdlib/node.js';
import { compileText, root } from './compile.js';
import { verifyAll } from './spec.js';
import { type Followed, followOutside, knownOf } from './traces.js';

export interface ProgramOptions {
  readonly name?: string;
  readonly stdin?: string;
  readonly args?: readonly string[];
  readonly grants?: Grants;
  /** Where the program stands; what it may read without being granted more. */
  readonly folder?: string;
  readonly realTime?: boolean;
  readonly others?: Readonly<Record<string, string>>;
  /** Hears output as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** What the command line grants without a flag. */
export const READING: Grants = { ...NO_GRANTS, read: ['.'], input: true };

export interface Ran {
  readonly output: string;
  readonly errors: string;
  readonly end: ProgramEnd;
}

interface Made {
  readonly vm: Vm;
  readonly built: Built;
  readonly said: { output: string; errors: string };
}

/** A machine on which `main` of a program was started. Throws with all messages if it does not compile. */
function machineFor(text: string, options: ProgramOptions, engine: Tier): Made {
  const built = compileText(text, { name: options.name ?? 'main', others: options.others ?? {} });
  if (built.diagnostics.some(isError)) throw new Error(renderAllText(built.diagnostics));
  const said = { output: '', errors: '' };
  const hosts = new HostRegistry();
  const system = {
    capabilities: new Capabilities(options.grants ?? READING, options.folder ?? path.join(root, 'examples')),
    env: {},
    stdin: Readable.from([Buffer.from(options.stdin ?? '')]),
    stderr: (more: string): void => void (said.errors += more),
  };
  for (const [name, functions] of Object.entries(nodeModules(system))) hosts.add(name, functions);
  const write = (more: string): void => {
    said.output += more;
    options.onOutput?.(more);
  };
  const vm = new Vm({
    environment: options.realTime === true ? { write } : { write, now: () => 0 },
    hosts,
    virtualTime: options.realTime !== true,
    args: options.args ?? [],
    engine,
  });
  const loaded = verifyAll(built.images, 'compiler').map((module) => vm.load(module));
  vm.spawnMain(loaded.at(-1)!, 'main');
  return { vm, built, said };
}

/** Runs `main` of a program. Throws with all messages if it does not compile. */
export async function runProgram(text: string, options: ProgramOptions = {}): Promise<Ran> {
  const { vm, said } = machineFor(text, options, 'auto');
  const end = await vm.runUntilIdle();
  return { ...said, end };
}

/** Follows a program along what the checker says of it. */
export function followProgram(text: string, options: ProgramOptions = {}): Promise<Followed> {
  const { vm, built } = machineFor(text, options, 'interpreter');
  return followOutside(vm, knownOf(built));
}
