/**
 * Runs a program of `tests/spec` as its comments expect: `# expect: line` for each line of output in order, `# fails: e`
 * for each thread that fails unnoticed, `# error: Q0201` and `# warning: Q0242` on the line that a diagnostic is about.
 * `# main: name` starts another function than `main`.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { type Built, build } from '../../compiler/modules/build.js';
import { fileOf, type Finder } from '../../compiler/modules/finder.js';
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.js';
import { SourceFile } from '../../compiler/source/source.js';
import { assemble } from '../../runtime/bytecode/assemble.js';
import { decode } from '../../runtime/bytecode/decode.js';
import { disassemble } from '../../runtime/bytecode/disassemble.js';
import { encode, sealed } from '../../runtime/bytecode/encode.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import type { Tier } from '../../runtime/engine/function.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { formatVerifyError, verifyAll as judgeAll } from '../../runtime/verify/verify.js';
import { Vm } from '../../runtime/vm.js';
import { library } from './compile.js';
import { type Followed, follow, knownOf } from './traces.js';
import { pureHosts } from './hosts.js';

const root = path.resolve(import.meta.dirname, '../..');

export interface Expected {
  readonly output: readonly string[];
  readonly failures: readonly string[];
  /** `line: code` of each error and warning. */
  readonly diagnostics: readonly string[];
  readonly main: string;
}

/** What the comments of a program ask for. */
export function expectations(text: string): Expected {
  const lines = text.split('\n');
  const all = (word: string): string[] =>
    lines.flatMap((line) => {
      const found = new RegExp(`# ${word}: (.*)$`).exec(line);
      return found === null ? [] : [found[1]!.trimEnd()];
    });
  return {
    output: all('expect'),
    failures: all('fails'),
    diagnostics: lines.flatMap((line, i) => {
      const found = /# (?:error|warning): (Q\d{4})/.exec(line);
      return found === null ? [] : [`${i + 1}: ${found[1]!}`];
    }),
    main: all('main')[0] ?? 'main',
  };
}

const sources = new Map<string, SourceFile | undefined>();

/** A file by its path under the project, read once. */
function source(file: string): SourceFile | undefined {
  if (!sources.has(file)) {
    try {
      sources.set(file, new SourceFile(file, readFileSync(path.join(root, file), 'utf8')));
    } catch {
      sources.set(file, undefined);
    }
  }
  return sources.get(file);
}

/** Modules beside the program, then the standard library. */
const finderFor = (folder: string): Finder => ({
  source: (name) => source(path.join(folder, fileOf(name))) ?? library.source(name),
  names: () => [],
  cached: () => undefined,
  keep: () => undefined,
});

export interface CompiledSpec {
  readonly text: string;
  readonly expected: Expected;
  readonly diagnostics: readonly string[];
  /** With their messages, for the report of a failing test. */
  readonly messages: readonly string[];
  readonly images: readonly ModuleImage[];
  readonly built: Built;
}

const lineOf = (d: Diagnostic): number => (d.span === undefined ? 0 : d.span.file.position(d.span.start).line + 1);

/** Compiles a program, given by its path under the project. */
export function compileSpec(file: string): CompiledSpec {
  const found = source(file);
  if (found === undefined) throw new Error(`there is no ${file}`);
  const name = path.basename(file, '.qz').replace(/[^A-Za-z0-9_]/g, '_');
  const built = build([{ name, file: found }], finderFor(path.dirname(file)));
  return {
    text: found.text,
    expected: expectations(found.text),
    diagnostics: built.diagnostics.map((d) => `${lineOf(d)}: ${d.code}`),
    messages: built.diagnostics.map((d) => `${lineOf(d)}: ${d.code} ${d.message}`),
    images: built.images,
    built,
  };
}

/** The modules as a stranger would get them: written out and read again. */
function readBack(images: readonly ModuleImage[]): readonly ModuleImage[] {
  return images.map((image) => {
    const back = decode(encode(sealed(image)));
    if (!isRight(back)) throw new Error(`${image.name} cannot be read back: ${back.left.message}`);
    return back.right;
  });
}

/** Loaded from their bytes without any word for them. */
export const fromBytes = (images: readonly ModuleImage[]): readonly VerifiedModule[] =>
  verifyAll(readBack(images), 'none');

/** The same, made when it is first asked for and once. */
export function onceFromBytes(images: readonly ModuleImage[]): () => readonly VerifiedModule[] {
  let made: readonly VerifiedModule[] | undefined;
  return () => (made ??= fromBytes(images));
}

/**
 * What the compiler made is accepted as if a stranger had made it, and so is what comes back from its text. Throws with the
 * verifier's reason.
 */
export function acceptedAsAStrangers(images: readonly ModuleImage[], file: string): void {
  verifyAll(images, 'none');
  const back = assemble(disassemble(images.at(-1)!), file);
  if (isLeft(back)) throw new Error(JSON.stringify(back.left));
  verifyAll([...images.slice(0, -1), back.right], 'none');
}

/** What the verifier said of programs of our own that it refused, since the process began. */
export const refusals: string[] = [];

/**
 * The verified modules in order; throws with the verifier's reason. Whatever a test runs comes this way, as its bytes: where the
 * compiler's word would do (`compiler`) they are judged without it first, and what is refused is noted in `refusals`.
 */
export function verifyAll(images: readonly ModuleImage[], trust: 'none' | 'compiler'): readonly VerifiedModule[] {
  const read = trust === 'compiler' ? readBack(images) : images;
  const strictly = judgeAll(read, 'none');
  if (isRight(strictly)) return strictly.right;
  const why = `${strictly.left.image.name} is refused: ${formatVerifyError(strictly.left.error)}`;
  if (trust === 'none') throw new Error(why);
  refusals.push(why);
  const judged = judgeAll(read, trust);
  if (isRight(judged)) return judged.right;
  throw new Error(`${judged.left.image.name} is refused: ${formatVerifyError(judged.left.error)}`);
}

export interface Outcome {
  readonly output: readonly string[];
  readonly failures: readonly string[];
  readonly stuck: readonly string[];
}

/** A machine on which the last module's main function was started, in virtual time. */
function machine(
  modules: readonly VerifiedModule[],
  main: string,
  engine: Tier,
  write: (text: string) => void = () => undefined,
): Vm {
  const hosts = pureHosts();
  const environment = { write, now: (): number => 0 };
  const vm = new Vm({ environment, hosts, virtualTime: true, engine });
  const loaded = modules.map((m) => vm.load(m));
  vm.spawnMain(loaded.at(-1)!, main);
  return vm;
}

/** Runs a program to its end. */
export async function runSpec(modules: readonly VerifiedModule[], main: string, engine: Tier): Promise<Outcome> {
  let written = '';
  const vm = machine(modules, main, engine, (text) => void (written += text));
  const end = await vm.runUntilIdle();
  const lines = written.split('\n');
  return {
    output: lines.at(-1) === '' ? lines.slice(0, -1) : lines,
    failures: end.failures.map((f) => f.message),
    stuck: end.stuck.map((s) => `${s.where} waits for ${s.waitsFor}`),
  };
}

/** Follows a program along what the checker says of it. */
export const followSpec = (
  modules: readonly VerifiedModule[],
  { expected, built }: Pick<CompiledSpec, 'expected' | 'built'>,
  seed: number,
  most?: number,
): Followed =>
  follow(machine(modules, expected.main, 'interpreter'), knownOf(built), { seed, ...(most !== undefined && { most }) });
