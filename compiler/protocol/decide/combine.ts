/**
 * The verdict on a whole system from those on its connected components, in the numbering of the whole.
 * Invariant: the whole is safe only if every component is; one rejected component rejects it.
 */
import type { Component } from './components.js';
import type { System } from './system.js';
import type { Argument, Rejected, Step, Verdict } from './verdict.js';

/** From the weakest to the strongest, so that a mixture is called by its weakest part. */
const ORDER: readonly Argument[] = ['regular', 'exhaustive', 'half-duplex', 'exhausted'];

const globalSteps = (part: Component, steps: readonly Step[]): Step[] =>
  steps.map((s) => {
    const index = part.system.roles[s.role]!.edges.indexOf(s.edge);
    return { role: part.roles[s.role]!, edge: part.edges[s.role]![index]! };
  });

/** A rejection of a component as one of the whole, whose other roles have not begun. */
const globalRejection = (system: System, part: Component, v: Rejected): Rejected => {
  const states = system.roles.map((r) => r.init);
  part.roles.forEach((p, local) => (states[p] = v.stuck.states[local]!));
  const at = (local: number): number => part.roles[local]!;
  return {
    ...v,
    schedule: globalSteps(part, v.schedule),
    stuck: {
      states,
      queues: v.stuck.queues.map((q) => ({ ...q, from: at(q.from), to: at(q.to) })),
      waiting: v.stuck.waiting.map((w) => ({
        role: at(w.role),
        awaits: w.awaits.map((a) => ({ ...a, partner: at(a.partner) })),
      })),
      unread: v.stuck.unread.map((m) => ({ ...m, from: at(m.from), to: at(m.to) })),
    },
  };
};

/** `verdicts` answers the components in `parts`: all, or some with a rejected one among them. `states`: what was explored in all. */
export const combine = (
  system: System,
  parts: readonly Component[],
  verdicts: readonly Verdict[],
  states: number,
): Verdict => {
  const cost = { states };
  for (const [i, v] of verdicts.entries())
    if (v.verdict === 'rejected') return { ...globalRejection(system, parts[i]!, v), ...cost };
  for (const [i, v] of verdicts.entries()) {
    if (v.verdict !== 'unknown') continue;
    return { ...v, ...cost, prefix: globalSteps(parts[i]!, v.prefix), loop: globalSteps(parts[i]!, v.loop) };
  }
  const safe = verdicts.flatMap((v) => (v.verdict === 'safe' ? [v] : []));
  return {
    ...cost,
    verdict: 'safe',
    bound: safe.some((v) => v.argument === 'regular') ? 0 : safe.reduce((max, v) => Math.max(max, v.bound), 1),
    argument: ORDER.find((a) => safe.some((v) => v.argument === a)) ?? 'exhausted',
    dependsOn: safe.flatMap((v, i) =>
      v.dependsOn.map((d) => ({
        ...d,
        role: parts[i]!.roles[d.role]!,
        ...(d.unreadFrom === undefined ? {} : { unreadFrom: parts[i]!.roles[d.unreadFrom]! }),
        loop: globalSteps(parts[i]!, d.loop),
        runners: d.runners.map((r) => parts[i]!.roles[r]!),
      })),
    ),
    ...(safe.some((v) => v.happens) && { happens: safe.flatMap((v, i) => globalSteps(parts[i]!, v.happens ?? [])) }),
    dependsOutside: safe.flatMap((v, i) =>
      v.dependsOutside.map((d) => ({
        ...d,
        role: parts[i]!.roles[d.role]!,
        starved: d.starved.map((r) => parts[i]!.roles[r]!),
        ...(d.surprise && { surprise: globalRejection(system, parts[i]!, d.surprise) }),
      })),
    ),
  };
};
