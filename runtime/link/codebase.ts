/**
 * The code a node has, as the wire names it: modules by hash, constructors and labels by name.
 * Invariant: code from another machine is loaded only after its hash was checked and the verifier, which trusts nobody,
 * accepted it; a module is loaded only if its requirements by name are the ones it was sent with.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { decode } from '../bytecode/decode.js';
import { encode } from '../bytecode/encode.js';
import { KnownConstructors, type ConstructorName } from '../engine/constructors.js';
import { HostFn } from '../engine/function.js';
import type { Fn, Instance } from '../engine/function.js';
import { Constructor } from '../values/value.js';
import type { Label } from '../values/value.js';
import { formatVerifyError, verify, type Find } from '../verify/verify.js';
import type { Vm } from '../vm.js';
import { Untravelled } from './parcel.js';
import type { ModuleName } from './unparcel.js';

export class Codebase {
  readonly #byHash = new Map<string, Instance>();
  readonly #constructors = new KnownConstructors();
  readonly #labels = new Map<string, Label>();
  #seen = 0;

  constructor(readonly vm: Vm) {}
  /** Takes notice of modules loaded since the last time. */
  #refresh(): void {
    const all = this.vm.modules;
    for (; this.#seen < all.length; this.#seen++) {
      const m = all[this.#seen]!;
      this.#byHash.set(m.hash, m);
      this.#constructors.show(m);
      for (const l of m.labels) this.#labels.set(l.name, l);
    }
  }

  module(hash: string): Instance | undefined {
    this.#refresh();
    return this.#byHash.get(hash);
  }
  constructorNamed(name: ConstructorName): Constructor | undefined {
    this.#refresh();
    return this.#constructors.named(name);
  }
  label(name: string): Label | undefined {
    this.#refresh();
    return this.#labels.get(name);
  }
  /** A module's bytes, if it is here. */
  bytes(hash: string): Uint8Array | undefined {
    const m = this.module(hash);
    return m === undefined ? undefined : encode(m.image);
  }

  /** The modules that have to be there for a function or a constructor, requirements first. */
  modulesOf(of: Fn | HostFn | Constructor): readonly Instance[] {
    if (of instanceof Constructor) {
      const found = this.module(of.hash);
      if (found === undefined) throw new Untravelled(`no module here declares ${of.module}::${of.name}`);
      return this.withRequired(found);
    }
    if (!(of instanceof HostFn)) return this.withRequired(of.instance);
    const found = this.vm.modules.find((m) => m.callees.includes(of));
    if (found === undefined) throw new Untravelled(`no module here names ${of.name}`);
    return this.withRequired(found);
  }
  withRequired(m: Instance, before: Set<Instance> = new Set()): Instance[] {
    for (const needed of m.required.values()) if (!before.has(needed)) this.withRequired(needed, before);
    before.add(m);
    return [...before];
  }

  /** Why bytes are not the module of a hash, or null. */
  isNot(hash: string, bytes: Uint8Array): string | null {
    const decoded = decode(bytes);
    if (isLeft(decoded)) return `byte ${decoded.left.offset}: ${decoded.left.message}`;
    return decoded.right.hash === hash ? null : 'the other node sent another one';
  }
  /** Loads a module that came. Gives why not, or null. */
  admit(wanted: ModuleName, bytes: Uint8Array, others: readonly ModuleName[]): string | null {
    const decoded = decode(bytes);
    if (isLeft(decoded)) return `module ${wanted.name} at byte ${decoded.left.offset}: ${decoded.left.message}`;
    const image = decoded.right;
    if (image.hash !== wanted.hash || image.name !== wanted.name)
      return `module ${wanted.name} is not the one that was named`;
    // A name means the module that it was sent with, the nearest before it if there are several.
    const before = others.slice(
      0,
      others.findIndex((o) => o.hash === wanted.hash),
    );
    const meant = (name: string): string => before.findLast((o) => o.name === name)?.hash ?? '';
    const module: Find = (name, hash) => this.vm.module(name, hash === '' ? meant(name) : hash);
    const judged = verify(image, { module, trust: 'none' });
    if (isLeft(judged)) return `module ${image.name} is refused: ${formatVerifyError(judged.left)}`;
    try {
      this.vm.load(judged.right, true);
    } catch (e) {
      return `module ${image.name} cannot be loaded: ${e instanceof Error ? e.message : String(e)}`;
    }
    return null;
  }
}
