/**
 * Pairs of values that a comparison has met: whoever meets one again need not look into it, since what was found there was no
 * difference. For equality pairs are put together (x is y, y is z, so x is z; Hopcroft and Karp 1971); for order a pair is known
 * only as itself, since what comes first must be what decides. One pair in eight is remembered, at random: what is shared is
 * met often, and a long list is compared in the time it took. Too many are forgotten, which costs time and nothing else.
 * Invariant: a pair is known only after it was met, and somebody looks into it then.
 */
const MOST = 1 << 20;

export class Pairs {
  readonly #above = new Map<object, object>();
  readonly #met = new Map<object, Set<object>>();
  #count = 0;
  #random = 1;

  constructor(readonly merging: boolean) {}

  known(x: object, y: object): boolean {
    if (this.merging) {
      const a = this.#top(x);
      const b = this.#top(y);
      if (a === b && (x !== y || this.#above.has(x))) return true;
      if (this.#remembers()) this.#above.set(a, b);
      return false;
    }
    const met = this.#met.get(x);
    if (met?.has(y) === true) return true;
    if (!this.#remembers()) return false;
    if (met === undefined) this.#met.set(x, new Set([y]));
    else met.add(y);
    return false;
  }

  #remembers(): boolean {
    this.#random = (Math.imul(this.#random, 1_103_515_245) + 12_345) | 0;
    if (((this.#random >>> 16) & 7) !== 0) return false;
    if (++this.#count > MOST) {
      this.#count = 0;
      this.#above.clear();
      this.#met.clear();
    }
    return true;
  }

  #top(x: object): object {
    let top = x;
    for (let next = this.#above.get(top); next !== undefined && next !== top; next = this.#above.get(top)) top = next;
    // What was passed on the way is nearer from now on.
    for (let at = x; at !== top;) {
      const next = this.#above.get(at)!;
      this.#above.set(at, top);
      at = next;
    }
    return top;
  }
}
