/**
 * Writes down a run while it happens: results of the host, time, random numbers, choices.
 * Invariant: the run is the one it would be without a recorder, but for what it takes; a value that cannot be written down
 * makes the log unusable, never the run.
 */
import type { HostImport } from '../bytecode/module.js';
import type { CodeProgram } from '../engine/program.js';
import { HostFn, type Instance } from '../engine/function.js';
import type { HostRegistry } from '../host/registry.js';
import type { Environment, Home } from '../process/home.js';
import { R, RAISING, SUSPENDED } from '../process/registers.js';
import { ALIVE } from '../process/thread.js';
import type { Thread } from '../process/thread.js';
import { Prioritised, type Strategy } from '../scheduler/strategy.js';
import type { Value } from '../values/value.js';
import { type LogEvent, type LogHeader, LogWriter } from './log.js';
import type { Outside } from './outside.js';
import { Encoder, NoValue } from './values.js';

export class Recorder implements Outside {
  readonly replays = false;
  readonly #log = new LogWriter();
  readonly #encoder = new Encoder();
  #home: (Home & { readonly counters: { readonly slices: number } }) | null = null;
  #fuel = 0;
  /** Why there is no log. */
  problem: string | undefined;

  environment(real: Environment): Environment {
    const random = real.entropy ?? Math.random;
    const kept = (kind: 'time' | 'random', n: number): number => {
      this.#log.add([kind, n]);
      return n;
    };
    const look = (): number => {
      const n = real.now();
      this.#log.add(['look', this.#home!.counters.slices, n]);
      return n;
    };
    return { ...real, look, now: () => kept('time', real.now()), entropy: () => kept('random', random()) };
  }

  strategy(chosen: Strategy | null): Strategy {
    let inner = chosen;
    const fuel = inner?.fuel?.bind(inner);
    return {
      pick: (ready) => {
        const taken = inner === null ? ready[0]! : inner.pick(ready.slice(0, inner.sees));
        if (ready.length > 1) this.#log.add(['pick', ready.length, ready.indexOf(taken)]);
        return taken;
      },
      fuel: (most) => {
        const n = fuel === undefined ? most : fuel(most);
        if (n !== this.#fuel) this.#log.add(['fuel', n]);
        this.#fuel = n;
        return n;
      },
      prioritise: () => {
        if (inner === null) inner = new Prioritised();
        else inner.prioritise?.();
      },
    };
  }

  attach(home: Home & { readonly counters: { readonly slices: number } }): void {
    this.#home = home;
    home.onSettled = (t) => this.#answered(t);
  }

  callable(h: HostImport, hosts: HostRegistry, from: Instance): HostFn {
    const real = hosts.callable(h, from);
    if (!hosts.touchesOutside(h.name)) return real;
    const fast = (...args: Value[]): Value => {
      const value = real.fast(...args);
      if (R.flag === SUSPENDED) this.#log.add(['later', h.name]);
      else if (R.flag === RAISING) this.#add(h.name, () => ['raised', h.name, this.#encoder.encode(R.exn)]);
      else this.#add(h.name, () => ['gave', h.name, this.#encoder.encode(value)]);
      return value;
    };
    return new HostFn(real.name, real.arity, real.returns, fast);
  }

  arrive(): void {
    // The host hands in its answers itself.
  }
  interrupted(exitCode: number): void {
    this.#log.add(['interrupt', this.#home!.counters.slices, exitCode]);
  }
  wait(): Promise<void> {
    throw new Error('a recorder does not stand in for the outside');
  }

  #answered(t: Thread): void {
    const slices = this.#home!.counters.slices;
    if (t.status !== ALIVE) this.#log.add(['answer', slices, t.id, 'ended', null]);
    else {
      const { answer, raised } = t.program as CodeProgram;
      const [kind, value] = raised === null ? (['value', answer] as const) : (['exception', raised] as const);
      this.#add('a function', () => ['answer', slices, t.id, kind, this.#encoder.encode(value)]);
    }
  }

  #add(name: string, event: () => LogEvent): void {
    try {
      this.#log.add(event());
    } catch (e) {
      if (!(e instanceof NoValue)) throw e;
      this.problem ??= `what ${name} of the host gave cannot be written down: ${e.message}`;
    }
  }

  /** The whole log. */
  text(header: LogHeader, exitCode: number): string {
    return this.#log.text(header, { exitCode, slices: this.#home?.counters.slices ?? 0 });
  }
}
