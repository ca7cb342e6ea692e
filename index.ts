/**
 * The package on Node: compile Quartz, run it in machines of one's own, talk to it, watch it; and the guests.
 * Invariant: exports what `embedding/browser.ts` does, and what only Node has.
 */
import { production } from './cli/effects/production.js';
import { libraryFinder } from './cli/files/project.js';
import { stamp } from './cli/files/stamp.js';
import {
  type CompileOptions,
  compileWith,
  type EmbedOptions,
  type Library,
  machineWith,
  type Program,
} from './embedding/platform.js';
import type { Vm } from './runtime/vm.js';
import { Capabilities, type Grants, NO_GRANTS } from './stdlib/capabilities.js';
import { nodeModules } from './stdlib/node.js';

export { version } from './cli/effects/version.js';
export * from './embedding/portable.js';
export type { Grants };

let library: Library | undefined;

/** The library of this package, read once. */
const ownLibrary = (): Library =>
  (library ??= { finder: libraryFinder({ ...production, home: import.meta.dirname }), stamp: stamp() });

/** Compiles a text, or several by module name. Throws CompileError. */
export function compile(sources: string | Readonly<Record<string, string>>, options: CompileOptions = {}): Program {
  return compileWith(ownLibrary, sources, options);
}

export interface NodeOptions extends EmbedOptions {
  /** What the standard library may reach of the system; default nothing, neither files nor standard input. */
  readonly grants?: Partial<Grants>;
}

/** A machine with the standard library and functions of the host. */
export function createVm({ grants = {}, ...options }: NodeOptions = {}): Vm {
  const system = {
    capabilities: new Capabilities({ ...NO_GRANTS, ...grants }, process.cwd()),
    env: process.env,
    get stdin() {
      return process.stdin;
    },
    stderr: production.stderr,
  };
  return machineWith(nodeModules(system), options);
}
