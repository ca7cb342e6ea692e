/**
 * Mutates programs of several modules and gives them to verifier and machine: `tsx tests/fuzz/module-sets.ts [count] [seed]`.
 * Judged together and judged one by one, with the rest compared when they are loaded, they are accepted or refused alike; what
 * is accepted runs, beside the program it was made from and with a host that lies, and after each instruction every slot of the
 * running frame holds a value of the type that the verifier knows there; what functions give is of the type they declare.
 */
import { isLeft, isRight, right } from 'fp-ts/lib/Either.js';
import { decode } from '../../runtime/bytecode/decode.js';
import { disassemble } from '../../runtime/bytecode/disassemble.js';
import { encode, sealed } from '../../runtime/bytecode/encode.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { type HostFunction, HostRegistry } from '../../runtime/host/registry.js';
import { DONE, type Thread } from '../../runtime/process/thread.js';
import { picker } from '../../runtime/scheduler/strategy.js';
import { list } from '../../runtime/values/list.js';
import { show } from '../../runtime/values/show.js';
import { Exn, type Value } from '../../runtime/values/value.js';
import { formatVerifyError, nothing, verify, verifyAll } from '../../runtime/verify/verify.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { Vm } from '../../runtime/vm.js';
import { pureModules } from '../../stdlib/pure.js';
import { moduleSets } from '../support/module-sets.js';
import { watch } from '../support/oracle.js';
import { type Below, mutatedSet } from './set-mutations.js';

export interface SetTally {
  undecodable: number;
  refused: number;
  /** Refused only when they were loaded. */
  unloadable: number;
  accepted: number;
  /** Of the accepted, those whose modules are not all what they were made from. */
  changed: number;
  instructions: number;
  /** Longest time of one set in milliseconds. */
  slowest: number;
}

const STEPS = 4000;

/** Functions that give back anything they ever were given, or values of their own, whatever they are said to give. */
function liars(below: Below): Readonly<Record<string, HostFunction>> {
  const kept: Value[] = [1, 'x', true, undefined, list([1]), list(['y'])];
  const lie: HostFunction = (...args: Value[]) => {
    kept.push(...args);
    return below(2) === 0 && args.length > 0 ? args[below(args.length)] : kept[below(kept.length)];
  };
  return Object.fromEntries(['get', 'pick', 'box', 'number', 'any'].map((name) => [name, lie]));
}

function machine(images: readonly ModuleImage[], below: Below): Vm {
  const hosts = new HostRegistry();
  for (const [name, functions] of Object.entries(pureModules)) hosts.add(name, functions);
  const lies = liars(below);
  for (const { name } of images) if (!(name in pureModules) && name !== 'std') hosts.add(name, lies);
  return new Vm({
    hosts,
    virtualTime: true,
    engine: 'interpreter',
    environment: { write: () => undefined, now: () => 0 },
  });
}

/** Why a module cannot be loaded; undefined if all can. */
function loading(vm: Vm, modules: readonly VerifiedModule[]): string | undefined {
  try {
    for (const m of modules) vm.load(m);
    return undefined;
  } catch (e) {
    return e instanceof Error ? e.message : String(e);
  }
}

/** Is a result of the type that the function declares, as far as one look tells? */
function plausible(type: string, v: Value): boolean {
  if (type.endsWith('-> int')) return Number.isSafeInteger(v);
  return type.endsWith('-> string') ? typeof v === 'string' : type.endsWith('-> exn') ? v instanceof Exn : true;
}

/**
 * Runs what can be run without arguments, then hands exceptions of all modules to whatever takes one: those of another version of
 * a module as well, of which nothing can be read.
 */
function run(vm: Vm, modules: readonly VerifiedModule[], fail: (why: string) => never): number {
  let instructions = 0;
  const go = (start: () => Thread): Thread => {
    const t = start();
    t.noticed = true;
    const seen = watch(vm, STEPS);
    instructions += seen.instructions;
    if (seen.wrong !== undefined) fail(`the verifier was wrong: ${seen.wrong}`);
    for (const other of [...vm.scheduler.threads]) vm.scheduler.kill(other);
    vm.scheduler.halted = false;
    return t;
  };
  const exceptions: Value[] = [];
  const loaded = modules.map((m) => vm.module(m.image.name, m.hash)!);
  for (const m of loaded)
    for (const f of m.image.functions) {
      if (!f.exported || f.params.length > 0) continue;
      const t = go(() => vm.spawn(m, f.name));
      if (t.status === DONE && !plausible(f.type, t.result)) fail(`${m.image.name}::${f.name} gave ${show(t.result)}`);
      if (t.status === DONE && /-> exn$/.test(f.type)) exceptions.push(t.result);
    }
  for (const m of loaded)
    for (const f of m.image.functions)
      if (f.exported && f.params.length === 1 && f.params[0]!.type === 'exn')
        for (const made of exceptions) {
          const t = go(() => vm.spawn(m, f.name, [made]));
          if (t.status === DONE && !plausible(f.type, t.result))
            fail(`${m.image.name}::${f.name} gave ${show(t.result)}`);
        }
  return instructions;
}

/** Throws if anything but a verdict comes out, the ways to judge differ, or what was accepted breaks. */
export function fuzzSets(count: number, seed: number, limit = 4000): SetTally {
  const sets = moduleSets().map((set) => ({ set, hashes: set.map((m) => sealed(m).hash) }));
  const tally: SetTally = {
    undecodable: 0,
    refused: 0,
    unloadable: 0,
    accepted: 0,
    changed: 0,
    instructions: 0,
    slowest: 0,
  };
  for (let i = 0; i < count; i++) {
    const below = picker(seed * 1_000_003 + i);
    const { set, hashes } = sets[below(sets.length)]!;
    let made: readonly ModuleImage[] = set;
    for (let n = 1 + below(3) * below(2); n > 0; n--) made = mutatedSet(made, hashes, below);
    const start = process.cpuUsage();
    one(made, set, hashes, below, tally, (why) => {
      const texts = made.filter((m) => m.name !== 'std').map((m) => disassemble(m));
      throw new Error(`set ${i} of seed ${seed}: ${why}\n\n${texts.join('\n\n')}`);
    });
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    tally.slowest = Math.max(tally.slowest, took);
    if (took > limit) throw new Error(`set ${i} of seed ${seed} took ${took.toFixed(0)} ms`);
  }
  return tally;
}

function one(
  made: readonly ModuleImage[],
  from: readonly ModuleImage[],
  hashes: readonly string[],
  below: Below,
  tally: SetTally,
  fail: (why: string) => never,
): void {
  const images: ModuleImage[] = [];
  for (const m of made) {
    const back = decode(encode(m));
    if (isLeft(back)) return void tally.undecodable++;
    images.push(back.right);
  }
  const together = verifyAll(images, 'none');
  const alone: VerifiedModule[] = [];
  let why: string | undefined;
  for (const m of images) {
    const judged = verify(m, { module: nothing });
    if (isRight(judged)) alone.push(judged.right);
    else why ??= formatVerifyError(judged.left);
  }
  if (isLeft(together) && formatVerifyError(together.left.error) === '') fail('refused without a word');
  const refusedThen = isLeft(together)
    ? formatVerifyError(together.left.error)
    : loading(machine(images, below), together.right);
  const refusedNow = why ?? loading(machine(images, below), alone);
  if ((refusedThen === undefined) !== (refusedNow === undefined))
    fail(`together: ${refusedThen ?? 'accepted'}; one by one: ${refusedNow ?? 'accepted'}`);
  if (isLeft(together)) return void tally.refused++;
  if (refusedThen !== undefined) return void tally.unloadable++;
  tally.accepted++;
  if (images.some((m) => !hashes.includes(m.hash))) tally.changed++;
  // What did not change is run now and then for the sake of the host that lies.
  else if (below(6) > 0) return;
  const first = below(3) === 0 ? verifyAll(from, 'none') : right([]);
  const both = [...(isRight(first) ? first.right : []), ...together.right];
  const vm = machine(made, below);
  // What is loaded keeps what it was made from: the same bytes cannot stand on something else as well.
  if (loading(vm, both) !== undefined) return;
  try {
    tally.instructions += run(vm, both, fail);
  } catch (e) {
    if (e instanceof Error && e.message.startsWith('set ')) throw e;
    fail(`accepted, and the machine throws ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`);
  }
}

if (process.argv[1] === import.meta.filename) {
  const [count = '100000', seed = '1'] = process.argv.slice(2);
  const start = performance.now();
  const tally = fuzzSets(Number(count), Number(seed));
  console.log(
    JSON.stringify({ count: Number(count), seed: Number(seed), ...tally, seconds: (performance.now() - start) / 1000 }),
  );
}
