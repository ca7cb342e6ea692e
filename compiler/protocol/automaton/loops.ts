/**
 * Loops: where one thread may go round for ever by itself or as long as others let it, whatever it owes to the rest.
 * Invariant: each loop found has no way out but by messages (or the end) of others, or none at all; a choice of the thread's own that
 * leads out of a loop is taken to fall that way some time (docs/guarantees.md, "Verdicts").
 */
import type { Automaton, Edge } from './automaton.js';

/** States of one automaton among which a thread may stay. */
export interface Loop {
  readonly automaton: Automaton;
  readonly states: ReadonlySet<number>;
}

/** The loops within `within` that avoid the edges `cut`. */
export function loopsIn(
  automaton: Automaton,
  within: ReadonlySet<number>,
  cut: (state: number, edge: Edge) => boolean = () => false,
): Loop[] {
  const found: Loop[] = [];
  const work = [within];
  for (const states of work) {
    for (const part of cyclesIn(automaton, states, cut)) {
      const choosing = [...part].filter((at) => leavesByItself(automaton, at, part));
      if (choosing.length === 0) found.push({ automaton, states: part });
      else work.push(new Set([...part].filter((at) => !choosing.includes(at))));
    }
  }
  // A call that may run for ever is a loop of its own.
  for (const at of within)
    if (automaton.states[at]!.edges.some((e) => e.kind === 'endless')) found.push({ automaton, states: new Set([at]) });
  return found;
}

const turning = new WeakMap<Automaton, boolean>();
/** Whether there is any loop in it that `loopsIn` could find. */
export function hasLoops(automaton: Automaton): boolean {
  let found = turning.get(automaton);
  if (found === undefined) {
    const all = new Set(automaton.states.keys());
    const endless = automaton.states.some((s) => s.edges.some((e) => e.kind === 'endless'));
    turning.set(automaton, (found = endless || cyclesIn(automaton, all, () => false).length > 0));
  }
  return found;
}

/** Steps that nobody can count on, or that are none of a loop's. */
const UNSURE: ReadonlySet<Edge['kind']> = new Set<Edge['kind']>(['raise', 'accept', 'endless']);
const OWN: ReadonlySet<Edge['kind']> = new Set<Edge['kind']>(['silent', 'timeout', 'take', 'empty']);

function leavesByItself(automaton: Automaton, at: number, part: ReadonlySet<number>): boolean {
  const { edges, kind } = automaton.states[at]!;
  return edges.some((e) => OWN.has(e.kind) && !part.has(e.to) && (kind !== 'wait' || e.kind === 'timeout'));
}

/** The strongly connected components with a cycle (Tarjan 1972), iteratively. */
function cyclesIn(
  automaton: Automaton,
  within: ReadonlySet<number>,
  cut: (state: number, edge: Edge) => boolean,
): Set<number>[] {
  const next = (at: number): number[] =>
    automaton.states[at]!.edges.flatMap((e) => (UNSURE.has(e.kind) || !within.has(e.to) || cut(at, e) ? [] : [e.to]));
  const index = new Map<number, number>();
  const low = new Map<number, number>();
  const done = new Set<number>();
  const stack: number[] = [];
  const found: Set<number>[] = [];
  for (const root of within) {
    if (index.has(root)) continue;
    const path: { at: number; ways: number[] }[] = [];
    const enter = (at: number): void => {
      index.set(at, index.size);
      low.set(at, index.get(at)!);
      stack.push(at);
      path.push({ at, ways: next(at) });
    };
    enter(root);
    while (path.length > 0) {
      const { at, ways } = path.at(-1)!;
      const to = ways.pop();
      if (to !== undefined) {
        if (!index.has(to)) enter(to);
        else if (!done.has(to)) low.set(at, Math.min(low.get(at)!, index.get(to)!));
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) low.set(above.at, Math.min(low.get(above.at)!, low.get(at)!));
      if (low.get(at) !== index.get(at)) continue;
      const part = new Set<number>();
      for (let member = -1; member !== at;) {
        member = stack.pop()!;
        done.add(member);
        part.add(member);
      }
      if (part.size > 1 || next(at).includes(at)) found.push(part);
    }
  }
  return found;
}
