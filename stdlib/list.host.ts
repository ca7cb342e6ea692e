/** Host half of `list`: what needs the whole list at once. */
import { compare } from '../runtime/values/compare.js';
import { lengthOf, list, reverse } from '../runtime/values/list.js';
import { type Cons, NIL, type Value } from '../runtime/values/value.js';
import { fromList, type HostFunctions, Raise, toList } from './support.js';

function slice(xs: Cons, first: number, last: number): Cons {
  let rest = xs;
  for (let i = 0; i < first && rest !== NIL; i++) rest = rest.tail;
  const taken: Value[] = [];
  let left = last - Math.max(first, 0);
  for (; left > 0 && rest !== NIL; left--, rest = rest.tail) taken.push(rest.head);
  return rest === NIL && taken.length === 0 ? NIL : toList(taken);
}

/** Skipping to the end of a list must not copy it. */
function tail(xs: Cons, first: number): Cons {
  let rest = xs;
  for (let i = 0; i < first && rest !== NIL; i++) rest = rest.tail;
  return rest;
}

function set(xs: Cons, index: number, x: Value): Cons {
  const before: Value[] = [];
  let rest = xs;
  for (let i = 0; i < index && rest !== NIL; i++, rest = rest.tail) before.push(rest.head);
  if (index < 0 || rest === NIL) throw new Raise('OutOfRange');
  return list([...before, x], rest.tail);
}

export const host: HostFunctions = {
  length: (xs: Cons) => lengthOf(xs),
  slice,
  skip: tail,
  set,
  reverse: (xs: Cons) => reverse(xs),
  sort: (xs: Cons) => toList(fromList<Value>(xs).sort(compare)),
};
