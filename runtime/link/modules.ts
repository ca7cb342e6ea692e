/**
 * Modules on demand: which ones a frame needs, which were asked for, which came.
 * Invariant: a module is asked for once; it is loaded when all that was named before it is; one that is missing or
 * refused stays away, and whatever needs it is judged without it.
 */
import type { Codebase } from './codebase.js';
import type { ModuleName } from './unparcel.js';

export class Modules {
  /** Null: asked for; bytes: here, not loaded yet. */
  readonly #coming = new Map<string, Uint8Array | null>();
  readonly #refused = new Map<string, string>();

  constructor(readonly codebase: Codebase) {}

  /** What has to be asked for, and whether the frame has to wait. Loads what can be loaded. */
  need(names: readonly ModuleName[]): { readonly ask: readonly string[]; readonly waits: boolean } {
    const ask: string[] = [];
    let waits = false;
    for (const { hash } of names) {
      if (this.codebase.module(hash) !== undefined || this.#refused.has(hash)) continue;
      const state = this.#coming.get(hash);
      if (state === undefined) {
        this.#coming.set(hash, null);
        ask.push(hash);
      }
      if (state === undefined || state === null) waits = true;
    }
    if (waits) return { ask, waits };
    for (const name of names) this.#load(name, names);
    return { ask, waits };
  }
  #load(name: ModuleName, all: readonly ModuleName[]): void {
    const bytes = this.#coming.get(name.hash);
    if (bytes === undefined || bytes === null || this.codebase.module(name.hash) !== undefined) return;
    this.#coming.delete(name.hash);
    const why = this.codebase.admit(name, bytes, all);
    if (why !== null) this.#refused.set(name.hash, why);
  }

  /** A module came, or the answer that there is none. Gives whether it was asked for. */
  came(hash: string, bytes: Uint8Array | null): boolean {
    if (this.#coming.get(hash) !== null) return false;
    if (bytes === null) {
      this.#coming.delete(hash);
      this.#refused.set(hash, 'the other node does not have it');
    } else this.#coming.set(hash, bytes);
    return true;
  }
  /** Why a module is not here, if that is known. */
  reason(hash: string): string | undefined {
    return this.#refused.get(hash);
  }
}
