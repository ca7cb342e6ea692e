/**
 * Synchronous subtyping of session automata (Gay & Hole, "Subtyping for session types in the pi calculus", Acta
 * Informatica 2005), coinductively over pairs of nodes: fewer sends, more receives.
 * Invariant: `undefined` only if every behaviour of the implementation is allowed by the annotation; otherwise the first
 * differing step on a shortest path.
 */
import type { Branch, Node } from './nodes.js';

export interface Difference {
  /** Labels on the way there, such as `?Start` `!Took`. */
  readonly path: readonly string[];
  /** What the implementation does and what the annotation asks for, as short phrases. */
  readonly found: string;
  readonly wanted: string;
  readonly foundNode: number;
  readonly wantedNode: number;
}

interface Pair {
  readonly a: number;
  readonly b: number;
  readonly path: readonly string[];
}

/** `a` is the implementation, `b` the annotation; both start at node 0. */
export function difference(a: readonly Node[], b: readonly Node[]): Difference | undefined {
  const seen = new Set<string>();
  const work: Pair[] = [{ a: 0, b: 0, path: [] }];
  for (let i = 0; i < work.length; i++) {
    const pair = work[i]!;
    const key = `${pair.a} ${pair.b}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const next = step(a, b, pair);
    if (!Array.isArray(next)) return next;
    work.push(...next);
  }
  return undefined;
}

function step(a: readonly Node[], b: readonly Node[], pair: Pair): Pair[] | Difference {
  const x = a[pair.a]!;
  const y = b[pair.b]!;
  // A choice of the program's own: each way must do. An annotation has a choice only as the way into a recursion.
  if (x.kind === 'choice') return x.ways.map((way) => ({ ...pair, a: way }));
  // `rec X. X` allows to say nothing for ever, and that alone.
  const silent = y.kind === 'choice' && staysSilent(b, pair.b);
  if (silent && x.kind !== 'spawn' && x.kind !== 'fail') return differ(pair, x, y);
  if (!silent && y.kind === 'choice' && y.ways.length === 1) return [{ ...pair, b: y.ways[0]! }];
  if (x.kind === 'spawn') return [{ ...pair, a: x.to }];
  if (y.kind === 'spawn') return [{ ...pair, b: y.to }];
  if (x.kind === 'fail') return [];
  if (x.kind === 'end' && y.kind === 'end') return [];
  if (x.kind === 'send' && y.kind === 'send') return all(pair, '!', x.branches, y.branches) ?? differ(pair, x, y);
  if (x.kind === 'receive' && y.kind === 'receive') {
    const back = all({ ...pair, a: pair.b, b: pair.a }, '?', y.branches, x.branches);
    return back?.map((p) => ({ ...p, a: p.b, b: p.a })) ?? differ(pair, x, y);
  }
  return differ(pair, x, y);
}

/** Whether single ways lead back to the node without anything being said. */
function staysSilent(nodes: readonly Node[], start: number): boolean {
  const seen = new Set<number>();
  for (let at = start; !seen.has(at);) {
    seen.add(at);
    const node = nodes[at]!;
    if (node.kind !== 'choice' || node.ways.length !== 1) return false;
    at = node.ways[0]!;
  }
  return true;
}

/** Every branch of `some` has its like in `of`; the pairs they lead to. */
function all(pair: Pair, mark: string, some: readonly Branch[], of: readonly Branch[]): Pair[] | undefined {
  const pairs: Pair[] = [];
  for (const left of some) {
    const right = of.find((o) => o.peer === left.peer && o.label === left.label && agree(o.payload, left.payload));
    if (right === undefined) return undefined;
    pairs.push({ a: left.to, b: right.to, path: [...pair.path, `${mark}${left.label}`] });
  }
  return pairs;
}

const SIMPLE = ['int', 'float', 'bool', 'string', 'bytes'];

/** Types are compared by the types pass; here only what is plainly different is told apart. */
function agree(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((t, i) => t === b[i] || !SIMPLE.includes(t) || !SIMPLE.includes(b[i]!));
}

function differ(pair: Pair, x: Node, y: Node): Difference {
  return { path: pair.path, found: phrase(x, y), wanted: phrase(y, x), foundNode: pair.a, wantedNode: pair.b };
}

/** A node in short; of labels only those that make the difference, if some do. */
function phrase(node: Node, other: Node): string {
  if (node.kind === 'end') return 'ends';
  if (node.kind === 'send' || node.kind === 'receive') {
    const verb = node.kind === 'send' ? 'sends' : 'waits for';
    const list = node.branches.map((b) => `${b.label}${b.payload.length === 0 ? '' : `(${b.payload.join(', ')})`}`);
    const peers = [...new Set(node.branches.map((b) => b.peer))].filter((p) => p !== '');
    const differs = other.kind === node.kind;
    const shown = differs || list.length < 4 ? list : [...list.slice(0, 3), '..'];
    return `${verb} ${shown.join(' or ')} ${node.kind === 'send' ? 'to' : 'from'} ${peers.join(' or ')}`;
  }
  return node.kind === 'fail' ? 'fails' : 'goes on';
}
