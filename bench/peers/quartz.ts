/**
 * The bench programs in Quartz: compiled once, each run in a machine of its own. Reads names, answers with milliseconds.
 * `--engine interpreter` or `compiled` runs all of it in one engine, which otherwise the machine chooses.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isLeft } from 'fp-ts/lib/Either.js';
import { build } from '../../compiler/modules/build.js';
import { tableFinder } from '../../compiler/modules/finder.js';
import { SourceFile } from '../../compiler/source/source.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import type { VerifiedModule } from '../../runtime/verify/verified-module.js';
import { verify } from '../../runtime/verify/verify.js';
import { Vm } from '../../runtime/vm.js';
import { clock } from './clock.js';

const root = path.resolve(import.meta.dirname, '../../..');
const source = (file: string): SourceFile => new SourceFile(file, readFileSync(path.join(root, file), 'utf8'));
const std = source('stdlib/std.qz');
const engine = (['interpreter', 'compiled'] as const).find((e) => process.argv.includes(e)) ?? 'auto';
const compiled = new Map<string, readonly VerifiedModule[]>();

function modulesOf(name: string): readonly VerifiedModule[] {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  const file = source(`bench/programs/${name}.qz`);
  const built = build([{ name: 'program', file }], tableFinder({ program: file, std }));
  const images = new Map<string, ModuleImage>();
  const made = built.images.map((image) => {
    const judged = verify(image, { module: (n) => images.get(n), trust: 'compiler' });
    if (isLeft(judged)) throw new Error(`${name}: ${judged.left.message}`);
    images.set(image.name, judged.right.image);
    return judged.right;
  });
  if (made.length === 0)
    throw new Error(`${name} does not compile: ${built.diagnostics.map((d) => d.message).join('; ')}`);
  compiled.set(name, made);
  return made;
}

for await (const name of createInterface({ input: process.stdin })) {
  const modules = modulesOf(name);
  globalThis.gc?.();
  const vm = new Vm({ engine });
  const entry = modules.map((module) => vm.load(module)).at(-1)!;
  const start = clock();
  vm.spawnMain(entry);
  const end = await vm.runUntilIdle();
  const time = clock() - start;
  if (end.failures.length > 0) throw new Error(`${name}: ${end.failures[0]!.message}`);
  process.stdout.write(`${time}\n`);
}
