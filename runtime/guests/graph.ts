/**
 * Object graphs as flat data. Copying or sending nested data recurses in the host (`structuredClone` overflows its stack
 * at some thousand levels), and guests build lists and scopes of any depth; a table of nodes that name each other by
 * index has no depth.
 * Invariant: `fromGraph(toGraph(x))` has the shape and the sharing of x, cycles included, and no object in common with it.
 */

type Atom = null | undefined | string | number | boolean;

type Ref = Atom | { readonly to: number };

type Node =
  | { readonly kind: 'record'; readonly keys: readonly string[]; readonly values: readonly Ref[] }
  | { readonly kind: 'list'; readonly values: readonly Ref[] }
  | { readonly kind: 'map'; readonly keys: readonly Ref[]; readonly values: readonly Ref[] };

/** The root is the first node. */
export interface Graph {
  readonly nodes: readonly Node[];
}

/** Flattens an object made of plain records, arrays, maps and atoms; anything else is a mistake and throws TypeError. */
export function toGraph(root: object): Graph {
  const found: object[] = [root];
  const index = new Map<object, number>([[root, 0]]);
  const ref = (value: unknown): Ref => {
    if (typeof value !== 'object' || value === null) {
      if (typeof value === 'function' || typeof value === 'symbol') throw new TypeError('not plain data');
      return value as Atom;
    }
    let to = index.get(value);
    if (to === undefined) {
      to = found.push(value) - 1;
      index.set(value, to);
    }
    return { to };
  };
  const nodes: Node[] = [];
  // `found` grows while it is walked.
  for (let i = 0; i < found.length; i++) nodes.push(shallow(found[i]!, ref));
  return { nodes };
}

function shallow(value: object, ref: (value: unknown) => Ref): Node {
  if (Array.isArray(value)) return { kind: 'list', values: value.map(ref) };
  if (value instanceof Map)
    return { kind: 'map', keys: [...value.keys()].map(ref), values: [...value.values()].map(ref) };
  return { kind: 'record', keys: Object.keys(value), values: Object.values(value).map(ref) };
}

/** The inverse of `toGraph`; the caller knows what it put in. */
export function fromGraph(graph: Graph): unknown {
  const made = graph.nodes.map(({ kind }): object => (kind === 'list' ? [] : kind === 'map' ? new Map() : {}));
  const value = (ref: Ref): unknown => (typeof ref === 'object' && ref !== null ? made[ref.to] : ref);
  graph.nodes.forEach((node, i) => {
    const target = made[i]!;
    if (node.kind === 'list') for (const ref of node.values) (target as unknown[]).push(value(ref));
    else if (node.kind === 'map') {
      node.keys.forEach((key, k) => (target as Map<unknown, unknown>).set(value(key), value(node.values[k])));
    } else {
      node.keys.forEach((key, k) => {
        if (key === '__proto__') throw new TypeError('not plain data');
        (target as Record<string, unknown>)[key] = value(node.values[k]);
      });
    }
  });
  return made[0];
}
