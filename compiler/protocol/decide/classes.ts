/**
 * Classes of steps, a bit each in the rows of the coverage check: what one unit can do at one moment is enabled as a whole or,
 * for its sends, held back as a whole.
 * Invariant: every edge is in one class; all sends of a class go to one channel, and no class has sends and other steps.
 */
import type { Machine } from './tables.js';
import { hasBit, SEND } from './tables.js';

export interface Classes {
  readonly count: number;
  /** By edge. */
  readonly of: Int32Array;
  /** By class: whose it is, the agent (-1 where the role has none), and the channel that its sends go to (-1 for others). */
  readonly role: readonly number[];
  readonly agent: readonly number[];
  readonly channel: readonly number[];
  /** By unit, a row of bits: the classes that a step of the unit takes the place of. */
  readonly own: Uint32Array;
  readonly width: number;
}

const known = new WeakMap<Machine, Classes>();

/** In a role none of whose agents splits off anywhere, all steps but sends are one class. */
export const classesOf = (machine: Machine): Classes => {
  const found = known.get(machine) ?? classify(machine);
  known.set(machine, found);
  return found;
};

const classify = (machine: Machine): Classes => {
  const { agents, kind, channel, roles } = machine;
  const [role, agent, sends]: [number[], number[], number[]] = [[], [], []];
  const numbers = new Map<string, number>();
  const of = Int32Array.from(kind, (k, e) => {
    const p = machine.role[e]!;
    const a = agents.some[p] === 1 ? agents.of[e]! : -1;
    const c = k === SEND ? channel[e]! : -1;
    const key = `${String(p)} ${String(a)} ${String(c)}`;
    const made = numbers.get(key);
    if (made !== undefined) return made;
    numbers.set(key, role.length);
    role.push(p);
    agent.push(a);
    sends.push(c);
    return role.length - 1;
  });
  const width = Math.max(1, Math.ceil(role.length / 32));
  const own = new Uint32Array((roles + agents.count) * width);
  role.forEach((p, bit) => {
    const mark = (unit: number): void => {
      own[unit * width + (bit >>> 5)]! |= 1 << (bit & 31);
    };
    mark(p);
    if (agent[bit]! >= 0) mark(roles + agent[bit]!);
  });
  return { count: role.length, of, role, agent, channel: sends, own, width };
};

/** The unit to expand so that the steps of a class are followed at a local state: the agent where it splits off, else the role. */
export const unitOf = (machine: Machine, classes: Classes, bit: number, state: number): number => {
  const agent = classes.agent[bit]!;
  return agent >= 0 && hasBit(machine.agents.splits, state, agent) ? machine.roles + agent : classes.role[bit]!;
};
