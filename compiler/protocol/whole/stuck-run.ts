/**
 * A run of a whole program that gets stuck, as `search.ts` finds it: who makes which thread, what they say to each other, and
 * where each stands in the end.
 * Invariant: role i is thread i of the run, the first being the one it starts with; no two roles have the same name.
 */
import type { Span } from '../../source/source.js';
import type { Automaton } from '../automaton/automaton.js';
import { roleNames } from '../compose/cluster.js';
import type { Edge as MachineEdge, System } from '../decide/system.js';
import type { Step, Stuck, Verdict } from '../decide/verdict.js';
import { type Origin, type Place, TIMEOUT } from '../compose/projection.js';
import { type Found, homeOf, otherSide, type World } from './search.js';

/** A thread made on the way. */
export interface Birth {
  readonly child: number;
  readonly parent: number;
  /** How many steps of the schedule come before. */
  readonly after: number;
  readonly span: Span;
}

export interface StuckRun {
  readonly system: System;
  readonly schedule: readonly Step[];
  readonly births: readonly Birth[];
  readonly stuck: Stuck;
  /** Per role, where it stands. */
  readonly places: readonly Place[];
  /** Per role, the body it began with, and those that it called on the way. */
  readonly bodies: readonly (readonly Automaton[])[];
  /** Configurations looked at before it was found. */
  readonly states: number;
}

/** `among`: the threads that wait for each other, if not all do. */
export function describeRun({ path, states, among }: Found): StuckRun {
  const { world } = path.at(-1)!;
  const schedule: Step[] = [];
  const births: Birth[] = [];
  for (const [i, { by, world: later }] of path.entries()) {
    if (by === undefined) continue;
    const { thread, move, partner } = by;
    const earlier = path[i - 1]!.world.threads;
    const { edge } = move;
    if (edge.kind === 'spawn')
      edge.members.forEach(({ span }, i) =>
        births.push({ child: earlier.length + i, parent: thread, after: schedule.length, span }),
      );
    const origin: Origin = { span: edge.span, session: homeOf(later.threads[thread]!).name };
    const step = (kind: MachineEdge['kind'], label: string): void =>
      void schedule.push({ role: thread, edge: { from: 0, kind, partner, label, to: 0, origin } });
    if (edge.kind === 'timeout') step('silent', TIMEOUT);
    else if (partner < 0) continue;
    else if (edge.kind === 'send' || edge.kind === 'cast') step('send', edge.label);
    else if (edge.kind === 'receive' || edge.kind === 'any' || edge.kind === 'accept') step('receive', edge.label);
  }
  const going: MachineEdge = { from: 0, kind: 'silent', partner: -1, label: '', to: 0 };
  const names = roleNames(world.threads.map((t) => homeOf(t).name));
  const roles = world.threads.map((t, i) => {
    const over = t.automaton.states[t.state]!.kind === 'end';
    return { name: names[i]!, init: 0, states: 1, edges: over ? [] : [going] };
  });
  return {
    system: { name: names.join(', '), roles },
    schedule,
    births,
    stuck: { states: roles.map(() => 0), queues: [], waiting: waitingIn(world, among), unread: [] },
    places: world.threads.map((t) => ({ automaton: t.automaton, state: t.state })),
    bodies: world.threads.map((_, i) => bodiesOf(path.flatMap((at) => at.world.threads[i] ?? []))),
    states,
  };
}

/** What a thread was in on the way, first what it began with. */
function bodiesOf(all: readonly World['threads'][number][]): readonly Automaton[] {
  const entered = all.flatMap((t) => [...(t.callers ?? []).map((c) => c.automaton), t.automaton]);
  return [...new Set([...all.slice(0, 1).map(homeOf), ...entered])];
}

/** The one sentence about it. */
export function reasonOf({ system, stuck }: StuckRun): string {
  const name = (role: number): string => system.roles[role]!.name;
  const clauses = stuck.waiting.map((w) => {
    const what = w.awaits.map((a) => `${a.labels.join(' or ')}${a.partner < 0 ? '' : ` from ${name(a.partner)}`}`);
    return `${name(w.role)} is waiting for ${what.join(' or ')}`;
  });
  const all = clauses.length < 2 ? clauses.join('') : `${clauses.slice(0, -1).join(', ')}, and ${clauses.at(-1)!}`;
  return `${all}: nobody can go on`;
}

export function verdictOf(run: StuckRun): Extract<Verdict, { verdict: 'rejected' }> {
  const { schedule, stuck, states } = run;
  const reason = reasonOf(run);
  return { verdict: 'rejected', kind: 'deadlock', reason, schedule, shortest: true, stuck, states };
}

function waitingIn(world: World, among: readonly number[] | undefined): Stuck['waiting'] {
  return world.threads.flatMap((t, role) => {
    const state = t.automaton.states[t.state]!;
    if (state.kind !== 'wait' || among?.includes(role) === false) return [];
    const partners = new Map<number, string[]>();
    for (const e of state.edges) {
      if (e.kind === 'watched') partners.set(-1, [`the end of ${e.name}`]);
      if (e.kind !== 'receive' && e.kind !== 'any') continue;
      const ends = e.kind === 'any' ? (t.pools.get(e.pool) ?? []) : [t.ends.get(e.end)];
      for (const partner of ends.map((end) => otherSide(world, end)))
        partners.set(partner, [...new Set([...(partners.get(partner) ?? []), e.label])]);
    }
    const awaits = [...partners].map(([partner, labels]) => ({ partner, labels, because: 'partner-stuck' as const }));
    return awaits.length === 0 ? [] : [{ role, awaits }];
  });
}
