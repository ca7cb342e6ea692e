/**
 * Snapshots that somebody has changed and given a right checksum, and what becomes of them.
 * Invariant: what is told apart is what matters: refused in words, a program that goes on, or a defect of the machine.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { SnapshotError } from '../../runtime/snapshot/graph.js';
import { CHECKSUM } from '../../runtime/snapshot/write.js';
import { Vm, type VmOptions } from '../../runtime/vm.js';
import { HostRegistry } from '../../runtime/host/registry.js';
import { pureModules } from '../../stdlib/pure.js';
import { compileText } from './compile.js';
import { verifyAll } from './spec.js';

/** Before the checksum: magic and version. */
const HEAD = 5;

const optionsFor = (write: (text: string) => void): VmOptions => {
  const hosts = new HostRegistry();
  for (const [name, functions] of Object.entries(pureModules)) hosts.add(name, functions);
  return { environment: { write, now: () => 0, entropy: () => 0.3 }, hosts, virtualTime: true, engine: 'interpreter' };
};

/** With the checksum of what they are now. */
export const sealed = (bytes: Uint8Array): Uint8Array => {
  bytes.set(sha256(bytes.subarray(HEAD + CHECKSUM)), HEAD);
  return bytes;
};

export interface Saved {
  readonly bytes: Uint8Array;
  readonly modules: readonly VerifiedModule[];
}

/** Where the modules end: what lies before, the verifier judges. */
export function afterModules({ bytes, modules }: Saved): number {
  // A number is written in groups of seven bits.
  let at = HEAD + CHECKSUM;
  const uint = (): number => {
    for (let n = 0, shift = 0; ; shift += 7) {
      const b = bytes[at++]!;
      n += (b & 0x7f) * 2 ** shift;
      if (b < 0x80) return n;
    }
  };
  uint();
  for (let i = 0; i < modules.length; i++) {
    const length = uint();
    at += length;
  }
  return at;
}

export function savedAfter(text: string, steps: readonly number[]): Saved[] {
  const modules = verifyAll(compileText(text).images, 'compiler');
  return steps.map((n) => {
    const vm = new Vm(optionsFor(() => undefined));
    for (const m of modules) vm.load(m);
    vm.spawnMain(vm.modules.at(-1)!);
    vm.run(n);
    return { bytes: vm.snapshot(), modules };
  });
}

/** `refused`, `goes on`, or what the machine did that it never may. The modules are as they were. */
export function outcomeOf(bytes: Uint8Array, modules: readonly VerifiedModule[], steps: number): string {
  let out = '';
  const options = optionsFor((text) => void (out += text));
  const left = [...modules];
  try {
    const vm = Vm.restore(bytes, () => left.shift()!, options);
    for (let n = steps; n > 0; n -= 200) {
      if (vm.scheduler.head === null && !vm.scheduler.advance()) break;
      vm.run(200);
    }
    const failed = vm.end().failures.find((f) => /the machine failed/.test(f.message));
    if (failed !== undefined) return failed.message;
    return /\[object|undefined|<end>/.test(out) ? `prints ${out}` : 'goes on';
  } catch (e) {
    if (e instanceof SnapshotError) return 'refused';
    return `${(e as Error).constructor.name}: ${(e as Error).message}`;
  }
}
