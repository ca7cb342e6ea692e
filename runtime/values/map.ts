/**
 * Maps: persistent AVL trees ordered by structural comparison of keys (Adelson-Velsky and Landis 1962).
 * Invariant: a tree is never changed; sibling heights differ by at most one; iteration is in key order, so that what a
 * program does never depends on hashing.
 */
import { compare } from './compare.js';
import type { Value } from './value.js';

export interface Entry {
  readonly key: Value;
  readonly value: Value;
}

interface Tree extends Entry {
  readonly left: Tree | null;
  readonly right: Tree | null;
  readonly height: number;
}

const height = (t: Tree | null): number => (t === null ? 0 : t.height);
const tree = (left: Tree | null, e: Entry, right: Tree | null): Tree => ({
  key: e.key,
  value: e.value,
  left,
  right,
  height: 1 + Math.max(height(left), height(right)),
});

function balanced(left: Tree | null, e: Entry, right: Tree | null): Tree {
  if (height(left) > height(right) + 1) {
    const l = left!;
    if (height(l.left) >= height(l.right)) return tree(l.left, l, tree(l.right, e, right));
    const m = l.right!;
    return tree(tree(l.left, l, m.left), m, tree(m.right, e, right));
  }
  if (height(right) > height(left) + 1) {
    const r = right!;
    if (height(r.right) >= height(r.left)) return tree(tree(left, e, r.left), r, r.right);
    const m = r.left!;
    return tree(tree(left, e, m.left), m, tree(m.right, r, r.right));
  }
  return tree(left, e, right);
}

function put(t: Tree | null, e: Entry): Tree {
  if (t === null) return tree(null, e, null);
  const order = compare(e.key, t.key);
  if (order === 0) return tree(t.left, e, t.right);
  return order < 0 ? balanced(put(t.left, e), t, t.right) : balanced(t.left, t, put(t.right, e));
}

function withoutFirst(t: Tree): Tree | null {
  return t.left === null ? t.right : balanced(withoutFirst(t.left), t, t.right);
}

function remove(t: Tree | null, key: Value): Tree | null {
  if (t === null) return null;
  const order = compare(key, t.key);
  if (order < 0) return balanced(remove(t.left, key), t, t.right);
  if (order > 0) return balanced(t.left, t, remove(t.right, key));
  if (t.left === null) return t.right;
  if (t.right === null) return t.left;
  let next = t.right;
  while (next.left !== null) next = next.left;
  return balanced(t.left, next, withoutFirst(t.right));
}

export class PersistentMap {
  static readonly EMPTY = new PersistentMap(null, 0);
  private constructor(
    readonly root: Tree | null,
    readonly size: number,
  ) {}

  find(key: Value): Entry | undefined {
    let t = this.root;
    while (t !== null) {
      const order = compare(key, t.key);
      if (order === 0) return t;
      t = order < 0 ? t.left : t.right;
    }
    return undefined;
  }
  with(key: Value, value: Value): PersistentMap {
    const had = this.find(key) !== undefined;
    return new PersistentMap(put(this.root, { key, value }), this.size + (had ? 0 : 1));
  }
  without(key: Value): PersistentMap {
    return this.find(key) === undefined ? this : new PersistentMap(remove(this.root, key), this.size - 1);
  }
  /** Entries in key order. */
  *entries(): Generator<Entry> {
    const path: Tree[] = [];
    let t = this.root;
    while (t !== null || path.length > 0) {
      while (t !== null) {
        path.push(t);
        t = t.left;
      }
      const next = path.pop()!;
      yield next;
      t = next.right;
    }
  }
  /** A map from keys and values alternating; later keys win. */
  static of(pairs: readonly Value[]): PersistentMap {
    let made = PersistentMap.EMPTY;
    for (let i = 0; i + 1 < pairs.length; i += 2) made = made.with(pairs[i], pairs[i + 1]);
    return made;
  }
}
