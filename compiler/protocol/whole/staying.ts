/**
 * Who stays in a loop while others wait: a session may go round with one peer for ever and never come to what it owes another
 * (its answer, the acceptance of a client, its end, the return of a call). Whether it is let out of such a loop is asked of the
 * composition of the links on which it loops, and whether that matters of the composition that waits.
 * Invariant: conservative. A loop with only one way on is left if every composition that the awaited link may belong to lets the thread
 * leave from everywhere; choices of third parties never count as help.
 */
import type { Automaton, EndId, State } from '../automaton/automaton.js';
import { bornOf } from '../automaton/automaton.js';
import type { Composition } from '../compose/composition.js';
import type { Options } from '../decide/decide.js';
import { decide } from '../decide/decide.js';
import type { Edge as MachineEdge, System } from '../decide/system.js';
import { hasLoops, loopsIn, type Loop } from '../automaton/loops.js';
import { awaited, isAsked, type Projection, TIMEOUT, touches } from '../compose/projection.js';

/** A role of a composition. */
interface Part {
  readonly index: number;
  readonly role: number;
}

export class Staying {
  /** By place of a wait and end: the roles of compositions that hold it there. */
  private readonly parts = new Map<string, Part[]>();
  private readonly left = new Map<string, boolean>();
  private readonly bodies = new Map<string, Loop | undefined>();

  constructor(
    private readonly compositions: readonly Composition[],
    private readonly options: Options,
  ) {
    compositions.forEach((c, index) =>
      c.projections.forEach((p, role) => {
        for (const { place, held } of p.visited)
          for (const [, end] of isAsked(place) ? held : []) {
            const key = endKey(place.automaton, place.state, end);
            const list = this.parts.get(key) ?? [];
            if (!list.some((x) => x.index === index && x.role === role)) list.push({ index, role });
            this.parts.set(key, list);
          }
      }),
    );
  }

  /** A loop in which a thread may stay while somebody waits on a link of this composition. */
  inComposition(c: Composition): Loop | undefined {
    if (c.verdict.verdict !== 'safe' || c.cluster.kind === 'watch') return undefined;
    for (const [role, p] of c.projections.entries()) {
      const held = new Map<Automaton, Map<number, Set<EndId>>>();
      for (const { place, held: ends } of p.visited) {
        if (!hasLoops(place.automaton)) continue;
        const states = held.get(place.automaton) ?? new Map<number, Set<EndId>>();
        const mine = states.get(place.state) ?? new Set();
        ends.forEach(([, end]) => mine.add(end));
        held.set(place.automaton, states.set(place.state, mine));
      }
      for (const [automaton, ends] of held) {
        const loops = loopsIn(automaton, new Set(ends.keys()), (at, edge) => touches(edge, ends.get(at)!));
        for (const loop of loops) if (!this.isLeft(loop) && this.matters(c, role, loop)) return loop;
      }
    }
    return undefined;
  }

  /** A loop that may keep a thread from coming to such a state, wherever in the body it stands. */
  inBody(body: Automaton, goal: (state: State) => boolean): Loop | undefined {
    const key = `${body.key} ${body.states.flatMap((state, at) => (goal(state) ? [at] : [])).join()}`;
    const known = this.bodies.get(key);
    if (known !== undefined || this.bodies.has(key)) return known;
    const within = new Set(body.states.flatMap((state, at) => (goal(state) ? [] : [at])));
    const found = loopsIn(body, within).find((loop) => !this.isLeft(loop));
    this.bodies.set(key, found);
    return found;
  }

  /** The names of those who go round together. */
  runners(loop: Loop): string[] {
    const { automaton, states } = loop;
    const names = new Set([automaton.name]);
    for (const at of states)
      for (const end of automaton.states[at]!.edges.flatMap(awaited))
        for (const part of this.parts.get(endKey(automaton, at, end)) ?? [])
          if (!this.letsOut(loop, part))
            this.compositions[part.index]!.cluster.roles.forEach((r, i) => i !== part.role && names.add(r.name));
    return [...names];
  }

  /** Whether some peer lets the thread out of the loop, sooner or later. */
  private isLeft(loop: Loop): boolean {
    const { automaton, states } = loop;
    const ends = new Map<EndId, Set<number>>();
    for (const at of states)
      for (const end of automaton.states[at]!.edges.flatMap(awaited)) {
        const places = ends.get(end) ?? new Set();
        ends.set(end, places.add(at));
      }
    return [...ends].some(([end, places]) => {
      const parts = [...places].map((at) => this.parts.get(endKey(automaton, at, end)) ?? []);
      // A link of which nothing is known is the matter of whoever makes it.
      return parts.every((list) => list.every((part) => this.letsOut(loop, part)));
    });
  }

  private letsOut({ automaton, states }: Loop, { index, role }: Part): boolean {
    const key = `${index} ${role} ${automaton.key} ${[...states].sort((a, b) => a - b).join()}`;
    const known = this.left.get(key);
    if (known !== undefined) return known;
    const { projections, system } = this.compositions[index]!;
    const p = projections[role]!;
    const inside = insideOf(p, { automaton, states });
    const foreign = foreignEdges(p, inside);
    const ways = new Map<number, Set<number>>();
    for (const e of foreign) if (inside.has(e.to)) ways.set(e.from, (ways.get(e.from) ?? new Set()).add(e.to));
    let lets = [...ways.values()].every((to) => to.size < 2);
    if (lets) {
      // Who makes the link anew in each round is not let out by its end.
      const renews = [...states].some((at) =>
        automaton.states[at]!.edges.some(
          (e) => states.has(e.to) && e.kind !== 'take' && e.kind !== 'any' && bornOf(e).length > 0,
        ),
      );
      const mustLeave = new Set(inside);
      const { done } = system.roles[role]!;
      if (renews && done !== undefined) mustLeave.add(done);
      const verdict = decide(withRole(system, role, outsideEdges(foreign, inside), mustLeave), this.options);
      lets = verdict.verdict === 'safe' && !verdict.dependsOn.some((d) => d.role === role && d.stays === true);
    }
    this.left.set(key, lets);
    return lets;
  }

  /** Whether somebody on the composition's own links waits for ever if the role never leaves the loop. */
  private matters(c: Composition, role: number, loop: Loop): boolean {
    const p = c.projections[role]!;
    const inside = insideOf(p, loop);
    const closed = outsideEdges(foreignEdges(p, inside), inside);
    if (closed.size === 0 || c.verdict.verdict !== 'safe') return false;
    const verdict = decide(withRole(c.system, role, closed), this.options);
    if (verdict.verdict !== 'safe') return true;
    const { dependsOn, dependsOutside } = c.verdict;
    return verdict.dependsOn.length > dependsOn.length || verdict.dependsOutside.length > dependsOutside.length;
  }
}

/** The states of a role that stand for places in the loop. */
const insideOf = (p: Projection, { automaton, states }: Loop): ReadonlySet<number> =>
  new Set(p.places.flatMap((at, n) => (at?.automaton === automaton && states.has(at.state) ? [n] : [])));

/** The branches of waits in the loop that others than the composition's own peers decide. */
function foreignEdges(p: Projection, inside: ReadonlySet<number>): readonly MachineEdge[] {
  return p.role.edges.filter(
    (e) =>
      inside.has(e.from) &&
      e.kind === 'silent' &&
      e.label !== TIMEOUT &&
      p.places[e.from]!.automaton.states[p.places[e.from]!.state]!.kind === 'wait',
  );
}

const outsideEdges = (foreign: readonly MachineEdge[], inside: ReadonlySet<number>): ReadonlySet<MachineEdge> =>
  new Set(foreign.filter((e) => !inside.has(e.to)));

/** The system in which nobody can count on these edges of the role. */
function withRole(
  system: System,
  role: number,
  closed: ReadonlySet<MachineEdge>,
  mustLeave?: ReadonlySet<number>,
): System {
  const roles = system.roles.map((r, i) => {
    if (i !== role) return r;
    const edges = r.edges.map((e) => (closed.has(e) ? { ...e, kind: 'outside' as const } : e));
    return { ...r, edges, ...(mustLeave && { mustLeave }) };
  });
  return { ...system, roles };
}

const endKey = (automaton: Automaton, state: number, end: EndId): string => `${automaton.key} ${state} ${end}`;
