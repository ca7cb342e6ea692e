/**
 * Services: which sessions a reference may mean, by following references from spawns, calls and messages to where they are
 * used. Invariant: unless `known` is false, every session that the reference can mean is among `sessions`.
 */
import type { Automaton } from './automaton.js';
import type { Code, ServiceRef } from './code.js';

export interface Offering {
  readonly sessions: readonly Automaton[];
  readonly known: boolean;
}

export interface Services {
  /** `labels`: what the client may send first, to guess by where nothing is known. */
  readonly offering: (service: ServiceRef, labels: ReadonlySet<string>) => Offering;
}

export function servicesOf(codes: Iterable<Code>, automatonOf: (key: string) => Automaton | undefined): Services {
  const all = [...codes];
  const flows = flowsOf(all);
  const offers = new Map<string, Automaton>();
  let collected = false;
  const everyOffer = (): Map<string, Automaton> => {
    if (!collected)
      for (const code of all) {
        if (!code.points.some((op) => op.op === 'wait' && op.branches.some((b) => b.source.kind === 'accept')))
          continue;
        const automaton = code.kind === 'session' ? automatonOf(code.key) : undefined;
        if (automaton !== undefined) offers.set(code.key, automaton);
      }
    collected = true;
    return offers;
  };
  return {
    offering: (service, labels) => {
      const { keys, known } = trace(service, flows);
      const sessions = [...keys].map(automatonOf).filter((a) => a !== undefined);
      if (known) return { sessions, known };
      const every = [...everyOffer().values()];
      const fitting = every.filter((a) => acceptLabels(a).some((l) => labels.has(l)));
      // Where none fits, the client is wrong about any of them, and one will show it.
      const guessed = fitting.length > 0 || sessions.length > 0 ? fitting : every;
      return { sessions: [...new Set([...sessions, ...guessed])], known };
    },
  };
}

export function acceptLabels(automaton: Automaton): string[] {
  return automaton.states.flatMap((s) => s.edges.flatMap((e) => (e.kind === 'accept' ? [e.label] : [])));
}

function trace(
  service: ServiceRef,
  flows: ReadonlyMap<string, ReadonlySet<string>>,
): { keys: Set<string>; known: boolean } {
  const keys = new Set<string>();
  const seen = new Set<string>();
  const work = [service];
  let known = true;
  while (work.length > 0) {
    const ref = work.pop()!;
    if (seen.has(ref)) continue;
    seen.add(ref);
    if (ref.startsWith('S:')) keys.add(ref.slice(2));
    else if (ref === '?') known = false;
    // What nothing is seen to flow into comes from where this module does not look.
    else work.push(...(flows.get(ref) ?? ['?']));
  }
  return { keys, known };
}

/** What goes into parameters (`P:`) and message positions (`M:`). */
function flowsOf(codes: readonly Code[]): Map<string, Set<string>> {
  const flows = new Map<string, Set<string>>();
  const flow = (into: string, from: ServiceRef | null | undefined): void => {
    if (from === null || from === undefined) return;
    const set = flows.get(into);
    if (set === undefined) flows.set(into, new Set([from]));
    else set.add(from);
  };
  for (const code of codes) {
    for (const value of code.values) flow(`P:${value}`, '?');
    for (const { into, from } of code.flows) flow(into, from);
    for (const op of code.points) {
      if (op.op === 'spawn')
        op.members.forEach((m) =>
          m.args.forEach((a, i) => a.kind === 'data' && flow(`P:${m.session}:${i}`, a.service)),
        );
      if (op.op === 'call') op.services.forEach((s, i) => flow(`P:${op.code}:${i}`, s));
      if (op.op === 'send' || op.op === 'cast') op.services.forEach((s, i) => flow(`M:${op.label}:${i}`, s));
    }
  }
  // A function used as a value, or a closure, may get anything.
  for (const code of codes) {
    const anything = code.key.includes('#') || flows.has(`P:${code.key}`);
    if (anything) code.params.forEach((_, i) => flow(`P:${code.key}:${i}`, '?'));
  }
  return flows;
}
