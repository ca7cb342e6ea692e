/**
 * References to services: what a session's clients may say and hear, connecting, conversations of one message.
 * Invariant: what a client sends arrives with the types the service was checked with, and the other way round. In which
 * order is part of the declared type of a session that connects; a plain function declares none, nor does a session for an end
 * that it connects to give away.
 */
import { offered, sameCarried } from './agreement.js';
import { anyOrder } from '../terms/protocol-made.js';
import { type Carried } from '../terms/protocol.js';
import { renamed } from './finish.js';
import type { Flow } from './flow.js';
import { isClosed, offerOf, offerType } from '../terms/offers.js';
import { expects, reject } from '../terms/rejection.js';
import type { Signature } from '../module/signature.js';
import { advance, position } from './talk.js';
import type { Ty } from '../terms/types.js';

/** The type of references to threads that run a session; what it says of other clients' messages is one type each. */
export function referenceTo(f: Flow, s: Signature): Ty {
  if (s.body === undefined) return f.types.reference;
  const said = offered(f, s.body);
  if (said === undefined) return f.types.reference;
  const terms = (payload: readonly Carried[]): Ty[] => payload.map((c) => f.env.terms.of(c));
  return offerType(f.types, new Map([...said].map(([key, payload]) => [key, terms(payload)])), true);
}

/** What messages to and from the service that is referred to carry. */
function messagesOf(f: Flow, reference: Ty, what: string): ReadonlyMap<string, readonly Carried[]> {
  const said = offerOf(f.instances.resolve(reference), f.types);
  if (said === undefined) return reject(`what the service takes is not known: ${what}`);
  return new Map([...said].map(([key, types]) => [key, types.map((t) => f.env.terms.carried(t))]));
}

/** A new link to a service: a peer of the session's type, or in a function an end for the service's messages. */
export function connect(f: Flow, reference: Ty): void {
  if (f.lenient) return f.push(f.fresh('end', { kind: 'free', at: [], peer: '', dual: false }));
  const said = messagesOf(f, reference, 'nothing can be said to it');
  const points = f.signature.session ? position(f) : [];
  const next = points.flatMap((p) => (p.kind === 'spawn' && p.session === 'service' ? [p] : []));
  if (next.length === 0) {
    if (f.signature.session) reject(`the type does not connect here: it ${expects(points)}`);
    return f.push(f.fresh('end', { kind: 'free', at: anyOrder(f.env.protocols, said), peer: '', dual: false }));
  }
  const { name } = next[0]!;
  const closed = isClosed(f.instances.resolve(reference));
  for (const [key, payload] of offered(f, f.signature.body!, name) ?? [])
    if (!agrees(f, key, payload, said.get(key), closed))
      reject(`${f.signature.name} and the service do not agree on what $${key.slice(1)} carries`);
  for (const [key, payload] of said) {
    const mine = offered(f, f.signature.body!, name)?.get(key);
    if (key.startsWith('?') && mine !== undefined && !agrees(f, key, mine, payload, closed))
      reject(`${f.signature.name} and the service do not agree on what $${key.slice(1)} carries`);
  }
  renamed(f, name);
  const after = next.map((p) => p.next);
  advance(f, undefined, after);
  // One of which the type says nothing is given away: who gets it may do what the service takes, as in a function.
  const silent = f.env.protocols.project(after, name).every((p) => p.kind === 'end' || p.kind === 'ret' || p.kind === 'fail'); // prettier-ignore
  if (silent) f.push(f.fresh('end', { kind: 'free', at: anyOrder(f.env.protocols, said), peer: '', dual: false }));
  else f.push(f.fresh('end', { kind: 'peer', peer: name }));
}

/** What the session says fits what the service takes, and what the service says fits what the session waits for. */
function agrees(
  f: Flow,
  key: string,
  mine: readonly Carried[],
  theirs: readonly Carried[] | undefined,
  closed: boolean,
): boolean {
  // What the service never says may be waited for, if it is known that it does not; what it does not take may not be said.
  if (theirs === undefined) return closed && key.startsWith('?');
  const [from, to] = key.startsWith('!') ? [mine, theirs] : [theirs, mine];
  return (
    from.length === to.length &&
    from.every((c, i) => {
      const d = to[i]!;
      if (c.kind === 'data') return d.kind === 'data' && f.instances.fits(c.type, d.type);
      return d.kind !== 'data' && d.proto.kind !== 'cut' && sameCarried(f, c, d);
    })
  );
}

/** The payload of a conversation of one message, as the service takes it. */
export function castPayload(f: Flow, reference: Ty, label: string): readonly Carried[] {
  const payload = messagesOf(f, reference, `$${label} cannot be sent`).get(`!${label}`);
  return payload ?? reject(`the service does not take $${label}`);
}
