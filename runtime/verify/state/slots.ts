/**
 * Values by number that never change: a new list shares with the one it was made from all but a path to what is new (a trie of
 * sixteen ways: Bagwell 2000).
 * Invariant: changing one value, and each step of comparing two lists, takes a time that grows with the logarithm of their length;
 * what two lists share is not looked at.
 */
type Node = readonly unknown[];

const BITS = 4;
const WAYS = 1 << BITS;

export class Slots<T> {
  private constructor(
    /** Digits of a number, of which the first leads out of the root. */
    private readonly levels: number,
    private readonly root: Node,
    /** Numbers that have a value. */
    readonly size: number,
  ) {}

  static empty<T>(): Slots<T> {
    return new Slots<T>(1, [], 0);
  }
  static of<T>(values: Iterable<T>): Slots<T> {
    let made = Slots.empty<T>();
    let n = 0;
    for (const v of values) made = made.with(n++, v);
    return made;
  }

  get(n: number): T | undefined {
    if (n < 0 || n >= WAYS ** this.levels) return undefined;
    let node: Node | undefined = this.root;
    for (let level = this.levels - 1; level > 0 && node !== undefined; level--)
      node = node[(n >> (level * BITS)) & (WAYS - 1)] as Node | undefined;
    return node?.[n & (WAYS - 1)] as T | undefined;
  }
  has(n: number): boolean {
    return this.get(n) !== undefined;
  }

  /** With another value for a number; with none if it is undefined. */
  with(n: number, value: T | undefined): Slots<T> {
    let { levels, root } = this;
    for (; n >= WAYS ** levels; levels++) root = [root];
    const change = (node: Node | undefined, level: number): Node => {
      const copy = node === undefined ? [] : [...node];
      const at = (n >> (level * BITS)) & (WAYS - 1);
      copy[at] = level === 0 ? value : change(node?.[at] as Node | undefined, level - 1);
      return copy;
    };
    const size = this.size + (value === undefined ? 0 : 1) - (this.has(n) ? 1 : 0);
    return new Slots<T>(levels, change(root, levels - 1), size);
  }

  *[Symbol.iterator](): Generator<readonly [number, T]> {
    for (const n of numbersIn([], this.root, this.levels - 1, 0)) yield [n, this.get(n)!];
  }
  *values(): Generator<T> {
    for (const [, v] of this) yield v;
  }

  /** The numbers that do not have the same value in both. */
  *differences(other: Slots<T>): Generator<number> {
    const levels = Math.max(this.levels, other.levels);
    yield* numbersIn(lifted(this.root, levels - this.levels), lifted(other.root, levels - other.levels), levels - 1, 0);
  }
}

/** The root of a trie with more levels. */
const lifted = (root: Node, by: number): Node => (by === 0 ? root : lifted([root], by - 1));

function* numbersIn(a: Node, b: Node, level: number, base: number): Generator<number> {
  if (a === b) return;
  for (let i = 0; i < WAYS; i++) {
    if (a[i] === b[i]) continue;
    const n = base + (i << (level * BITS));
    if (level === 0) yield n;
    else yield* numbersIn((a[i] ?? []) as Node, (b[i] ?? []) as Node, level - 1, n);
  }
}
