/**
 * Rows that steer: jumps, calls, closures, exceptions.
 * Invariant: `loop` is the only backward jump and its target dominates it; `try` regions nest and are static.
 */
import type { Flow, Meaning, RowText, Texts } from './isa.js';

const flow = (word: Flow, js?: (v: Texts) => string, not?: (v: Texts) => string): Meaning => ({
  kind: 'flow',
  flow: word,
  ...(js ? { js } : {}),
  ...(not ? { not } : {}),
});
const row = (name: string, operands: string, effect: string, meaning: Meaning, doc: string): RowText => ({
  name,
  operands,
  effect,
  doc,
  meaning,
});

export const controlRows: readonly RowText[] = [
  row('jump', 'to:target', '->', flow('jump'), 'Goes on at a later label.'),
  row('loop', 'to:target', '->', flow('loop'), 'Goes back to an earlier label and costs one reduction.'),
  row(
    'jump_if',
    'to:target',
    'c:bool ->',
    flow(
      'branch',
      (v) => v['c']!,
      (v) => `!${v['c']}`,
    ),
    'Jumps if the top is true.',
  ),
  row(
    'jump_unless',
    'to:target',
    'c:bool ->',
    flow(
      'branch',
      (v) => `!${v['c']}`,
      (v) => v['c']!,
    ),
    'Jumps if the top is false.',
  ),
  row('switch', 't:table', 'i:int ->', flow('switch'), 'Jumps to target i of the table, or to its default.'),
  row(
    'match',
    'c:constructor to:target',
    'a:data -> a',
    flow(
      'branch',
      (v) => `${v['a']}.ctor !== ${v['c']}`,
      (v) => `${v['a']}.ctor === ${v['c']}`,
    ),
    'Compares the constructor of the top, does not pop it, jumps if it is another: `cmp` for variants and exceptions.',
  ),
  row(
    'call_function',
    'f:callee',
    'args(f) -> result(f)',
    flow('call'),
    'Calls a function of this module, another module or the host; pushes nothing for a void result.',
  ),
  row(
    'tail_call_function',
    'f:callee',
    'args(f) ->',
    flow('tail_call'),
    'Goes on as another function or session in the place of this one. Not inside `try`.',
  ),
  row(
    'call',
    'n:count',
    'g:function args(n) -> r',
    flow('apply'),
    'Applies a function value to n arguments: fewer than it takes make a partial application.',
  ),
  row(
    'tail_call',
    'n:count',
    'g:function args(n) ->',
    flow('tail_apply'),
    'Applies in the place of this function. Not inside `try`.',
  ),
  row('ret', '', 'a ->', flow('ret'), 'Returns the top. What else is on the stack is dropped.'),
  row('ret_void', '', '->', flow('ret'), 'Returns nothing; falling off the end of a void function does the same.'),
  row(
    'make_closure',
    'f:callee t:table',
    '-> r:function',
    flow('closure'),
    'A partial application to the locals the table lists, open upvalues included.',
  ),
  row(
    'close_upvalues',
    'n:local',
    '->',
    flow('close_upvalues'),
    'Closes the upvalues in locals n and above and makes those locals uninitialised.',
  ),

  row(
    'try',
    'to:target',
    '->',
    flow('try'),
    'Opens a region: an exception in it cuts the stack to this height, pushes the exception, and goes on at the label.',
  ),
  row('end_try', '', '->', flow('end_try'), 'Closes the innermost region.'),
  row(
    'raise',
    '',
    'e:exn ->',
    flow('raise', (v) => `raise(${v['e']})`),
    'Raises an exception; one that was raised before keeps its trace.',
  ),
  row(
    'raise_text',
    'k:text',
    '->',
    flow('raise', (v) => `raiseText(${v['k']})`),
    'Raises Failure with a text.',
  ),
];
