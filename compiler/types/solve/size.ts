/**
 * How large types are when they are written out. Inference shares their parts, so a type of a few hundred parts in memory may have more
 * parts in writing than there are atoms (Mairson 1990), and all that comes after inference writes types out.
 * Invariant: what passes is small enough, and no deeper than a verifier reads.
 */
import { partsOf, prune, type Type } from './type.js';

/** Parts of one type; people write some ten. */
const LARGEST = 20_000;
/** Types inside types. */
const DEEPEST = 300;

interface Extent {
  readonly size: number;
  readonly depth: number;
}

/** Measures types, each part once, however often it is shared. */
export class Sizes {
  readonly #known = new Map<Type, Extent>();

  isTooLarge(type: Type): boolean {
    const { size, depth } = this.#extent(type);
    return size > LARGEST || depth > DEEPEST;
  }

  /** By itself not recursive: a type may be deeper than the host's stack. */
  #extent(type: Type): Extent {
    const known = this.#known;
    const open = [prune(type)];
    while (open.length > 0) {
      const t = open[open.length - 1]!;
      if (known.has(t)) {
        open.pop();
        continue;
      }
      const parts = partsOf(t).map(prune);
      const missing = parts.filter((part) => !known.has(part));
      if (missing.length > 0) {
        open.push(...missing);
        continue;
      }
      let size = 1;
      let depth = 0;
      for (const part of parts) {
        const of = known.get(part)!;
        size += of.size;
        depth = Math.max(depth, of.depth);
      }
      known.set(t, { size: Math.min(size, Number.MAX_SAFE_INTEGER), depth: depth + 1 });
      open.pop();
    }
    return known.get(prune(type))!;
  }
}
