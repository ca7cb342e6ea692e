/**
 * The package in a browser, in a page or a worker: `compile` and `createVm` over a library that is in the bundle, and the
 * functions that a browser can offer. `tools/browser/bundle.ts` makes one file of it.
 * Invariant: nothing of Node is imported, and no code is made from text where the page forbids that.
 */
import type { Finder } from '../compiler/modules/finder.js';
import { SourceFile } from '../compiler/source/source.js';
import type { Vm } from '../runtime/vm.js';
import { browserModules } from '../stdlib/browser.js';
import { type CompileOptions, compileWith, type EmbedOptions, machineWith, type Program } from './platform.js';

export * from './portable.js';

/** What the bundler puts in. */
export interface Packed {
  readonly version: string;
  readonly stamp: string;
  /** The library's sources by module name. */
  readonly sources: Readonly<Record<string, string>>;
  /** What the stamp's compiler made of them, in base64; those that are missing are compiled when a program requires them. */
  readonly compiled: Readonly<Record<string, string>>;
}

declare const QUARTZ_PACKED: Packed;

export const { version } = QUARTZ_PACKED;

const files = Object.fromEntries(
  Object.entries(QUARTZ_PACKED.sources).map(([name, text]) => [
    name,
    new SourceFile(`stdlib/${name.replaceAll('::', '/')}.qz`, text),
  ]),
);
const compiled = new Map<string, Uint8Array>(
  Object.entries(QUARTZ_PACKED.compiled).map(([name, text]) => [
    name,
    Uint8Array.from(atob(text), (c) => c.charCodeAt(0)),
  ]),
);

const finder: Finder = {
  source: (name) => (Object.hasOwn(files, name) ? files[name] : undefined),
  names: () => Object.keys(files),
  cached: (name) => compiled.get(name),
  keep: (name, bytes) => void compiled.set(name, bytes),
};

const library = { finder, stamp: QUARTZ_PACKED.stamp };

/** Compiles a text, or several by module name. Throws CompileError. */
export function compile(sources: string | Readonly<Record<string, string>>, options: CompileOptions = {}): Program {
  return compileWith(() => library, sources, options);
}

/** A machine with the standard library and functions of the host. */
export function createVm(options: EmbedOptions = {}): Vm {
  return machineWith(browserModules, options);
}
