/**
 * The tests of a program, each run in a machine of its own: by itself, or under many schedules.
 * Invariant: what a test has of the system for itself is gone when it is over, however it ended.
 */
import path from 'node:path';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { endAll, runUntilOver } from '../../runtime/explore/until.js';
import type { VerifiedModule } from '../../runtime/verify/module/verified-module.js';
import { Vm } from '../../runtime/vm.js';
import type { Grant, Grants } from '../../stdlib/capabilities.js';
import { acceptedOrDefect } from '../files/bytecode.js';
import { seeded } from './determinism.js';
import type { Effects } from '../effects/effects.js';
import type { Externs } from './externs.js';
import { addExterns } from './externs.js';
import { grantsOf } from './grants.js';
import type { Outcome } from './junit.js';
import { hostsFor, loadVerified, type MachineFlags, machineOptions } from './machine.js';
import { troubles } from './test-verdict.js';

export type TestFlags = MachineFlags & { readonly seed?: number; readonly timeout: number } & Readonly<
    Record<string, unknown>
  >;

/** What the tests of one module need. */
export class TestedModule {
  /** The module and those that it may require, which come before it. */
  readonly #images: readonly ModuleImage[];
  #verified: readonly VerifiedModule[] | undefined;

  constructor(
    readonly effects: Effects,
    images: readonly ModuleImage[],
    readonly image: ModuleImage,
    readonly file: string,
    readonly flags: TestFlags,
    /** Functions of the user's own ES modules. */
    readonly externs: Externs,
  ) {
    this.#images = images.slice(0, images.indexOf(image) + 1);
  }

  get verified(): readonly VerifiedModule[] {
    return (this.#verified ??= acceptedOrDefect(this.#images, this.flags['unsafe'] === true));
  }

  temporary(): Temporary {
    const needs = this.#images.some((image) => image.hosts.some((h) => h.name === 'test::_temp_folder'));
    return new Temporary(this.effects, needs);
  }
}

/** Folders for a test alone. */
export class Temporary {
  readonly root: string | undefined;
  #made = 0;

  constructor(
    private readonly effects: Effects,
    needed: boolean,
  ) {
    this.root = needed ? effects.makeTemporary() : undefined;
  }

  readonly make = (): string => {
    const folder = path.join(this.root!, String(++this.#made));
    this.effects.makeFolder(folder);
    return folder;
  };

  /** What was granted, and the test's own folders. */
  granting(grants: Grants): Grants {
    const { root } = this;
    if (root === undefined) return grants;
    const more = (grant: Grant): Grant => (grant === true ? true : [...(grant === false ? [] : grant), root]);
    return { ...grants, read: more(grants.read), write: more(grants.write) };
  }

  /** As it was at first: the next run finds none of the folders. */
  again(): void {
    for (; this.#made > 0; this.#made--) this.effects.removeFile(path.join(this.root!, String(this.#made)));
  }

  remove(): void {
    if (this.root !== undefined) this.effects.removeFile(this.root);
  }
}

/** Runs a test by itself. */
export async function runTest(module: TestedModule, title: string): Promise<Outcome> {
  const { effects, image, flags } = module;
  const chosen = flags.seed === undefined ? undefined : seeded(flags.seed);
  const temporary = module.temporary();
  let output = '';
  const start = performance.now();
  const write = (text: string): void => void (output += text);
  const host = { randomBytes: chosen?.randomBytes, temporary: temporary.make };
  const hosts = hostsFor(effects, temporary.granting(grantsOf(flags)), write, host);
  const vm = new Vm({
    environment: { write, ...(chosen === undefined ? {} : { entropy: chosen.entropy }) },
    hosts: addExterns(hosts, module.externs),
    ...(chosen === undefined ? {} : { strategy: chosen.strategy }),
    ...machineOptions({ ...flags, virtualTime: true }),
    pacedByOutside: true,
  });
  try {
    const main = vm.spawnMain(loadVerified(vm, module.verified), `test ${title}`);
    const over = await runUntilOver(vm, main, flags.timeout * 1000);
    const complaints = troubles(vm, main, over, flags.timeout);
    return { module: image.name, title, milliseconds: performance.now() - start, output, complaints };
  } finally {
    endAll(vm);
    temporary.remove();
  }
}
