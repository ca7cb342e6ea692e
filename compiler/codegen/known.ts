/** What code generation needs to know of the functions of modules compiled before. */
import type { ModuleImage } from '../../runtime/bytecode/module.js';

export interface KnownModules {
  /** Declared types as printed, by `module::name`. */
  readonly signatures: ReadonlyMap<string, string>;
  /** Host functions that may suspend the calling thread, by `module::name`. */
  readonly suspending: ReadonlySet<string>;
}

export const knownOf = (images: readonly ModuleImage[]): KnownModules => ({
  signatures: new Map(
    images.flatMap((m) => m.functions.map((f): [string, string] => [`${m.name}::${f.name}`, f.type])),
  ),
  suspending: new Set(images.flatMap((m) => m.hosts.filter((h) => h.async).map((h) => h.name))),
});
