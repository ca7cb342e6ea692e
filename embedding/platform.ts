/**
 * Compiling and making machines, over what a platform supplies: where the standard library's sources are, and its
 * functions of the host. Invariant: nothing here reaches for Node or a browser.
 */
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { type Diagnostic, isError } from '../compiler/diagnostics/diagnostic.js';
import { plain, renderAllText } from '../compiler/diagnostics/render-text.js';
import { build } from '../compiler/modules/build.js';
import { type Finder, tableFinder } from '../compiler/modules/finder.js';
import { SourceFile } from '../compiler/source/source.js';
import { decode as decodeImage } from '../runtime/bytecode/decode.js';
import type { ModuleImage } from '../runtime/bytecode/module.js';
import { FunctionRegistry, type PlainFunctions } from '../runtime/embedding/functions.js';
import { formatVerifyError, verifyAll } from '../runtime/verify/verify.js';
import type { VerifiedModule } from '../runtime/verify/module/verified-module.js';
import { Vm, type VmOptions } from '../runtime/vm.js';
import { PURE } from '../stdlib/pure.js';
import type { HostFunctions } from '../stdlib/support.js';

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

/** The standard library as a platform has it. */
export interface Library {
  readonly finder: Finder;
  /** Names the compiler in what the finder keeps, see `compiler/modules/cache.ts`. */
  readonly stamp: string;
}

/** Compiles a text, or several by module name, beside a library. Throws CompileError. */
export function compileWith(
  own: () => Library,
  sources: string | Readonly<Record<string, string>>,
  options: CompileOptions,
): Program {
  const texts = typeof sources === 'string' ? { [options.name ?? 'main']: sources } : sources;
  const name = options.name ?? (!Object.hasOwn(texts, 'main') ? Object.keys(texts).at(-1) : 'main');
  const files = Object.fromEntries(
    Object.entries(texts).map(([n, text]) => [n, new SourceFile(`${n.replaceAll('::', '/')}.qz`, text)]),
  );
  const file = name === undefined || !Object.hasOwn(files, name) ? undefined : files[name];
  if (name === undefined || file === undefined) throw new Error(`there is no module ${name ?? 'to compile'}`);
  const { maxBound, unsafe } = options;
  const { finder, stamp } = own();
  const built = build([{ name, file }], tableFinder(files, options.library ?? finder), 'asm', {
    salt: stamp,
    ...(maxBound === undefined ? {} : { maxBound }),
    ...(unsafe === undefined ? {} : { unsafe }),
  });
  if (built.images.length === 0 || (unsafe !== true && built.diagnostics.some(isError)))
    throw new CompileError(built.diagnostics);
  return { modules: admitAll(built.images, unsafe === true ? 'compiler' : 'none'), diagnostics: built.diagnostics };
}

function admitAll(images: readonly ModuleImage[], trust: 'none' | 'compiler'): readonly VerifiedModule[] {
  const judged = verifyAll(images, trust);
  if (isRight(judged)) return judged.right;
  const { image, error } = judged.left;
  throw new RefusedError(`module ${image.name} is refused: ${formatVerifyError(error)}`);
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
}

/** A machine with the standard library's functions as a platform has them, and functions of the host. */
export function machineWith(
  library: Readonly<Record<string, HostFunctions>>,
  { functions = {}, ...rest }: EmbedOptions,
): Vm {
  const hosts = new FunctionRegistry();
  hosts.pure = PURE;
  for (const [module, all] of Object.entries(library)) hosts.add(module, all);
  for (const [module, all] of Object.entries(functions)) hosts.addPlain(module, all);
  const vm = new Vm({ ...rest, hosts });
  hosts.modules = () => vm.modules;
  return vm;
}
