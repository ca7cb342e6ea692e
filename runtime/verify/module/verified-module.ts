/**
 * A module that was verified. Invariant: only `verify` makes one (the constructor asks for a key that only it is
 * given), and nothing else can be loaded; the image inside is never changed.
 */
import type { ModuleImage } from '../../bytecode/module.js';

/** What verification learned and the engines use: the most slots a frame needs, by function. */
export interface FunctionFacts {
  /** Highest operand stack. */
  readonly stack: number;
}

const KEY = Symbol('verified');
let given = false;

/** Gives the key once, to `verify`. Throws afterwards. */
export function takeKey(): symbol {
  if (given) throw new Error('only verify makes verified modules');
  given = true;
  return KEY;
}

export class VerifiedModule {
  readonly #brand = true;

  constructor(
    key: symbol,
    readonly image: ModuleImage,
    readonly facts: readonly FunctionFacts[],
    /** Hashes of the modules it was judged beside, by name, and its own. */
    readonly closure: ReadonlyMap<string, string> = new Map(),
    /** By the compiler of this process, or who knows where. */
    readonly made: 'here' | 'elsewhere' = 'elsewhere',
  ) {
    if (key !== KEY) throw new Error('only verify makes verified modules');
  }

  /** Content hash, hex. */
  get hash(): string {
    return this.image.hash;
  }

  /** Was this really made by `verify`? For callers without types. */
  static is(x: unknown): x is VerifiedModule {
    return typeof x === 'object' && x !== null && #brand in x && x.#brand;
  }
}
