/**
 * Modules on demand: which ones a frame needs, of whom they were asked, which came.
 * Invariant: a module is asked of one node at a time, and of the next that named it if that one goes, does not have it, sends
 * another, or does not answer in time; it is loaded when all that was named before it is. Who named a module that cannot be had
 * is judged without it, and nobody else: what one node says of a module is never held against another's.
 */
import type { Codebase } from './codebase.js';
import type { ModuleName } from './unparcel.js';
import { ProtocolError } from './wires.js';

/** Modules that a node may have named and not delivered. */
const MOST_OWED = 10_000;
/** Bytes of a node's modules that may wait for others. */
const MOST_BYTES = 64 * 1024 * 1024;

interface Coming {
  /** Who was asked last. */
  of: string;
  due: number;
  /** Others who named it. */
  readonly others: Set<string>;
  bytes: Uint8Array | null;
}

export class Modules {
  readonly #coming = new Map<string, Coming>();
  /** Requests that have not been answered, by node; an answer may come late. */
  readonly #owed = new Map<string, Set<string>>();
  /** By node and hash: why it is not to be had from there. */
  readonly #refused = new Map<string, Map<string, string>>();

  constructor(
    readonly codebase: Codebase,
    readonly ask: (node: string, hash: string) => void,
    /** When a request that is made now has to be answered. */
    readonly due: () => number,
  ) {}

  /** Has a frame of a node to wait for modules? Asks for those, loads what can be loaded. */
  need(names: readonly ModuleName[], from: string): boolean {
    let waits = false;
    for (const { hash } of names) {
      if (this.codebase.module(hash) !== undefined || this.reason(from, hash) !== undefined) continue;
      const coming = this.#coming.get(hash);
      if (coming === undefined) this.#ask(hash, from, new Set());
      else if (coming.of !== from && coming.bytes === null) coming.others.add(from);
      if (coming === undefined || coming.bytes === null) waits = true;
    }
    if (!waits) for (const name of names) this.#load(name, names, from);
    return waits;
  }
  #ask(hash: string, of: string, others: Set<string>): void {
    others.delete(of);
    let owed = this.#owed.get(of);
    if (owed === undefined) this.#owed.set(of, (owed = new Set()));
    if (owed.size + (this.#refused.get(of)?.size ?? 0) >= MOST_OWED)
      throw new ProtocolError(`more than ${MOST_OWED} modules were named and are not there`);
    owed.add(hash);
    this.#coming.set(hash, { of, due: this.due(), others, bytes: null });
    this.ask(of, hash);
  }
  #load(name: ModuleName, all: readonly ModuleName[], from: string): void {
    const coming = this.#coming.get(name.hash);
    if (coming === undefined || coming.bytes === null || this.codebase.module(name.hash) !== undefined) return;
    this.#coming.delete(name.hash);
    const why = this.codebase.admit(name, coming.bytes, all);
    if (why !== null) this.#refuse(from, name.hash, why);
  }
  #refuse(of: string, hash: string, why: string): void {
    let refused = this.#refused.get(of);
    if (refused === undefined) this.#refused.set(of, (refused = new Map()));
    refused.set(hash, why);
  }

  /** A module came from a node, or the answer that it is not there. Throws if the node was not asked. */
  came(hash: string, bytes: Uint8Array | null, from: string): void {
    if (this.#owed.get(from)?.delete(hash) !== true) throw new ProtocolError('a module nobody asked for');
    const coming = this.#coming.get(hash);
    const awaited = coming !== undefined && coming.bytes === null;
    const why = bytes === null ? 'the other node does not have it' : this.codebase.isNot(hash, bytes);
    if (why === null) {
      if (!awaited) return;
      coming.bytes = bytes;
      coming.of = from;
      let waiting = 0;
      for (const c of this.#coming.values()) if (c.of === from) waiting += c.bytes?.length ?? 0;
      if (waiting > MOST_BYTES) throw new ProtocolError('too many modules wait for others');
      return;
    }
    this.#refuse(from, hash, why);
    if (!awaited) return;
    coming.others.delete(from);
    if (coming.of === from) this.#next(hash, coming);
  }
  #next(hash: string, { others }: Coming): void {
    const [next] = others;
    if (next === undefined) this.#coming.delete(hash);
    else this.#ask(hash, next, others);
  }

  /** A node is gone: what it was asked for is asked of the next. */
  down(node: string): void {
    this.#owed.delete(node);
    this.#refused.delete(node);
    for (const [hash, coming] of [...this.#coming]) {
      coming.others.delete(node);
      if (coming.of === node && coming.bytes === null) this.#next(hash, coming);
    }
  }
  /** Asks the next for what did not come in time. Gives whether there was such a module. */
  late(now: number, limit: string): boolean {
    const late = [...this.#coming].filter(([, c]) => c.bytes === null && c.due < now);
    for (const [hash, coming] of late) {
      this.#refuse(coming.of, hash, `it did not come within ${limit}`);
      this.#next(hash, coming);
    }
    return late.length > 0;
  }

  /** Why a module that a node named is not here, if that is known. */
  reason(node: string, hash: string): string | undefined {
    return this.#refused.get(node)?.get(hash);
  }
}
