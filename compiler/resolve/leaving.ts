/**
 * Leaving, stated once: which way out leaves which of the forms around it, and so which `finally` blocks run on the way.
 * The protocol pass lowers by it, the code generator emits by it.
 *
 *     way out                   leaves
 *     the end of a block        its own form
 *     `break`, `continue`       all inside the innermost round of `while`, `for` or `serve`
 *     `return`, `loop`          all inside the body of the session, function or closure
 *     `close`                   all there is, also around the calls that the body is in
 *     an exception              all inside the innermost `try` that catches it, then its handlers
 *
 * What `loop` passes and `return` gives is computed before anything is left. Forms are left from the inside out, and a
 * `finally` runs outside of its own `try`: what it raises, or a way out of its own, goes on from there.
 * Invariant: a call in the last place of a `try` is no tail call, since the `try` is left behind it.
 */
export type Exit = 'break' | 'continue' | 'return' | 'loop' | 'close';

/** `loop`: a round; `region`: a `try` or one of its handlers; `inlined`: a body that stands in the place of its call. */
export type Form = 'loop' | 'region' | 'inlined';

/** The form around which nothing is left. */
const WITHIN: Readonly<Record<Exit, Form | undefined>> = {
  break: 'loop',
  continue: 'loop',
  return: 'inlined',
  loop: 'inlined',
  close: undefined,
};

/** Of the forms around a place, outermost first, those that the way out leaves. */
export function leftBy<F extends { readonly kind: Form }>(exit: Exit, around: readonly F[]): readonly F[] {
  const stop = WITHIN[exit];
  return around.slice(around.findLastIndex((form) => form.kind === stop) + 1);
}

/** Whether going on as another body leaves nothing behind that would have to be come back to. */
export const isLast = (around: readonly { readonly kind: Form }[]): boolean =>
  leftBy('return', around).every((form) => form.kind === 'loop');
