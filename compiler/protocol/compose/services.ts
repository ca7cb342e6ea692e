/**
 * Services: which sessions a reference may mean, by following references from spawns, calls and messages to where they are
 * used. Invariant: unless `known` is false, every session that the reference can mean is among `sessions`.
 */
import type { Automaton } from '../automaton/automaton.js';
import { AT, type Code, type ServiceRef } from '../code/code.js';
import type { Effects } from '../code/effects.js';

export interface Offering {
  readonly sessions: readonly Automaton[];
  readonly known: boolean;
}

export interface Services {
  /** The sessions that a reference may mean. */
  readonly meant: (reference: ServiceRef) => Offering;
  /** `labels`: what the client may send first, to guess by where nothing is known. */
  readonly offering: (service: ServiceRef, labels: ReadonlySet<string>) => Offering;
}

/** `home`: the module that is checked. */
export function servicesOf(
  home: string,
  codes: ReadonlyMap<string, Code>,
  effects: Effects,
  automatonOf: (key: string) => Automaton | undefined,
): Services {
  const all = [...codes.values()];
  const flows = flowsOf(all);
  const spawned = spawnedIn(all);
  const threads = threadsOf(all, codes, effects, spawned);
  let offers: readonly Automaton[] | undefined;
  const everyOffer = (): readonly Automaton[] => {
    const offering = all.filter((c) => c.kind === 'session' && effects.accepts(c.key));
    return (offers ??= alive(offering, spawned).flatMap((c) => automatonOf(c.key) ?? []));
  };
  const meant = (reference: ServiceRef): Offering & { byLabel: boolean } => {
    const { keys, known, byLabel } = trace(reference, home, flows, threads);
    const sessions = [...keys].map(automatonOf).filter((a) => a !== undefined);
    return { sessions, known: known && sessions.length === keys.size, byLabel };
  };
  return {
    meant,
    offering: (service, labels) => {
      const { sessions, known, byLabel } = meant(service);
      const fit = fitting(sessions, labels);
      // A label may be said on other links too: of several references sent with it, some may never come here.
      if (known && byLabel && fit.length > 0 && fit.length < sessions.length) return { sessions: fit, known: false };
      if (known) return { sessions, known };
      const every = everyOffer();
      const some = every.filter((a) => acceptLabels(a).some((l) => labels.has(l)));
      const [guessed = every] = [fitting(every, labels), some, sessions].filter((list) => list.length > 0);
      return { sessions: [...new Set([...sessions, ...guessed])], known };
    },
  };
}

/** Those that accept whatever of the labels comes first. */
function fitting(sessions: readonly Automaton[], labels: ReadonlySet<string>): Automaton[] {
  return sessions.filter((a) => [...labels].every((l) => acceptLabels(a).includes(l)));
}

const isMain = (key: string): boolean => key.endsWith('::main');

function spawnedIn(codes: readonly Code[]): Set<string> {
  return new Set(
    codes.flatMap((c) => c.points.flatMap((op) => (op.op === 'spawn' ? op.members.map((m) => m.session) : []))),
  );
}

/** Bodies that threads start with. One that is spawned nowhere here runs in others only, unless that is so of all of them. */
function alive(roots: readonly Code[], spawned: ReadonlySet<string>): readonly Code[] {
  const started = roots.filter((c) => spawned.has(c.key) || isMain(c.key));
  return started.length > 0 ? started : roots;
}

/** By key of a body: what threads that run it may have started with. A closure or function value may be run by any. */
function threadsOf(
  all: readonly Code[],
  codes: ReadonlyMap<string, Code>,
  effects: Effects,
  spawned: ReadonlySet<string>,
): (key: string) => { keys: readonly string[]; known: boolean } {
  const found = new Map<string, Code[]>();
  for (const root of all.filter((c) => c.kind === 'session' || isMain(c.key)))
    for (const key of effects.runBy(root.key)) found.set(key, [...(found.get(key) ?? []), root]);
  const values = new Set(all.flatMap((c) => c.values));
  return (key) => {
    const roots = alive(found.get(key) ?? [], spawned);
    const known = codes.get(key)?.kind === 'session' || (roots.length > 0 && !key.includes('#') && !values.has(key));
    return { keys: roots.map((c) => c.key), known };
  };
}

export function acceptLabels(automaton: Automaton): string[] {
  return automaton.states.flatMap((s) => s.edges.flatMap((e) => (e.kind === 'accept' ? [e.label] : [])));
}

function trace(
  service: ServiceRef,
  home: string,
  flows: ReadonlyMap<string, ReadonlySet<string>>,
  threads: ReturnType<typeof threadsOf>,
): { keys: Set<string>; known: boolean; byLabel: boolean } {
  const keys = new Set<string>();
  const seen = new Set<string>();
  const work = [service];
  let known = true;
  while (work.length > 0) {
    const ref = work.pop()!;
    if (seen.has(ref)) continue;
    seen.add(ref);
    if (ref.startsWith('S:')) keys.add(ref.slice(2).split(AT)[0]!);
    else if (ref.startsWith('=') || ref.startsWith('~')) {
      const [told, elsewhere] = ref.slice(1).split(';');
      const [module, sessions] = told!.split('=');
      // A type tells whose body made the reference, which with `self` may be one that the thread went on as.
      (sessions ?? module!).split(',').forEach((key) => work.push(`T:${key}`));
      if (sessions !== undefined && module !== home) work.push(elsewhere ?? '?');
    } else if (ref.startsWith('T:')) {
      const runners = threads(ref.slice(2));
      runners.keys.forEach((k) => keys.add(k));
      known &&= runners.known;
    } else if (ref === '?') known = false;
    // What nothing is seen to flow into comes from where this module does not look.
    else work.push(...(flows.get(ref) ?? ['?']));
  }
  return { keys, known, byLabel: [...seen].some((ref) => ref.startsWith('M:')) };
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
