/**
 * From a reducible flow graph to nested JavaScript blocks and loops: the dominator-tree method of Ramsey, "Beyond
 * Relooper" (ICFP 2022). Functions too deep for it become one switch over blocks.
 * Invariant: `Layout.go(from, to)` gives a statement that transfers control; both layouts run the same block texts.
 */
import type { Block, Entry } from './blocks.js';

/** An entry, and statements to begin with there. */
export interface Arrival extends Entry {
  readonly first: string;
}

/** Texts of control transfers, and of the whole body. */
export interface Layout {
  body(emit: (block: Block, go: (to: number) => string) => string): string;
}

/** Node number of the virtual entry of a resuming function. */
const ENTRY = -1;

interface Dispatch {
  readonly id: number;
  readonly to: number;
  /** The entry itself, not a loop around it, and the statements to begin with. */
  readonly last: boolean;
  readonly first: string;
}

/** One `switch` over blocks in a loop: any graph. */
export function switchLayout(blocks: ReadonlyMap<number, Block>, entries: readonly Arrival[] | null): Layout {
  const start =
    entries === null
      ? 'b = 0;'
      : `switch (rp) { ${entries.map((e, i) => `case ${i + 1}: ${e.first} b = ${e.pc}; break;`).join(' ')} }`;
  return {
    body: (emit) => {
      const cases = [...blocks.values()].map(
        (b) => `case ${b.pc}: {\n${emit(b, (to) => `{ b = ${to}; continue; }`)}\n}`,
      );
      return `let b = 0; ${start}\nfor (;;) switch (b) {\n${cases.join('\n')}\n}`;
    },
  };
}

class Graph {
  readonly successors = new Map<number, number[]>();
  readonly predecessors = new Map<number, number[]>();
  readonly order: number[] = [];
  readonly number = new Map<number, number>();
  readonly children = new Map<number, number[]>();

  constructor(readonly root: number) {}

  edge(from: number, to: number): void {
    const list = this.successors.get(from);
    if (list === undefined) this.successors.set(from, [to]);
    else list.push(to);
  }

  /** Numbers nodes in reverse postorder and finds the dominator tree (Cooper, Harvey and Kennedy 2001). */
  finish(): void {
    const seen = new Set<number>();
    const visit = (n: number): void => {
      seen.add(n);
      for (const s of this.successors.get(n) ?? []) if (!seen.has(s)) visit(s);
      this.order.unshift(n);
    };
    visit(this.root);
    this.order.forEach((n, i) => this.number.set(n, i));
    for (const n of this.order) {
      for (const s of this.successors.get(n) ?? []) {
        const list = this.predecessors.get(s);
        if (list === undefined) this.predecessors.set(s, [n]);
        else list.push(n);
      }
    }
    const dominator = new Map([[this.root, this.root]]);
    const meet = (x: number, y: number): number => {
      let a = x;
      let b = y;
      while (a !== b) {
        while (this.number.get(a)! > this.number.get(b)!) a = dominator.get(a)!;
        while (this.number.get(b)! > this.number.get(a)!) b = dominator.get(b)!;
      }
      return a;
    };
    for (let changed = true; changed;) {
      changed = false;
      for (const n of this.order.slice(1)) {
        const known = this.predecessors.get(n)!.filter((p) => dominator.has(p));
        const next = known.reduce(meet);
        if (dominator.get(n) !== next) {
          dominator.set(n, next);
          changed = true;
        }
      }
    }
    for (const n of this.order.slice(1)) {
      const parent = dominator.get(n)!;
      const list = this.children.get(parent);
      if (list === undefined) this.children.set(parent, [n]);
      else list.push(n);
    }
  }

  isBackward(from: number, to: number): boolean {
    return this.number.get(to)! <= this.number.get(from)!;
  }
  isHeader(n: number): boolean {
    return (this.predecessors.get(n) ?? []).some((p) => this.isBackward(p, n));
  }
  isMerge(n: number): boolean {
    return (this.predecessors.get(n) ?? []).filter((p) => !this.isBackward(p, n)).length > 1;
  }
}

/** Blocks of each natural loop by its header. */
export function naturalLoops(blocks: ReadonlyMap<number, Block>, heads: ReadonlySet<number>): Map<number, Set<number>> {
  const predecessors = new Map<number, number[]>();
  for (const b of blocks.values()) {
    for (const s of b.successors) {
      const list = predecessors.get(s);
      if (list === undefined) predecessors.set(s, [b.pc]);
      else list.push(b.pc);
    }
  }
  const loops = new Map<number, Set<number>>();
  for (const h of heads) {
    const members = new Set([h]);
    const todo = (predecessors.get(h) ?? []).filter((p) => p >= h);
    while (todo.length > 0) {
      const n = todo.pop()!;
      if (members.has(n)) continue;
      members.add(n);
      todo.push(...(predecessors.get(n) ?? []));
    }
    loops.set(h, members);
  }
  return loops;
}

/** Nested blocks and loops. With `entries`, control starts at entry `rp` (from 1), passing through the loops around it. */
export function structuredLayout(
  blocks: ReadonlyMap<number, Block>,
  entries: readonly Arrival[] | null,
  heads: ReadonlySet<number>,
  /** Begins the names of labels within labels of another function. */
  prefix = '',
): Layout {
  const graph = new Graph(entries === null ? 0 : ENTRY);
  for (const b of blocks.values()) for (const s of b.successors) graph.edge(b.pc, s);
  const dispatches = new Map<number, Dispatch[]>();
  if (entries !== null) {
    const loops = [...naturalLoops(blocks, heads)];
    entries.forEach((e, i) => {
      const around = loops.filter(([h, members]) => h !== e.pc && members.has(e.pc));
      const path = [...around.sort((a, b) => b[1].size - a[1].size).map(([h]) => h), e.pc];
      let from = ENTRY;
      path.forEach((to, k) => {
        const list = dispatches.get(from) ?? [];
        if (list.length === 0) dispatches.set(from, list);
        const last = k === path.length - 1;
        list.push({ id: i + 1, to, last, first: last ? `rp = 0; ${e.first}` : '' });
        graph.edge(from, to);
        from = to;
      });
    });
  }
  graph.finish();

  return {
    body: (emit) => {
      const go = (from: number, to: number): string =>
        graph.isBackward(from, to)
          ? `continue L${prefix}${to};`
          : graph.isMerge(to)
            ? `break B${prefix}${to};`
            : tree(to);
      const dispatch = (n: number): string => {
        const list = dispatches.get(n);
        if (list === undefined) return '';
        const groups = new Map<string, Dispatch[]>();
        for (const d of list) groups.set(`${d.to} ${d.last}`, [...(groups.get(`${d.to} ${d.last}`) ?? []), d]);
        const arms = [...groups.values()].map((ds, i, all) => {
          const labels = ds.map((d) => `case ${d.id}:`).join(' ');
          const other = n === ENTRY && i === all.length - 1 ? ' default:' : '';
          return `${labels}${other} { ${ds[0]!.first} ${go(n, ds[0]!.to)} }`;
        });
        return `${n === ENTRY ? '' : 'if (rp !== 0) '}switch (rp) {\n${arms.join('\n')}\n}\n`;
      };
      const within = (n: number, merges: readonly number[]): string => {
        const [outermost, ...rest] = merges;
        if (outermost !== undefined) return `B${prefix}${outermost}: {\n${within(n, rest)}\n}\n${tree(outermost)}`;
        return dispatch(n) + (n === ENTRY ? '' : emit(blocks.get(n)!, (to) => go(n, to)));
      };
      const tree = (n: number): string => {
        const merges = (graph.children.get(n) ?? []).filter((c) => graph.isMerge(c));
        merges.sort((a, b) => graph.number.get(b)! - graph.number.get(a)!);
        const inner = within(n, merges);
        return graph.isHeader(n) ? `L${prefix}${n}: for (;;) {\n${inner}\n}\n` : inner;
      };
      return tree(graph.root);
    },
  };
}
