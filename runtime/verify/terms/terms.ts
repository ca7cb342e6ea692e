/**
 * Protocols of ends that messages to and from services carry, as terms: the name says the shape, the arguments are the data in
 * its messages, so that they are renamed, compared and decided as any type's are.
 * Invariant: two terms of one shape with the same arguments are one protocol; what cannot be said without its surroundings has
 * no term.
 */
import type { Carried, Proto, Protocols } from './protocol.js';
import type { Ty, Types } from './types.js';

type Point =
  | { readonly kind: 'send' | 'receive'; readonly alts: readonly { label: string; count: number; next: number }[] }
  | { readonly kind: 'choice'; readonly ways: readonly number[] }
  | { readonly kind: 'end' | 'ret' | 'fail' };

/** The name of a term that is a pool: its arguments are what a member does and its datum. */
const POOL = '"pool"';

/** The beginning of a protocol in words: `!{Says(int) ~> ..}`. */
export function firstStep(t: Ty, list: (types: readonly Ty[]) => string): string {
  if (t.name === POOL) return `pool<${firstStep(t.args[0]!, list)}, ${list([t.args[1]!])}>`;
  const [p] = JSON.parse(t.name) as readonly Point[];
  if (p === undefined || !('alts' in p)) return 'an end';
  let at = 0;
  const alts = p.alts.map(({ label, count }) => {
    const carried = t.args.slice(at, (at += count));
    return `${label}${count === 0 ? '' : `(${list(carried)})`} ~> ..`;
  });
  return `${p.kind === 'send' ? '!' : '?'}{${alts.join(', ')}}`;
}

export class Terms {
  /** Points by the name of the term. */
  readonly #shapes = new Map<string, readonly Point[]>();
  readonly #protocols = new Map<Ty, Proto>();

  constructor(
    readonly types: Types,
    readonly protocols: Protocols,
  ) {}

  /** What is carried, as an argument of an offer; `unset` for an end of which nothing is known. */
  of(c: Carried): Ty {
    if (c.kind === 'data') return c.type;
    const term = this.#term(c.proto);
    if (term === undefined || (c.kind === 'pool' && c.datum.kind === 'unset')) return this.types.unset;
    return c.kind === 'end' ? term : this.types.make('protocol', POOL, [term, c.datum]);
  }

  /** The same back. */
  carried(t: Ty): Carried {
    if (t.kind === 'unset') return { kind: 'end', proto: this.protocols.cut };
    if (t.kind !== 'protocol') return { kind: 'data', type: t };
    if (t.name !== POOL) return { kind: 'end', proto: this.#protocol(t) };
    const [member, datum] = t.args;
    return { kind: 'pool', proto: this.#protocol(member!), datum: datum! };
  }

  #term(root: Proto): Ty | undefined {
    const all = [root];
    const numbers = new Map([[root, 0]]);
    const to = (p: Proto): number => {
      const n = numbers.get(p) ?? all.push(p) - 1;
      numbers.set(p, n);
      return n;
    };
    const args: Ty[] = [];
    const points: Point[] = [];
    for (const p of all) {
      this.types.budget.spend(1);
      if (p.kind === 'send' || p.kind === 'receive') {
        const sorted = [...p.alts].sort((a, b) => (a.label < b.label ? -1 : 1));
        this.types.budget.spend(sorted.length);
        if (sorted.some((a) => a.accept || a.peer !== '')) return undefined;
        for (const c of sorted.flatMap((a) => a.payload)) args.push(this.of(c));
        const alts = sorted.map((a) => ({ label: a.label, count: a.payload.length, next: to(a.next) }));
        points.push({ kind: p.kind, alts });
      } else if (p.kind === 'choice') points.push({ kind: 'choice', ways: p.ways.map(to) });
      else if (p.kind === 'end' || p.kind === 'ret' || p.kind === 'fail') points.push({ kind: p.kind });
      else return undefined;
    }
    if (args.includes(this.types.unset)) return undefined;
    const name = JSON.stringify(points);
    this.#shapes.set(name, points);
    return this.types.make('protocol', name, args);
  }

  #protocol(t: Ty): Proto {
    const known = this.#protocols.get(t);
    if (known !== undefined) return known;
    const points = this.#shapes.get(t.name)!;
    this.types.budget.spend(points.length + t.args.length);
    const made = points.map((p): Proto => {
      const id = this.protocols.fresh();
      if (p.kind === 'choice') return { kind: 'choice', id, ways: [] };
      return p.kind === 'send' || p.kind === 'receive' ? { kind: p.kind, id, alts: [] } : { kind: p.kind, id };
    });
    let at = 0;
    points.forEach((p, i) => {
      const of = made[i]!;
      if (p.kind === 'choice' && of.kind === 'choice') of.ways = p.ways.map((n) => made[n]!);
      if (!('alts' in p) || !('alts' in of)) return;
      of.alts = p.alts.map(({ label, count, next }) => {
        const payload = t.args.slice(at, (at += count)).map((a) => this.carried(a));
        return { peer: '', label, payload, next: made[next]!, accept: false };
      });
    });
    this.#protocols.set(t, made[0]!);
    return made[0]!;
  }
}
