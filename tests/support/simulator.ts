/**
 * Replays the schedule of a rejection step by step and confirms what is said of its end, with the naive semantics of
 * `brute-force.ts`: the configuration is the reported one, and from it the roles and messages said to be stuck stay so.
 */
import type { System } from '../../compiler/protocol/decide/system.js';
import type { Verdict } from '../../compiler/protocol/decide/verdict.js';
import { apply, enumerate, start } from './brute-force.js';

/** Configurations looked at after the end of a schedule; the stuck ones must not move in any of them. */
const LOOKED_AT = 600;

/** What is wrong with the rejection, or undefined if it was confirmed. */
export const refute = (system: System, verdict: Extract<Verdict, { verdict: 'rejected' }>): string | undefined => {
  let config = start(system);
  for (const [i, step] of verdict.schedule.entries()) {
    if (!system.roles[step.role]!.edges.includes(step.edge))
      return `step ${String(i + 1)} is not an edge of the system`;
    const next = apply(system, config, step);
    if (next === undefined) return `step ${String(i + 1)} cannot be taken`;
    config = next;
  }
  const { stuck } = verdict;
  if (JSON.stringify(stuck.states) !== JSON.stringify(config.states)) return 'ends in other states than reported';
  const reported = new Map(stuck.queues.map((q) => [`${String(q.from)}>${String(q.to)}`, q.labels]));
  for (const [pair, queue] of Object.entries(config.queues)) {
    const labels = queue.filter((m) => !m.startsWith('\u0000'));
    if (JSON.stringify(reported.get(pair) ?? []) !== JSON.stringify(labels)) return `queue ${pair} is not as reported`;
  }
  if (stuck.waiting.length === 0 && stuck.unread.length === 0) return 'nobody is said to be stuck';
  const space = enumerate(system, LOOKED_AT, config);
  for (const w of stuck.waiting) {
    if (system.roles[w.role]!.edges.every((e) => e.from !== config.states[w.role]))
      return 'a role that ended is said to wait';
    if (space.arcs.some((list) => list.some((a) => a.move.role === w.role))) return `role ${String(w.role)} can move`;
  }
  for (const m of stuck.unread) {
    if (config.queues[`${String(m.from)}>${String(m.to)}`]?.[0] !== m.label) return 'an unread message is not there';
    const taken = space.arcs.some((list) =>
      list.some(({ move }) => move.role === m.to && move.edge.partner === m.from && move.edge.kind === 'receive'),
    );
    if (taken) return `the message ${m.label} is taken`;
  }
  return undefined;
};
