/**
 * Sequences of rows that the interpreter runs in one step. Code keeps its instructions: a copy has another opcode where a
 * sequence begins, so every pc stays what it was, and code can be entered in the middle of one.
 * Invariant: a sequence does what its rows do one by one. All but its last row compute within the frame: none of them
 * calls, suspends or touches what another thread can notice; before one that raises, `pc` is its own.
 */
import { ROW, ROWS } from '../bytecode/isa.js';
import type { Row } from '../bytecode/isa.js';
import type { Fn } from './function.js';
import { RAISE, grow, operandText, rowText, type Extras } from './row-text.js';

/** What occurs most in loops of the library, the examples and the bench (`docs/decisions/033-interpreter.md`). */
const FREQUENT = [
  'add get',
  'add store pop get get eq jump_if',
  'get div store load push add store load load',
  'get empty jump_if',
  'get empty jump_unless',
  'get field cast get field cast get field cast',
  'get field cast get field cast push',
  'get field cast load push add store pop pop',
  'get field cast match',
  'get field cast push get sub',
  'get get eq jump_if',
  'get get le jump_unless',
  'get get mul push eq jump_unless',
  'get head cast',
  'get head cast get tail cast',
  'get head cast get tail cast load',
  'get ne jump_unless',
  'get push add',
  'get push eq jump_unless',
  'get push get',
  'get push lt jump_unless',
  'load cons cast store pop tail cast loop',
  'load get add store pop pop loop',
  'load get load add ne jump_unless',
  'load load get add store store pop loop',
  'load load get sub ne jump_unless',
  'load load gt jump_unless',
  'load load load store store store pop loop',
  'load load load sub load push add',
  'load load mul load ge jump_unless',
  'load load push add',
  'load load push add get',
  'load load push add load store store store loop',
  'load load push add store store pop loop',
  'load load push swap rem add store load push',
  'load load push swap rem push mul add store',
  'load load push swap rem to_string push',
  'load load rem push eq jump_unless',
  'load match',
  'load push',
  'load push add store load push swap rem push',
  'load push add store loop',
  'load push eq jump_unless',
  'load push ge jump_unless',
  'load push gt jump_unless',
  'load push load sub',
  'load push lt jump_unless',
  'load store pop pop loop',
  'pool_size push eq jump_if',
  'pop get',
  'pop get get eq jump_if',
  'pop load',
  'pop loop',
  'pop pop jump',
  'pop pop pop',
  'pop pop push store',
  'pop push get sub load store store pop loop',
  'pop push load sub load get add load store',
  'pop push load sub load store store pop pop',
  'push add loop',
  'push get',
  'push load div pool_new push push swap',
  'push load rem push eq jump_unless',
  'push load sub',
  'push load sub load push add',
  'push push load sub',
  'push_self load get get mul add get',
  'store get get eq jump_if',
  'store store store pop',
  'swap concat store load push add store loop',
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
  /** Writes what is pending to the frame. */
  settle(): void {
    this.items.forEach((item, i) => this.say(`st[sp + ${i - this.taken}] = ${item};`));
    this.say(grow(this.above));
    this.items.length = this.taken = 0;
  }
}

/** Can it be run before the end of a sequence? */
const computes = (row: Row): boolean =>
  row.touches === undefined &&
  ['move', 'value', 'set'].includes(row.meaning.kind) &&
  [...row.inputs, ...row.outputs].every((i) => i.many === undefined);

/** A row within a sequence, `at` words behind its beginning. */
function within(row: Row, at: number, p: Pending): void {
  const v: Record<string, string> = {};
  row.operands.forEach((o, i) => {
    const word = `code[pc + ${at + i + 1}]`;
    v[o.name] = operandText(o.kind, o.kind === 'slot' ? `(${word} - ${p.above})` : word);
  });
  const operands = new Set(Object.keys(v));
  for (const input of [...row.inputs].reverse()) v[input.name] = p.pop();
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
      p.say(`let ${value}i = ${value} | 0; if (${value}i !== ${value}) { ${value}i = wide(${value}); ${raised} }`);
      p.items.push(`${value}i`);
    }
    if (m.fails === true) p.say(raised);
  }
}

/** The last row of a sequence, if control goes elsewhere or it takes more than a row within may. */
function last(row: Row, at: number, p: Pending, extras: Extras): void {
  const m = row.meaning;
  if (m.kind === 'flow' && m.flow === 'branch') {
    const v: Record<string, string> = {};
    row.operands.forEach((o, i) => (v[o.name] = operandText(o.kind, `code[pc + ${at + i + 1}]`)));
    for (const input of [...row.inputs].reverse()) v[input.name] = p.pop();
    for (const o of row.outputs) p.items.push(v[o.name]!);
    p.settle();
    p.say(`pc = ${m.js!(v)} ? ${v['to']} : pc + ${at + row.length}; continue;`);
    return;
  }
  p.settle();
  p.say(`pc += ${at}; ${rowText(row, extras)}`);
}

/** The case of a sequence in the interpreter's text. */
export function sequenceText(rows: readonly Row[], extras: Extras): string {
  const p = new Pending();
  let at = 0;
  for (const row of rows) {
    if (!computes(row)) {
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
