/**
 * Layered layout of automata (Sugiyama, Tagawa & Toda 1981): circles broken by turning back arrows round, layers by longest
 * path, fewer crossings by barycentres, places by least squares under the least distances. A text on an arrow takes a place
 * of its own in the layer between, so texts never lie over each other or over states.
 * Invariant: boxes of one layer never overlap; the same graph always gets the same layout.
 */
export interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Arc {
  readonly from: number;
  readonly to: number;
  /** Of the text on it; zero for none. */
  readonly label: Box;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Centres of the states. */
  readonly states: readonly Point[];
  /** By arc: the places it goes through, both ends included, and the centre of its text. */
  readonly arcs: readonly { readonly points: readonly Point[]; readonly label: Point }[];
}

const ACROSS = 22;
const DOWN = 20;
const SWEEPS = 12;

interface Item {
  width: number;
  height: number;
  layer: number;
  x: number;
  y: number;
  up: number[];
  down: number[];
}

/** `boxes` are the states, the start first. All are reachable from it, or are placed at the top. */
export function layout(boxes: readonly Box[], arcs: readonly Arc[]): Layout {
  const loops = arcs.map((a) => a.from === a.to);
  const turned = backArcs(boxes.length, arcs);
  const layer = layersOf(boxes.length, arcs, turned);
  const items: Item[] = boxes.map((b, i) => item(b, layer[i]! * 2));
  // A loop on one state is drawn to the right of it: the state takes the room.
  arcs.forEach((a, i) => {
    if (loops[i])
      items[a.from]!.width = Math.max(items[a.from]!.width, boxes[a.from]!.width + 2 * (36 + a.label.width));
  });
  const chains = arcs.map((a, i) => (loops[i] ? [] : chainOf(items, a, turned.has(i))));
  const layers: number[][] = [];
  items.forEach((it, i) => (layers[it.layer] ??= []).push(i));
  for (let i = 0; i < layers.length; i++) layers[i] ??= [];
  orderLayers(items, layers);
  place(items, layers);
  const height = stack(items, layers);
  const left = Math.min(...items.map((it) => it.x - it.width / 2));
  for (const it of items) it.x -= left;
  const width = Math.max(...items.map((it) => it.x + it.width / 2));
  const at = (i: number): Point => ({ x: items[i]!.x, y: items[i]!.y });
  let loopNumber = new Map<number, number>();
  return {
    width,
    height,
    states: boxes.map((_, i) => at(i)),
    arcs: arcs.map((a, i) => {
      if (loops[i]) {
        const n = loopNumber.get(a.from) ?? 0;
        loopNumber = new Map(loopNumber).set(a.from, n + 1);
        const { x, y } = items[a.from]!;
        const side = x + boxes[a.from]!.width / 2;
        const up = y - n * 18;
        return {
          points: [at(a.from), { x: side + 26, y: up }, at(a.from)],
          label: { x: side + 30 + a.label.width / 2, y: up },
        };
      }
      const chain = chains[i]!;
      const through = [a.from, ...(turned.has(i) ? [...chain].reverse() : chain), a.to].map(at);
      return { points: through, label: at(chain[chain.length >> 1]!) };
    }),
  };
}

const item = (b: Box, layer: number): Item => ({ ...b, layer, x: 0, y: 0, up: [], down: [] });

/** Arcs that close a circle on the way of a depth-first search from the start. */
function backArcs(count: number, arcs: readonly Arc[]): Set<number> {
  const out = Array.from({ length: count }, (): number[] => []);
  arcs.forEach((a, i) => out[a.from]!.push(i));
  const state = new Uint8Array(count);
  const back = new Set<number>();
  for (let root = 0; root < count; root++) {
    if (state[root] !== 0) continue;
    const path: { at: number; next: number }[] = [{ at: root, next: 0 }];
    state[root] = 1;
    while (path.length > 0) {
      const top = path[path.length - 1]!;
      const arc = out[top.at]![top.next++];
      if (arc === undefined) {
        state[top.at] = 2;
        path.pop();
        continue;
      }
      const { to } = arcs[arc]!;
      if (state[to] === 1 && to !== top.at) back.add(arc);
      else if (state[to] === 0) {
        state[to] = 1;
        path.push({ at: to, next: 0 });
      }
    }
  }
  return back;
}

/** Longest path from the top, over arcs that go down. */
function layersOf(count: number, arcs: readonly Arc[], turned: ReadonlySet<number>): Int32Array {
  const layer = new Int32Array(count);
  for (let changed = true, round = 0; changed && round <= count; round++) {
    changed = false;
    arcs.forEach((a, i) => {
      if (a.from === a.to) return;
      const [high, low] = turned.has(i) ? [a.to, a.from] : [a.from, a.to];
      if (layer[low]! <= layer[high]!) {
        layer[low] = layer[high]! + 1;
        changed = true;
      }
    });
  }
  return layer;
}

/** The places an arc takes in the layers it crosses, from the top down; the text is in the middle of them. */
function chainOf(items: Item[], arc: Arc, isTurned: boolean): number[] {
  const [high, low] = isTurned ? [arc.to, arc.from] : [arc.from, arc.to];
  const chain: number[] = [];
  const [top, bottom] = [items[high]!.layer, items[low]!.layer];
  const middle = (bottom - top - 1) >> 1;
  let before = high;
  for (let l = top + 1; l < bottom; l++) {
    const made = items.push(item(l - top - 1 === middle ? arc.label : { width: 8, height: 0 }, l)) - 1;
    items[before]!.down.push(made);
    items[made]!.up.push(before);
    chain.push(made);
    before = made;
  }
  items[before]!.down.push(low);
  items[low]!.up.push(before);
  return chain;
}

/** Orders each layer by the mean position of the neighbours above, then below, keeping the order with fewest crossings. */
function orderLayers(items: readonly Item[], layers: number[][]): void {
  const position = new Float64Array(items.length);
  const number = (): void => layers.forEach((l) => l.forEach((i, at) => (position[i] = at)));
  const mean = (list: readonly number[], own: number): number =>
    list.length === 0 ? own : list.reduce((sum, i) => sum + position[i]!, 0) / list.length;
  number();
  let best = layers.map((l) => [...l]);
  let least = crossings(items, layers, position);
  for (let sweep = 0; sweep < SWEEPS && least > 0; sweep++) {
    const down = sweep % 2 === 0;
    const order = down ? layers : [...layers].reverse();
    for (const l of order) {
      const key = new Map(l.map((i) => [i, mean(down ? items[i]!.up : items[i]!.down, position[i]!)]));
      l.sort((a, b) => key.get(a)! - key.get(b)!);
      l.forEach((i, at) => (position[i] = at));
    }
    const now = crossings(items, layers, position);
    if (now >= least) continue;
    least = now;
    best = layers.map((l) => [...l]);
  }
  best.forEach((l, i) => (layers[i] = l));
}

function crossings(items: readonly Item[], layers: readonly (readonly number[])[], position: Float64Array): number {
  let found = 0;
  for (const l of layers) {
    const ends = l.flatMap((i) => items[i]!.down.map((d) => [position[i]!, position[d]!] as const));
    for (let a = 0; a < ends.length; a++)
      for (let b = a + 1; b < ends.length; b++)
        if ((ends[a]![0] - ends[b]![0]) * (ends[a]![1] - ends[b]![1]) < 0) found++;
  }
  return found;
}

/** Moves every box towards the mean of its neighbours, as far as the others of its layer let it. */
function place(items: Item[], layers: readonly (readonly number[])[]): void {
  for (const l of layers)
    settle(
      items,
      l,
      l.map(() => 0),
    );
  for (let sweep = 0; sweep < SWEEPS * 2; sweep++) {
    for (const l of sweep % 2 === 0 ? layers : [...layers].reverse()) {
      const wanted = l.map((i) => {
        const { up, down, x } = items[i]!;
        const near = sweep % 4 < 2 ? (sweep % 2 === 0 ? up : down) : [...up, ...down];
        return near.length === 0 ? x : near.reduce((sum, n) => sum + items[n]!.x, 0) / near.length;
      });
      settle(items, l, wanted);
    }
  }
}

/** Places nearest to those wanted (least squares) with the boxes apart and in order: pools of adjacent violators. */
function settle(items: Item[], layer: readonly number[], wanted: readonly number[]): void {
  const shift: number[] = [];
  layer.forEach((i, at) => {
    const before = layer[at - 1];
    shift.push(before === undefined ? 0 : shift[at - 1]! + (items[before]!.width + items[i]!.width) / 2 + ACROSS);
  });
  const pools: { sum: number; size: number }[] = [];
  layer.forEach((_, at) => {
    let pool = { sum: wanted[at]! - shift[at]!, size: 1 };
    for (
      let last = pools.at(-1);
      last !== undefined && last.sum / last.size > pool.sum / pool.size;
      last = pools.at(-1)
    ) {
      pool = { sum: pool.sum + last.sum, size: pool.size + last.size };
      pools.pop();
    }
    pools.push(pool);
  });
  let at = 0;
  for (const pool of pools)
    for (let n = 0; n < pool.size; n++, at++) items[layer[at]!]!.x = pool.sum / pool.size + shift[at]!;
}

/** Heights of the layers, from the top; gives the height of all. */
function stack(items: Item[], layers: readonly (readonly number[])[]): number {
  let y = 0;
  layers.forEach((l, at) => {
    const high = Math.max(0, ...l.map((i) => items[i]!.height));
    if (at > 0) y += DOWN;
    for (const i of l) items[i]!.y = y + high / 2;
    y += high;
  });
  return y;
}
