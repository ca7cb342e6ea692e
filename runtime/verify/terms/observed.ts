/**
 * What one peer of a session sees of it: the session's type without what it does with others, as a protocol of its own.
 * Invariant: whatever the session does meanwhile with others, a message that may be sent here is taken by it with these
 * types, and what it sends is one of the messages that may come. Points that look the same from this side are one point.
 */
import { identity, type Alt, type Carried, type Proto, type Protocols } from './protocol.js';
import type { Types } from './types.js';

/** Where the session may be, all it may have done with others before included. */
interface Seen {
  readonly sends: Alt[];
  /** What each wait would take. */
  readonly waits: (readonly Alt[])[];
  readonly ends: Map<string, Proto>;
}

export function observed(protocols: Protocols, types: Types, body: Proto, peer: string): Proto {
  const key = `${body.id} ${peer}`;
  const known = protocols.observed.get(key);
  if (known !== undefined) return known;
  const made = protocols.minimal(new Observer(protocols, types, peer).from([body]));
  protocols.observed.set(key, made);
  return made;
}

type Talk = Extract<Proto, { alts: unknown }>;

const idsOf = (points: readonly Proto[]): string => [...new Set(points.map((p) => p.id))].sort((a, b) => a - b).join();

class Observer {
  /** Points made, by the points of the session they stand for. */
  readonly #made = new Map<string, Proto>();
  readonly #work: [Talk, Labels][] = [];

  constructor(
    readonly protocols: Protocols,
    readonly types: Types,
    readonly peer: string,
  ) {}

  from(points: readonly Proto[]): Proto {
    const root = this.#point(points);
    for (let item; (item = this.#work.pop());) {
      const [p, steps] = item;
      p.alts = [...steps.values()].map(({ alt, next }) => ({ ...alt, next: this.#point(next) }));
    }
    return root;
  }

  /** The point for what the session may be at: one that talks, an end, or a choice of these. */
  #point(points: readonly Proto[]): Proto {
    // Making a point costs more than looking at one.
    this.protocols.budget.spend(32 * points.length);
    const key = idsOf(points);
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const { sends, waits, ends } = this.#seen(points);
    let ways: Proto[] = ends.has('cut') ? [this.protocols.cut] : [...ends.values()];
    const sent = this.#either(sends);
    // A message that carries one thing or another cannot be read.
    if (sent === undefined) ways = [this.protocols.cut];
    else if (!ends.has('cut')) {
      const taken = sent.size === 0 ? this.#taken(waits) : this.#crossing(sent, this.#taken(waits));
      if (sent.size > 0) ways.push(this.#talk('send', sent));
      if (taken.size > 0 || (waits.length > 0 && sent.size === 0)) ways.push(this.#talk('receive', taken));
    }
    if (ways.length === 0) ways = [this.protocols.idle];
    const made: Proto = ways.length === 1 ? ways[0]! : { kind: 'choice', id: this.protocols.fresh(), ways };
    this.#made.set(key, made);
    return made;
  }

  #talk(kind: 'send' | 'receive', steps: Labels): Proto {
    const talk: Talk = { kind, id: this.protocols.fresh(), alts: [] };
    this.#work.push([talk, steps]);
    return talk;
  }

  #seen(points: readonly Proto[]): Seen {
    const seen: Seen = { sends: [], waits: [], ends: new Map() };
    const all = new Set(points);
    for (const p of all) {
      this.protocols.budget.spend(1);
      const own = 'alts' in p ? p.alts.filter((a) => a.peer === this.peer) : [];
      if (p.kind === 'choice') p.ways.forEach((w) => all.add(w));
      // From a spawn or a client of that name on it is another's.
      else if ((p.kind === 'spawn' && p.name === this.peer) || own.some((a) => a.accept)) all.add(this.protocols.end);
      else if (p.kind === 'spawn') all.add(p.next);
      else if ('alts' in p) {
        this.protocols.budget.spend(p.alts.length);
        p.alts.filter((a) => a.peer !== this.peer).forEach((a) => all.add(a.next));
        // A loss is no message: who sees it is not there any more.
        const said = own.filter((a) => a.label !== 'Down');
        if (p.kind === 'send') seen.sends.push(...own);
        else if (said.length > 0 || own.length === p.alts.length) seen.waits.push(said);
      } else seen.ends.set(p.kind === 'ret' ? 'end' : p.kind, p.kind === 'ret' ? this.protocols.end : p);
    }
    return seen;
  }

  /** Messages that may come; undefined if one of them carries different things. */
  #either(sends: readonly Alt[]): Labels | undefined {
    const found = new Map<string, Step>();
    for (const a of sends) {
      const before = found.get(a.label);
      if (before === undefined) found.set(a.label, { alt: a, next: [a.next] });
      else if (this.#alike(before.alt, a)) before.next.push(a.next);
      else return undefined;
    }
    return found;
  }

  /** Messages that are taken wherever the session is. */
  #taken(waits: Seen['waits']): Labels {
    const found = new Map((waits[0] ?? []).map((a): [string, Step] => [a.label, { alt: a, next: [a.next] }]));
    for (const alts of waits.slice(1)) {
      const others = new Map(alts.map((a) => [a.label, a]));
      this.protocols.budget.spend(found.size);
      for (const [label, { alt, next }] of found) {
        const other = others.get(label);
        if (other !== undefined && this.#alike(alt, other)) next.push(other.next);
        else found.delete(label);
      }
    }
    return found;
  }

  /** What may be sent though a message may be on its way already: whoever sent that takes this next, or is at its end. */
  #crossing(sent: Labels, taken: Labels): Labels {
    const found = new Map<string, Step>();
    const crossed = [...sent.values()].map(({ alt, next }) => {
      const { sends, waits, ends } = this.#seen(next);
      const over = sends.length === 0 && waits.length === 0 && !ends.has('cut');
      return {
        alt,
        over,
        takes: this.#taken(sends.length > 0 || ends.has('cut') ? [] : waits),
        ends: [...ends.values()],
      };
    });
    for (const [label, step] of taken) {
      const alts: Alt[] = [];
      this.protocols.budget.spend(crossed.length);
      for (const { alt, over, takes, ends } of crossed) {
        const hit = takes.get(label);
        if (!over && (hit === undefined || !this.#alike(step.alt, hit.alt))) break;
        alts.push({ ...alt, next: this.#choice([...(hit?.next ?? []), ...ends]) });
      }
      if (alts.length < sent.size) continue;
      const key = alts.map((a) => `${a.label} ${a.next.id}`).join('; ');
      const late = this.#made.get(key) ?? { kind: 'send', id: this.protocols.fresh(), alts };
      this.#made.set(key, late);
      found.set(label, { alt: step.alt, next: [...step.next, late] });
    }
    return found;
  }

  #choice(ways: readonly Proto[]): Proto {
    const key = `| ${idsOf(ways)}`;
    const made = this.#made.get(key) ?? { kind: 'choice', id: this.protocols.fresh(), ways };
    this.#made.set(key, made);
    return made;
  }

  #alike(a: Alt, b: Alt): boolean {
    const same = (c: Carried, d: Carried): boolean =>
      c.kind === 'data'
        ? d.kind === 'data' && this.types.same(c.type, d.type)
        : d.kind !== 'data' &&
          c.kind === d.kind &&
          this.protocols.same(c.proto, d.proto, identity, (x, y) => this.types.same(x, y)) &&
          (c.kind !== 'pool' || (d.kind === 'pool' && this.types.same(c.datum, d.datum)));
    return a.payload.length === b.payload.length && a.payload.every((c, i) => same(c, b.payload[i]!));
  }
}

/** A message and where the session may be after it. */
interface Step {
  readonly alt: Alt;
  readonly next: Proto[];
}
type Labels = ReadonlyMap<string, Step>;
