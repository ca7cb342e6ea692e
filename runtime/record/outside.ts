/**
 * What stands between a machine and its outside while a run is recorded or replayed: every clock reading, random number,
 * result of the host and choice passes here.
 * Invariant: a machine without one has no trace of it; with one, nothing else reaches the machine from outside.
 */
import type { HostImport } from '../bytecode/module.js';
import type { HostFn, Instance } from '../engine/function.js';
import type { HostRegistry } from '../host/registry.js';
import type { Environment, Home } from '../process/home.js';
import type { Strategy } from '../scheduler/strategy.js';

export interface Outside {
  /** Does it stand in for the outside? Then nobody waits for clocks and hosts. */
  readonly replays: boolean;
  environment(real: Environment): Environment;
  strategy(chosen: Strategy | null): Strategy;
  callable(h: HostImport, hosts: HostRegistry, from: Instance): HostFn;
  /** Told once which machine it stands before. */
  attach(home: Home & { readonly counters: { readonly slices: number } }): void;
  /** Called between slices: what the host answered by now may be handed in. */
  arrive(): void;
  /** Somebody outside ends the program. */
  interrupted(exitCode: number): void;
  /** In the place of waiting for a clock or a host: only where it stands in for them. */
  wait(): Promise<void>;
}
