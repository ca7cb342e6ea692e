/**
 * Session types as graphs, and what one end of a link may do at a point of them.
 * Invariant: graphs are finite, may be cyclic, and every walk over them marks what it has seen; a part of a type that
 * cannot be followed is `cut`, at which nothing is allowed.
 */
import { coarsest } from '../../bytecode/coarsest.js';
import type { Branch, Notation } from './session-type.js';
import { reject, type Budget } from './rejection.js';
import type { Ty } from './types.js';

export type Proto =
  | { readonly kind: 'end' | 'ret' | 'fail' | 'cut'; readonly id: number }
  /** What comes after, for whoever asks: `X` of a signature. */
  | { readonly kind: 'rest'; readonly id: number; readonly name: string }
  | { readonly kind: 'send' | 'receive'; readonly id: number; alts: readonly Alt[] }
  | { readonly kind: 'spawn'; readonly id: number; readonly name: string; readonly session: string; next: Proto }
  | { readonly kind: 'choice'; readonly id: number; ways: readonly Proto[] };

/** What a message carries in one place: data, an end with what is left of its protocol, or a pool of such ends with their data. */
export type Carried =
  | { readonly kind: 'data'; readonly type: Ty }
  | { readonly kind: 'end'; readonly proto: Proto }
  | { readonly kind: 'pool'; readonly proto: Proto; readonly datum: Ty };

export interface Alt {
  readonly peer: string;
  readonly label: string;
  readonly payload: readonly Carried[];
  readonly next: Proto;
  /** The peer is a new client that this message makes known. */
  readonly accept: boolean;
  /** What is done with that client, if it is an end of its own and no peer of the session. */
  readonly own?: Proto | undefined;
}

export class Protocols {
  #ids = 0;
  readonly fresh = (): number => this.#ids++;
  /** Protocols with other types of data, by what they were made of. */
  readonly retyped = new Map<string, Proto>();
  /** What one peer sees of a session, by both. */
  readonly observed = new Map<string, Proto>();
  /** The module whose words are read, if it is another: its own sessions have its name in front of theirs. */
  elsewhere: string | undefined;
  /** May the graph being made end in a variable that a caller knows? */
  #open = true;
  readonly end: Proto = { kind: 'end', id: this.#ids++ };
  readonly cut: Proto = { kind: 'cut', id: this.#ids++ };
  /** What goes on for ever with others only. */
  readonly idle: Proto = { kind: 'fail', id: this.#ids++ };
  /** Where an end of which only the messages are known may be left. */
  readonly anywhere: Proto = { kind: 'end', id: this.#ids++ };

  constructor(
    readonly budget: Budget,
    /** Data types as the verifier's types. */
    readonly data: (n: Notation) => Ty,
  ) {}

  /** The graph of a protocol; of a session's body if it is not `open`. `rec` without an action before its variable is rejected. */
  graph(n: Notation, open = true): Proto {
    this.#open = open;
    return this.minimal(this.#build(n, new Map(), new Set()));
  }

  #build(n: Notation, bound: ReadonlyMap<string, () => Proto>, clients: ReadonlySet<string>): Proto {
    this.budget.spend(1);
    const id = this.#ids++;
    switch (n.kind) {
      case 'end':
        return this.end;
      case 'ret':
      case 'fail':
      case 'cut':
        return { kind: n.kind, id };
      case 'exists':
        return this.#build(n.body, bound, new Set([...clients, n.name]));
      case 'rec': {
        let made: Proto | undefined;
        const get = (): Proto => made ?? reject(`rec ${n.name} does nothing before it comes back`);
        const holder = new Map(bound).set(n.name, get);
        // The action that opens the body is made before its continuations, so the variable finds it.
        made = this.#opening(n.body, holder, clients, (p) => (made = p));
        return made;
      }
      case 'name': {
        const found = bound.get(n.name);
        if (found !== undefined) return found();
        if (!this.#open) reject(`${n.name} is no protocol`);
        return { kind: 'rest', id, name: n.name };
      }
      case 'talk':
      case 'spawn':
      case 'choice':
        return this.#opening(n, bound, clients, () => undefined);
      case 'equations':
        return this.#equations(n, bound);
      default:
        return reject('a data type stands where a protocol is needed');
    }
  }

  /**
   * The graph with points that allow the same made one (Moore 1956), so that paths which meet at equal places meet at
   * one point.
   */
  minimal(root: Proto): Proto {
    const all: Proto[] = [];
    const seen = new Set<Proto>([root]);
    const visit = (p: Proto): void => {
      if (!seen.has(p)) seen.add(p);
    };
    for (const p of seen) {
      all.push(p);
      nextOf(p).forEach(visit);
    }
    const places = new Map(all.map((p, at) => [p, at]));
    this.budget.spend(4 * all.length);
    const classes = coarsest(
      all.length,
      (at) => nextOf(all[at]!).map((to) => places.get(to)!),
      (at, of) => {
        const p = all[at]!;
        this.budget.spend('alts' in p ? 1 + p.alts.length : 1);
        return shapeKey(p, (to) => of[places.get(to)!]!);
      },
    );
    const first: Proto[] = [];
    all.forEach((p, at) => (first[classes[at]!] ??= p));
    const of = (p: Proto): Proto => first[classes[places.get(p)!]!]!;
    for (const p of all) {
      if (p.kind === 'send' || p.kind === 'receive') p.alts = p.alts.map((a) => ({ ...a, next: of(a.next) }));
      else if (p.kind === 'spawn') p.next = of(p.next);
      else if (p.kind === 'choice') p.ways = [...new Set(p.ways.map(of))];
    }
    return of(root);
  }

  /** The opening actions of all are made before what follows any of them, so that each finds the others. */
  #equations(n: Extract<Notation, { kind: 'equations' }>, bound: ReadonlyMap<string, () => Proto>): Proto {
    const made = new Map<string, Proto>();
    const all = new Map(bound);
    for (const { name } of n.parts) {
      if (all.get(name) !== bound.get(name)) reject(`rec says twice what ${name} is`);
      all.set(name, () => made.get(name) ?? reject(`rec ${name} does nothing before it comes back`));
    }
    const rest: (() => void)[] = [];
    for (const { name, body } of n.parts)
      made.set(name, this.#opening(body, all, new Set(), () => undefined, (follow) => void rest.push(follow))); // prettier-ignore
    rest.forEach((follow) => follow());
    return this.#build(n.body, all, new Set());
  }

  #opening(
    n: Notation,
    bound: ReadonlyMap<string, () => Proto>,
    clients: ReadonlySet<string>,
    made: (p: Proto) => void,
    /** When what follows the action is made. */
    then: (follow: () => void) => void = (follow) => follow(),
  ): Proto {
    const id = this.#ids++;
    const next = (x: Notation): Proto => this.#build(x, bound, clients);
    switch (n.kind) {
      case 'talk': {
        const p: Extract<Proto, { alts: unknown }> = { kind: n.mark === '?' ? 'receive' : 'send', id, alts: [] };
        made(p);
        const accepted = (peer: string): boolean =>
          n.mark === '?' && clients.has(peer.charAt(0).toUpperCase() + peer.slice(1));
        const seen = new Set<string>();
        const alt = (b: Branch): Alt => {
          const key = `${b.peer}.${b.label}`;
          if (seen.has(key)) reject(`the type names ${b.label} twice in one place`);
          seen.add(key);
          const accept = accepted(b.peer);
          const known = accept
            ? new Set([...clients].filter((c) => c.toLowerCase() !== b.peer.toLowerCase()))
            : clients;
          const payload = b.payload.map((x) => this.carried(x));
          if (b.own !== undefined && !accept) reject(`${b.label} makes no client known`);
          const own = b.own === undefined ? undefined : this.#build(b.own, new Map(), new Set());
          return { peer: b.peer, label: b.label, payload, next: this.#build(b.next, bound, known), accept, own };
        };
        then(() => (p.alts = n.branches.map(alt)));
        return p;
      }
      case 'spawn': {
        const named = n.session.kind === 'name' ? n.session.name : '';
        const plain = named !== '' && named !== 'service' && !named.includes('::');
        const session = plain && this.elsewhere !== undefined ? `${this.elsewhere}::${named}` : named;
        const p: Extract<Proto, { kind: 'spawn' }> = { kind: 'spawn', id, name: n.name, session, next: this.end };
        made(p);
        then(() => (p.next = next(n.next)));
        return p;
      }
      case 'choice': {
        const p: Extract<Proto, { ways: unknown }> = { kind: 'choice', id, ways: [] };
        made(p);
        then(() => (p.ways = n.ways.map(next)));
        return p;
      }
      case 'exists':
        return this.#opening(n.body, bound, new Set([...clients, n.name]), made, then);
      default:
        return this.#build(n, bound, clients);
    }
  }

  /** A payload type: an end if it is a protocol, else data. */
  carried(n: Notation): Carried {
    if (n.kind === 'name' && n.name === 'pool') {
      const [member, datum] = n.args;
      const proto = member === undefined ? this.cut : this.minimal(this.#build(member, new Map(), new Set()));
      return { kind: 'pool', proto, datum: this.data(datum ?? { kind: 'tuple', items: [] }) };
    }
    if (!this.carriesEnd(n)) return { kind: 'data', type: this.data(n) };
    return { kind: 'end', proto: n.kind === 'name' ? this.cut : this.minimal(this.#build(n, new Map(), new Set())) };
  }

  /** Is it the protocol of an end, or `end` for one that nothing is said about? */
  carriesEnd(n: Notation): boolean {
    let body = n;
    while (body.kind === 'rec' || body.kind === 'exists') body = body.body;
    const talks = ['talk', 'equations'].includes(body.kind) || body.kind === 'end' || body.kind === 'choice';
    return talks || (n.kind === 'name' && n.name === 'end');
  }

  /** The points a choice stands for; others stand for themselves. */
  ways(p: readonly Proto[]): readonly Proto[] {
    if (!p.some((x) => x.kind === 'choice')) return p;
    const found = new Set<Proto>();
    const seen = new Set<Proto>();
    const work = [...p];
    for (let x; (x = work.pop());) {
      if (seen.has(x)) continue;
      seen.add(x);
      this.budget.spend(1);
      if (x.kind === 'choice') work.push(...x.ways);
      else found.add(x);
    }
    return [...found].sort((a, b) => a.id - b.id);
  }

  /**
   * What is next for one peer: the first points at which it takes part. A point that depends on what happens elsewhere
   * (different next actions behind one choice of others) gives several.
   */
  project(from: readonly Proto[], peer: string): readonly Proto[] {
    const found = new Set<Proto>();
    const seen = new Set<Proto>();
    const work = [...from];
    for (let p; (p = work.pop());) {
      if (seen.has(p)) continue;
      seen.add(p);
      this.budget.spend(1);
      if (p.kind === 'choice') work.push(...p.ways);
      // From a spawn or a client of that name on it is another's.
      else if (p.kind === 'spawn' && p.name === peer) found.add(this.end);
      else if (p.kind === 'spawn') work.push(p.next);
      else if ('alts' in p && p.alts.some((a) => a.peer === peer && a.accept)) found.add(this.end);
      else if ('alts' in p && p.alts.length > 0 && !p.alts.some((a) => a.peer === peer))
        work.push(...p.alts.map((a) => a.next));
      else found.add(p);
    }
    return [...found].sort((a, b) => a.id - b.id);
  }

  /** Do two protocols allow the same, with the peers of the second called as `rename` says? Coinductive. */
  same(a: Proto, b: Proto, rename: (peer: string) => string, fits: (x: Ty, y: Ty) => boolean): boolean {
    const seen = new Set<string>();
    const work: [Proto, Proto][] = [[a, b]];
    for (let pair; (pair = work.pop());) {
      const [x, y] = pair;
      const key = `${x.id} ${y.id}`;
      if (seen.has(key)) continue;
      seen.add(key);
      this.budget.spend(4);
      if (x === y && rename === identity) continue;
      if (x.kind !== y.kind) return false;
      if (x.kind === 'rest') {
        if (x.name !== (y as typeof x).name) return false;
      } else if (x.kind === 'spawn') {
        if (x.session !== (y as typeof x).session) return false;
        work.push([x.next, (y as typeof x).next]);
      } else if (x.kind === 'choice') {
        const ways = (y as typeof x).ways;
        if (ways.length !== x.ways.length) return false;
        x.ways.forEach((w, i) => work.push([w, ways[i]!]));
      } else if (x.kind === 'send' || x.kind === 'receive') {
        const alts = (y as typeof x).alts;
        if (alts.length !== x.alts.length) return false;
        for (const alt of x.alts) {
          const other = alts.find((o) => o.label === alt.label && (o.accept || rename(o.peer) === alt.peer));
          if (
            other === undefined ||
            other.accept !== alt.accept ||
            (other.own === undefined) !== (alt.own === undefined)
          )
            return false;
          if (alt.own !== undefined) work.push([alt.own, other.own!]);
          if (other.payload.length !== alt.payload.length) return false;
          for (const [i, c] of alt.payload.entries()) {
            const d = other.payload[i]!;
            if (c.kind === 'data' && d.kind === 'data') {
              if (!fits(c.type, d.type) || !fits(d.type, c.type)) return false;
            } else if (c.kind === 'data' || d.kind === 'data' || c.kind !== d.kind) return false;
            else {
              work.push([c.proto, d.proto]);
              if (c.kind === 'pool' && d.kind === 'pool' && !(fits(c.datum, d.datum) && fits(d.datum, c.datum)))
                return false;
            }
          }
          work.push([alt.next, other.next]);
        }
      }
    }
    return true;
  }
}

export function nextOf(p: Proto): readonly Proto[] {
  if (p.kind === 'send' || p.kind === 'receive') return p.alts.map((a) => a.next);
  if (p.kind === 'spawn') return [p.next];
  return p.kind === 'choice' ? p.ways : [];
}

/** What a point allows, its continuations by class. Ends in payloads count as equal only if they are one graph. */
function shapeKey(p: Proto, classOf: (p: Proto) => number): string {
  const carried = (c: Carried): string =>
    c.kind === 'data' ? `d${c.type.id}` : c.kind === 'pool' ? `p${c.proto.id}/${c.datum.id}` : `e${c.proto.id}`;
  if (p.kind === 'send' || p.kind === 'receive') {
    const alts = p.alts.map(
      (a) =>
        `${a.accept ? `+${a.own?.id ?? ''} ` : ''}${a.peer}.${a.label}(${a.payload.map(carried).join()})${classOf(a.next)}`,
    );
    return `${p.kind} ${alts.sort().join(' ')}`;
  }
  if (p.kind === 'spawn') return `spawn ${p.name} ${p.session} ${classOf(p.next)}`;
  if (p.kind === 'choice') return `choice ${[...new Set(p.ways.map(classOf))].sort().join(' ')}`;
  return p.kind === 'rest' ? `rest ${p.name}` : p.kind;
}

export const identity = (peer: string): string => peer;
