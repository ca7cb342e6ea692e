/**
 * When ends are finished, and what must hold when a function is left.
 * Invariant: in a module that is not trusted nothing is left with an end whose peer still expects something.
 */
import { standing } from '../state/failed.js';
import type { Flow } from './flow.js';
import { nextOf, type Proto } from '../terms/protocol.js';
import { expects, reject } from '../terms/rejection.js';
import type { EndState } from '../state/state.js';

/** Is an end finished, at these points of the session? */
export function over(f: Flow, e: EndState, at: readonly Proto[]): boolean {
  f.env.budget.spend(1);
  if (e.kind === 'thread') return e.session >= 0;
  // One that was mentioned in a `try` that failed is lost already.
  if (e.kind === 'watch' || e.kind === 'gone' || e.kind === 'lost') return true;
  if (e.kind !== 'peer' && e.kind !== 'free') return false;
  if (e.kind === 'peer' && f.lenient) return false;
  const points = f.env.protocols.project(e.kind === 'peer' ? at : e.at, e.peer);
  if (e.kind === 'free' && points.length === 0) return false;
  if (points.includes(f.env.protocols.anywhere)) return true;
  // Where it only fails, or goes on for ever without a word, nobody has anything to wait for.
  return points.every((p) => p.kind === 'end' || p.kind === 'ret' || p.kind === 'fail');
}

/** An action makes an end of this name known: an earlier one that is finished is no more, whatever still holds it. */
export function renamed(f: Flow, peer: string): void {
  const at = f.settled();
  f.env.budget.spend(f.state.ends.size);
  for (const [id, e] of f.state.ends)
    if (e.kind === 'peer' && e.peer === peer && over(f, e, at)) f.setEnd(id, undefined);
}

/** Checks what must hold when the function is left: nothing unfinished. `closing`: the thread ends with it, whatever called it. */
export function leave(f: Flow, closing = false): void {
  if (f.lenient) return;
  const at = settledAtEnd(f, closing);
  for (const [id, e] of f.state.ends) {
    if (e.kind === 'thread' && e.session < 0) reject('a thread was never given a program');
    if (e.kind === 'pool') reject('a pool is still there');
    if (e.kind !== 'free') continue;
    const param = f.signature.params[id];
    const back = param?.kind === 'end' ? f.signature.back.get(param.name) : undefined;
    const points = f.env.protocols.project(e.at, e.peer);
    const given =
      back !== undefined &&
      points.some((p) => p.kind === back.kind && (p.kind !== 'rest' || p.name === (back as typeof p).name));
    // Whoever gets it back goes on with it, and not from where this function says that it only fails.
    const failing = back !== undefined && points.some((p) => p.kind === 'fail');
    if (!given && (failing || !over(f, e, at))) reject(`an end is not finished: it still ${expects(points)}`);
  }
  f.signature.params.forEach((p, i) => {
    if (f.signature.session || p.kind !== 'end' || !f.signature.back.has(p.name)) return;
    // One whose loss was told is where the caller takes it to be: nothing comes over it any more.
    const kind = f.state.ends.get(i)?.kind;
    if (kind !== 'free' && kind !== 'gone') reject(`${p.name} is not given back`);
  });
  if (f.signature.session && !at.some((p) => p.kind === 'end' || p.kind === 'ret'))
    reject(`the type is not at its end: it still ${expects(at)}`);
}

function settledAtEnd(f: Flow, closing: boolean): readonly Proto[] {
  if (f.state.at !== 'lost' || standing(f.env.protocols, f.state) !== undefined)
    return f.env.protocols.ways(f.settled());
  const open = [...f.state.ends.values()].some((e) => e.kind === 'peer');
  if (open) reject('the protocol is lost and an end is not dropped');
  // Code behind a call of what never ends is not judged, so it may not come back from a failure either.
  const { body } = f.signature;
  if (!closing && body !== undefined && !mayEnd(f, body)) reject('the type never ends, and a failure would come back');
  return [f.env.protocols.end];
}

function mayEnd(f: Flow, body: Proto): boolean {
  const seen = new Set([body]);
  for (const p of seen) {
    f.env.budget.spend(1);
    if (p.kind === 'end' || p.kind === 'ret') return true;
    nextOf(p).forEach((n) => seen.add(n));
  }
  return false;
}
