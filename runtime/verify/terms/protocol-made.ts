/**
 * Protocols that no text says: those of ends of which only the messages are known, and those of instances of generic
 * sessions. Invariant: what is made is a graph of its own; nothing that exists is changed.
 */
import { nextOf, type Alt, type Carried, type Proto, type Protocols } from './protocol.js';
import type { Ty } from './types.js';

/** The points of an end of which only is known what messages carry, in both directions. */
export function anyOrder(protocols: Protocols, said: ReadonlyMap<string, readonly Carried[]>): readonly Proto[] {
  const again: Extract<Proto, { ways: unknown }> = { kind: 'choice', id: protocols.fresh(), ways: [] };
  const point = (kind: 'send' | 'receive', mark: string): Proto => ({
    kind,
    id: protocols.fresh(),
    alts: [...said].flatMap(([key, payload]) =>
      key.startsWith(mark) ? [{ peer: '', label: key.slice(1), payload, next: again, accept: false }] : [],
    ),
  });
  const talks = [point('send', '!'), point('receive', '?')].filter((p) => 'alts' in p && p.alts.length > 0);
  again.ways = [protocols.anywhere, ...talks];
  return again.ways;
}

/** The protocol with other types of data in its messages; the same types give the same graph. */
export function retyped(protocols: Protocols, root: Proto, type: (t: Ty) => Ty): Proto {
  const all = new Set<Proto>([root]);
  const parts = [root.id];
  const made = new Map<Carried, Carried>();
  const own = new Map<Proto, Proto>();
  for (const p of all) {
    protocols.budget.spend(1);
    if ('alts' in p)
      for (const a of p.alts) {
        if (a.own !== undefined) {
          own.set(a.own, retyped(protocols, a.own, type));
          parts.push(own.get(a.own)!.id);
        }
        for (const c of a.payload) {
          const to = retypedCarried(protocols, c, type);
          made.set(c, to);
          parts.push(to.kind === 'data' ? to.type.id : to.proto.id);
          if (to.kind === 'pool') parts.push(to.datum.id);
        }
      }
    nextOf(p).forEach((x) => all.add(x));
  }
  if ([...made, ...own].every(([from, to]) => from === to)) return root;
  const key = parts.join();
  const known = protocols.retyped.get(key);
  if (known !== undefined) return known;
  const copies = new Map<Proto, Proto>();
  for (const p of all) copies.set(p, nextOf(p).length > 0 ? { ...p, id: protocols.fresh() } : p);
  const of = (p: Proto): Proto => copies.get(p)!;
  for (const [p, copy] of copies) {
    if (p === copy) continue;
    if (copy.kind === 'spawn') copy.next = of(copy.next);
    else if (copy.kind === 'choice') copy.ways = copy.ways.map(of);
    else if ('alts' in copy)
      copy.alts = copy.alts.map((a) => ({
        ...a,
        payload: a.payload.map((c) => made.get(c)!),
        own: a.own && own.get(a.own),
        next: of(a.next),
      }));
  }
  protocols.retyped.set(key, of(root));
  return of(root);
}

/** What is carried with other types of data; itself, if they are the same. */
export function retypedCarried(protocols: Protocols, c: Carried, type: (t: Ty) => Ty): Carried {
  if (c.kind === 'data') {
    const to = type(c.type);
    return to === c.type ? c : { ...c, type: to };
  }
  const proto = retyped(protocols, c.proto, type);
  if (c.kind === 'end') return proto === c.proto ? c : { ...c, proto };
  const datum = type(c.datum);
  return proto === c.proto && datum === c.datum ? c : { ...c, proto, datum };
}

/** Alternatives with one label become one that leads to all their continuations; equal ones are one point for one owner. */
export function merged(owner: object, alts: readonly Alt[]): readonly Alt[] {
  const found = new Map<string, Alt>();
  for (const a of alts) {
    const key = `${a.peer}.${a.label}`;
    const before = found.get(key);
    if (before === undefined) found.set(key, a);
    else if (before.next !== a.next) found.set(key, { ...before, next: either(owner, before.next, a.next) });
  }
  return [...found.values()];
}
const eithers = new WeakMap<object, Map<string, Proto>>();
function either(owner: object, a: Proto, b: Proto): Proto {
  const known = eithers.get(owner) ?? new Map<string, Proto>();
  eithers.set(owner, known);
  const key = `${a.id} ${b.id}`;
  const made = known.get(key) ?? { kind: 'choice' as const, id: -1 - known.size, ways: [a, b] };
  known.set(key, made);
  return made;
}
