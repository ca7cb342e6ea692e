/**
 * What helps where one type is wanted and another is given: conversions, the ways into and out of `option` and `result`,
 * what is missing.
 * Invariant: a hint names only what the language or the standard library has.
 */
import { count, showType } from '../solve/show.js';
import { isBuiltin, prune, type Type } from '../solve/type.js';

/** `written` is the text of what was given. */
export function hintsFor(wanted: Type, actual: Type, written: string): string[] {
  const [w, a] = [prune(wanted), prune(actual)];
  const pair = (x: string, y: string): boolean => isBuiltin(w, x) && isBuiltin(a, y);
  const number = w.kind === 'var' && w.constraint === 'number';
  if (pair('float', 'int'))
    return ['`int` and `float` are not mixed: write `1.0` for `1`, or convert with `int::to_float`'];
  if (pair('int', 'float'))
    return ['`int` and `float` are not mixed: convert with `float::round` or `float::truncate`'];
  if (pair('string', 'int') || pair('string', 'float')) return ['put it into a string with `"{...}"`'];
  const literal = /^"[^"]*"$/.test(written);
  if (!literal && (pair('int', 'string') || (number && isBuiltin(a, 'string'))))
    return ['`int::parse` reads a number from a string, as an `option`'];
  if (pair('bool', 'int')) return ['no number is true or false: compare it, as in `n != 0`'];
  if (pair('bool', 'list') || pair('bool', 'string') || pair('bool', 'option'))
    return ['no value but `true` and `false` is a condition: compare it, as in `xs != []`'];
  if (pair('exn', 'string')) return ['write `Failure("...")`, or declare an exception of your own: `exception Name`'];
  if (w.kind === 'fun' && a.kind === 'fun' && w.params.length !== a.params.length)
    return [`a function of ${count(w.params.length, 'argument')} is wanted, and this one takes ${a.params.length}`];
  if (w.kind !== 'fun' && a.kind === 'fun') return [stillTakes(a.params)];
  return throughWrapper(w, a);
}

const stillTakes = (params: readonly Type[]): string =>
  params.length === 0
    ? 'this is a function: call it with `()`'
    : `this is a function that still takes ${params.map((t) => `\`${showType(t)}\``).join(', ')}: are arguments missing?`;

/** `option` and `result` are no more than what they hold only where somebody says so. */
function throughWrapper(w: Type, a: Type): string[] {
  const known = (t: Type): boolean => t.kind !== 'var' || t.constraint === 'number';
  if (isBuiltin(a, 'option') && !isBuiltin(w, 'option') && known(w))
    return ['it may be `None`: take it apart with `case`, or say what else with `option::get_or`'];
  if (isBuiltin(a, 'result') && !isBuiltin(w, 'result') && known(w))
    return ['it may be an `Err`: take it apart with `case`, or say what else with `result::get_or`'];
  if (isBuiltin(w, 'option') && !isBuiltin(a, 'option') && known(a)) return ['a value that is there is `Some(...)`'];
  if (isBuiltin(w, 'result') && !isBuiltin(a, 'result') && known(a)) return ['a good result is `Ok(...)`'];
  return [];
}
