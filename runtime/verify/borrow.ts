/**
 * Ends lent to functions, whose types say how far they take them: `(q : ?{Data(int) ~> X}) -> int, q : X`.
 * Invariant: after the call the caller's end stands where every way through the function leaves it.
 */
import { sameCarried } from './agreement.js';
import type { Flow } from './flow.js';
import { retyped } from './protocol-made.js';
import { type Alt, type Proto } from './protocol.js';
import { expects, reject } from './rejection.js';
import type { Signature } from './signature.js';
import type { Ty } from './types.js';

/** Lends an end to a function that follows part of its protocol and gives the rest back. */
export function lend(f: Flow, given: Ty, s: Signature, at: number, instance: string): void {
  if (f.lenient) return;
  const p = s.params[at]!;
  const id = Number(given.name);
  const e = given.kind === 'end' ? f.state.ends.get(id) : undefined;
  if (p.kind !== 'end' || e === undefined)
    return reject(`argument ${at} of ${s.name} is an end and finds ${f.types.show(given)}`);
  if (p.proto === undefined) return reject(`${s.name} does not say what it does with its argument ${at}`);
  if (e.kind !== 'free' && e.kind !== 'peer') return reject('the end is lost');
  const points = e.kind === 'free' ? e.at : f.settled();
  const used = retyped(f.env.protocols, p.proto, (t) => f.instances.rename(t, instance));
  const rest = remainder(f, used, points, e.peer, e.kind === 'free' && e.dual);
  const back = s.back.get(p.name);
  const over = rest === 'end';
  if (!over && back === undefined) return reject(`${s.name} does not give argument ${at} back`);
  // What is not given back is the function's to give to others.
  if (e.kind === 'free' && back === undefined) f.setEnd(id, undefined);
  else if (e.kind === 'free') f.setEnd(id, { ...e, at: over ? [f.env.protocols.end] : rest });
  else if (!over) f.state = { ...f.state, at: rest };
  else f.state = { ...f.state, at: [f.env.protocols.end] };
}

/**
 * What is left of `points` after a function has done `used` on one end: `used` must be followed step by step, with
 * one and the same point behind every `X`.
 */
function remainder(
  f: Flow,
  used: Proto,
  points: readonly Proto[],
  peer: string,
  dual: boolean,
): readonly Proto[] | 'end' {
  let rest: readonly Proto[] | 'end' | undefined;
  const seen = new Set<string>();
  const work: [Proto, readonly Proto[]][] = [[used, points]];
  const meet = (found: readonly Proto[] | 'end'): void => {
    const same =
      rest === undefined ||
      (rest === 'end'
        ? found === 'end'
        : found !== 'end' &&
          found.length === rest.length &&
          found.every((p, i) => p === (rest as readonly Proto[])[i]));
    if (!same) reject('the function leaves the end at different points');
    rest = found;
  };
  for (let pair; (pair = work.pop());) {
    const [u, at] = [pair[0], f.env.protocols.ways(pair[1])];
    const key = `${u.id} ${at.map((p) => p.id).join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    f.env.budget.spend(4);
    if (u.kind === 'rest') meet(at);
    // What the function chooses must be allowed whatever it is.
    else if (u.kind === 'choice') u.ways.forEach((w) => work.push([w, at]));
    else if (u.kind === 'end' || u.kind === 'ret') {
      if (!at.every((p) => p.kind === 'end' || p.kind === 'ret'))
        reject(`the function finishes the end, which still ${expects(at)}`);
      meet('end');
    } else if (u.kind === 'send' || u.kind === 'receive') {
      const kind = dual ? (u.kind === 'send' ? 'receive' : 'send') : u.kind;
      for (const alt of u.kind === 'send'
        ? u.alts
        : at.flatMap((p) => ('alts' in p && p.kind === kind ? p.alts : []))) {
        const mine = u.alts.find((a) => a.label === alt.label);
        const theirs = at.flatMap((p) =>
          'alts' in p && p.kind === kind ? p.alts.filter((a) => a.peer === peer && a.label === alt.label) : [],
        );
        if (mine === undefined || theirs.length === 0 || !at.some((p) => p.kind === kind))
          reject(`the function does ${alt.label}, but the protocol ${expects(at)}`);
        samePayload(f, mine, theirs[0]!);
        work.push([mine.next, theirs.map((a) => a.next)]);
      }
      if (!at.some((p) => p.kind === kind)) reject(`the function ${expects([u])}, but the protocol ${expects(at)}`);
    } else reject('what the function does with the end cannot be followed');
  }
  return rest ?? points;
}

function samePayload(f: Flow, a: Alt, b: Alt): void {
  const ok = a.payload.length === b.payload.length && a.payload.every((c, i) => sameCarried(f, c, b.payload[i]!));
  if (!ok) reject('the payloads differ');
}
