/**
 * Mutates the bytes of good modules and gives them to the loader: `npx tsx tests/fuzz/modules.ts [count] [seed] [folder]`;
 * with a folder, such as `examples/protocols`, the modules are what the compiler makes of the programs in it.
 * Decoding and verifying must always answer, and soon; what is accepted must come back from its text and bytes.
 * The bytes are changed below the content hash, which is then made right, so that the verifier has work to do.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { assemble } from '../../runtime/bytecode/assemble.js';
import { decode } from '../../runtime/bytecode/decode.js';
import { disassemble } from '../../runtime/bytecode/disassemble.js';
import { ROWS } from '../../runtime/bytecode/isa.js';
import { encode, FORMAT_VERSION, HASH_BYTES } from '../../runtime/bytecode/encode.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { HostRegistry } from '../../runtime/host/registry.js';
import { formatVerifyError, nothing, verify } from '../../runtime/verify/verify.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { Vm } from '../../runtime/vm.js';
import { generator } from '../../runtime/scheduler/strategy.js';
import { pureModules } from '../../stdlib/pure.js';
import { compileText } from '../support/compile.js';
import { GOOD } from '../support/good-modules.js';
import { CORRECTED } from '../support/listing.js';
import { watch } from '../support/oracle.js';

const corpus = path.resolve(import.meta.dirname, '../bytecode');

/** Modules to start from: the listing and the corpus of bad ones, whose faults are near interesting code. */
export function seeds(): ModuleImage[] {
  const texts = readdirSync(corpus)
    .filter((f) => f.endsWith('.qza'))
    .map((f) => readFileSync(path.join(corpus, f), 'utf8'));
  return [CORRECTED, ...GOOD, ...texts].flatMap((t) => {
    const image = assemble(t, 'seed.qza');
    return isRight(image) ? [image.right] : [];
  });
}

/** What the compiler makes of the programs of a folder, without what only compilers and debuggers read. */
export function compiledSeeds(from: string): ModuleImage[] {
  const programs = readdirSync(from).filter((f) => f.endsWith('.qz'));
  return programs.flatMap((f) => {
    const { images } = compileText(readFileSync(path.join(from, f), 'utf8'), {
      name: f.slice(0, -3).replaceAll('-', '_'),
    });
    return images.slice(-1).map((image) => ({
      ...image,
      interface: '',
      functions: image.functions.map((x) => ({ ...x, source: [], slotNames: [] })),
    }));
  });
}

export interface Tally {
  undecodable: number;
  refused: number;
  accepted: number;
  /** Longest time of one module in milliseconds. */
  slowest: number;
}

function pureHosts(): HostRegistry {
  const hosts = new HostRegistry();
  for (const [name, functions] of Object.entries(pureModules)) hosts.add(name, functions);
  return hosts;
}

/**
 * Loads a verified module and runs what it exports for a while, every slot compared with what the verifier knows of it; an
 * exception here is a hole in the verifier.
 */
function execute(module: VerifiedModule): void {
  const vm = new Vm({ hosts: pureHosts(), virtualTime: true, environment: { write: () => undefined, now: () => 0 } });
  // A module may name another that is not there, and its initialiser may fail: both are said when it is loaded.
  if (module.image.callees.some((c) => c.kind === 'import') || module.image.initialiser >= 0) return;
  const instance = vm.load(module);
  for (const f of module.image.functions)
    if (f.exported && f.params.length === 0) {
      vm.spawn(instance, f.name);
      const { wrong } = watch(vm, 3000);
      if (wrong !== undefined) throw new Error(wrong);
    }
}

/** The hash follows the magic of four bytes and the version, of which each byte holds seven bits. */
const HASH_AT = 4 + Math.ceil(FORMAT_VERSION.toString(2).length / 7);

function mutated(bytes: Uint8Array, next: () => number): Uint8Array {
  let out = Uint8Array.from(bytes);
  const low = HASH_AT + HASH_BYTES;
  const pick = (n: number): number => Math.floor(next() * n);
  for (let n = 1 + pick(4); n > 0; n--) {
    const at = low + pick(Math.max(1, out.length - low));
    switch (pick(5)) {
      case 0:
        out[at] = pick(256);
        break;
      case 1:
        out[at] = out[at]! ^ (1 << pick(8));
        break;
      case 2:
        out[at] = pick(100);
        break;
      case 3: {
        // A run of bytes moves: instructions change places.
        const run = out.slice(at, at + 1 + pick(6));
        out.set(run, Math.min(low + pick(out.length - low), out.length - run.length));
        break;
      }
      default: {
        const cut = pick(3);
        out = Uint8Array.from([...out.subarray(0, at), ...out.subarray(Math.min(out.length, at + cut))]);
      }
    }
  }
  // Sometimes the hash is left wrong, to try that as well.
  if (pick(20) > 0) out.set(sha256(out.subarray(low)), HASH_AT);
  return out;
}

/** Changes words of code, tables and texts, so that most mutants decode. */
function rewritten(image: ModuleImage, next: () => number): ModuleImage {
  const pick = (n: number): number => Math.floor(next() * n);
  const functions = [...image.functions];
  for (let n = 1 + pick(3); n > 0; n--) {
    const i = pick(functions.length);
    const f = functions[i];
    if (f === undefined) break;
    const code = Int32Array.from(f.code);
    const at = pick(Math.max(1, code.length));
    switch (pick(6)) {
      case 0:
        code[at] = pick(ROWS.length);
        break;
      case 1:
        code[at] = pick(4);
        break;
      case 2:
        code[at] = pick(code.length + 2);
        break;
      case 3:
        code.copyWithin(pick(code.length), at, at + 1 + pick(4));
        break;
      case 4: {
        const other = functions[pick(functions.length)]!;
        functions[i] = { ...f, type: other.type, params: pick(2) === 0 ? f.params : other.params };
        continue;
      }
      default: {
        const cut = pick(f.type.length + 1);
        functions[i] = { ...f, type: f.type.slice(0, cut) + f.type.slice(cut + 1 + pick(3)), locals: pick(4) };
        continue;
      }
    }
    functions[i] = { ...f, code };
  }
  return { ...image, functions };
}

/** Throws if anything but a verdict comes out, or one module takes longer than `limit` milliseconds of the processor. */
export function fuzz(count: number, seed: number, images = seeds(), limit = 2000): Tally {
  const next = generator(seed);
  const good = images.map((image) => encode(image));
  const tally: Tally = { undecodable: 0, refused: 0, accepted: 0, slowest: 0 };
  for (let i = 0; i < count; i++) {
    const from = Math.floor(next() * good.length);
    const bytes = next() < 0.5 ? mutated(good[from]!, next) : encode(rewritten(images[from]!, next));
    const start = process.cpuUsage();
    const image = decode(bytes);
    if (isLeft(image)) tally.undecodable++;
    else {
      const verdict = verify(image.right, { module: nothing });
      if (isLeft(verdict)) {
        tally.refused++;
        if (formatVerifyError(verdict.left) === '')
          throw new Error(`module ${i} of seed ${seed} is refused without a word`);
      } else {
        tally.accepted++;
        const back = assemble(disassemble(verdict.right.image), 'back.qza');
        if (isLeft(back) || isLeft(verify(back.right, { module: nothing })))
          throw new Error(`module ${i} of seed ${seed} does not come back`);
        try {
          // What it requires is judged when it is loaded beside it.
          if (verdict.right.image.requires.length === 0) execute(verdict.right);
        } catch (error) {
          throw new Error(`module ${i} of seed ${seed} was accepted and fails:\n${disassemble(verdict.right.image)}`, {
            cause: error,
          });
        }
      }
    }
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    tally.slowest = Math.max(tally.slowest, took);
    if (took > limit) throw new Error(`module ${i} of seed ${seed} took ${took.toFixed(0)} ms`);
  }
  return tally;
}

if (process.argv[1] === import.meta.filename) {
  const [count = '100000', seed = '1', folder] = process.argv.slice(2);
  const start = performance.now();
  const compiled = folder === undefined ? undefined : compiledSeeds(folder);
  const tally = fuzz(Number(count), Number(seed), compiled);
  console.log(
    JSON.stringify({ count: Number(count), seed: Number(seed), ...tally, seconds: (performance.now() - start) / 1000 }),
  );
}
