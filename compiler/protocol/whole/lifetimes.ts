/**
 * Services that end: which clients may come too late. A message to a service that has ended is lost: who connected learns that by a
 * wait, but nobody does of a cast.
 * Invariant: a cast that is not `late` is taken by the service, if nobody fails: before it no client has said what the service may end
 * after, in the thread of the cast or in any other.
 */
import type { Span } from '../../source/source.js';
import type { Automaton } from '../automaton/automaton.js';
import type { Code, Op, Point } from '../code/code.js';
import { AT, successors } from '../code/code.js';
import type { Composition, Late } from '../compose/composition.js';
import type { Effects } from '../code/effects.js';

/** A connection or cast, by its composition. */
interface Use {
  readonly index: number;
  readonly service: Automaton;
  /** The owner and place of the spawn that made the thread, if they are known. */
  readonly site?: string;
  readonly span: Span;
  /** What it says first may be the last that the service takes. */
  readonly last: boolean;
}

/** By composition with a service: why its client may come too late. */
export function lateClients(
  compositions: readonly Composition[],
  codes: ReadonlyMap<string, Code>,
  effects: Effects,
): ReadonlyMap<number, Late> {
  const uses = usesIn(compositions);
  const found = new Map<number, Late>();
  if (uses.every((u) => !u.last && !endsUnasked(u.service))) return found;
  const lives = new Lives(codes, effects, uses);
  for (const use of uses) {
    const { index, service } = use;
    const note = (after: Span | undefined, surely: boolean): void => {
      if (surely || !found.has(index))
        found.set(index, {
          service: service.name,
          ...(after && { after }),
          untold: endsUntold(compositions[index]!),
          surely: surely && lives.isOne(service.key),
        });
    };
    if (endsUnasked(service)) note(undefined, false);
    const before = lives.before(use);
    if (before !== undefined) note(before.span, true);
    const beside = lives.beside(use);
    if (beside !== undefined) note(beside.span, takesOne(service));
  }
  return found;
}

function usesIn(compositions: readonly Composition[]): Use[] {
  return compositions.flatMap((c, index) => {
    const { client, span, roles } = c.cluster;
    if (client === undefined) return [];
    return roles
      .flatMap((r) => r.serves ?? [])
      .map((service) => {
        const last = [...lastLabels(service)].some((l) => client.labels.has(l));
        const at = client.service.split(AT)[1];
        return { index, service, span, last, ...(at !== undefined && { site: `${c.cluster.owner} ${at}` }) };
      });
  });
}

/** Whether a client may be through with the service without having waited for anything from it. */
function endsUntold({ projections }: Composition): boolean {
  const { role } = projections[0]!;
  const seen = new Set([role.init]);
  for (const at of seen) {
    const edges = role.edges.filter((e) => e.from === at);
    if (edges.length === 0) return true;
    for (const e of edges) if (e.kind !== 'receive' && e.kind !== 'lost' && e.kind !== 'drop') seen.add(e.to);
  }
  return false;
}

/** Whether the thread may come to its end from a state without accepting anybody. */
function mayEnd(automaton: Automaton, from: number): boolean {
  const seen = new Set([from]);
  for (const at of seen) {
    const state = automaton.states[at]!;
    if (state.kind === 'end') return true;
    for (const e of state.edges) if (e.kind !== 'accept' && e.kind !== 'raise') seen.add(e.to);
  }
  return false;
}

const endsUnasked = (service: Automaton): boolean => mayEnd(service, service.initial);

/** Labels of clients after which the service may end without accepting another. */
function lastLabels(service: Automaton): ReadonlySet<string> {
  const edges = service.states.flatMap((s) => s.edges.flatMap((e) => (e.kind === 'accept' ? [e] : [])));
  return new Set(edges.flatMap((e) => (mayEnd(service, e.to) ? [e.label] : [])));
}

/** Whether no run of the service accepts more than one client. */
export function takesOne(service: Automaton): boolean {
  const after = service.states.flatMap((s) => s.edges.flatMap((e) => (e.kind === 'accept' ? [e.to] : [])));
  const seen = new Set(after);
  for (const at of seen) {
    const { edges } = service.states[at]!;
    if (edges.some((e) => e.kind === 'accept')) return false;
    edges.forEach((e) => seen.add(e.to));
  }
  return true;
}

/** Whether both may be clients of one thread. */
const meet = (a: Use, b: Use): boolean =>
  a.service === b.service && (a.site === undefined || b.site === undefined || a.site === b.site);

const placeOf = (span: Span): string => `${span.file.path} ${span.start}`;

/** Who does what in which order, as far as the code of all bodies tells. */
class Lives {
  private readonly usesAt = new Map<string, Use[]>();
  private readonly within = new Map<string, readonly Use[]>();
  private readonly counts: ReadonlyMap<string, number>;
  private readonly threads: readonly string[];

  constructor(
    private readonly codes: ReadonlyMap<string, Code>,
    private readonly effects: Effects,
    private readonly uses: readonly Use[],
  ) {
    for (const use of uses) {
      const key = placeOf(use.span);
      this.usesAt.set(key, [...(this.usesAt.get(key) ?? []), use]);
    }
    this.counts = countsIn(codes, effects);
    const spawned = [...codes.values()].flatMap((c) =>
      c.points.flatMap((op) => (op.op === 'spawn' ? membersOf(op) : [])),
    );
    this.threads = [...new Set([...spawned, ...[...codes.keys()].filter(isRoot(codes))])];
  }

  /** Whether a program makes at most one thread of the session. */
  isOne(key: string): boolean {
    return (this.counts.get(key) ?? 0) < 2;
  }

  /** A use after which the service may have ended when this one comes, earlier in the same thread (or in what it then makes). */
  before(use: Use): Use | undefined {
    for (const code of this.codes.values()) {
      const lasts = code.points.flatMap((op, at) => {
        const last = this.of(op, false).find((u) => u.last && meet(u, use));
        return last === undefined ? [] : [{ at, last }];
      });
      for (const { at, last } of lasts)
        for (const later of after(code, at)) if (this.of(code.points[later]!, true).includes(use)) return last;
    }
    return undefined;
  }

  /** Such a use in another thread, in no known order. */
  beside(use: Use): Use | undefined {
    const makers = (of: Use): string[] =>
      this.threads.filter((t) => [...this.effects.runBy(t)].some((key) => this.own(key).includes(of)));
    const mine = makers(use);
    return this.uses.find((u) => {
      if (!u.last || !meet(u, use)) return false;
      const others = makers(u);
      return mine.some((t) => others.some((o) => o !== t || (this.counts.get(t) ?? 0) > 1));
    });
  }

  /** The uses in one operation and what it calls; `made`: and in the threads that it makes. */
  private of(op: Op, made: boolean): readonly Use[] {
    const here = op.op === 'cast' || op.op === 'connect' ? (this.usesAt.get(placeOf(op.span)) ?? []) : [];
    if (op.op === 'call') return [...here, ...this.in(op.code, made)];
    if (op.op === 'run') return [...here, ...op.codes.flatMap((run) => this.in(run, made))];
    if (op.op === 'spawn' && made) return membersOf(op).flatMap((key) => this.in(key, made));
    return here;
  }

  private own(key: string): readonly Use[] {
    return (
      this.codes
        .get(key)
        ?.points.flatMap((op) => (op.op === 'cast' || op.op === 'connect' ? this.of(op, false) : [])) ?? []
    );
  }

  /** All uses in a body and what it calls. */
  private in(run: string, made: boolean): readonly Use[] {
    const known = this.within.get(`${run} ${made}`);
    if (known !== undefined) return known;
    const bodies = new Set(this.bodiesOf(run));
    if (made)
      for (const key of bodies)
        for (const op of this.codes.get(key)?.points ?? [])
          if (op.op === 'spawn') membersOf(op).forEach((m) => this.bodiesOf(m).forEach((b) => bodies.add(b)));
    const found = [...bodies].flatMap((key) => this.own(key));
    this.within.set(`${run} ${made}`, found);
    return found;
  }

  private bodiesOf(run: string): ReadonlySet<string> {
    return this.effects.runBy(run);
  }
}

const membersOf = (op: Extract<Op, { op: 'spawn' }>): string[] => op.members.map((m) => m.session);

/** The points that may come after one, itself only if it lies in a loop. */
function after(code: Code, at: Point): ReadonlySet<Point> {
  const seen = new Set(nextOf(code, at));
  for (const point of seen) nextOf(code, point).forEach((p) => seen.add(p));
  return seen;
}

const nextOf = (code: Code, at: Point): readonly Point[] => {
  const op = code.points[at]!;
  const to = op.op === 'loop' ? [code.entry] : [...successors(op)];
  if (op.op === 'call' && op.closing !== undefined) to.push(op.closing);
  return op.handler === undefined ? to : [...to, op.handler];
};

/** Where a program begins: `main` and tests; of a module without them whatever is not called from within. */
function isRoot(codes: ReadonlyMap<string, Code>): (key: string) => boolean {
  const begins = (key: string): boolean => key.endsWith('::main') || codes.get(key)?.name.startsWith('test "') === true;
  if ([...codes.keys()].some(begins)) return begins;
  return (key) => codes.get(key)?.kind === 'fun';
}

/** How often each body may be begun in one run of the program: 0, 1, or 2 for more. */
function countsIn(codes: ReadonlyMap<string, Code>, effects: Effects): ReadonlyMap<string, number> {
  const begins = isRoot(codes);
  const lone = [...codes.keys()].some((key) => key.endsWith('::main'));
  const sites = [...codes.values()].flatMap((code) =>
    code.points.flatMap((op, at) => {
      const begun =
        op.op === 'spawn'
          ? membersOf(op)
          : op.op === 'call'
            ? [op.code]
            : op.op === 'run'
              ? op.codes.flatMap((run) => (run === '?' ? [...effects.of('?')].flatMap((key) => [key, key]) : [run]))
              : [];
      return begun.length === 0 ? [] : [{ code: code.key, begun, again: after(code, at).has(at) }];
    }),
  );
  let counts = new Map<string, number>();
  for (;;) {
    const next = new Map([...codes.keys()].map((key) => [key, begins(key) ? (lone ? 1 : 2) : 0]));
    for (const { code, begun, again } of sites) {
      const times = (counts.get(code) ?? 0) === 0 ? 0 : again ? 2 : counts.get(code)!;
      for (const key of begun) next.set(key, Math.min(2, (next.get(key) ?? 0) + times));
    }
    if ([...next].every(([key, n]) => counts.get(key) === n)) return next;
    counts = next;
  }
}
