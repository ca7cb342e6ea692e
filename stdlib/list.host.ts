/** Host half of `list`: what needs the whole list at once. */
import { compare } from '../runtime/values/compare.js';
import { lengthOf, list, reverse } from '../runtime/values/list.js';
import { type Cons, NIL, type Value } from '../runtime/values/value.js';
import { room, spend } from '../runtime/values/work.js';
import { fromList, type HostFunctions, Raise, toList } from './support.js';

function slice(xs: Cons, first: number, last: number): Cons {
  let rest = xs;
  for (let i = 0; i < first && rest !== NIL; i++) rest = rest.tail;
  const taken: Value[] = [];
  let left = last - Math.max(first, 0);
  for (; left > 0 && rest !== NIL; left--, rest = rest.tail) taken.push(rest.head);
  room(2 * taken.length);
  spend(taken.length + Math.max(0, first));
  return rest === NIL && taken.length === 0 ? NIL : toList(taken);
}

/** Skipping to the end of a list must not copy it. */
function tail(xs: Cons, first: number): Cons {
  let rest = xs;
  let i = 0;
  for (; i < first && rest !== NIL; i++) rest = rest.tail;
  spend(i);
  return rest;
}

function set(xs: Cons, index: number, x: Value): Cons {
  const before: Value[] = [];
  let rest = xs;
  for (let i = 0; i < index && rest !== NIL; i++, rest = rest.tail) before.push(rest.head);
  room(2 * before.length);
  spend(before.length);
  if (index < 0 || rest === NIL) throw new Raise('OutOfRange');
  return list([...before, x], rest.tail);
}

function sort(xs: Cons): Cons {
  const all = fromList<Value>(xs);
  room(2 * all.length);
  // What structures take is charged as they are compared.
  spend(all.length * Math.ceil(Math.log2(all.length + 1)));
  return toList(all.sort(compare));
}

export const host: HostFunctions = {
  length: (xs: Cons) => lengthOf(xs),
  slice,
  skip: tail,
  set,
  reverse: (xs: Cons) => reverse(xs),
  sort,
};
