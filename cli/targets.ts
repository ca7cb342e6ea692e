/**
 * What `quartz run TARGET` means: a source, assembly or bytecode file, or the name of a function that one module here
 * exports. Invariant: a name that two modules could mean is refused with both named, never guessed.
 */
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import { isError } from '../compiler/diagnostics/diagnostic.js';
import { parse } from '../compiler/parse/parse.js';
import { decode } from '../runtime/bytecode/decode.js';
import { sealed } from '../runtime/bytecode/encode.js';
import type { ModuleImage } from '../runtime/bytecode/module.js';
import { assembleFile, decodeFile } from './bytecode.js';
import { buildFiles, type CompileFlags, optionsOf } from './compiling.js';
import type { Effects } from './effects.js';
import { readSource, SOURCE_ENDING } from './project.js';
import { Failure, Misuse, report } from './report.js';
import { version } from './version.js';

/** Images in dependency order, the module to start in last, and what to start there. */
export interface Target {
  readonly images: readonly ModuleImage[];
  readonly entry: string;
  /** Straight from this compiler, or bytes that anybody may have written. */
  readonly trust: 'none' | 'compiler';
}

export interface TargetFlags extends CompileFlags {
  readonly trust?: boolean;
}

export function resolveTarget(effects: Effects, target: string, flags: TargetFlags): Target {
  if (SOURCE_ENDING.test(target) || target === '-')
    return { images: compileTarget(effects, target, flags), entry: 'main', trust: 'compiler' };
  if (target.endsWith('.qza'))
    return {
      images: withRequired(effects, assembleFile(effects, target), '.', flags),
      entry: 'main',
      trust: trustOf(flags),
    };
  if (target.endsWith('.qzb'))
    return {
      images: withRequired(effects, decodeFile(effects, target), path.dirname(target), flags),
      entry: 'main',
      trust: trustOf(flags),
    };
  if (!/^[A-Za-z_]\w*$/.test(target)) throw new Misuse(`${target} is neither a .qz, .qza or .qzb file nor a name`);
  return byName(effects, target, flags);
}

/** Bytecode files are judged as if anybody had written them, unless the user vouches for them. */
const trustOf = (flags: TargetFlags): Target['trust'] => (flags.trust === true ? 'compiler' : 'none');

function compileTarget(effects: Effects, file: string, flags: CompileFlags): readonly ModuleImage[] {
  const built = buildFiles(effects, [file], 'asm', optionsOf(flags));
  if (
    built.diagnostics.length > 0 &&
    report(effects, built.diagnostics, flags.format, version) &&
    flags.unsafe !== true
  )
    throw new Failure('');
  return built.images;
}

/** A compiled module with what it requires: compiled modules beside it, else sources, else the library. */
function withRequired(
  effects: Effects,
  image: ModuleImage,
  folder: string,
  flags: CompileFlags,
): readonly ModuleImage[] {
  const found = new Map<string, ModuleImage>();
  const visit = (needed: ModuleImage): void => {
    for (const { name } of needed.requires) {
      if (found.has(name) || name === image.name) continue;
      const file = path.join(folder, `${name.replaceAll('::', '/')}.qzb`);
      if (effects.readFile(path.resolve(effects.cwd, file)) !== undefined) {
        const next = decodeFile(effects, file);
        visit(next);
        found.set(name, next);
      } else
        for (const next of libraryImages(effects, name, folder, flags))
          found.set(next.name, found.get(next.name) ?? next);
    }
  };
  visit(image);
  return [...found.values(), image.hash === '' ? sealed(image) : image];
}

function libraryImages(effects: Effects, name: string, folder: string, flags: CompileFlags): readonly ModuleImage[] {
  const relative = `${name.replaceAll('::', '/')}.qz`;
  const candidates = [path.join(folder, relative), path.join(effects.home, 'stdlib', relative)];
  const file = candidates.find((c) => readSource(effects, c) !== undefined);
  if (file === undefined)
    throw new Failure(`module ${name} is required but there is neither ${relative} nor its compiled form`);
  return compileTarget(effects, file, flags);
}

interface Candidate {
  readonly file: string;
  readonly module: string;
}

/** `main` means module `main` if there is one, else the one module in this folder that exports it. */
function byName(effects: Effects, name: string, flags: TargetFlags): Target {
  const files = effects.list(effects.cwd);
  const compiled = files.filter((f) => f.endsWith('.qzb'));
  const sources = files.filter((f) => SOURCE_ENDING.test(f));
  const candidates: Candidate[] = [];
  for (const file of compiled)
    if (exportsCompiled(effects, file, name)) candidates.push({ file, module: file.slice(0, -4) });
  for (const file of sources) {
    const module = file.replace(SOURCE_ENDING, '');
    if (candidates.some((c) => c.module === module)) continue;
    if (exportsSource(effects, file, name)) candidates.push({ file, module });
  }
  const chosen = candidates.find((c) => c.module === 'main') ?? (candidates.length === 1 ? candidates[0] : undefined);
  if (chosen !== undefined) return { ...resolveTarget(effects, chosen.file, flags), entry: name };
  if (candidates.length === 0) throw new Failure(`no module in this folder exports ${name}`);
  const list = candidates.map((c) => c.file).join(', ');
  throw new Failure(`several modules export ${name}: ${list}; name the file instead`);
}

function exportsCompiled(effects: Effects, file: string, name: string): boolean {
  const bytes = effects.readFile(path.resolve(effects.cwd, file));
  const image = bytes === undefined ? undefined : decode(bytes);
  return image !== undefined && !isLeft(image) && image.right.functions.some((f) => f.exported && f.name === name);
}

function exportsSource(effects: Effects, file: string, name: string): boolean {
  const source = readSource(effects, file);
  if (source === undefined) return false;
  const { module, diagnostics } = parse(source);
  if (diagnostics.some(isError) && module.items.length === 0) return false;
  return module.items.some((item) => (item.kind === 'fun' || item.kind === 'session') && item.name.text === name);
}
