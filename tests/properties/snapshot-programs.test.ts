/**
 * Session programs that are saved and restored between any two instructions: what they write, how threads fail and who is
 * left waiting are as if nothing had happened. Also in the middle of making a group, and between a loss and its consequences.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { HostRegistry } from '../../runtime/host/registry.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { Vm, type VmOptions } from '../../runtime/vm.js';
import { pureModules } from '../../stdlib/pure.js';
import { compileOne, root } from '../support/compile.js';
import { fromBytes } from '../support/spec.js';

interface Outcome {
  readonly output: string;
  readonly failures: readonly string[];
  readonly stuck: readonly string[];
}

/** Instructions of the longest run. */
const LONGEST = 5_000;
/** Most times that one run is saved. */
const SAVED = 120;

function optionsFor(write: (text: string) => void): VmOptions {
  const hosts = new HostRegistry();
  for (const [name, functions] of Object.entries(pureModules)) hosts.add(name, functions);
  return { environment: { write, now: () => 0, entropy: () => 0.3 }, hosts, virtualTime: true, engine: 'interpreter' };
}

/** Runs a program, saving and restoring it whenever so many instructions were executed; gives how many there were. */
function run(modules: readonly VerifiedModule[], every: number): Outcome & { readonly length: number } {
  let output = '';
  const options = optionsFor((text) => void (output += text));
  let vm = new Vm(options);
  for (const m of modules) vm.load(m);
  vm.spawnMain(vm.modules.at(-1)!);
  let length = 0;
  while (length < LONGEST) {
    const left = vm.run(every);
    length += every - left;
    if (left > 0 && !vm.scheduler.advance()) break;
    if (every === LONGEST) continue;
    const again = [...modules];
    vm = Vm.restore(vm.snapshot(), () => again.shift()!, options);
  }
  const { failures, stuck } = vm.end();
  return { output, failures: failures.map((f) => f.message), stuck: stuck.map((s) => s.where), length };
}

const programs = ['tests/spec/sessions', 'tests/spec/pools'].flatMap((folder) =>
  readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.qz'))
    .sort()
    .flatMap((name) => {
      const built = compileOne(readFileSync(path.join(root, folder, name), 'utf8'));
      return built.diagnostics.some(isError) ? [] : [{ name, modules: fromBytes(built.images) }];
    }),
);

describe('a program that is saved and restored all the time', () => {
  it.each(programs)('$name', ({ modules }) => {
    const { length, ...expected } = run(modules, LONGEST);
    if (length >= LONGEST) return;
    expect(run(modules, Math.ceil(length / SAVED))).toMatchObject(expected);
  });
});
