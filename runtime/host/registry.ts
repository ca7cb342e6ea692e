/**
 * Functions of the host by name, and how running code calls them.
 * Invariant: whatever a host function does, the caller gets a value of the declared type or an exception of the
 * language; a function that takes its time suspends the calling thread alone.
 */
import { isLibraryModule, libraryFunction, moduleOfHost } from '../bytecode/library.js';
import { HostFn, type Instance } from '../engine/function.js';
import type { HostImport } from '../bytecode/module.js';
import type { CodeProgram } from '../engine/program.js';
import { ready } from '../process/home.js';
import { R, SUSPENDED, raiseNow } from '../process/registers.js';
import { Pending, got } from '../process/owned.js';
import { ALIVE, Waiting, extraOfThread } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { builtinExceptions, exception } from '../values/exceptions.js';
import type { BuiltinException } from '../values/exceptions.js';
import { extent } from '../values/extent.js';
import { PersistentMap } from '../values/map.js';
import { Exn } from '../values/value.js';
import type { Value } from '../values/value.js';
import { guardOf } from './handed.js';
import type { Known } from './handed.js';
import { WRONG, shapeOf } from './shapes.js';
import type { Shape } from './shapes.js';

/** As libraries write them: machine values in, a machine value or a promise of one out; what they throw is raised. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type HostFunction = (...args: any[]) => Value | Promise<Value> | Pending;

/** For functions of the machine itself: may keep the thread waiting and answer it later, between slices. */
export type MachineFunction = (thread: Thread, args: readonly Value[]) => Value;

/** What a machine function gives when it will answer later through `answer` or `answerFailure`. */
export const LATER = Symbol('later');

/** The exception for what a host function threw: an `Exn`, an error that names a built-in exception, or HostError. */
export function thrown(e: unknown, where: string): Exn {
  if (e instanceof Exn) return e;
  const named = (e as { exception?: unknown } | null)?.exception;
  if (typeof named === 'string' && Object.hasOwn(builtinExceptions, named)) return exception(named as BuiltinException);
  return exception('HostError', `${where}: ${e instanceof Error ? e.message : String(e)}`);
}

/** Answers a thread that waits for the host. Nothing happens if it has ended meanwhile. */
export function answer(t: Thread, value: Value): void {
  if (t.status !== ALIVE || t.waiting !== Waiting.HOST) return;
  (t.program as CodeProgram).answer = value;
  t.waiting = null;
  ready(t);
}
/** As `answer`, with an exception that the call raises. */
export function answerFailure(t: Thread, e: Exn): void {
  if (t.status !== ALIVE || t.waiting !== Waiting.HOST) return;
  (t.program as CodeProgram).raised = e;
  t.waiting = null;
  ready(t);
}

interface Definition {
  readonly machine: MachineFunction | null;
  readonly host: HostFunction | null;
}

/** Output of the host: made again when a run is replayed, as `print` is. */
const OUTPUT: ReadonlySet<string> = new Set(['io::print_error']);

/** Functions of the machine that nobody else can notice: with virtual time, clocks too. */
const SILENT: ReadonlySet<string> = new Set([
  ...['std::args', 'std::get_time_ms', 'std::wait', 'time::now', 'time::monotonic', 'exn::name', 'exn::trace'],
  ...['thread::current', 'std::_mark'],
]);

type Invoke = (thread: Thread, args: readonly Value[], judge: Shape) => Value;

export class HostRegistry {
  readonly #functions = new Map<string, Definition>();
  readonly #handed: Known = new WeakMap();
  /** Modules whose functions give the same for the same arguments and do nothing else; or single such functions, by full name. */
  pure: ReadonlySet<string> = new Set();

  /** Adds the functions of one module: `time`, `net::http`. A later one of the same name replaces the earlier. */
  add(module: string, functions: Readonly<Record<string, HostFunction>>): this {
    for (const [name, host] of Object.entries(functions)) {
      this.#functions.set(`${module}::${name}`, { machine: null, host });
    }
    return this;
  }
  /** Adds functions of the machine by full name. */
  addMachine(functions: Readonly<Record<string, MachineFunction>>): this {
    for (const [name, machine] of Object.entries(functions)) this.#functions.set(name, { machine, host: null });
    return this;
  }
  has(name: string): boolean {
    return this.#functions.has(name);
  }
  /** Does a function bring in something from outside the machine, or change something there? */
  touchesOutside(name: string): boolean {
    return this.#functions.get(name)?.machine === null && !this.#isPure(name) && !OUTPUT.has(name);
  }
  #isPure(name: string): boolean {
    return this.pure.has(name.slice(0, Math.max(0, name.lastIndexOf('::')))) || this.pure.has(name);
  }
  names(): string[] {
    return [...this.#functions.keys()].sort();
  }

  /** The callable for an import. Throws if there is no such function. */
  callable(h: HostImport, from?: Instance): HostFn {
    const found = this.#functions.get(h.name);
    const ours = isLibraryModule(moduleOfHost(h.name));
    if (found === undefined || (ours && libraryFunction(h.name) === undefined))
      throw new Error(`the host has no function ${h.name}`);
    const shape = shapeOf(h.result);
    const guard = ours ? undefined : guardOf(h, from, this.#handed);
    const judging = (may: (v: Value) => boolean): Shape => {
      return (v) => {
        const converted = shape(v);
        return converted === WRONG || !may(converted) ? WRONG : converted;
      };
    };
    const invoke = found.machine ?? this.#hosted(h, found.host!);
    const checked = (v: Value, judge: Shape): Value => {
      const converted = judge(v);
      if (R.metering) R.allocated += madeBy(converted);
      return converted === WRONG ? raiseNow(wrong(h)) : converted;
    };
    const fast = (...args: Value[]): Value => {
      const t = R.thread;
      try {
        const judge = guard === undefined ? shape : judging(guard(args));
        const result = invoke(t, args, judge);
        if (result === LATER) {
          t.waiting = Waiting.HOST;
          R.flag = SUSPENDED;
          return undefined;
        }
        return R.flag === 0 ? checked(result, judge) : undefined;
      } catch (e) {
        return raiseNow(thrown(e, h.name));
      }
    };
    const silent = found.machine === null ? this.#isPure(h.name) : SILENT.has(h.name);
    return new HostFn(h.name, h.params.length, h.result !== 'void', fast, silent);
  }

  #hosted(h: HostImport, host: HostFunction): Invoke {
    // Values of types with a name of their own: what comes from outside is one, or lies in one.
    const mayOwn = /[A-Z]/.test(h.result);
    const settle = (t: Thread, done: () => void): void => {
      t.home.outstanding--;
      if (t.extra !== null) t.extra.call = null;
      done();
      t.home.onSettled?.(t);
      t.home.onAnswer();
    };
    return (t, args, judge) => {
      const result = host(...args);
      const pending = result instanceof Pending ? result : null;
      if (pending !== null) extraOfThread(t).call = pending;
      if (pending === null && !(result instanceof Promise)) {
        if (mayOwn) got(t, result);
        return result;
      }
      t.home.outstanding++;
      (pending?.answer ?? (result as Promise<Value>)).then(
        (v: Value) => {
          const converted = judge(v);
          // A thread that has ended meanwhile owns nothing: what came for it is let go.
          if (mayOwn) got(t, v);
          settle(t, () => {
            if (converted === WRONG) answerFailure(t, wrong(h));
            else answer(t, converted);
          });
        },
        (e: unknown) => settle(t, () => answerFailure(t, thrown(e, h.name))),
      );
      return LATER;
    };
  }
}

/** A map is nearly always one that was there with an entry more or less. */
const madeBy = (v: Value): number =>
  v instanceof PersistentMap ? 4 * (1 + Math.ceil(Math.log2(v.size + 1))) : extent(v);

const wrong = (h: HostImport): Exn => exception('HostError', `${h.name} gave a value that is not of type ${h.result}`);
