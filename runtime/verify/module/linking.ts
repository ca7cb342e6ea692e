/**
 * What a module says of others, compared with them: the functions it imports, the constructors it lists, and that all modules
 * below it agree on which module a name means.
 * Invariant: in whatever a module can reach, one name is one module, by hash, and never its own: so a type's name means one
 * type, nobody is described by what it is made from, and modules of one name stay apart.
 */
import type { ModuleImage } from '../../bytecode/module.js';
import { checkConstructors } from './constructors.js';
import { Rejection } from '../terms/rejection.js';

/** A module that others may rely on. */
export interface Linked {
  readonly image: ModuleImage;
  readonly hash: string;
  /** Hashes of all it is made from, by name, and its own; empty for what is not known yet. */
  readonly closure: ReadonlyMap<string, string>;
}

export type Find<M extends Linked = Linked> = (name: string, hash: string) => M | undefined;

export interface Links<M extends Linked = Linked> {
  /** What is required, by name. */
  readonly modules: ReadonlyMap<string, M>;
  /** Of what is below the module. */
  readonly closure: ReadonlyMap<string, string>;
}

/** Compares; throws Rejection. With `whole`, all that is required must be there. */
export function link<M extends Linked>(image: ModuleImage, find: Find<M>, whole: boolean): Links<M> {
  const modules = new Map<string, M>();
  const closure = new Map<string, string>();
  const required = new Set<string>();
  for (const r of image.requires) {
    if (r.name === image.name) throw new Rejection(`${image.name} requires itself`);
    if (required.has(r.name)) throw new Rejection(`${r.name} is required twice`);
    required.add(r.name);
    const other = find(r.name, r.hash);
    if (other === undefined) {
      if (whole) throw new Rejection(`module ${r.name}, which ${image.name} requires, is not there`);
      continue;
    }
    if (other.image.name !== r.name || (r.hash !== '' && r.hash !== other.hash))
      throw new Rejection(`module ${r.name} is not the one that ${image.name} requires`);
    modules.set(r.name, other);
    for (const [name, hash] of other.closure) {
      if (name === image.name)
        throw new Rejection(`${r.name}, which ${image.name} requires, is itself made from a module called ${name}`);
      const before = closure.get(name);
      if (before !== undefined && before !== hash)
        throw new Rejection(`two modules called ${name} are below ${image.name}: ${brief(before)} and ${brief(hash)}`);
      closure.set(name, hash);
    }
  }
  checkImports(image, modules);
  checkConstructors(image, modules);
  return { modules, closure };
}

const brief = (hash: string): string => hash.slice(0, 8);

/** What this module relies on about functions of modules that are there. */
function checkImports(image: ModuleImage, modules: ReadonlyMap<string, Linked>): void {
  for (const c of image.callees) {
    if (c.kind !== 'import') continue;
    const { name: module } = image.requires[c.module]!;
    const other = modules.get(module);
    if (other === undefined) continue;
    const f = other.image.functions.find((x) => x.name === c.name && x.exported);
    if (f === undefined) throw new Rejection(`module ${module} exports no ${c.name}`);
    const s = c.signature;
    const params =
      f.params.length === s.params.length &&
      f.params.every((p, i) => p.kind === s.params[i]!.kind && p.type === s.params[i]!.type);
    if (!params || f.returns !== s.returns || f.session !== s.session || f.type !== s.type)
      throw new Rejection(`${module}::${c.name} is ${f.type}, not ${s.type}`);
  }
}
