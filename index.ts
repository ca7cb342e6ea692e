/**
 * The package: compile Quartz, run it in machines of one's own, talk to it, watch it; and the guests.
 * Invariant: everything that `docs/embedding.md` names is exported here, and nothing else is promised.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { type Diagnostic, isError } from './compiler/diagnostics/diagnostic.js';
import { plain, renderAllText } from './compiler/diagnostics/render-text.js';
import { build } from './compiler/modules/build.js';
import { type Finder, tableFinder } from './compiler/modules/finder.js';
import { SourceFile } from './compiler/source/source.js';
import { production } from './cli/production.js';
import { libraryFinder } from './cli/project.js';
import { stamp } from './cli/stamp.js';
import { version } from './cli/version.js';
import { decode as decodeImage } from './runtime/bytecode/decode.js';
import type { ModuleImage } from './runtime/bytecode/module.js';
import { FunctionRegistry, type PlainFunctions } from './runtime/embedding/functions.js';
import type { Instance } from './runtime/engine/function.js';
import { formatVerifyError, verify } from './runtime/verify/verify.js';
import type { VerifiedModule } from './runtime/verify/verified-module.js';
import { Vm, type VmOptions } from './runtime/vm.js';
import { Capabilities, type Grants } from './stdlib/capabilities.js';
import { nodeModules } from './stdlib/node.js';
import { pureModules } from './stdlib/pure.js';

export { version };
export { Vm, type ProgramEnd, type VmOptions } from './runtime/vm.js';
export { Peer, NotAllowedError, PeerLostError, type Received } from './runtime/embedding/peer.js';
export { fromValue, HostObject, WrongValue } from './runtime/embedding/convert.js';
export { Debugger, type Breakpoint, type Frame, type Place, type Slot, type Stop } from './runtime/debug.js';
export { disassemble as disassembleModule } from './runtime/bytecode/disassemble.js';
export { encode } from './runtime/bytecode/encode.js';
export { show } from './runtime/values/show.js';
export { HostRegistry } from './runtime/host/registry.js';
export { Recorder } from './runtime/record/recorder.js';
export { Player } from './runtime/record/player.js';
export { LOG_FORMAT, readLog, type Log, type LogHeader } from './runtime/record/log.js';
export { Prioritised, Seeded, generator, type Strategy } from './runtime/scheduler/strategy.js';
export { SnapshotError } from './runtime/snapshot/graph.js';
export type { ThreadEvents } from './runtime/process/home.js';
export type { PlainFunction, PlainFunctions } from './runtime/embedding/functions.js';
export type { Diagnostic, Grants, Instance, ModuleImage, VerifiedModule };
export * from './runtime/guests/index.js';

export interface CompileOptions {
  /** Name of the module if one text is given (default `main`); of the one to start with if several are. */
  readonly name?: string;
  /** Where required modules come from that are not given; default the standard library of this package. */
  readonly library?: Finder;
  /** Make code although protocols were rejected. */
  readonly unsafe?: boolean;
  /** Longest queue the protocol checker tries (default 16). */
  readonly maxBound?: number;
}

/** Compiled and verified modules, requirements first; the one that was asked for last. */
export interface Program {
  readonly modules: readonly VerifiedModule[];
  /** Warnings. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The program was rejected; the message is what the command line would show. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
  constructor(readonly diagnostics: readonly Diagnostic[]) {
    super(renderAllText(diagnostics, plain));
  }
}

/** Bytecode that is none, or that the verifier refuses. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

let standardLibrary: Finder | undefined;

/** The library of this package, read once. */
const ownLibrary = (): Finder => (standardLibrary ??= libraryFinder({ ...production, home: import.meta.dirname }));

/** Compiles a text, or several by module name. Throws CompileError. */
export function compile(sources: string | Readonly<Record<string, string>>, options: CompileOptions = {}): Program {
  const texts = typeof sources === 'string' ? { [options.name ?? 'main']: sources } : sources;
  const name = options.name ?? (texts.main === undefined ? Object.keys(texts).at(-1) : 'main');
  const files = Object.fromEntries(
    Object.entries(texts).map(([n, text]) => [n, new SourceFile(`${n.replaceAll('::', '/')}.qz`, text)]),
  );
  const file = name === undefined ? undefined : files[name];
  if (name === undefined || file === undefined) throw new Error(`there is no module ${name ?? 'to compile'}`);
  const { maxBound, unsafe } = options;
  const built = build([{ name, file }], tableFinder(files, options.library ?? ownLibrary()), 'asm', {
    salt: stamp(),
    ...(maxBound === undefined ? {} : { maxBound }),
    ...(unsafe === undefined ? {} : { unsafe }),
  });
  if (built.images.length === 0 || (unsafe !== true && built.diagnostics.some(isError)))
    throw new CompileError(built.diagnostics);
  return { modules: admitAll(built.images, 'compiler'), diagnostics: built.diagnostics };
}

function admitAll(images: readonly ModuleImage[], trust: 'none' | 'compiler'): readonly VerifiedModule[] {
  const before = new Map<string, ModuleImage>();
  return images.map((image) => {
    const judged = verify(image, { module: (name) => before.get(name), trust });
    if (isLeft(judged)) throw new RefusedError(`module ${image.name} is refused: ${formatVerifyError(judged.left)}`);
    before.set(image.name, judged.right.image);
    return judged.right;
  });
}

/** Decodes and verifies bytecode that anybody may have written, requirements first. Throws RefusedError. */
export function admit(...files: readonly Uint8Array[]): readonly VerifiedModule[] {
  return admitAll(
    files.map((bytes) => {
      const image = decodeImage(bytes);
      if (isLeft(image)) throw new RefusedError(`this is no bytecode: ${image.left.message}`);
      return image.right;
    }),
    'none',
  );
}

export interface EmbedOptions extends Omit<VmOptions, 'hosts'> {
  /** Functions of the host by module and name, in the host's own values. */
  readonly functions?: Readonly<Record<string, PlainFunctions>>;
  /** What the standard library may reach of the system; default nothing outside the current folder. */
  readonly grants?: Partial<Grants>;
}

const NOTHING: Grants = { read: false, write: false, net: false, env: false, run: false };

/** A machine with the standard library and functions of the host. */
export function createVm(options: EmbedOptions = {}): Vm {
  const { functions = {}, grants = {}, ...rest } = options;
  const hosts = new FunctionRegistry();
  hosts.pure = new Set(Object.keys(pureModules));
  const system = {
    capabilities: new Capabilities({ ...NOTHING, ...grants }, process.cwd()),
    env: process.env,
    get stdin() {
      return process.stdin;
    },
    stderr: production.stderr,
  };
  for (const [module, all] of Object.entries(nodeModules(system))) hosts.add(module, all);
  for (const [module, all] of Object.entries(functions)) hosts.addPlain(module, all);
  const vm = new Vm({ ...rest, hosts });
  hosts.modules = () => vm.modules;
  return vm;
}

/** Loads a program, now or while the machine runs; its last module. Modules that are loaded already stay. */
export function load(vm: Vm, program: Program | readonly VerifiedModule[]): Instance {
  const modules = 'modules' in program ? program.modules : program;
  const loaded = modules.map((module) => vm.load(module)).at(-1);
  if (loaded === undefined) throw new Error('there is no module to load');
  return loaded;
}
