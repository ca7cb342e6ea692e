/** What code generation needs to know of the functions of modules compiled before. */
import type { ImportSignature, ModuleImage } from '../../../runtime/bytecode/module.js';

export interface KnownModules {
  /** Signatures as their images declare them, by `module::name`. */
  readonly signatures: ReadonlyMap<string, ImportSignature>;
  /** Host functions that may suspend the calling thread, by `module::name`. */
  readonly suspending: ReadonlySet<string>;
}

export const knownOf = (images: readonly ModuleImage[]): KnownModules => ({
  signatures: new Map(
    images.flatMap((m) =>
      m.functions.map(({ name, params, returns, session, type }): [string, ImportSignature] => [
        `${m.name}::${name}`,
        { params, returns, session, type },
      ]),
    ),
  ),
  suspending: new Set(images.flatMap((m) => m.hosts.filter((h) => h.async).map((h) => h.name))),
});
