/**
 * Exact decision of a system of two roles that never both send: each reachable configuration is a rendezvous one followed by
 * sends of one side (Cécé & Finkel, "Verification of programs with half-duplex communication", Information and Computation
 * 2005, section 4), so the space with rendezvous, which is finite, tells all.
 * Invariant: answers `safe` only, and only where no reachable rendezvous configuration lets both roles send.
 */
import { Configurations } from './configurations.js';
import { isLate, type Limits } from './graph.js';
import type { Machine } from './tables.js';
import { ENDED, RECEIVE, SEND, SILENT } from './tables.js';
import type { Verdict } from './verdict.js';

const kindsAt = (machine: Machine, state: number): Set<number> =>
  new Set(machine.kind.subarray(machine.edgeStart[state]!, machine.edgeStart[state + 1]!));

/** A safe verdict, or undefined where the method does not apply or somebody could get stuck or starve. */
export const halfDuplex = (machine: Machine, limits: Limits): Verdict | undefined => {
  if (machine.roles !== 2 || machine.kind.some((k) => k !== SEND && k !== RECEIVE && k !== SILENT)) return undefined;
  // Who stays where it must not is told by the graph alone.
  if (machine.system.roles.some((r) => r.mustLeave !== undefined)) return undefined;
  if (machine.channels.some((c) => c.from === c.to) || stepsForEver(machine)) return undefined;
  const pairs = new Configurations(2);
  pairs.intern(machine.initial);
  const arcs: { from: number; to: number; moved: number }[] = [];
  for (let c = 0; c < pairs.count; c++) {
    if (pairs.count > limits.states || isLate(limits)) return undefined;
    const state = [pairs.cells[c * 2]!, pairs.cells[c * 2 + 1]!] as const;
    const kinds = state.map((s) => kindsAt(machine, s));
    if (kinds[0]!.has(SEND) && kinds[1]!.has(SEND)) return undefined;
    for (const me of [0, 1] as const) {
      const other = state[1 - me]!;
      const place = (mine: number, theirs: number): Int32Array =>
        Int32Array.from(me === 0 ? [mine, theirs] : [theirs, mine]);
      let stepped = false;
      for (let e = machine.edgeStart[state[me]]!; e < machine.edgeStart[state[me] + 1]!; e++) {
        if (machine.kind[e] === SILENT) {
          arcs.push({ from: c, to: pairs.intern(place(machine.target[e]!, other)), moved: 1 << me });
          stepped = true;
        }
        if (machine.kind[e] !== SEND) continue;
        let taken = false;
        for (let f = machine.edgeStart[other]!; f < machine.edgeStart[other + 1]!; f++) {
          if (machine.kind[f] !== RECEIVE || machine.symbol[f] !== machine.symbol[e]) continue;
          arcs.push({ from: c, to: pairs.intern(place(machine.target[e]!, machine.target[f]!)), moved: 3 });
          taken = true;
        }
        if (!taken && !kinds[1 - me]!.has(SILENT)) return undefined;
        stepped = true;
      }
      const idle = !stepped && machine.shape[state[me]] !== ENDED;
      if (idle && !kinds[1 - me]!.has(SEND) && !kinds[1 - me]!.has(SILENT)) return undefined;
    }
  }
  return everyoneGoesOn(machine, pairs, arcs)
    ? {
        verdict: 'safe',
        bound: 1,
        argument: 'half-duplex',
        dependsOn: [],
        dependsOutside: [],
        states: pairs.count,
      }
    : undefined;
};

/** Whether some role can take silent steps without end; then it could leave a message lying that it should take. */
const stepsForEver = (machine: Machine): boolean => {
  const state = new Uint8Array(machine.shape.length);
  const visit = (s: number): boolean => {
    if (state[s] !== 0) return state[s] === 1;
    state[s] = 1;
    for (let e = machine.edgeStart[s]!; e < machine.edgeStart[s + 1]!; e++) {
      if (machine.kind[e] === SILENT && visit(machine.target[e]!)) return true;
    }
    state[s] = 2;
    return false;
  };
  return machine.kind.includes(SILENT) && machine.shape.some((_, s) => visit(s));
};

/** Whether from every rendezvous configuration each role that has not ended can move again. */
const everyoneGoesOn = (
  machine: Machine,
  pairs: Configurations,
  arcs: readonly { from: number; to: number; moved: number }[],
): boolean => {
  const can = new Uint8Array(pairs.count);
  for (let changed = true; changed;) {
    changed = false;
    for (let i = arcs.length - 1; i >= 0; i--) {
      const { from, to, moved } = arcs[i]!;
      const now = can[from]! | can[to]! | moved;
      if (now !== can[from]) {
        can[from] = now;
        changed = true;
      }
    }
  }
  for (let c = 0; c < pairs.count; c++) {
    for (const me of [0, 1]) {
      if ((can[c]! & (1 << me)) === 0 && machine.shape[pairs.cells[c * 2 + me]!] !== ENDED) return false;
    }
  }
  return true;
};
