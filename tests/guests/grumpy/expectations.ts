/**
 * What each program of this folder does: `.s` has no comments, so the expectations stand here. Results, outputs and
 * collector lines were worked out by hand; the reasoning is beside the less obvious ones.
 * Invariant: every `.s` file has exactly one row, and every row a file.
 */
export interface Expectation {
  /** The conformance items a program shows. */
  readonly item: string;
  readonly result?: string;
  /** A part of the one-line error. */
  readonly error?: string;
  /** What was printed, one character a byte. */
  readonly out?: string;
  /** Sizes before and after each collection. */
  readonly gc?: readonly (readonly [number, number])[];
  readonly heap?: number;
  readonly quantum?: number;
}

export const PROGRAMS: Readonly<Record<string, Expectation>> = {
  pa1_example: { item: 'A1.1', result: 'Vi32(4)' },
  push_unit: { item: 'A2.1', result: 'Vunit' },
  push_negative: { item: 'A2.1', result: 'Vi32(-3)' },
  push_min: { item: 'A2.4', result: 'Vi32(-2147483648)' },
  push_max: { item: 'A2.4', result: 'Vi32(2147483647)' },
  push_true: { item: 'A2.1', result: 'Vbool(true)' },
  push_false: { item: 'A2.1', result: 'Vbool(false)' },
  push_undef: { item: 'A2.1', result: 'Vundef' },
  push_label: { item: 'A2.1', result: 'Vloc(2)' },
  pop: { item: 'A1.3', result: 'Vi32(1)' },
  peek_top: { item: 'A2.10', result: 'Vi32(8)' },
  peek_second: { item: 'A2.10', result: 'Vi32(7)' },
  neg_true: { item: 'A1.3', result: 'Vbool(false)' },
  neg_false: { item: 'A1.3', result: 'Vbool(true)' },
  add: { item: 'A1.3', result: 'Vi32(7)' },
  sub_order: { item: 'A2.3', result: 'Vi32(-1)' },
  mul: { item: 'A1.3', result: 'Vi32(-42)' },
  div_order: { item: 'A2.3', result: 'Vi32(0)' },
  div_truncates: { item: 'A2.4', result: 'Vi32(-3)' },
  less_true: { item: 'A2.3', result: 'Vbool(true)' },
  less_false: { item: 'A2.3', result: 'Vbool(false)' },
  equal_ints: { item: 'A1.3', result: 'Vbool(true)' },
  different_ints: { item: 'A1.3', result: 'Vbool(false)' },
  div_truncates_negative: { item: 'A2.4', result: 'Vi32(-3)' },
  wrap_add: { item: 'A2.4', result: 'Vi32(-2147483648)' },
  wrap_mul: { item: 'A2.4', result: 'Vi32(65536)' },
  swap: { item: 'A1.3', result: 'Vi32(1)' },
  alloc_first: { item: 'A2.8', result: 'Vaddr(0)' },
  alloc_second: { item: 'A2.8', result: 'Vaddr(4)' },
  alloc_empty: { item: 'A2.8', result: 'Vaddr(0)' },
  get_initial: { item: 'A2.8', result: 'Vi32(42)' },
  set_get: { item: 'A2.8', result: 'Vi32(99)' },
  set_leaves_neighbours: { item: 'A2.8', result: 'Vi32(84)' },
  var_store: { item: 'A1.3', result: 'Vi32(30)' },
  store_last: { item: 'A1.3', result: 'Vi32(20)' },
  setframe_address: { item: 'A2.6', result: 'Vi32(2)' },
  setframe_saves: { item: 'A2.6', result: 'Vloc(0)' },
  call_two_arguments: { item: 'A2.6', result: 'Vi32(7)' },
  call_drops_locals: { item: 'A2.6', result: 'Vi32(107)' },
  locals_after_two_arguments: { item: 'A2.7', result: 'Vi32(50)' },
  branch_taken: { item: 'A2.9', result: 'Vi32(2)' },
  branch_falls_through: { item: 'A2.9', result: 'Vi32(1)' },
  branch_pops_both: { item: 'A2.9', result: 'Vi32(9)' },
  countdown: { item: 'A2.2', result: 'Vi32(0)' },
  sum_to_100: { item: 'A2.2', result: 'Vi32(5050)' },
  factorial: { item: 'A2.2', result: 'Vi32(3628800)' },
  fibonacci: { item: 'A2.2', result: 'Vi32(610)' },
  mutual_recursion: { item: 'A2.2', result: 'Vbool(false)' },
  closure_add: { item: 'A2.7', result: 'Vi32(15)' },
  closure_twice: { item: 'A2.7', result: 'Vi32(5)' },
  list_sum: { item: 'A2.2', result: 'Vi32(55)' },
  print_a: { item: 'A4.5', result: 'Vunit', out: 'a' },
  print_hi: { item: 'A4.5', result: 'Vi32(0)', out: 'Hi' },
  print_high_byte: { item: 'A4.5', result: 'Vunit', out: '\xff' },
  stack_1024: { item: 'A2.5', result: 'Vi32(5)' },

  gc_not_yet: { item: 'A3.1', result: 'Vaddr(1000)' },
  gc_one_too_many: { item: 'A3.1', result: 'Vaddr(0)', gc: [[1000, 0]] },
  gc_course_example: { item: 'A3.1 A3.4', error: 'heap exhausted', gc: [[1000, 1000]] },
  gc_whole_heap: { item: 'A3.2', result: 'Vaddr(0)' },
  gc_more_than_the_heap: { item: 'A3.2 A3.4', error: 'heap exhausted', gc: [[0, 0]] },
  // Objects of 10 values: 102 fill 1020; the 103rd and the 205th of 250 do not fit.
  gc_all_garbage: {
    item: 'A3.2',
    result: 'Vi32(0)',
    gc: [
      [1020, 0],
      [1020, 0],
    ],
  },
  // 100 live values, 38 objects of 24 beside them: 1012. The 39th and the 77th of 100 do not fit.
  gc_keeps_live: {
    item: 'A3.2',
    result: 'Vi32(7)',
    gc: [
      [1012, 100],
      [1012, 100],
    ],
  },
  // Each round makes garbage of 10 values, then a cell of 3 that stays. In the 5th round the cell does not fit into 64
  // (62 used, 4 cells live); then in the 9th, 12th and so on, until garbage and cell each cost a collection.
  gc_growing_list: {
    item: 'A3.2',
    heap: 64,
    result: 'Vi32(1)',
    gc: [
      [62, 12],
      [64, 24],
      [63, 33],
      [62, 42],
      [55, 45],
      [58, 48],
      [61, 51],
      [64, 54],
      [64, 54],
    ],
  },
  gc_growing_list_fails: {
    item: 'A3.4',
    heap: 64,
    error: 'heap exhausted: 10 values wanted, 57 of 64 in use',
    gc: [
      [62, 12],
      [64, 24],
      [63, 33],
      [62, 42],
      [55, 45],
      [58, 48],
      [61, 51],
      [64, 54],
      [64, 54],
      [57, 57],
    ],
  },
  // The four programs whose collections are published (A3.2), rebuilt from their numbers: objects of 101 values.
  // Ten fill 1010, so 200 of them need (200 - 1) / 10 collections.
  gc_heap: { item: 'A3.2', result: 'Vi32(3)', gc: Array.from({ length: 19 }, () => [1010, 0] as const) },
  // Each of 200 rounds makes one such object as garbage, then one of 2 values that stays on the stack: 9 rounds fit at
  // first, then 8, 7 and 6.
  gc_heap2: {
    item: 'A3.2',
    result: 'Vi32(1)',
    gc: (
      '927/18 945/36 963/54 981/72 999/90 1017/108 932/124 948/140 964/156 980/172 996/188 1012/204 925/218 939/232 ' +
      '953/246 967/260 981/274 995/288 1009/302 1023/316 934/328 946/340 958/352 970/364 982/376 994/388'
    )
      .split(' ')
      .map((pair) => pair.split('/').map(Number) as [number, number]),
  },
  gc_heap3: { item: 'A3.2 A3.3', result: 'Vi32(17)', gc: [[1012, 103]] },
  gc_fact2: { item: 'A3.2 A3.4', error: 'heap exhausted', gc: [[1010, 1010]] },
  gc_initial_value_is_a_root: { item: 'A3.3', result: 'Vi32(7)', gc: [[510, 10]] },
  gc_cycle: { item: 'A3.3', result: 'Vi32(7)', gc: [[1024, 2]] },
  gc_sharing: { item: 'A3.3', result: 'Vi32(6)', gc: [[1024, 5]] },
  gc_address_moves: { item: 'A3.3', result: 'Vaddr(0)', gc: [[15, 4]] },

  spawn_prints: { item: 'A4.1', result: 'Vi32(77)', out: 'C' },
  spawn_arguments: { item: 'A4.1', result: 'Vunit', out: 'X' },
  spawn_frame_is_zero: { item: 'A4.2', result: 'Vloc(0)' },
  spawn_heaps_diverge: { item: 'A4.3', result: 'Vi32(5)', out: 'c' },
  spawn_waits_for_children: { item: 'A4.4', result: 'Vi32(1)', out: '!' },
  spawn_grandchild: { item: 'A4.4', result: 'Vi32(1)', out: 'BC' },
  spawn_interleaves: { item: 'A4.6', result: 'Vi32(0)', out: 'BABABA', quantum: 1 },
  // The parent never collects: 513 + 511 values fit exactly. The child's second 510 beside its own copy of 513 do not.
  spawn_collects_its_own: { item: 'A4.3', result: 'Vaddr(513)', out: '.', gc: [[1023, 513]] },

  error_neg_int: { item: 'A2.5', error: 'instruction 1 (unary neg): wrong operand: Vbool wanted, Vi32(1) found' },
  error_add_bool: { item: 'A2.5', error: 'Vi32 wanted, Vi32(1) and Vbool(true) found' },
  error_less_unit: { item: 'A2.5', error: 'Vi32 wanted' },
  error_equal_kinds: { item: 'A2.5', error: 'Vi32 wanted, Vi32(1) and Vunit found' },
  error_equal_units: { item: 'A2.5', error: 'Vi32 wanted, Vunit and Vunit found' },
  error_equal_bools: { item: 'A2.5', error: 'Vi32 wanted' },
  error_equal_addresses: { item: 'A2.5', error: 'Vi32 wanted, Vaddr(1) and Vaddr(0) found' },
  error_div_overflow: { item: 'A2.4', error: 'the quotient is no 32-bit integer' },
  error_div_zero: { item: 'A2.5', error: 'division by zero' },
  error_get_range: { item: 'A2.5', error: 'index 3 is out of range: the object has 3 values' },
  error_get_negative: { item: 'A2.5', error: 'index -1 is out of range' },
  error_set_range: { item: 'A2.5', error: 'index 3 is out of range' },
  error_get_not_address: { item: 'A2.5', error: 'Vaddr and Vi32 wanted, Vi32(3) and Vi32(0) found' },
  error_alloc_negative: { item: 'A2.5', error: 'a size Vi32 wanted, Vi32(-1) found' },
  error_alloc_bool: { item: 'A2.5', error: 'a size Vi32 wanted, Vbool(true) found' },
  error_var_range: { item: 'A2.5', error: 'no variable at 1: the stack holds 1' },
  error_store_range: { item: 'A2.5', error: 'no variable at 0: the stack holds 0' },
  error_peek_zero: { item: 'A2.10', error: 'no such value' },
  error_peek_range: { item: 'A2.10', error: 'no such value: the stack holds 1' },
  error_call_int: { item: 'A2.5', error: 'cannot call Vi32(1)' },
  error_call_end: { item: 'A2.5', error: 'cannot call Vloc(3)' },
  error_branch_int: { item: 'A2.5', error: 'Vbool and Vloc wanted, Vbool(true) and Vi32(1) found' },
  error_branch_not_bool: { item: 'A2.5', error: 'Vbool and Vloc wanted, Vi32(1) and Vloc(3) found' },
  error_branch_end: { item: 'A2.5', error: 'cannot branch to Vloc(4)' },
  error_runs_off: { item: 'A2.5', error: 'instruction 1: ran off the end of the program' },
  error_empty_program: { item: 'A2.5', error: 'instruction 0: ran off the end of the program' },
  error_pop_empty: { item: 'A2.5', error: 'too few values on the stack (0)' },
  error_ret_empty: { item: 'A2.5', error: 'too few values on the stack (1)' },
  error_ret_no_address: { item: 'A2.5', error: 'no return address: Vi32(1) and Vi32(2) found' },
  error_stack_overflow: { item: 'A2.5', error: 'the stack holds 1024 values and may not grow' },
  error_stack_1025: { item: 'A2.5', error: 'the stack holds 1024 values and may not grow' },
  error_recursion: { item: 'A2.5', error: 'the stack holds 1024 values and may not grow' },
  error_setframe: { item: 'A2.5', error: 'the frame would begin below the stack' },
  error_print_bool: { item: 'A2.5', error: 'Vi32 wanted, Vbool(true) found' },
  error_no_result: { item: 'A2.1', error: 'empty stack: no result' },
  error_spawn_int: { item: 'A4.1', error: 'not a closure: Vi32(1)' },
  error_spawn_not_closure: { item: 'A4.1', error: 'not a closure: Vaddr(0)' },
  error_in_child: { item: 'A4.4', error: 'thread 2: instruction', out: 'AB' },
  error_swap_one: { item: 'A2.5', error: 'too few values on the stack (1)' },

  channel_reply: { item: 'extra credit', result: 'Vi32(42)' },
  channel_copies_objects: { item: 'extra credit', result: 'Vi32(11)' },
  channel_pipeline: { item: 'extra credit', result: 'Vi32(55)' },
  channel_full: { item: 'extra credit', result: 'Vi32(0)', out: 'Y' },
  channel_deadlock: { item: 'extra credit', error: 'deadlock: 1 threads wait on channels' },
  error_send_int: { item: 'extra credit', error: 'Vchan wanted, Vi32(1) found' },
  error_receive_too_much: { item: 'extra credit', error: 'heap exhausted: 601 values received', gc: [[604, 604]] },
};
