/**
 * Ends lent to functions, whose types say how far they take them: `(q : ?{Data(int) ~> X}) -> int, q : X`.
 * Invariant: after the call the caller's end stands where every way through the function leaves it.
 */
import { follows, sameCarried } from './agreement.js';
import type { Flow } from './flow.js';
import { retyped } from '../terms/protocol-made.js';
import { type Alt, type Proto } from '../terms/protocol.js';
import { expects, reject } from '../terms/rejection.js';
import type { Signature } from '../module/signature.js';
import type { EndState } from '../state/state.js';
import type { Ty } from '../terms/types.js';

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
  const { rest, over } = remainder(f, used, points, e) ?? { rest: points, over: s.back.get(p.name) === undefined };
  const back = s.back.get(p.name);
  if (!over && back === undefined) return reject(`${s.name} does not give argument ${at} back`);
  if (e.kind === 'peer') f.state = { ...f.state, at: rest };
  else if (back !== undefined) f.setEnd(id, { ...e, at: over ? [f.env.protocols.end] : rest });
  // What is not given back is the function's to give to others, or lost with it.
  if (back === undefined) f.setEnd(id, undefined);
}

interface Rest {
  readonly rest: readonly Proto[];
  /** Was the end finished? */
  readonly over: boolean;
}

/**
 * What is left of `points` after a function has done `used` on one end: `used` must be followed step by step, with
 * one and the same point behind every `X`, or one from which whatever is allowed behind another is allowed as well. Undefined if
 * the function neither finishes the end nor comes to an `X`: then it only comes back where it has lost it.
 */
function remainder(
  f: Flow,
  used: Proto,
  points: readonly Proto[],
  e: Extract<EndState, { peer: string; kind: 'free' | 'peer' }>,
): Rest | undefined {
  const { peer } = e;
  const dual = e.kind === 'free' && e.dual;
  let all: Rest | undefined;
  const seen = new Set<string>();
  const work: [Proto, readonly Proto[]][] = [[used, points]];
  const follow = (x: readonly Proto[], y: readonly Proto[]): boolean =>
    e.kind === 'free' && follows(f, { at: x, peer, dual }, { at: y, peer, dual });
  const meet = (found: readonly Proto[], over: boolean): void => {
    const known = all?.rest ?? found;
    const same = found.length === known.length && found.every((p, i) => p === known[i]);
    // Of an end that has a protocol of its own nothing is left once it is over.
    const fits = all?.over === over && (same || (e.kind === 'free' && over) || follow(found, known));
    if (all !== undefined && !fits && (all.over !== over || !follow(known, found)))
      reject('the function leaves the end at different points');
    if (!fits) all = { rest: found, over };
  };
  for (let pair; (pair = work.pop());) {
    const [u, at] = [pair[0], f.env.protocols.ways(pair[1])];
    const key = `${u.id} ${at.map((p) => p.id).join()}`;
    if (seen.has(key)) continue;
    seen.add(key);
    f.env.budget.spend(4);
    if (u.kind === 'rest') meet(at, false);
    // What the function chooses must be allowed whatever it is.
    else if (u.kind === 'choice') u.ways.forEach((w) => work.push([w, at]));
    else if (u.kind === 'end' || u.kind === 'ret') {
      const left = f.env.protocols.project(at, peer);
      if (!left.every((p) => p.kind === 'end' || p.kind === 'ret' || p.kind === 'fail'))
        reject(`the function finishes the end, which still ${expects(left)}`);
      meet(at, true);
    } else if (u.kind === 'fail') {
      // It never comes back from there.
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
  return all;
}

function samePayload(f: Flow, a: Alt, b: Alt): void {
  const ok = a.payload.length === b.payload.length && a.payload.every((c, i) => sameCarried(f, c, b.payload[i]!));
  if (!ok) reject('the payloads differ');
}
