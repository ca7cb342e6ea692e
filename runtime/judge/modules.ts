/**
 * What the verifier knows of the modules of one machine, and how a type of one module reads in another.
 * Invariant: a module is judged once; a type brought over says neither more nor less than it did where it came from, since data
 * types and labels are known by full names.
 */
import type { Instance } from '../engine/function.js';
import { HostFn } from '../engine/function.js';
import type { HostImport } from '../bytecode/module.js';
import type { Constructor } from '../values/value.js';
import { FrameTypes } from '../verify/frame-types.js';
import type { Ty, Variance } from '../verify/terms/types.js';

import { Successions } from './service.js';

/** A constructor where it is listed: the module's types, and its place in the module's list. */
export interface Listed {
  readonly types: FrameTypes;
  readonly index: number;
}

export class JudgedModules {
  readonly #types = new Map<Instance, FrameTypes>();
  readonly #listed = new Map<Constructor, { readonly module: Instance; readonly index: number }>();
  /** Data types by full name: the module that declares them. */
  readonly #declared = new Map<string, Instance>();
  readonly #hosts = new Map<HostFn, { readonly module: Instance; readonly host: HostImport }>();
  readonly #brought = new WeakMap<FrameTypes, Map<string, Ty>>();
  /** By module: the hash that each name below it means. */
  readonly #closures = new Map<FrameTypes, ReadonlyMap<string, string>>();
  readonly #begun = new Set<Instance>();
  #seen = 0;

  readonly successions: Successions;

  /** Asks for the modules that are loaded by now. */
  constructor(readonly loaded: () => readonly Instance[]) {
    this.successions = new Successions(loaded);
  }

  of(module: Instance): FrameTypes {
    let known = this.#types.get(module);
    if (known === undefined) {
      this.#begun.add(module);
      known = new FrameTypes(module.image, this.#variance);
      this.#begun.delete(module);
      this.#types.set(module, known);
      this.#closures.set(known, module.closure);
    }
    known.renew();
    return known;
  }

  /** Which arguments of a data type may be widened, as the module that declares it has it. */
  readonly #variance: Variance = (data) => {
    if (OF_MACHINE.has(data.name.replace('::', ''))) return data.args.map(() => true);
    this.#refresh();
    const own = this.#declared.get(data.name);
    // One that is being judged right now knows its own types by itself.
    const known = own === undefined || this.#begun.has(own) ? undefined : this.of(own);
    return known?.env.covariant(data) ?? data.args.map(() => false);
  };

  #refresh(): void {
    const all = this.loaded();
    for (; this.#seen < all.length; this.#seen++) {
      const m = all[this.#seen]!;
      m.constructors.forEach((made, index) => {
        // The module that declares a type knows its fields; others may only name it.
        const image = m.image.constructors[index]!;
        const own = image.module === m.image.name;
        if (own || !this.#listed.has(made)) this.#listed.set(made, { module: m, index });
        if (own) this.#declared.set(`${image.module}::${image.type}`, m);
      });
      m.callees.forEach((callee, i) => {
        const image = m.image.callees[i]!;
        if (callee instanceof HostFn && image.kind === 'host')
          this.#hosts.set(callee, { module: m, host: m.image.hosts[image.index]! });
      });
    }
  }
  listed(made: Constructor): Listed | undefined {
    this.#refresh();
    const found = this.#listed.get(made);
    return found && { types: this.of(found.module), index: found.index };
  }
  host(fn: HostFn): { readonly types: FrameTypes; readonly host: HostImport } | undefined {
    this.#refresh();
    const found = this.#hosts.get(fn);
    return found && { types: this.of(found.module), host: found.host };
  }

  /** Is a constructor the one that a module means by its names? Modules of one name are told apart by their hashes. */
  means(of: FrameTypes, made: Constructor): boolean {
    return made.module === '' || (this.#closures.get(of)?.get(made.module) ?? made.hash) === made.hash;
  }

  /** A type of one module as another has it. Variables keep their names. */
  bring(t: Ty, from: FrameTypes, to: FrameTypes): Ty {
    if (from === to) return t;
    let known = this.#brought.get(to);
    if (known === undefined) this.#brought.set(to, (known = new Map()));
    const key = `${from.image.hash} ${from.image.name} ${t.id}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = this.#bring(t, from, to);
    known.set(key, made);
    return made;
  }
  #name(full: string, from: FrameTypes, to: FrameTypes): string {
    const module = full.slice(0, full.lastIndexOf('::'));
    const [here, there] = [this.#closures.get(from)?.get(module), this.#closures.get(to)?.get(module)];
    // Two modules of one name: the type is none that the other knows.
    return here !== undefined && there !== undefined && here !== there ? `${full}@${here}` : localName(full, to);
  }
  #bring(t: Ty, from: FrameTypes, to: FrameTypes): Ty {
    const { types } = to.env;
    if (t.kind === 'case') return this.bring(t.args[0]!, from, to);
    if (t.kind === 'self') return t.args.length === 0 ? types.reference : this.bring(t.args[0]!, from, to);
    const args = t.args.map((a) => this.bring(a, from, to));
    return types.make(t.kind, t.kind === 'data' ? this.#name(fullName(t, from), from, to) : t.name, args);
  }
}

/** Types of the machine itself: a module that lists none of their constructors writes them without the colons. */
const OF_MACHINE: ReadonlySet<string> = new Set(['option', 'result']);

/** The name of a data type with its module; types of the host are written without it in their own module. */
export function fullName(t: Ty, of: FrameTypes): string {
  if (t.name.includes('::')) return t.name;
  return OF_MACHINE.has(t.name) ? `::${t.name}` : `${of.image.name}::${t.name}`;
}

/** As a module's own texts have it. */
function localName(full: string, to: FrameTypes): string {
  const own = `${to.image.name}::`;
  const listed = to.image.constructors.some((c) => `${c.module}::${c.type}` === full);
  if (!listed && full.startsWith('::')) return full.slice(2);
  return !listed && full.startsWith(own) && !full.slice(own.length).includes('::') ? full.slice(own.length) : full;
}
