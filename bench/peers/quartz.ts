/**
 * The bench programs in Quartz: each run in a machine of its own. Reads names, answers with milliseconds.
 * `--images FOLDER` says where they are (`bench/images.ts`); `--engine interpreter` or `compiled` runs all of it in one engine,
 * which otherwise the machine chooses.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isLeft } from 'fp-ts/lib/Either.js';
import { decode } from '../../runtime/bytecode/decode.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { verifyAll } from '../../runtime/verify/verify.js';
import { Vm } from '../../runtime/vm.js';
import { clock } from './clock.js';

const folder = process.argv[process.argv.indexOf('--images') + 1]!;
const engine = (['interpreter', 'compiled'] as const).find((e) => process.argv.includes(e)) ?? 'auto';
const known = new Map<string, readonly VerifiedModule[]>();

function modulesOf(name: string): readonly VerifiedModule[] {
  const found = known.get(name);
  if (found !== undefined) return found;
  const files = readdirSync(path.join(folder, name));
  const images = files.map((_, i) => {
    const image = decode(readFileSync(path.join(folder, name, `${i}.qzb`)));
    if (isLeft(image)) throw new Error(`${name}: ${image.left.message}`);
    return image.right;
  });
  const judged = verifyAll(images, 'compiler');
  if (isLeft(judged)) throw new Error(`${name}: ${judged.left.error.message}`);
  known.set(name, judged.right);
  return judged.right;
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
