/**
 * What a type says of failing: where a `try` that fails goes on in a way that its body never comes to by itself, that way is a
 * choice of the body. (Where the body comes to the same, nothing has to be said: what it does with ends that its handler
 * loses nobody misses.)
 * Invariant: each state from which a handler can be reached comes to what the handler does by doing nothing with ends that
 * the handler still has; nothing that the code cannot do is added.
 */
import type { Automaton, Edge, EndId, State } from '../../protocol/automaton/automaton.js';

const made = new WeakMap<Automaton, Automaton>();

/** The automaton with the ways through its handlers. */
export function withFailures(a: Automaton): Automaton {
  const known = made.get(a);
  if (known !== undefined) return known;
  const shown = new Ways(a).shown();
  made.set(a, shown);
  return shown;
}

class Ways {
  readonly #states: State[];
  /** Ways through handlers that were added so far, by the state that has them. */
  readonly #added = new Map<number, number[]>();
  /** Where handlers begin to do something, by where they begin. */
  readonly #begins = new Map<number, number>();

  constructor(readonly a: Automaton) {
    this.#states = [...a.states];
  }

  shown(): Automaton {
    const regions = new Map<number, Set<number>>();
    for (const at of this.#reached())
      for (const e of this.a.states[at]!.edges) {
        if (e.kind !== 'raise') continue;
        const to = this.#begin(e.to);
        if (this.a.states[to]!.kind === 'fail') continue;
        regions.set(to, (regions.get(to) ?? new Set()).add(at));
      }
    // A handler further out is reached from within one further in: what that one does is known by then.
    for (const [to, region] of [...regions].sort(([x], [y]) => y - x)) this.#show(to, region);
    if (this.#added.size === 0) return this.a;
    for (const [at, ways] of this.#added) {
      const state = this.#states[at]!;
      const rest = this.#states.push(state) - 1;
      const silent = (to: number): Edge => ({ kind: 'silent', to, span: state.span });
      const raise = state.edges.filter((e) => e.kind === 'raise');
      this.#states[at] = { ...state, kind: 'silent', edges: [silent(rest), ...ways.map(silent), ...raise] };
    }
    return { ...this.a, states: this.#states };
  }

  /** All states, those that are come to first in front. */
  #reached(): Set<number> {
    const seen = new Set([this.a.initial]);
    for (const at of seen) for (const e of this.a.states[at]!.edges) seen.add(e.to);
    return seen;
  }

  /** Where a handler does something that is seen, after what it loses. */
  #begin(start: number): number {
    const known = this.#begins.get(start);
    if (known !== undefined) return known;
    const seen = new Set<number>();
    let at = start;
    while (!seen.has(at)) {
      seen.add(at);
      const edges = this.a.states[at]!.edges.filter((e) => e.kind !== 'raise');
      if (edges.length !== 1 || !QUIET.has(edges[0]!.kind)) break;
      at = edges[0]!.to;
    }
    this.#begins.set(start, at);
    return at;
  }

  /** Adds the way to a handler where nothing else leads from the region to what it does: as late as can be. */
  #show(handler: number, region: ReadonlySet<number>): void {
    const held = new Set(this.a.states[handler]!.held);
    const covered = this.#leadingTo(handler, held);
    const visited = new Set<number>();
    // What was come to by the last step of a path is decided before the path itself.
    for (const start of region) {
      const path = [{ at: start, next: [...this.#unseen(start, held)] }];
      if (visited.has(start)) continue;
      visited.add(start);
      while (path.length > 0) {
        const step = path.at(-1)!;
        const next = step.next.pop();
        if (next === undefined) {
          path.pop();
          if (covered.has(step.at) || !region.has(step.at)) continue;
          const leads = [...this.#unseen(step.at, held)].some((to) => covered.has(to));
          if (!leads) this.#added.set(step.at, [...(this.#added.get(step.at) ?? []), handler]);
          covered.add(step.at);
        } else if (!visited.has(next) && region.has(next)) {
          visited.add(next);
          path.push({ at: next, next: [...this.#unseen(next, held)] });
        }
      }
    }
  }

  /** The states from which one comes to a state without a word to ends that are held. */
  #leadingTo(state: number, held: ReadonlySet<EndId>): Set<number> {
    const before = new Map<number, number[]>();
    this.a.states.forEach((_, at) => {
      for (const to of this.#unseen(at, held)) before.set(to, [...(before.get(to) ?? []), at]);
    });
    const found = new Set([state]);
    for (const at of found) for (const from of before.get(at) ?? []) found.add(from);
    return found;
  }

  /** Where a state leads without a word to ends that are held. */
  *#unseen(at: number, held: ReadonlySet<EndId>): Iterable<number> {
    for (const e of this.a.states[at]!.edges)
      if (e.kind !== 'raise' && !(TALK.has(e.kind) && 'end' in e && e.end !== undefined && held.has(e.end))) yield e.to;
    yield* this.#added.get(at) ?? [];
  }
}

const QUIET: ReadonlySet<Edge['kind']> = new Set<Edge['kind']>(['silent', 'lose']);
const TALK: ReadonlySet<Edge['kind']> = new Set<Edge['kind']>(['send', 'receive', 'down']);
