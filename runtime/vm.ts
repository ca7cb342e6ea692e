/**
 * One virtual machine: modules, threads, a scheduler, an outside world. Any number live in one process and share nothing
 * but names and optimised code.
 * Invariant: only verified modules are loaded; `run`, `runReady` and `runUntilIdle` are never entered while running.
 */
import { sealed } from './bytecode/encode.js';
import { describeFailure, failureOf } from './engine/trace.js';
import type { Failure } from './engine/trace.js';
import { instantiate } from './engine/load.js';
import type { Fn, Instance, Tier } from './engine/function.js';
import { tiers } from './engine/driver.js';
import { argumentsOf } from './embedding/arguments.js';
import './engine/jit/install.js';
import { startWith } from './engine/spawning.js';
import { Judge } from './judge/frames.js';
import { judgeHead } from './judge/taking.js';
import { HostRegistry } from './host/registry.js';
import { standardFunctions } from './host/standard.js';
import { threadFunctions } from './host/threads.js';
import type { ThreadEvents } from './process/home.js';
import { isShared } from './process/leaving.js';
import type { End } from './process/link.js';
import { letGoAll } from './process/owned.js';
import { DONE, FAILED, extraOfThread, referenceTo } from './process/thread.js';
import type { Reference, Thread } from './process/thread.js';
import type { Outside } from './record/outside.js';
import { leftOf } from './scheduler/left.js';
import { Pace } from './scheduler/pace.js';
import { Spending } from './scheduler/limits.js';
import { Scheduler } from './scheduler/scheduler.js';
import type { ProgramEnd, VmOptions } from './vm-options.js';
import { TURN, breathe, runTurn } from './scheduler/turn.js';
import { readSnapshot } from './snapshot/read.js';
import { writeSnapshot } from './snapshot/write.js';
import { list } from './values/list.js';
import type { Exn, Value } from './values/value.js';
import type { VerifiedModule } from './verify/module/verified-module.js';

export type { ProgramEnd, VmOptions };

/** What went wrong while a module was made ready, and where that stands: the innermost place that is known. */
function whyFailed(e: Exn): string {
  const { message, trace } = describeFailure(e);
  const [place] = trace;
  return place === undefined ? message : `${message}\n  in ${place}`;
}

/** Milliseconds since 1970 by a clock that never goes back: the system's may be set while a program waits. */
const started = Date.now() - performance.now();
const steadyClock = (): number => started + performance.now();

const defaultSleep = (milliseconds: number, wake: () => void): (() => void) => {
  const handle = setTimeout(wake, Math.min(milliseconds, 0x7fffffff));
  return () => clearTimeout(handle);
};

export class Vm {
  readonly scheduler: Scheduler;
  readonly hosts: HostRegistry;
  readonly #modules: Instance[] = [];
  /** The environment's, which no recording hears of. */
  readonly #clock: () => number;
  readonly #sleep: NonNullable<NonNullable<VmOptions['environment']>['sleep']>;
  readonly #tier: Tier;
  readonly #constants: number;
  readonly #outside: Outside | null;
  #wake: (() => void) | null = null;
  #judge: Judge | null = null;
  readonly #pace: Pace | null;
  /** Hears that a message from outside was refused, before its link is lost. */
  onRefused: ((end: End, why: string) => void) | null = null;

  constructor(options: VmOptions = {}) {
    const given = options.environment ?? {};
    const { limits = {} } = options;
    const spending = Object.values(limits).some((limit) => limit !== undefined) ? new Spending(limits) : null;
    const write = given.write ?? ((): void => undefined);
    const environment = {
      write:
        spending === null
          ? write
          : (text: string): void => {
              spending.wrote(text.length);
              write(text);
            },
      now: given.now ?? steadyClock,
      ...(given.entropy === undefined ? {} : { entropy: given.entropy }),
    };
    this.#sleep = given.sleep ?? defaultSleep;
    this.#clock = environment.now;
    const outside = options.outside ?? null;
    this.#outside = outside;
    this.scheduler = new Scheduler(
      outside === null ? environment : outside.environment(environment),
      options.args ?? [],
      options.quantum ?? 4000,
      options.virtualTime ?? false,
    );
    this.scheduler.spending = spending;
    const heap = Math.min(options.threadHeap ?? Infinity, limits.values ?? Infinity);
    this.scheduler.threadHeap = heap === Infinity ? 0 : heap;
    this.scheduler.mailboxLimit = options.mailboxLimit ?? limits.messages ?? 0;
    this.scheduler.strategy = options.strategy ?? null;
    if (outside !== null) {
      this.scheduler.strategy = outside.strategy(this.scheduler.strategy);
      outside.attach(this.scheduler);
    }
    this.#tier = options.engine ?? 'auto';
    this.#constants = options.constants ?? 100_000_000;
    this.hosts = options.hosts ?? new HostRegistry();
    this.hosts.addMachine(standardFunctions).addMachine(threadFunctions);
    const paced = options.pacedByOutside === true && options.virtualTime === true;
    this.#pace = paced ? new Pace(this.scheduler, (call) => this.hosts.touchesOutside(call)) : null;
    if (this.#pace !== null) this.scheduler.holdsTime = (): boolean => this.#pace!.holds();
    this.scheduler.onAnswer = (): void => {
      this.#pace?.heard();
      this.#wake?.();
    };
    this.scheduler.onOutside = (t, e): void => {
      this.scheduler.afterSlice.push(() => judgeHead(this.judge, t, e, (end, why) => this.onRefused?.(end, why)));
    };
  }

  /** Told when a thread fails and nobody in the program learns of it, or `main` does; null stops listening. */
  set onFailure(told: ((failure: Failure) => void) | null) {
    this.scheduler.onFailure = told === null ? null : (t): void => told(failureOf(t));
  }
  /** Listens to what happens; null stops listening. */
  set events(events: ThreadEvents | null) {
    this.scheduler.events = events;
  }

  /**
   * Loads a module and runs its initialiser. Throws if something it requires is missing or not what it says, if the same module
   * is loaded already with others below it, or if the initialiser fails. `outside`: it is initialised with the rights of a thread
   * from another node.
   */
  load(verified: VerifiedModule, outside = false): Instance {
    const image = verified.image.hash === '' ? sealed(verified.image) : verified.image;
    const existing = this.module(image.name, image.hash);
    if (existing !== undefined) {
      for (const [name, hash] of verified.closure)
        if (existing.closure.has(name) && existing.closure.get(name) !== hash)
          throw new Error(`module ${image.name} is loaded already, with another module ${name} below it`);
      return existing;
    }
    const made = this.#place(verified);
    const most = verified.made === 'here' ? Number.POSITIVE_INFINITY : this.#constants;
    try {
      if (made.image.initialiser >= 0) this.#initialise(made, made.functions[made.image.initialiser]!, outside, most);
    } catch (e) {
      this.#modules.splice(this.#modules.indexOf(made), 1);
      throw e;
    }
    return made;
  }
  /** Loads without initialising. */
  #place(verified: VerifiedModule): Instance {
    const image = verified.image.hash === '' ? sealed(verified.image) : verified.image;
    const made = instantiate(image, image.hash, {
      host: (h, from) => this.#outside?.callable(h, this.hosts, from) ?? this.hosts.callable(h, from),
      // A name means the module that this one was judged beside.
      module: (name, hash) => this.module(name, hash === '' ? (verified.closure.get(name) ?? '') : hash),
    });
    made.tier = this.#tier;
    made.metered = this.scheduler.threadHeap > 0;
    if (made.tier === 'compiled') tiers.heatUp(made);
    this.#modules.push(made);
    return made;
  }
  #initialise(module: Instance, fn: Fn, outside: boolean, most: number): void {
    const t = this.scheduler.newThread();
    if (outside) extraOfThread(t).outside = true;
    startWith(t, fn, []);
    t.noticed = true;
    while (
      t.status < DONE &&
      t.waiting === null &&
      this.scheduler.head !== null &&
      !this.scheduler.halted &&
      t.reductions < most
    )
      this.scheduler.slice(this.scheduler.quantum);
    if (t.status === DONE) {
      // Every thread reads a constant, so a variable in it would be shared.
      const shared = module.globals.find((g) => isShared(g.value));
      if (shared === undefined) return;
      throw new Error(`initialising module ${module.image.name} failed: ${shared.name} holds a captured variable`);
    }
    const late = t.status < DONE && t.waiting === null;
    const why = t.status === FAILED ? whyFailed(t.result as Exn) : late ? 'it goes on and on' : 'it waits';
    this.scheduler.kill(t);
    throw new Error(`initialising module ${module.image.name} failed: ${why}`);
  }

  /** Judges what was not made here by what the verifier knows of the modules that are loaded. */
  get judge(): Judge {
    return (this.#judge ??= new Judge(() => this.#modules));
  }

  /** All modules, in the order they were loaded. */
  get modules(): readonly Instance[] {
    return this.#modules;
  }
  /** The module loaded last under this name (and hash, if given). */
  module(name: string, hash = ''): Instance | undefined {
    return this.#modules.findLast((m) => m.image.name === name && (hash === '' || m.hash === hash));
  }

  /**
   * Starts an exported function or session on a new thread. Arguments are values of the machine, or of the host's, which are
   * converted by the types of the parameters. Throws if there is none, the count of arguments differs or one is of another type.
   */
  spawn(module: Instance, name: string, args: readonly unknown[] = []): Thread {
    const fn = module.exported(name);
    if (fn === undefined) throw new Error(`module ${module.image.name} exports no ${name}`);
    if (fn.arity !== args.length) throw new Error(`${name} takes ${fn.arity} arguments, not ${args.length}`);
    const values = argumentsOf(fn, args, this.judge.modules);
    const t = this.scheduler.newThread();
    startWith(t, fn, values);
    return t;
  }
  /** As `spawn`; the program's exit code is about this thread. `main(args)` gets the command line. */
  spawnMain(module: Instance, name = 'main'): Thread {
    const fn = module.exported(name);
    const args = fn?.arity === 1 ? [this.commandLine()] : [];
    const main = this.spawn(module, name, args);
    this.scheduler.main = main;
    main.noticed = true;
    return main;
  }
  /** The command line as a list of strings. */
  commandLine(): Value {
    return list(this.scheduler.args);
  }
  referenceTo(t: Thread): Reference {
    return referenceTo(t);
  }

  /** Executes exactly n instructions in the interpreter (fewer if nothing is ready); gives how many were left over. */
  run(n: number): number {
    this.#outside?.arrive();
    this.scheduler.fireTimers();
    return this.scheduler.runInstructions(n);
  }

  /** Runs until nothing is ready; with virtual time also through every timer. */
  runReady(): void {
    this.turn(Number.POSITIVE_INFINITY);
  }
  /**
   * Runs for so many milliseconds, or until there is nothing left but to wait for the outside; gives whether that is so. `atRest`:
   * on the event loop's own stack.
   */
  turn(milliseconds: number, atRest = false): boolean {
    return runTurn(this.scheduler, milliseconds, () => this.#outside?.arrive(), atRest);
  }

  /**
   * Runs until every thread has ended or waits for what cannot come, sleeping between events. The host's event loop gets its
   * turn every few milliseconds, also while threads are busy.
   */
  async runUntilIdle(): Promise<ProgramEnd> {
    // The first turn is on the caller's stack, the others are on the event loop's.
    for (let atRest = false; ; atRest = true) {
      for (; !this.turn(TURN, atRest); atRest = true) await breathe();
      if (this.scheduler.halted) break;
      const at = this.scheduler.timers.nextAt();
      if (at === undefined && this.scheduler.outstanding === 0) break;
      await this.#untilSomething(at);
    }
    const end = this.end();
    // What a halted program listened on, or was connected to, is nobody's any more. What the host answers then is in no log.
    if (this.scheduler.halted && this.#outside === null) for (const t of this.scheduler.threads) letGoAll(t, null);
    return end;
  }

  /** Ends the program from outside, between two slices: `runUntilIdle` comes to its end, with this exit code. */
  interrupt(exitCode: number): void {
    this.#outside?.interrupted(exitCode);
    this.scheduler.exitCode = exitCode;
    this.scheduler.halted = true;
    this.#wake?.();
  }

  /** Waits for the next timer, or until the host has answered. */
  something(): Promise<void> {
    return this.#untilSomething(this.scheduler.timers.nextAt());
  }
  async #untilSomething(at: number | undefined): Promise<void> {
    if (this.#outside?.replays === true) return this.#outside.wait();
    // How long to sleep is nothing that the program sees: a recording must not hold it, since a replay does not sleep.
    const delay = at === undefined ? undefined : (this.#pace?.delay(at) ?? Math.max(0, at - this.#clock()));
    const since = performance.now();
    await new Promise<void>((resolve) => {
      let cancel = (): void => undefined;
      const wake = (): void => {
        this.#wake = null;
        cancel();
        resolve();
      };
      this.#wake = wake;
      if (delay !== undefined) cancel = this.#sleep(delay, wake);
    });
    this.#pace?.passed(performance.now() - since, at);
  }

  /** The whole VM as bytes. Throws `SnapshotError` if something in it cannot be saved. */
  snapshot(): Uint8Array {
    this.scheduler.room?.open();
    return writeSnapshot(this.scheduler, this.#modules);
  }
  /** A VM that goes on where a snapshot was taken. `admit` decodes and verifies a module. Throws `SnapshotError`. */
  static restore(bytes: Uint8Array, admit: (module: Uint8Array) => VerifiedModule, options: VmOptions = {}): Vm {
    const vm = new Vm(options);
    readSnapshot(bytes, vm.scheduler, (module) => vm.#place(admit(module)), vm.judge);
    return vm;
  }

  /** A machine of its own that runs the modules of another, initialised there: nothing in them can change any more. */
  static beside(other: Vm, options: Omit<VmOptions, 'hosts'>): Vm {
    const vm = new Vm({ ...options, hosts: other.hosts });
    vm.#modules.push(...other.#modules);
    return vm;
  }

  /** What the program came to, as things stand. */
  end(): ProgramEnd {
    const failed = [...this.scheduler.unnoticed];
    const { main } = this.scheduler;
    if (main?.status === FAILED) failed.unshift(main);
    const failures = failed.map(failureOf);
    const stuck = this.scheduler.halted ? [] : this.scheduler.stuck().map(leftOf);
    const exitCode =
      this.scheduler.exitCode !== 0 ? this.scheduler.exitCode : failures.length + stuck.length > 0 ? 1 : 0;
    const exceeded = this.scheduler.spending?.exceeded ?? null;
    return { exitCode, ...(exceeded === null ? {} : { exceeded }), failures, stuck };
  }
}
