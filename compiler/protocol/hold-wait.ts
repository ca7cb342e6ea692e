/**
 * Services by hold-and-wait (Coffman, Elphick and Shoshani 1971, the third of their four conditions): a graph over classes of links. An edge
 * y -> x says that some session waits on x while it holds an unfinished y; where no cycle passes through a service, nobody
 * can wait in a circle through it, however many clients there are.
 * Invariant: conservative. Every wait of every session that takes part adds its edges, also those inside functions called.
 */
import type { Span } from '../source/source.js';
import type { Automaton, EndId, State } from './automaton.js';
import type { Code } from './code.js';
import type { Composition } from './compose.js';
import { awaited } from './project.js';

/** A class: a composition's links by its index, or clients not yet accepted by a session, by its key. */
type Class = number | string;

interface Arc {
  readonly from: Class;
  readonly to: Class;
  readonly session: string;
  readonly span: Span;
}

export interface HoldAndWait {
  /** Per composition that lies on a cycle through a service: where somebody waits while holding. */
  readonly cycles: ReadonlyMap<
    number,
    { readonly session: string; readonly span: Span; readonly others: readonly Span[] }
  >;
  /** Keys of sessions that do not accept the same labels everywhere. */
  readonly uneven: ReadonlySet<string>;
}

export function holdAndWait(compositions: readonly Composition[], codes: ReadonlyMap<string, Code>): HoldAndWait {
  const services = compositions.flatMap((c) => c.cluster.roles.flatMap((r) => r.serves ?? []));
  const uneven = new Set(services.filter(acceptsUnevenly).map((a) => a.key));
  if (services.length === 0) return { cycles: new Map(), uneven };
  const arcs = new Graph(compositions, codes, new Set(services.map((a) => a.key))).arcs();
  const component = components(arcs);
  const isService = (c: Class): boolean => typeof c === 'string' || compositions[c]!.cluster.kind === 'service';
  const bad = new Set<number>();
  const inside = arcs.filter((a) => component.get(a.from) === component.get(a.to));
  for (const a of inside) if (isService(a.from) || isService(a.to)) bad.add(component.get(a.from)!);
  const cycles = new Map<number, { session: string; span: Span; others: Span[] }>();
  compositions.forEach((_, i) => {
    const mine = [i, ...compositions[i]!.cluster.roles.flatMap((r) => (r.serves ?? []).map((a) => a.key))];
    const at = mine.map((c) => component.get(c)).find((n) => n !== undefined && bad.has(n));
    if (at === undefined) return;
    // The plainest place to show is where somebody asks for a service while holding something.
    const circle = inside.filter((a) => component.get(a.from) === at);
    const asks = (a: Arc): number => (typeof a.to === 'string' && typeof a.from === 'number' ? 0 : 1);
    const [first, ...rest] = circle.sort((a, b) => asks(a) - asks(b));
    if (first === undefined) return;
    const spans = new Map([first, ...rest].map((a) => [`${a.span.file.path} ${a.span.start}`, a.span]));
    cycles.set(i, { session: first.session, span: first.span, others: [...spans.values()].slice(1) });
  });
  return { cycles, uneven };
}

function acceptsUnevenly(automaton: Automaton): boolean {
  const sets = automaton.states.flatMap((s) => {
    const labels = s.edges.flatMap((e) => (e.kind === 'accept' ? [e.label] : []));
    return labels.length === 0 ? [] : [[...new Set(labels)].sort().join()];
  });
  return new Set(sets).size > 1;
}

class Graph {
  /** Classes of an end at a state, and the automata met. */
  private readonly classes = new Map<string, Set<number>>();
  private readonly automata = new Map<string, Automaton>();

  constructor(
    private readonly compositions: readonly Composition[],
    private readonly codes: ReadonlyMap<string, Code>,
    private readonly services: ReadonlySet<string>,
  ) {
    compositions.forEach((c, index) => {
      for (const p of c.projections)
        for (const { place, held } of p.visited) {
          this.automata.set(place.automaton.key, place.automaton);
          for (const [, end] of held) {
            const key = `${place.automaton.key} ${place.state} ${end}`;
            this.classes.set(key, (this.classes.get(key) ?? new Set<number>()).add(index));
          }
        }
    });
  }

  arcs(): Arc[] {
    const found: Arc[] = [];
    for (const automaton of this.automata.values()) {
      const unanswered = this.unanswered(automaton);
      const inside = this.effectsOf(automaton.key);
      automaton.states.forEach((state, at) => {
        this.waitArcs(automaton, state, at, unanswered, found);
        for (const x of inside) this.arcsTo(automaton, state, at, x, undefined, state.span, found);
      });
    }
    return found;
  }

  private of(automaton: Automaton, state: number, end: EndId): ReadonlySet<number> {
    return this.classes.get(`${automaton.key} ${state} ${end}`) ?? new Set();
  }

  private waitArcs(
    automaton: Automaton,
    state: State,
    at: number,
    unanswered: ReadonlySet<string>,
    found: Arc[],
  ): void {
    if (state.kind !== 'wait' || state.edges.some((e) => e.kind === 'timeout')) return;
    for (const end of new Set(state.edges.flatMap(awaited))) {
      for (const x of this.of(automaton, at, end)) {
        this.arcsTo(automaton, state, at, x, end, state.span, found);
        if (!unanswered.has(`${at} ${end}`)) continue;
        for (const s of this.compositions[x]!.cluster.roles.flatMap((r) => r.serves ?? []))
          this.arcsTo(automaton, state, at, s.key, end, state.span, found);
      }
    }
  }

  /** From everything held but `waited` to `x`; from the session's own pending clients too, if it accepts nobody here. */
  private arcsTo(
    automaton: Automaton,
    state: State,
    at: number,
    x: Class,
    waited: EndId | undefined,
    span: Span,
    found: Arc[],
  ): void {
    for (const y of state.held) {
      if (y === waited) continue;
      for (const from of this.of(automaton, at, y)) found.push({ from, to: x, session: automaton.name, span });
    }
    if (this.services.has(automaton.key) && !state.edges.some((e) => e.kind === 'accept'))
      found.push({ from: automaton.key, to: x, session: automaton.name, span });
  }

  /** `state end` pairs where a connected end may not have got its first answer yet: the service may not have accepted it. */
  private unanswered(automaton: Automaton): Set<string> {
    const found = new Set<string>();
    const work: [number, EndId][] = [];
    for (const state of automaton.states)
      for (const e of state.edges) if (e.kind === 'connect') work.push([e.to, e.end]);
    while (work.length > 0) {
      const [at, end] = work.pop()!;
      const state = automaton.states[at]!;
      if (found.has(`${at} ${end}`) || !state.held.includes(end)) continue;
      found.add(`${at} ${end}`);
      for (const e of state.edges) if (e.kind !== 'receive' || e.end !== end) work.push([e.to, end]);
    }
    return found;
  }

  /** Classes that functions called by this body (and not inlined) may wait on. */
  private effectsOf(key: string): Set<Class> {
    const effects = new Set<Class>();
    const seen = new Set<string>();
    const work = runsOf(key, this.codes);
    while (work.length > 0) {
      const run = work.pop()!;
      if (seen.has(run)) continue;
      seen.add(run);
      if (run === '?') {
        for (const code of this.codes.values()) {
          if (code.key.includes('#')) work.push(code.key);
          work.push(...code.values);
        }
        continue;
      }
      const automaton = this.automata.get(run);
      automaton?.states.forEach((state, at) => {
        if (state.kind !== 'wait') return;
        for (const end of state.edges.flatMap(awaited)) {
          for (const x of this.of(automaton, at, end)) {
            effects.add(x);
            this.compositions[x]!.cluster.roles.forEach((r) => r.serves?.forEach((s) => effects.add(s.key)));
          }
        }
      });
      work.push(...runsOf(run, this.codes));
    }
    return effects;
  }
}

/** What a body, with all that is inlined into it, calls without handing over ends. */
export function runsOf(key: string, codes: ReadonlyMap<string, Code>): string[] {
  const runs = new Set<string>();
  const seen = new Set([key]);
  for (const at of seen) {
    const code = codes.get(at);
    code?.runs.forEach((r) => runs.add(r));
    for (const op of code?.points ?? []) if (op.op === 'call') seen.add(op.code);
  }
  return [...runs];
}

/** Strongly connected components (Tarjan 1972), iteratively: the component's number of every class. */
function components(arcs: readonly Arc[]): Map<Class, number> {
  const next = new Map<Class, Class[]>();
  for (const { from, to } of arcs) {
    next.set(from, [...(next.get(from) ?? []), to]);
    if (!next.has(to)) next.set(to, []);
  }
  const index = new Map<Class, number>();
  const low = new Map<Class, number>();
  const component = new Map<Class, number>();
  const stack: Class[] = [];
  let components = 0;
  for (const root of next.keys()) {
    if (index.has(root)) continue;
    const path: { at: Class; child: number }[] = [{ at: root, child: 0 }];
    while (path.length > 0) {
      const frame = path.at(-1)!;
      if (frame.child === 0 && !index.has(frame.at)) {
        index.set(frame.at, index.size);
        low.set(frame.at, index.get(frame.at)!);
        stack.push(frame.at);
      }
      const to = next.get(frame.at)![frame.child++];
      if (to !== undefined) {
        if (!index.has(to)) path.push({ at: to, child: 0 });
        else if (!component.has(to)) low.set(frame.at, Math.min(low.get(frame.at)!, index.get(to)!));
        continue;
      }
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) low.set(above.at, Math.min(low.get(above.at)!, low.get(frame.at)!));
      if (low.get(frame.at) !== index.get(frame.at)) continue;
      for (let c = stack.pop()!; ; c = stack.pop()!) {
        component.set(c, components);
        if (c === frame.at) break;
      }
      components++;
    }
  }
  return component;
}
