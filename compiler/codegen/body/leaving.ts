/**
 * Leaving: what becomes of a value, how a body ends, and how its loops are left before their end.
 * Invariant: whatever is left runs its finalizers, innermost first, each outside its own region (`resolve/leaving.ts`
 * says which regions that are).
 */
import { leftBy } from '../../resolve/leaving.js';
import { block, type Body, type Enclosing, type Want } from './scope.js';

/** What stands for the value where there is none. */
export function nothing(b: Body, want: Want): void {
  if (want === 'value') b.frame.unit();
  else if (want === 'return') exitBody(b, false);
}

/** What becomes of a value that was pushed. */
export function settleValue(b: Body, want: Want): void {
  if (want === 'effect') b.frame.pop();
  else if (want === 'return') exitBody(b, true);
}

/**
 * Ends the body: with the top of the stack as its value if `has`. Regions of `try` around it are closed and their
 * finalizers run first.
 */
export function exitBody(b: Body, has: boolean): void {
  const f = b.frame;
  const inlined = b.enclosing.findLast((e) => e.kind === 'inlined');
  const wants = inlined?.kind === 'inlined' ? inlined.wants : b.ends === 'value';
  if (has && !wants) f.pop();
  if (!has && wants) f.unit();
  unwind(b, leftBy('return', b.enclosing));
  if (inlined?.kind === 'inlined') {
    f.release(inlined.fixed);
    const extra = f.depth - inlined.depth - (wants ? 1 : 0);
    if (wants) f.slide(extra);
    else f.pop(extra);
    f.jump(inlined.done);
  } else f.stop(b.ends === 'value' ? 'ret' : 'ret_void');
}

/** Closes the regions in `left`, innermost first, running each finalizer outside its own region. */
export function unwind(b: Body, left: readonly Enclosing[]): void {
  for (let i = left.length - 1; i >= 0; i--) {
    const region = left[i]!;
    if (region.kind !== 'region') continue;
    b.frame.op('end_try');
    const outer = b.enclosing.slice(0, b.enclosing.length - (left.length - i));
    if (region.finalizer !== undefined) block({ ...b, enclosing: outer }, region.finalizer, 'effect');
  }
}

export function leaveLoop(b: Body, how: 'break' | 'continue'): void {
  const f = b.frame;
  const loop = b.enclosing.findLast((e) => e.kind === 'loop');
  if (loop?.kind !== 'loop') return;
  const before = f.depth;
  unwind(b, leftBy(how, b.enclosing));
  f.release(loop.fixed);
  const [to, depth] = how === 'break' ? [loop.onBreak, loop.breakDepth] : [loop.onContinue, loop.continueDepth];
  f.pop(f.depth - depth);
  f.jump(to);
  f.depth = before;
}
