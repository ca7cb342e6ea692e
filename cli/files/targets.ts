/**
 * What `quartz run TARGET` means: a source, assembly or bytecode file, or the name of a function that one module here
 * exports. Invariant: a name that two modules could mean is refused with both named, never guessed.
 */
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { decode } from '../../runtime/bytecode/decode.js';
import { sealed } from '../../runtime/bytecode/encode.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import type { CacheOptions } from '../../compiler/modules/cache.js';
import { cachedProgram } from '../../compiler/modules/cached.js';
import { assembleFile, decodeFile } from './bytecode.js';
import type { Effects } from '../effects/effects.js';
import { type CompileFlags, optionsOf } from '../terminal/options.js';
import { placeOf } from './places.js';
import { libraryFinder, moduleName, readSource, requireSource, SOURCE_ENDING } from './project.js';
import { Failure, Misuse, report } from '../terminal/report.js';
import { stamp } from './stamp.js';
import { version } from '../effects/version.js';

/** Images in dependency order, the module to start in last, and what to start there. */
export interface Target {
  readonly images: readonly ModuleImage[];
  readonly entry: string;
  /** Made from sources here, or bytes that anybody may have written. */
  readonly made: boolean;
}

export async function resolveTarget(effects: Effects, target: string, flags: CompileFlags): Promise<Target> {
  if (SOURCE_ENDING.test(target) || target === '-')
    return { images: await compileTarget(effects, target, flags), entry: 'main', made: true };
  if (target.endsWith('.qza'))
    return {
      images: await withRequired(effects, assembleFile(effects, target), '.', flags),
      entry: 'main',
      made: false,
    };
  if (target.endsWith('.qzb'))
    return {
      images: await withRequired(effects, decodeFile(effects, target), path.dirname(target), flags),
      entry: 'main',
      made: false,
    };
  if (!/^[A-Za-z_]\w*$/.test(target)) throw new Misuse(`${target} is neither a .qz, .qza or .qzb file nor a name`);
  return byName(effects, target, flags);
}

async function compileTarget(effects: Effects, file: string, flags: CompileFlags): Promise<readonly ModuleImage[]> {
  const options = optionsOf(flags);
  const cached = inCache(effects, file, options);
  if (cached !== undefined) return cached;
  const { buildFiles } = await import('./compiling.js');
  const built = buildFiles(effects, [file], 'asm', options);
  if (
    built.diagnostics.length > 0 &&
    report(effects, built.diagnostics, flags.format, version) &&
    (flags.unsafe !== true || built.modules.some((m) => m.image === undefined))
  )
    throw new Failure('');
  return built.images;
}

/** What did not change since it was compiled runs without the compiler, which takes longer to load than most programs to run. */
function inCache(effects: Effects, file: string, options: CacheOptions): readonly ModuleImage[] | undefined {
  if (!SOURCE_ENDING.test(file)) return undefined;
  const { root, finder } = placeOf(effects, file);
  const name = moduleName(root, path.resolve(effects.cwd, file));
  return cachedProgram({ name, file: requireSource(effects, file) }, finder(), { ...options, salt: stamp() });
}

/** A compiled module with what it requires: compiled modules beside it, else sources, else the library. */
async function withRequired(
  effects: Effects,
  image: ModuleImage,
  folder: string,
  flags: CompileFlags,
): Promise<readonly ModuleImage[]> {
  const found = new Map<string, ModuleImage>();
  const visit = async (needed: ModuleImage, above: readonly string[]): Promise<void> => {
    const open = [...above, needed.name];
    for (const { name } of needed.requires) {
      if (found.has(name)) continue;
      if (open.includes(name)) {
        const circle = [...open.slice(open.indexOf(name)), name].join(' requires ');
        throw new Failure(`${circle}: modules cannot require each other in a circle`);
      }
      const file = path.join(folder, `${name.replaceAll('::', '/')}.qzb`);
      if (effects.readFile(path.resolve(effects.cwd, file)) !== undefined) {
        const next = decodeFile(effects, file);
        await visit(next, open);
        found.set(name, next);
      } else
        for (const next of await sourceImages(effects, name, folder, flags))
          found.set(next.name, found.get(next.name) ?? next);
    }
  };
  await visit(image, []);
  return [...found.values(), image.hash === '' ? sealed(image) : image];
}

async function sourceImages(
  effects: Effects,
  name: string,
  folder: string,
  flags: CompileFlags,
): Promise<readonly ModuleImage[]> {
  const relative = `${name.replaceAll('::', '/')}.qz`;
  const beside = path.join(folder, relative);
  if (readSource(effects, beside) !== undefined) return compileTarget(effects, beside, flags);
  const library = libraryFinder(effects);
  const file = library.source(name);
  if (file === undefined)
    throw new Failure(`module ${name} is required but there is neither ${relative} nor its compiled form`);
  const cached = cachedProgram({ name, file }, library, { ...optionsOf(flags), salt: stamp() });
  return cached ?? compileTarget(effects, path.join(effects.home, 'stdlib', relative), flags);
}

interface Candidate {
  readonly file: string;
  readonly module: string;
}

/** `main` means module `main` if there is one, else the one module in this folder that exports it. */
async function byName(effects: Effects, name: string, flags: CompileFlags): Promise<Target> {
  const files = effects.list(effects.cwd);
  const compiled = files.filter((f) => f.endsWith('.qzb'));
  const sources = files.filter((f) => SOURCE_ENDING.test(f));
  const candidates: Candidate[] = [];
  for (const file of compiled)
    if (exportsCompiled(effects, file, name)) candidates.push({ file, module: file.slice(0, -4) });
  for (const file of sources) {
    const module = file.replace(SOURCE_ENDING, '');
    if (candidates.some((c) => c.module === module)) continue;
    if (await exportsSource(effects, file, name)) candidates.push({ file, module });
  }
  const chosen = candidates.find((c) => c.module === 'main') ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (chosen !== undefined) return { ...(await resolveTarget(effects, chosen.file, flags)), entry: name };
  if (candidates.length === 0) throw new Failure(`no module in this folder exports ${name}`);
  const list = candidates.map((c) => c.file).join(', ');
  throw new Failure(`several modules export ${name}: ${list}; name the file instead`);
}

function exportsCompiled(effects: Effects, file: string, name: string): boolean {
  const bytes = effects.readFile(path.resolve(effects.cwd, file));
  const image = bytes === undefined ? undefined : decode(bytes);
  return image !== undefined && !isLeft(image) && image.right.functions.some((f) => f.exported && f.name === name);
}

async function exportsSource(effects: Effects, file: string, name: string): Promise<boolean> {
  const source = readSource(effects, file);
  if (source === undefined) return false;
  const { parse } = await import('../../compiler/parse/parse.js');
  const { module, diagnostics } = parse(source);
  if (diagnostics.some(isError) && module.items.length === 0) return false;
  return module.items.some((item) => (item.kind === 'fun' || item.kind === 'session') && item.name.text === name);
}
