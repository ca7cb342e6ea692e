/**
 * Who can be starved in a system where nobody is stuck: a role that may wait for ever, or a message that may stay unread, only
 * because other roles run in an endless loop; and waits that hang on outside events. Strongly connected components are found
 * once (Tarjan 1972) and what each can still reach is carried backwards along them in one pass.
 * Invariant: asked only about a graph that was found covered; outside events are never counted as a way out.
 */
import type { Graph } from './graph.js';
import { DROP, ENDED, FAIL, LOST, OUTSIDE, RECEIVE, SEND } from './tables.js';
import { rejectionAt } from './rejection.js';
import { atOutside, isSurprised, stuckWithoutOutside } from './stuck.js';
import { UNBOUNDED } from './steps.js';
import type { DependsOn, DependsOutside, Rejected, Step } from './verdict.js';
import { NONE } from './words.js';

interface Arcs {
  readonly first: Int32Array;
  readonly next: Int32Array;
}

const outArcs = (graph: Graph): Arcs => {
  const first = new Int32Array(graph.count).fill(-1);
  const next = new Int32Array(graph.sources.length).fill(-1);
  for (let a = graph.sources.length - 1; a >= 0; a--) {
    if (graph.steps.machine.kind[graph.edges.get(a)] === OUTSIDE) continue;
    next[a] = first[graph.sources.get(a)]!;
    first[graph.sources.get(a)] = a;
  }
  return { first, next };
};

/** Component of each configuration; a component's number is larger than those of the components it reaches. */
const stronglyConnected = (graph: Graph, arcs: Arcs): Int32Array => {
  const component = new Int32Array(graph.count).fill(-1);
  const index = new Int32Array(graph.count).fill(-1);
  const low = new Int32Array(graph.count);
  const cursor = arcs.first.slice();
  const [stack, path]: [number[], number[]] = [[], []];
  let [time, made] = [0, 0];
  for (let root = 0; root < graph.count; root++) {
    if (index[root]! >= 0) continue;
    path.push(root);
    while (path.length > 0) {
      const c = path[path.length - 1]!;
      if (index[c]! < 0) {
        index[c] = low[c] = time++;
        stack.push(c);
      }
      const arc = cursor[c]!;
      if (arc >= 0) {
        const to = graph.targets.get(arc);
        if (index[to]! < 0) path.push(to);
        else {
          if (component[to]! < 0) low[c] = Math.min(low[c]!, low[to]!);
          cursor[c] = arcs.next[arc]!;
        }
        continue;
      }
      path.pop();
      if (low[c] !== index[c]) continue;
      for (let member = -1; member !== c;) {
        member = stack.pop()!;
        component[member] = made;
      }
      made++;
    }
  }
  return component;
};

/** By component, bits of the roles that move, the channels that are read or discarded and the roles that leave what they must, in it or after it. */
const reachable = (graph: Graph, component: Int32Array, width: number): Uint32Array => {
  const { machine } = graph.steps;
  const parts = component.reduce((max, c) => Math.max(max, c), -1) + 1;
  const can = new Uint32Array(parts * width);
  const arcs = Array.from({ length: graph.sources.length }, (_, a) => a).filter(
    (a) => machine.kind[graph.edges.get(a)] !== OUTSIDE,
  );
  arcs.sort((a, b) => component[graph.sources.get(a)]! - component[graph.sources.get(b)]!);
  for (const a of arcs) {
    const from = component[graph.sources.get(a)]! * width;
    const to = component[graph.targets.get(a)]! * width;
    const edge = graph.edges.get(a);
    const kind = machine.kind[edge]!;
    const role = machine.role[edge]!;
    const set = (bit: number): void => {
      can[from + (bit >>> 5)]! |= 1 << (bit & 31);
    };
    for (let w = 0; w < width; w++) can[from + w]! |= can[to + w]!;
    set(role);
    const must = machine.system.roles[role]!.mustLeave;
    if (must?.has(machine.target[edge]! - machine.firstState[role]!) === false)
      set(machine.roles + machine.channels.length + role);
    if (kind === RECEIVE || kind === LOST) set(machine.roles + machine.channel[edge]!);
    if (kind === DROP && machine.reverse[machine.channel[edge]!]! >= 0)
      set(machine.roles + machine.reverse[machine.channel[edge]!]!);
    if (kind === FAIL) for (const c of machine.incoming[role]!) set(machine.roles + c);
  }
  return can;
};

/** A shortest way from c to a configuration with `found`, as arcs; undefined if there is none. */
const wayTo = (
  graph: Graph,
  arcs: Arcs,
  c: number,
  follow: (arc: number) => boolean,
  found: (at: number) => boolean,
): number[] | undefined => {
  const by = new Map<number, number>();
  const queue = [c];
  for (const at of queue) {
    for (let a = arcs.first[at]!; a >= 0; a = arcs.next[a]!) {
      const to = graph.targets.get(a);
      if (!follow(a)) continue;
      if (found(to)) {
        const way = [a];
        for (let source = graph.sources.get(a); source !== c; source = graph.sources.get(way[0]!))
          way.unshift(by.get(source)!);
        return way;
      }
      if (by.has(to) || to === c) continue;
      by.set(to, a);
      queue.push(to);
    }
  }
  return undefined;
};

interface OutsideWait {
  readonly role: number;
  readonly state: number;
  readonly starved: Set<number>;
  surprise?: Rejected;
}

export interface Starvation {
  readonly dependsOn: readonly DependsOn[];
  readonly dependsOutside: readonly DependsOutside[];
  readonly happens?: readonly Step[];
}

/** What happens in a system where links are dropped; nothing is asked of others. */
const happening = (graph: Graph): readonly Step[] | undefined => {
  const { kind } = graph.steps.machine;
  if (!kind.includes(DROP)) return undefined;
  const seen = new Uint8Array(kind.length);
  const found: Step[] = [];
  for (let a = 0; a < graph.edges.length; a++) {
    const edge = graph.edges.get(a);
    if (seen[edge] !== 0) continue;
    seen[edge] = 1;
    if (kind[edge] === SEND || kind[edge] === DROP || kind[edge] === LOST) found.push(graph.stepOf(a));
  }
  return found;
};

/** Whether the role has a step of its own now; an outside event is none. */
const movesInside = (steps: Graph['steps'], cells: Int32Array, at: number, role: number): boolean => {
  const { edgeStart, kind } = steps.machine;
  const state = cells[at + role]!;
  for (let e = edgeStart[state]!; e < edgeStart[state + 1]!; e++)
    if (kind[e] !== OUTSIDE && steps.enabled(cells, at, e, UNBOUNDED)) return true;
  return false;
};

export const starvation = (graph: Graph): Starvation => {
  const { steps } = graph;
  const { machine } = steps;
  const arcs = outArcs(graph);
  const component = stronglyConnected(graph, arcs);
  const width = Math.ceil((2 * machine.roles + machine.channels.length) / 32);
  const can = reachable(graph, component, width);
  const { cells } = graph.configurations;
  const found = new Map<string, DependsOn>();
  const outside = new Map<string, OutsideWait>();
  const local = (c: number, role: number): number => cells[graph.offset(c) + role]! - machine.firstState[role]!;

  const loopFrom = (c: number): Step[] => {
    let bottom = c;
    const leaves = (at: number): boolean => {
      for (let a = arcs.first[at]!; a >= 0; a = arcs.next[a]!)
        if (component[graph.targets.get(a)] !== component[at]) return true;
      return false;
    };
    const members = new Map<number, boolean>();
    for (let at = 0; at < graph.count; at++) {
      members.set(component[at]!, (members.get(component[at]!) ?? true) && !leaves(at) && arcs.first[at]! >= 0);
    }
    const isLoop = (at: number): boolean => members.get(component[at]!) === true;
    if (!isLoop(c)) {
      const way = wayTo(graph, arcs, c, () => true, isLoop);
      if (way === undefined) return [];
      bottom = graph.targets.get(way[way.length - 1]!);
    }
    const round = wayTo(
      graph,
      arcs,
      bottom,
      (a) => component[graph.targets.get(a)] === component[bottom],
      (at) => at === bottom,
    );
    return (round ?? []).map((a) => graph.stepOf(a));
  };
  const note = (c: number, role: number, unreadFrom: number | undefined): void => {
    const key = `${String(role)} ${String(local(c, role))} ${String(unreadFrom)}`;
    if (found.has(key)) return;
    const loop = loopFrom(c);
    if (loop.length === 0) return;
    const runners = [...new Set(loop.map((s) => s.role))].sort((a, b) => a - b);
    found.set(key, { role, state: local(c, role), ...(unreadFrom === undefined ? {} : { unreadFrom }), loop, runners });
  };

  const stays = (c: number, role: number): void => {
    const key = `${String(role)} stays`;
    if (found.has(key)) return;
    found.set(key, { role, state: local(c, role), stays: true, loop: loopFrom(c), runners: [role] });
  };

  for (let c = 0; c < graph.count; c++) {
    const at = graph.offset(c);
    const lacks = (bit: number): boolean => (can[component[c]! * width + (bit >>> 5)]! & (1 << (bit & 31))) === 0;
    for (let p = 0; p < machine.roles; p++) {
      if (machine.shape[cells[at + p]!] !== ENDED && lacks(p) && !movesInside(steps, cells, at, p))
        note(c, p, undefined);
      if (
        machine.system.roles[p]!.mustLeave?.has(local(c, p)) === true &&
        lacks(machine.roles + machine.channels.length + p)
      )
        stays(c, p);
    }
    for (let ch = 0; ch < machine.channels.length; ch++) {
      const head = steps.words.head(steps.word(cells, at, ch));
      if (head !== NONE && !machine.isLoss(head) && lacks(machine.roles + ch))
        note(c, machine.channels[ch]!.to, machine.channels[ch]!.from);
    }
    if (!machine.hasOutside) continue;
    const starved = stuckWithoutOutside(steps, cells, at);
    for (const p of starved) {
      if (!atOutside(steps, cells, at, p)) continue;
      const key = `${String(p)} ${String(local(c, p))}`;
      const entry: OutsideWait = outside.get(key) ?? { role: p, state: local(c, p), starved: new Set<number>() };
      if (entry.surprise === undefined && isSurprised(steps, cells, at, p))
        entry.surprise = rejectionAt(graph, c, { outside: false });
      for (const q of starved) entry.starved.add(q);
      outside.set(key, entry);
    }
  }
  const happens = happening(graph);
  return {
    ...(happens && { happens }),
    dependsOn: [...found.values()],
    dependsOutside: [...outside.values()].map((o) => ({ ...o, starved: [...o.starved].sort((a, b) => a - b) })),
  };
};
