/**
 * What other languages call things, for names that are not found.
 * Invariant: asked only when nothing in scope is near, so it never hides a better suggestion.
 */

const ABSENT = 'a value that may be absent is an `option`: `None`, or `Some(x)`';
const PRINT = '`std::print(x)` writes a value and a newline';

const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['null', ABSENT],
  ['nil', ABSENT],
  ['none', ABSENT],
  ['undefined', ABSENT],
  ['Null', ABSENT],
  ['Nothing', ABSENT],
  ['Just', 'a value that is there is `Some(x)`'],
  ['True', 'write `true`'],
  ['False', 'write `false`'],
  ['len', 'lengths are told by `list::length`, `string::length` and `map::size`'],
  ['length', 'lengths are told by `list::length`, `string::length` and `map::size`'],
  ['range', 'a range is written `1..n`, both ends included'],
  ['map', '`list::map(xs, f)`, or a comprehension: `[f(x) for x in xs]`'],
  ['filter', '`list::filter(xs, f)`, or a comprehension: `[x for x in xs if f(x)]`'],
  ['println', PRINT],
  ['printf', PRINT],
  ['puts', PRINT],
  ['echo', PRINT],
  ['console', PRINT],
  ['str', 'put the value into a string: `"{x}"`'],
  ['input', '`io::read_line()` reads a line, after `require io`'],
  ['sleep', '`std::wait(milliseconds)` waits'],
  ['pass', 'a block may be empty: take this out'],
  ['this', 'a thread calls itself `self`'],
  ['ok', 'a good result is `Ok(x)`; a name alone is written `"ok"`'],
  ['error', 'a bad result is `Err(x)`; an exception is raised with `raise`'],
  ['append', 'lists are joined by `++`: `xs ++ [x]`'],
  ['push', 'lists are joined by `++`: `xs ++ [x]`'],
]);

/** Types of other languages, which are type variables here. */
export const FOREIGN_TYPES: ReadonlyMap<string, string> = new Map([
  ['str', 'string'],
  ['text', 'string'],
  ['char', 'string'],
  ['boolean', 'bool'],
  ['integer', 'int'],
  ['number', 'int'],
  ['long', 'int'],
  ['double', 'float'],
  ['array', 'list'],
  ['dict', 'map'],
  ['nil', 'unit'],
  ['null', 'unit'],
]);

export function elsewhereCalled(name: string): string[] {
  const hint = ELSEWHERE.get(name);
  if (hint !== undefined) return [hint];
  const small = name.replace(/[A-Z]/, (letter) => letter.toLowerCase());
  return small === name ? [] : [`a variable starts with a lower-case letter: \`${small}\``];
}
