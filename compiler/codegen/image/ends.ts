/**
 * What is done with one end, from a point of a program on, as a protocol of its own: through pools it is put into, threads
 * it is given to and messages that carry it away.
 * Invariant: of all the program may do, in one automaton whose sends are never two of one label at a point; what is left
 * out is only what may be left out anywhere: dropping the end, and its loss.
 */
import { bornOf, type Automaton, type Edge, type EndId, type State } from '../../protocol/automaton/automaton.js';
import { nodesOf } from '../../protocol/written/nodes.js';
import { renderWhole } from '../../protocol/written/render.js';

/** A place in some code and the end as it is known there; in a pool, the pool. */
interface Place {
  readonly code: Automaton;
  readonly state: number;
  readonly end: EndId;
}
/** Edges at which the end is spoken to. */
type Talk = Extract<Edge, { kind: 'send' | 'receive' | 'any' }>;
/** Texts of what a message carries. */
export type PayloadOf = (code: Automaton, e: Talk) => Talk['payload'];

/** As a state: the end lies in the pool. */
export const IN_POOL = -1;

const keyOf = (p: Place): string => `${p.code.key} ${p.state} ${p.end}`;

export class EndTrace {
  readonly #states: State[] = [];
  readonly #made = new Map<string, number>();

  constructor(
    readonly codes: ReadonlyMap<string, Automaton>,
    readonly payload: PayloadOf,
  ) {}

  /** The text of the protocol from these places on. */
  from(places: readonly Place[]): string {
    const initial = this.#point(places);
    const [span] = places.map((p) => p.code.states[0]!.span);
    const end = { name: '', kind: 'end' as const, origin: { kind: 'payload' as const }, span: span! };
    const whole = {
      key: '',
      name: '',
      kind: 'session' as const,
      params: [],
      ends: [end],
      states: this.#states,
      initial,
    };
    return renderWhole(nodesOf(whole), 'End');
  }

  /** The text of what the receivers of an end do with it that an edge gives away. */
  after(e: Edge, end: EndId): string {
    const place = 'payload' in e ? e.payload.findIndex((p) => p.end === end) : -1;
    const places = 'payload' in e && place >= 0 ? received(this.codes, e.label, place) : [];
    return places.length === 0 ? 'end' : this.from(places);
  }

  /** What receivers of the label do with the end in one place of it: each of them the same, or it is not known. */
  taken(label: string, place: number, by: (code: string) => boolean): string {
    const places = received(this.codes, label, place).filter((p) => by(p.code.key));
    const texts = new Set(places.map((p) => this.from([p])));
    return texts.size === 1 ? [...texts][0]! : 'end';
  }

  /** The state that stands for a set of places: what can be said there, and what can be waited for. */
  #point(places: readonly Place[]): number {
    const all = this.#settled(places);
    const key = [...all.keys()].sort().join(';');
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const at = this.#add('silent');
    this.#made.set(key, at);
    const talks = [...all.values()].flatMap((p) => this.#talks(p));
    const sends = talks.filter((t) => t.edge.kind === 'send');
    const waits = new Map<string, typeof talks>();
    for (const t of talks) {
      if (t.edge.kind === 'send') continue;
      const labels = talks
        .filter((x) => x.edge.kind !== 'send' && keyOf(x.at) === keyOf(t.at))
        .map((x) => x.edge.label);
      const of = [...new Set(labels)].sort().join();
      waits.set(of, [...(waits.get(of) ?? []), t]);
    }
    const ways = [
      ...(sends.length === 0 ? [] : [this.#talk('act', sends)]),
      ...[...waits.values()].map((w) => this.#talk('wait', w)),
    ];
    // Where one way through the code leaves the end alone, another may go on.
    if (ways.length === 0) ways.push(this.#add('end'));
    this.#states[at] = {
      ...this.#states[at]!,
      edges: ways.map((to) => ({ kind: 'silent', to, span: this.#span(places) })),
    };
    return at;
  }

  #talk(
    kind: 'act' | 'wait',
    talks: readonly { readonly edge: Talk; readonly at: Place; readonly to: Place }[],
  ): number {
    const at = this.#add(kind);
    const labels = [...new Set(talks.map((t) => t.edge.label))];
    const edges = labels.map((label): Edge => {
      const same = talks.filter((t) => t.edge.label === label);
      const { edge, at: place } = same[0]!;
      const to = this.#point(same.map((t) => t.to));
      const said = { end: 0, label, payload: this.payload(place.code, edge), to, span: edge.span };
      return kind === 'act' ? { kind: 'send', ...said } : { kind: 'receive', ...said };
    });
    this.#states[at] = { ...this.#states[at]!, edges };
    return at;
  }

  #add(kind: State['kind']): number {
    const span = [...this.codes.values()][0]!.states[0]!.span;
    return this.#states.push({ kind, edges: [], held: [], span }) - 1;
  }
  #span(places: readonly Place[]) {
    return places[0]!.code.states[0]!.span;
  }

  /** The places that are come to without a word over the end. */
  #settled(places: readonly Place[]): ReadonlyMap<string, Place> {
    const all = new Map<string, Place>(places.map((p) => [keyOf(p), p]));
    for (const p of all.values())
      for (const next of this.#silent(p)) if (!all.has(keyOf(next))) all.set(keyOf(next), next);
    return all;
  }

  #talks(p: Place): { readonly edge: Talk; readonly at: Place; readonly to: Place }[] {
    const { code } = p;
    if (p.state === IN_POOL)
      return code.states.flatMap((s) =>
        s.edges.flatMap((e) =>
          e.kind === 'any' && e.pool === p.end && !e.down
            ? [{ edge: e, at: p, to: { code, state: e.to, end: e.end } }]
            : [],
        ),
      );
    return code.states[p.state]!.edges.flatMap((e) =>
      (e.kind === 'send' || e.kind === 'receive') && e.end === p.end
        ? [{ edge: e, at: p, to: { code, state: e.to, end: p.end } }]
        : [],
    );
  }

  #silent(p: Place): Place[] {
    const { code, end } = p;
    if (p.state === IN_POOL)
      return [
        ...code.states.flatMap((s) =>
          s.edges.flatMap((e) => [
            ...(e.kind === 'take' && e.pool === end ? [{ code, state: e.to, end: e.end }] : []),
            ...(e.kind === 'spawn' ? this.#spawned(e, end, true) : []),
            ...this.#sent(e, end),
          ]),
        ),
      ];
    return code.states[p.state]!.edges.flatMap((e): Place[] => {
      if (e.kind === 'raise' || e.kind === 'lose') return [];
      if (e.kind === 'drop' && e.end === end) return [];
      if ((e.kind === 'send' || e.kind === 'receive' || e.kind === 'down') && e.end === end) return [];
      if (e.kind === 'put' && e.end === end) return [{ code, state: IN_POOL, end: e.pool }];
      if (e.kind === 'spawn') {
        const given = this.#spawned(e, end, false);
        if (given.length > 0) return given;
      }
      if (isSent(e, end)) return this.#sent(e, end);
      // What binds the variable anew has another end.
      return code.states[e.to]!.held.includes(end) && !bornOf(e).includes(end) ? [{ code, state: e.to, end }] : [];
    });
  }

  /** Where a thread that is given the end, or the pool it lies in, begins with it. */
  #spawned(e: Extract<Edge, { kind: 'spawn' }>, end: EndId, pool: boolean): Place[] {
    return e.members.flatMap((m) =>
      m.args.flatMap((arg, i): Place[] => {
        const code = this.codes.get(m.session);
        const param = code?.params[i];
        if (!('end' in arg) || arg.end !== end || code === undefined || param === undefined) return [];
        return [{ code, state: pool ? IN_POOL : code.initial, end: param }];
      }),
    );
  }

  /** Where an end or a pool that a message carries away is taken. */
  #sent(e: Edge, end: EndId): Place[] {
    if (e.kind !== 'send' && e.kind !== 'cast') return [];
    const place = e.payload.findIndex((c) => c.end === end);
    return place < 0 ? [] : received(this.codes, e.label, place);
  }
}

const isSent = (e: Edge, end: EndId): boolean =>
  (e.kind === 'send' || e.kind === 'cast') && e.payload.some((c) => c.end === end);

/** Where messages of the label are taken from which the end, or the pool, in one place is used. */
function received(codes: ReadonlyMap<string, Automaton>, label: string, place: number): Place[] {
  let all = takers.get(codes);
  if (all === undefined) takers.set(codes, (all = takersOf(codes)));
  return (all.get(label) ?? []).flatMap(({ code, edge }): Place[] => {
    const found = edge.payload[place];
    if (found?.end === undefined) return [];
    return [{ code, state: found.carried.kind === 'pool' ? IN_POOL : edge.to, end: found.end }];
  });
}

interface Taker {
  readonly code: Automaton;
  readonly edge: Extract<Edge, { kind: 'receive' | 'accept' | 'any' }>;
}

/** By label, all that take messages with something in them; of automata that nothing is added to any more. */
const takers = new WeakMap<ReadonlyMap<string, Automaton>, ReadonlyMap<string, readonly Taker[]>>();

function takersOf(codes: ReadonlyMap<string, Automaton>): ReadonlyMap<string, readonly Taker[]> {
  const found = new Map<string, Taker[]>();
  for (const code of codes.values())
    for (const s of code.states)
      for (const edge of s.edges) {
        if ((edge.kind !== 'receive' && edge.kind !== 'accept' && edge.kind !== 'any') || edge.payload.length === 0)
          continue;
        const list = found.get(edge.label);
        if (list === undefined) found.set(edge.label, [{ code, edge }]);
        else list.push({ code, edge });
      }
  return found;
}
