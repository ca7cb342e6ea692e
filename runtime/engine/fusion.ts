/**
 * Sequences of rows that the interpreter runs in one step. Code keeps its instructions: a copy has another opcode where a
 * sequence begins, so every pc stays what it was, and code can be entered in the middle of one.
 * Invariant: a sequence does what its rows do one by one. All but its last row compute within the frame: none of them
 * calls, suspends or touches what another thread can notice; before one that raises, `pc` is its own.
 */
import { ROW, ROWS, flowOf } from '../bytecode/isa.js';
import type { Row } from '../bytecode/isa.js';
import type { Fn } from './function.js';
import { RAISE, callText, grow, intText, operandText, rowText, tailCallText, type Extras } from './row-text.js';

/** What occurs most in loops of the library, the examples and the bench (`docs/decisions/033-interpreter.md`). */
const FREQUENT = [
  'add ret',
  'cast call_function',
  'cast push',
  'cmp pop',
  'cmp pop get',
  'cmp pop get call_function',
  'cmp pop get push',
  'cmp pop load get add store pop jump',
  'cmp pop load load get add store store pop loop',
  'cmp pop load load load get add store store store pop loop',
  'cmp pop push get sub load store store pop loop',
  'eq jump_unless',
  'get add',
  'get call_function',
  'get empty jump_if get head cast',
  'get empty jump_unless',
  'get field cast',
  'get field cast push get sub',
  'get get',
  'get get eq jump_if push add loop',
  'get get le jump_unless',
  'get head cast',
  'get load',
  'get push',
  'get push lt jump_unless load match',
  'get tail cast',
  'get tail cast load get ne jump_unless load get load add ne jump_unless load load get sub ne',
  'gt jump_unless',
  'jump_unless load',
  'jump_unless load load push add get tail_call_function',
  'load get',
  'load get add',
  'load load',
  'load load load store store store pop loop',
  'load load push add load store store store loop',
  'load load push load sub store store store',
  'load push',
  'load push add store',
  'load push eq jump_unless',
  'load push eq jump_unless load',
  'load push gt jump_unless load load push swap rem push mul add store load push add store loop',
  'load push gt jump_unless load ret',
  'load push load sub store store',
  'load push load sub store store loop',
  'load push lt jump_unless',
  'load push lt jump_unless load',
  'load store pop pop loop',
  'load store store store',
  'load to_string push',
  'load to_string push get to_string',
  'lt jump_unless',
  'pool_size push eq jump_if',
  'pop jump',
  'pop loop',
  'pop pop',
  'pop pop jump',
  'pop pop loop',
  'pop pop pop',
  'pop ret_void',
  'push add',
  'push call_function',
  'push get',
  'push get sub',
  'push get to_string',
  'push load',
  'push load sub call_function',
  'push push',
  'push ret',
  'push store',
  'push tail_call_function',
  'push_self load get get mul add get',
  'store store',
  'store store pop loop',
  'tail cast loop',
];

export const SEQUENCES: readonly (readonly Row[])[] = FREQUENT.map((names) => names.split(' ').map((n) => ROW.get(n)!));

const LONGEST = Math.max(...SEQUENCES.map((rows) => rows.length));

/** Stack of a sequence while its text is made: what it pushed and did not use, above what it takes from the frame. */
class Pending {
  readonly items: string[] = [];
  taken = 0;
  readonly text: string[] = [];
  #names = 0;

  say(text: string): void {
    this.text.push(text);
  }
  name(value: string): string {
    const name = `v${this.#names++}`;
    this.say(`const ${name} = ${value};`);
    return name;
  }
  pop(): string {
    return this.items.pop() ?? this.name(`st[sp - ${++this.taken}]`);
  }
  /** Slots that the stack is higher than the frame in `st`. */
  get above(): number {
    return this.items.length - this.taken;
  }
  /** Text that writes what is pending to the frame. */
  get written(): string {
    return this.items.map((item, i) => `st[sp + ${i - this.taken}] = ${item}; `).join('') + grow(this.above);
  }
  /** Writes what is pending to the frame. */
  settle(): void {
    this.say(this.written);
    this.items.length = this.taken = 0;
  }
}

/** Can it be run before the end of a sequence? A branch that is taken leaves the sequence. */
const computes = (row: Row): boolean =>
  row.touches === undefined &&
  (['move', 'value', 'set'].includes(row.meaning.kind) || flowOf(row) === 'branch') &&
  [...row.inputs, ...row.outputs].every((i) => i.many === undefined);

/** Texts of a row's operands and inputs, `at` words behind the beginning of its sequence. */
function taking(row: Row, at: number, p: Pending): Record<string, string> {
  const v: Record<string, string> = {};
  row.operands.forEach((o, i) => {
    const word = `code[pc + ${at + i + 1}]`;
    v[o.name] = operandText(o.kind, o.kind === 'slot' ? `(${word} - ${p.above})` : word);
  });
  for (const input of [...row.inputs].reverse()) v[input.name] = p.pop();
  return v;
}

/** A row within a sequence. */
function within(row: Row, at: number, p: Pending): void {
  const v = taking(row, at, p);
  const operands = new Set(row.operands.map((o) => o.name));
  const raised = `if (R.flag !== 0) { pc += ${at}; after = false; ${RAISE} }`;
  const m = row.meaning;
  if (m.kind === 'move') {
    for (const o of row.outputs) p.items.push(operands.has(o.name) ? p.name(v[o.name]!) : v[o.name]!);
  } else if (m.kind === 'set') p.say(`st[bp + code[pc + ${at + 1}]] = ${m.js(v)};`);
  else if (m.kind === 'value') {
    if (m.guard) p.say(`if (${m.guard.when(v)}) { raiseNamed('${m.guard.exception}'); pc += ${at}; ${RAISE} }`);
    const value = p.name(m.js(v));
    if (m.check !== 'int') p.items.push(value);
    else {
      p.say(intText(value, `${value}i`, raised));
      p.items.push(`${value}i`);
    }
    if (m.fails === true) p.say(raised);
  } else if (m.kind === 'flow') {
    for (const o of row.outputs) p.items.push(v[o.name]!);
    p.say(`if (${m.js!(v)}) { ${p.written} pc = ${v['to']}; continue; }`);
  }
}

/** The last row of a sequence, if control goes elsewhere or it takes more than a row within may. */
function last(row: Row, at: number, p: Pending, extras: Extras): void {
  const m = row.meaning;
  if (m.kind === 'flow' && m.flow === 'branch') {
    const v = taking(row, at, p);
    for (const o of row.outputs) p.items.push(v[o.name]!);
    p.settle();
    p.say(`pc = ${m.js!(v)} ? ${v['to']} : pc + ${at + row.length}; continue;`);
    return;
  }
  if (flowOf(row) === 'tail_call') {
    p.say(`${tailCallText(row, at, p.items, extras)} ${p.written} pc += ${at}; continue;`);
    return;
  }
  p.settle();
  p.say(`pc += ${at}; ${flowOf(row) === 'call' ? callText(row, extras) : rowText(row, extras)}`);
}

/** The case of a sequence in the interpreter's text. */
export function sequenceText(rows: readonly Row[], extras: Extras): string {
  const p = new Pending();
  let at = 0;
  for (const [i, row] of rows.entries()) {
    if (!computes(row) || (flowOf(row) === 'branch' && i === rows.length - 1)) {
      last(row, at, p, extras);
      return p.text.join(' ');
    }
    within(row, at, p);
    at += row.length;
  }
  p.settle();
  p.say(`pc += ${at}; continue;`);
  return p.text.join(' ');
}

/** Codes of sequences by their rows' codes. */
const known = new Map(SEQUENCES.map((rows, i) => [rows.map((r) => r.code).join(' '), ROWS.length + i]));

/** The code of the longest sequence that begins at pc, or its own. */
function longest(code: Int32Array, pc: number): number {
  const codes: number[] = [];
  let best = code[pc]!;
  let pending = 0;
  for (let at = pc; at < code.length && codes.length < LONGEST;) {
    const row = ROWS[code[at]!]!;
    // A slot that the sequence itself has pushed is not in the frame yet.
    const pushed = row.operands.some((o, i) => o.kind === 'slot' && code[at + 1 + i]! < pending);
    if (pushed) return best;
    codes.push(row.code);
    best = known.get(codes.join(' ')) ?? best;
    if (!computes(row)) return best;
    pending = Math.max(0, pending - row.inputs.length) + row.outputs.length;
    at += row.length;
  }
  return best;
}

/** Marks the sequences of a function, once. */
export function fuse(fn: Fn): Int32Array {
  const { code, facts } = fn;
  const fused = code.slice();
  for (let pc = 0; pc < code.length; pc++) if (facts.depth[pc]! >= 0) fused[pc] = longest(code, pc);
  return (fn.fused = fused);
}
