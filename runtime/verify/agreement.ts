/**
 * Whether two descriptions of one link, or of one end, go together.
 * Invariant: coinductive walks over finite graphs; `follows` says yes only where each step is certain.
 */
import type { Alt, Carried, Proto } from './protocol.js';
import type { Flow } from './flow.js';
import { retyped } from './protocol-made.js';
import { reject } from './rejection.js';
import type { Ty } from './types.js';

/** One end at some points of a type: the parts that concern `peer`, seen from the other side if `dual`. */
export interface View {
  readonly at: readonly Proto[];
  readonly peer: string;
  readonly dual: boolean;
}

/** Is what is left of one end exactly what the other view does with it, labels and payloads included? */
export function follows(f: Flow, a: View, b: View): boolean {
  const { protocols } = f.env;
  const seen = new Set<string>();
  const work: [readonly Proto[], readonly Proto[]][] = [[a.at, b.at]];
  for (let pair; (pair = work.pop());) {
    const xs = protocols.project(pair[0], a.peer);
    const ys = protocols.project(pair[1], b.peer);
    const key = `${xs.map((p) => p.id).join()} ${ys.map((p) => p.id).join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    f.env.budget.spend(8);
    if (xs.length !== 1 || ys.length !== 1) return false;
    const [x, y] = [xs[0]!, ys[0]!];
    if (!('alts' in x) || !('alts' in y)) {
      const over = (p: Proto): boolean => p.kind === 'end' || p.kind === 'ret';
      if (over(x) && over(y)) continue;
      return false;
    }
    if ((x.kind === y.kind) === (a.dual !== b.dual)) return false;
    if (x.alts.length !== y.alts.length) return false;
    for (const alt of x.alts) {
      const other = y.alts.find((o) => o.label === alt.label);
      // A point that also waits for others is no step of this end alone.
      if (other === undefined || alt.peer !== a.peer || other.peer !== b.peer) return false;
      if (alt.payload.length !== other.payload.length) return false;
      if (!alt.payload.every((c, i) => sameCarried(f, c, other.payload[i]!))) return false;
      work.push([[alt.next], [other.next]]);
    }
  }
  return true;
}

export function sameCarried(f: Flow, c: Carried, d: Carried): boolean {
  const fits = (x: Ty, y: Ty): boolean => f.types.same(x, y) || f.instances.fits(x, y, true);
  if (c.kind === 'data')
    return d.kind === 'data' && (f.types.same(c.type, d.type) || f.instances.fits(c.type, d.type, true));
  return d.kind === 'end' && f.env.protocols.same(c.proto, d.proto, (n) => n, fits);
}

/** One side of a link: a session's body, the peer's name in it, and the instance its type variables belong to. */
export interface Side {
  readonly name: string;
  readonly body: Proto;
  readonly peer: string;
  readonly instance: string;
}

/**
 * The two sides of a link must agree on what every message that both know carries: what arrives has the types that the
 * receiver's code was checked with. (That messages come when they are awaited is for the composition check.)
 */
export function agree(f: Flow, a: Side, b: Side): void {
  const left = labels(f, a.body, a.peer);
  const right = labels(f, b.body, b.peer);
  for (const [key, payload] of left) {
    const other = right.get(key.startsWith('!') ? `?${key.slice(1)}` : `!${key.slice(1)}`);
    if (other === undefined) continue;
    const [sent, got] = key.startsWith('!') ? [payload, other] : [other, payload];
    const [from, to] = key.startsWith('!') ? [a, b] : [b, a];
    const ok = sent.length === got.length && sent.every((c, i) => arrives(f, c, from.instance, got[i]!, to.instance));
    if (!ok) reject(`${a.name} and ${b.name} do not agree on what $${key.slice(1)} carries`);
  }
}

function arrives(f: Flow, sent: Carried, from: string, got: Carried, to: string): boolean {
  const { instances } = f;
  if (sent.kind === 'data' && got.kind === 'data')
    return instances.fits(instances.rename(sent.type, from), instances.rename(got.type, to));
  return sameCarried(f, ofInstance(f, sent, from), ofInstance(f, got, to));
}

/** What is carried, with the type variables of an instance. */
export function ofInstance(f: Flow, c: Carried, instance: string): Carried {
  const rename = (t: Ty): Ty => f.instances.rename(t, instance);
  if (instance === '') return c;
  return c.kind === 'data'
    ? { ...c, type: rename(c.type) }
    : { ...c, proto: retyped(f.env.protocols, c.proto, rename) };
}

/** Does anything said over a link have a type that depends on the session's type variables? */
export function isGeneric(f: Flow, from: Proto, peer: string): boolean {
  return [...labels(f, from, peer).values()].some((cs) => cs.some((c) => c.kind === 'data' && c.type.open));
}

/**
 * What the clients of a session say (`!Label`) and hear (`?Label`), or seen from the session itself what it says to and
 * hears from one peer; undefined if a label carries different things for different clients.
 */
export function offered(f: Flow, body: Proto, peer?: string): ReadonlyMap<string, readonly Carried[]> | undefined {
  const alts: [boolean, Alt][] = [];
  const seen = new Set<Proto>([body]);
  for (const p of seen) {
    f.env.budget.spend(1);
    if (p.kind === 'choice') p.ways.forEach((w) => seen.add(w));
    else if (p.kind === 'spawn') seen.add(p.next);
    else if (p.kind === 'send' || p.kind === 'receive')
      for (const a of p.alts) {
        alts.push([(p.kind === 'send') === (peer !== undefined), a]);
        seen.add(a.next);
      }
  }
  const peers = new Set(peer === undefined ? alts.flatMap(([, a]) => (a.accept ? [a.peer] : [])) : [peer]);
  const found = new Map<string, readonly Carried[]>();
  for (const [says, a] of alts) {
    if (!peers.has(a.peer) || a.label === 'Down') continue;
    const key = `${says ? '!' : '?'}${a.label}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, a.payload);
    else if (known.length !== a.payload.length || !known.every((c, i) => sameCarried(f, c, a.payload[i]!)))
      return undefined;
  }
  return found;
}

/** What each message over a link carries, by `!Label` and `?Label`. One label always carries the same. */
function labels(f: Flow, from: Proto, peer: string): ReadonlyMap<string, readonly Carried[]> {
  const found = new Map<string, readonly Carried[]>();
  const seen = new Set<Proto>();
  const work = [from];
  for (let p; (p = work.pop());) {
    if (seen.has(p)) continue;
    seen.add(p);
    f.env.budget.spend(1);
    if (p.kind === 'choice') work.push(...p.ways);
    else if (p.kind === 'spawn') work.push(p.next);
    else if (p.kind === 'send' || p.kind === 'receive')
      for (const a of p.alts) {
        work.push(a.next);
        if (a.peer !== peer || a.accept) continue;
        const key = `${p.kind === 'send' ? '!' : '?'}${a.label}`;
        const known = found.get(key);
        if (known === undefined) found.set(key, a.payload);
        else if (known.length !== a.payload.length || !known.every((c, i) => sameCarried(f, c, a.payload[i]!)))
          reject(`$${a.label} carries different things over one link`);
      }
  }
  return found;
}
