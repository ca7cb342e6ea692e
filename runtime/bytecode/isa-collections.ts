/**
 * Rows over structured data: tuples, variants and records, lists, maps, bytes.
 * Invariant: nothing they make is ever changed afterwards; operands are taken in the order they were pushed, but for
 * `append`, whose left operand is on top as with all infix rows.
 */
import type { Meaning, RowText, Texts } from './isa.js';

const value = (js: (v: Texts) => string, more: Partial<Extract<Meaning, { kind: 'value' }>> = {}): Meaning => ({
  kind: 'value',
  js,
  ...more,
});
const row = (name: string, operands: string, effect: string, meaning: Meaning, doc: string): RowText => ({
  name,
  operands,
  effect,
  doc,
  meaning,
});

/** A structured value counts 1 and its fields, a list element 2. */
const fields = (v: Texts): string => `1 + ${v['count'] ?? 1}`;
const cells = (v: Texts): string => `2 * ${v['count']}`;
const two = (): string => '2';
/** What a library operation made: counted by walking its result. */
const whole = (_v: Texts, r: string): string => `extent(${r})`;

export const collectionRows: readonly RowText[] = [
  row(
    'tuple',
    'n:count',
    'args(n) -> r:tuple',
    value((v) => `tuple${/^[23]$/.test(v['count']!) ? v['count'] : ''}(${v['args']})`, { allocates: fields }),
    'A tuple of the n topmost, in the order they were pushed.',
  ),
  row(
    'make',
    'c:constructor',
    'args(c) -> r:data',
    value(
      (v) => `make${/^[0-3]$/.test(v['count']!) ? v['count'] : ''}(${[v['c'], v['args']].filter(Boolean).join(', ')})`,
      { allocates: fields },
    ),
    'A variant, record or exception with its fields, in the order they were pushed.',
  ),
  row(
    'field',
    'i:int',
    't:data -> r',
    value((v) => (/^[0-3]$/.test(v['i']!) ? `${v['t']}.f${v['i']}` : `fieldOf(${v['t']}, ${v['i']})`)),
    'Field i of a tuple, variant, record or exception.',
  ),
  row(
    'with_field',
    'i:int',
    't:data a -> r:data',
    value((v) => `withField(${v['t']}, ${v['i']}, ${v['a']})`, { allocates: whole }),
    'A copy of the one below whose field i is the top.',
  ),
  row(
    'tag',
    '',
    't:data -> r:int',
    value((v) => `${v['t']}.ctor.tag`),
    'The number of the constructor among those of its type.',
  ),

  row(
    'list',
    'n:count',
    'args(n) -> r:list',
    value((v) => `list([${v['args']}])`, { allocates: cells }),
    'A list of the n topmost, in the order they were pushed.',
  ),
  row(
    'cons',
    '',
    'h t:list -> r:list',
    value((v) => `new Cons(${v['h']}, ${v['t']})`, { allocates: two }),
    'The one below in front of the list on top.',
  ),
  row(
    'head',
    '',
    'l:list -> r',
    value((v) => `${v['l']}.head`, { guard: { when: (v) => `${v['l']} === NIL`, exception: 'OutOfRange' } }),
    'First element; OutOfRange if there is none.',
  ),
  row(
    'tail',
    '',
    'l:list -> r:list',
    value((v) => `${v['l']}.tail`, { guard: { when: (v) => `${v['l']} === NIL`, exception: 'OutOfRange' } }),
    'All but the first element; OutOfRange if there is none.',
  ),
  row(
    'empty',
    '',
    'l:list -> r:bool',
    value((v) => `${v['l']} === NIL`),
    'Has the list no elements?',
  ),
  row(
    'reverse',
    '',
    'l:list -> r:list',
    value((v) => `reverse(${v['l']})`, { long: true, allocates: whole }),
    'The list backwards.',
  ),
  row(
    'append',
    '',
    'y x -> r',
    value((v) => `append(${v['x']}, ${v['y']})`, { fails: true, long: true, allocates: whole }),
    'Top followed by the one below: two lists or two bytes; HeapExhausted if there is no room.',
  ),
  row(
    'length',
    '',
    'c -> r:int',
    value((v) => `lengthOf(${v['c']})`, { long: true }),
    'Number of elements of a list, code points of a string, bytes, or entries of a map.',
  ),
  row(
    'index',
    '',
    'c i -> r',
    value((v) => `index(${v['c']}, ${v['i']})`, { fails: true, long: true }),
    'Element i of a list, string or bytes from 0, or what a map holds under key i; OutOfRange.',
  ),
  row(
    'slice',
    '',
    'c from:int to:int -> r',
    value((v) => `slice(${v['c']}, ${v['from']}, ${v['to']})`, { fails: true, long: true, allocates: whole }),
    'Elements from .. to - 1 of a list, string or bytes; OutOfRange.',
  ),
  row(
    'items',
    '',
    'c -> r:list',
    value((v) => `items(${v['c']})`, { fails: true, long: true, allocates: whole }),
    'What `for` runs over, as a list: elements, characters, bytes, or (key, value) pairs; HeapExhausted.',
  ),
  row(
    'map',
    'n:count',
    'pairs(n) -> r:map',
    value((v) => `mapOf([${v['args']}])`, { allocates: whole }),
    'A map of n keys and values, pushed as key, value; later keys win.',
  ),
  row(
    'range',
    '',
    'from:int to:int -> r:list',
    value((v) => `range(${v['from']}, ${v['to']})`, { fails: true, long: true, allocates: whole }),
    'The list of ints from the one below to the top, both included; HeapExhausted if there is no room.',
  ),
];
