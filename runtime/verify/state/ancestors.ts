/**
 * A tree that grows by leaves, in which ancestors are found in a time that grows with the logarithm of their distance: each
 * node also knows one that lies further up (Myers, "An applicative random-access stack", 1983).
 * Invariant: 0 is the root; a node is added after its parent.
 */
export class Ancestors {
  readonly #parent: Int32Array;
  readonly #depth: Int32Array;
  readonly #jump: Int32Array;

  constructor(most: number) {
    this.#parent = new Int32Array(most);
    this.#depth = new Int32Array(most);
    this.#jump = new Int32Array(most);
  }

  add(node: number, parent: number): void {
    const jump = this.#jump[parent]!;
    const far = this.#jump[jump]!;
    const even = this.#depth[parent]! - this.#depth[jump]! === this.#depth[jump]! - this.#depth[far]!;
    this.#parent[node] = parent;
    this.#depth[node] = this.#depth[parent]! + 1;
    this.#jump[node] = even ? far : parent;
  }

  /** Is `above` on the way from a node to the root, or the node itself? */
  isAbove(above: number, node: number): boolean {
    return this.#atDepth(node, this.#depth[above]!) === above;
  }

  /** The lowest node above both. */
  common(one: number, two: number): number {
    const depth = Math.min(this.#depth[one]!, this.#depth[two]!);
    let [a, b] = [this.#atDepth(one, depth), this.#atDepth(two, depth)];
    while (a !== b) {
      const up = this.#jump[a] === this.#jump[b] ? this.#parent : this.#jump;
      [a, b] = [up[a]!, up[b]!];
    }
    return a;
  }

  #atDepth(node: number, depth: number): number {
    let at = node;
    while (this.#depth[at]! > depth) at = this.#depth[this.#jump[at]!]! >= depth ? this.#jump[at]! : this.#parent[at]!;
    return at;
  }
}
