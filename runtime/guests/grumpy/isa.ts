/**
 * GrumpyVM's instruction set as one table: assembler, object files, disassembler and machine all read their numbers and
 * names from here.
 * Invariant: a name, an opcode or a tag is written down once, in this file. Numbers are those of the course's table
 * (conformance A1.3); 0x11 to 0x13, left open there, are this machine's channels (docs/guests/grumpy-channels.md).
 */

/** What follows the opcode byte: nothing, a tagged value, an unsigned 32-bit number, or one byte naming an operator. */
export type OperandKind = 'none' | 'value' | 'u32' | 'unary' | 'binary';

export interface InstructionRow {
  readonly name: string;
  readonly code: number;
  readonly operand: OperandKind;
  /** Stack before and after, deepest first. */
  readonly effect: string;
}

export const Op = {
  push: 0x00,
  pop: 0x01,
  peek: 0x02,
  unary: 0x03,
  binary: 0x04,
  swap: 0x05,
  alloc: 0x06,
  set: 0x07,
  get: 0x08,
  var: 0x09,
  store: 0x0a,
  setframe: 0x0b,
  call: 0x0c,
  ret: 0x0d,
  branch: 0x0e,
  halt: 0x0f,
  spawn: 0x10,
  channel: 0x11,
  send: 0x12,
  recv: 0x13,
  print: 0x14,
} as const;

const row = (name: keyof typeof Op, operand: OperandKind, effect: string): InstructionRow => ({
  name,
  code: Op[name],
  operand,
  effect,
});

export const INSTRUCTIONS: readonly InstructionRow[] = [
  row('push', 'value', '-> v'),
  row('pop', 'none', 'v ->'),
  row('peek', 'u32', '-> v: a copy of the i-th value from the top, the top being 1'),
  row('unary', 'unary', 'v -> r'),
  row('binary', 'binary', 'v2 v1 -> r: v1 op v2, the left operand on top'),
  row('swap', 'none', 'a b -> b a'),
  row('alloc', 'none', 'Vi32(size) init -> Vaddr(base)'),
  row('set', 'none', 'Vaddr(base) Vi32(index) v ->'),
  row('get', 'none', 'Vaddr(base) Vi32(index) -> v'),
  row('var', 'u32', '-> v: the value at fp + i'),
  row('store', 'u32', 'v ->: into fp + i'),
  row('setframe', 'u32', '-> Vloc(fp): then fp is i values below that one'),
  row('call', 'none', 'Vloc(target) -> Vloc(next)'),
  row('ret', 'none', 'Vloc(fp) Vloc(pc) v -> v: the frame above the restored arguments is dropped'),
  row('branch', 'none', 'Vbool(taken) Vloc(target) ->'),
  row('halt', 'none', '->'),
  row('spawn', 'none', 'Vaddr(closure) ->'),
  row('channel', 'none', '-> Vchan(c)'),
  row('send', 'none', 'Vchan(c) v ->'),
  row('recv', 'none', 'Vchan(c) -> v'),
  row('print', 'none', 'Vi32(i) ->: writes the low byte'),
];

export const BY_NAME: ReadonlyMap<string, InstructionRow> = new Map(INSTRUCTIONS.map((r) => [r.name, r]));
export const BY_CODE: ReadonlyMap<number, InstructionRow> = new Map(INSTRUCTIONS.map((r) => [r.code, r]));

export const UNARY: readonly string[] = ['neg'];
export const BINARY: readonly string[] = ['+', '*', '-', '/', '<', '=='];

/**
 * Tags of values. 0 to 5 are the object file's; the others exist in the machine only and have no encoding.
 * `end` is a return address that prints and behaves as `Vloc(0)` but ends a spawned thread when returned to (A4.2).
 * `moved` marks a copied object's header while the collector runs.
 */
export const Tag = {
  unit: 0,
  i32: 1,
  true: 2,
  false: 3,
  loc: 4,
  undef: 5,
  addr: 6,
  size: 7,
  chan: 8,
  end: 9,
  moved: 10,
} as const;

/** Whether a value may be jumped to or restored as a frame. */
export const isLocation = (tag: number): boolean => tag === Tag.loc || tag === Tag.end;

/** A value in the notation of results (A2.1): `Vi32(-3)`, `Vbool(true)`, `Vunit`. */
export function showValue(tag: number, payload: number): string {
  switch (tag) {
    case Tag.unit:
      return 'Vunit';
    case Tag.i32:
      return `Vi32(${payload})`;
    case Tag.true:
      return 'Vbool(true)';
    case Tag.false:
      return 'Vbool(false)';
    case Tag.loc:
      return `Vloc(${payload >>> 0})`;
    case Tag.end:
      return 'Vloc(0)';
    case Tag.undef:
      return 'Vundef';
    case Tag.addr:
      return `Vaddr(${payload})`;
    case Tag.chan:
      return `Vchan(${payload})`;
    default:
      return `Vsize(${payload})`;
  }
}
