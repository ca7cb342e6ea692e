/**
 * Functions of the user's own ES modules: what `extern fun f(..) from "./m.js"` names, loaded from beside the source.
 * Invariant: only sources make the host load code, and only files that a relative path leads to and `--allow-host` allows,
 * since what they do is bounded by nothing else; what a function gives is judged at every call like any result of the host.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import type { FunctionRegistry, PlainFunction, PlainFunctions } from '../../runtime/embedding/functions.js';
import type { HostRegistry } from '../../runtime/host/registry.js';
import { Capabilities, type Grants } from '../../stdlib/capabilities.js';
import type { Effects } from '../effects/effects.js';
import { readSource, shownPath } from '../files/project.js';
import { Failure } from '../terminal/report.js';

export type Externs = Readonly<Record<string, PlainFunctions>>;

/** By module, the functions that the images need and `known` does not have, as far as their sources say where they are. */
export async function loadExterns(
  effects: Effects,
  images: readonly ModuleImage[],
  known: HostRegistry,
  grants: Grants,
): Promise<Externs> {
  const may = new Capabilities(grants, effects.cwd);
  const missing = new Set(images.flatMap((image) => image.hosts.map((h) => h.name)).filter((name) => !known.has(name)));
  const found: Record<string, Record<string, PlainFunction>> = {};
  if (missing.size === 0) return found;
  for (const image of images) {
    const own = [...missing].filter((name) => name.slice(0, name.lastIndexOf('::')) === image.name);
    const source = own.length === 0 ? undefined : readSource(effects, image.sourcePath);
    if (source === undefined) continue;
    const { parse } = await import('../../compiler/parse/parse.js');
    for (const item of parse(source).module.items) {
      if (item.kind !== 'extern-fun' || item.from === undefined || !own.includes(`${image.name}::${item.name.text}`))
        continue;
      const folder = path.dirname(path.resolve(effects.cwd, image.sourcePath));
      const exported = await moduleAt(effects, folder, item.from, image.name, may);
      const fn = exported[item.name.text];
      if (typeof fn !== 'function')
        throw new Failure(`${item.from} exports no function ${item.name.text}, which module ${image.name} needs`);
      (found[image.name] ??= {})[item.name.text] = fn as PlainFunction;
    }
  }
  return found;
}

/** Makes them callable in a VM's registry. */
export function addExterns(hosts: FunctionRegistry, externs: Externs): FunctionRegistry {
  for (const [module, functions] of Object.entries(externs)) hosts.addPlain(module, functions);
  return hosts;
}

async function moduleAt(
  effects: Effects,
  folder: string,
  from: string,
  module: string,
  may: Capabilities,
): Promise<Readonly<Record<string, unknown>>> {
  if (!/^\.\.?\//.test(from))
    throw new Failure(`module ${module} takes functions from "${from}"; only ./ and ../ paths are possible`);
  const file = path.resolve(folder, from);
  if (effects.readFile(file) === undefined)
    throw new Failure(
      `module ${module} takes functions from "${from}", but there is no file ${shownPath(effects, file)}`,
    );
  try {
    may.module(file, shownPath(effects, file));
  } catch (error) {
    throw new Failure(`module ${module} takes functions from "${from}": ${(error as Error).message}`);
  }
  try {
    return (await effects.importModule(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new Failure(`cannot load ${from}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
