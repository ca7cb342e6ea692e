/**
 * The interpreter's text of each row: how it reads its operands and slots, what it does, where it goes on.
 * Invariant: a row's text ends with `continue` or leaves the inner loop with the flag set; it reads the frame (`st`, `bp`,
 * `sp`), the code (`code`, `pc`) and the calls (`cs`, `cp`) of `interpreterText`, and nothing else.
 */
import { ROWS, flowOf } from '../bytecode/isa.js';
import type { Item, Meaning, Row, Texts } from '../bytecode/isa.js';

type Flow = Extract<Meaning, { kind: 'flow' }>;

/** Words of a call, the same for all rows that call: where control goes on after one needs no looking up. */
const CALL = ROWS.find((r) => flowOf(r) === 'call')!.length;
if (ROWS.some((r) => ['call', 'apply'].includes(flowOf(r)) && r.length !== CALL))
  throw new Error('calls differ in length');

/** What a build of the interpreter does besides running: see `interpreter.ts`. */
export type Extras = Readonly<Record<'counted' | 'metered' | 'stepped' | 'fused', boolean>>;

/** A function's code as a build reads it. */
export const codeText = (extras: Extras): string => (extras.fused ? '(fn.fused ?? FUSE(fn))' : 'fn.code');

/** What an operand is in the interpreter's text. */
export function operandText(kind: string, word: string): string {
  switch (kind) {
    case 'constant':
    case 'text':
      return `K[${word}]`;
    case 'local':
      return `st[bp + ${word}]`;
    case 'slot':
      return `st[sp - 1 - ${word}]`;
    case 'callee':
    case 'session':
      return `fn.callees[${word}]`;
    case 'message':
      return `fn.instance.labels[${word}]`;
    case 'constructor':
      return `fn.instance.constructors[${word}]`;
    case 'global':
      return `fn.instance.globals[${word}]`;
    case 'table':
      return `fn.tables[${word}]`;
    default:
      return word;
  }
}

export const RAISE = 'break inner;';
/** What a stepped build adds before whatever another thread can notice: the slice ends there once its steps are used up. */
export const STEP = `if (--R.steps < 0) { after = false; R.flag = 1; ${RAISE} }`;
/** The same for a call, if what is called is a function of the host that others can notice. */
const HOST_STEP = `if (f.kind === 'host' && !f.silent) { ${STEP} }`;
/** The same for a tail call: the thread may end with what the host gives. */
const HOST_TAIL_STEP = `if (f.kind === 'host' && (cp === cp0 || !f.silent)) { ${STEP} }`;
/** An exception waits in front of what unwinding does to others; the thread goes on with it in its next slice. */
export const PARK = `if (R.flag === 2) { R.thread.program.raised = R.exn; R.exn = null; R.tracing = false; R.flag = 1; }`;
/** The slot k below the top's successor: 1 is the top. */
const top = (k: number): string => (k === 0 ? 'st[sp]' : k > 0 ? `st[sp - ${k}]` : `st[sp + ${-k}]`);
export const grow = (n: number): string => (n === 0 ? '' : n > 0 ? `sp += ${n};` : `sp -= ${-n};`);
/** A result that must be an int, from a number: one of more than 32 bits is looked at closer, and may raise. */
export const intText = (value: string, result: string, raised: string): string =>
  `let ${result} = ${value} | 0; if (${result} !== ${value}) { ${result} = wide(${value}); ${raised} }`;
/** What a metered build says of so many values that are about to be made. */
const made = ({ metered }: Extras, values: string | number | undefined): string =>
  metered && values !== undefined ? `R.allocated += ${values};` : '';
const isMany = (i: Item): boolean => i.many !== undefined;

/** A callee's frame begins at `base`; its arguments lie there. */
const enter = (code: string, fn: string, base: string, arity: string): string => `
  cs[cp++] = fn; cs[cp++] = pc; cs[cp++] = bp; bp = ${base};
  for (let i = ${arity}; i < ${fn}.entryDepth; i++) st[bp + i] = undefined;
  sp = bp + ${fn}.entryDepth; fn = ${fn}; code = ${code}; K = fn.constants; pc = 0; after = false;
  if ((R.fuel -= fn.weight) < 0) { R.flag = 1; ${RAISE} }
  continue;`;
/** The frame is replaced by one for `fn`, whose arguments lie at `from`. */
const replace = (code: string, fn: string, arity: string): string => `
  for (let i = ${arity}; i < ${fn}.entryDepth; i++) st[bp + i] = undefined;
  sp = bp + ${fn}.entryDepth; fn = ${fn}; code = ${code}; K = fn.constants; pc = 0; after = false;
  if ((R.fuel -= fn.weight) < 0) { R.flag = 1; ${RAISE} }
  continue;`;
/** Back to the caller with \`value\`. */
const leave = (code: string): string => `
  sp = bp; const gives = fn.returns; if (cp === cp0) { R.stackTop = sp0; return value; }
  bp = cs[--cp] | 0; pc = cs[--cp] | 0; fn = cs[--cp]; code = ${code}; K = fn.constants;
  if (gives || APPLIES[code[pc]] === 1) st[sp++] = value; pc += ${CALL}; continue;`;

/**
 * A call at the end of a sequence, as far as it stays in the interpreter; else control goes on with the call by itself, which
 * has the long text. The call stands at pc.
 */
export function callText(row: Row, extras: Extras): string {
  const f = operandText(row.operands[0]!.kind, 'code[pc + 1]');
  return `const f = ${f}; if (INTERPRETED(f)) { ${enter(codeText(extras), 'f', 'sp - f.arity', 'f.arity')} } continue;`;
}
/** The same for a tail call, `at` words behind pc, where all arguments come from the sequence: they need not go over the stack. */
export function tailCallText(row: Row, at: number, args: readonly string[], extras: Extras): string {
  const f = operandText(row.operands[0]!.kind, `code[pc + ${at + 1}]`);
  const given = args.map((arg, i) => `st[bp + ${i}] = ${arg};`).join(' ');
  const n = String(args.length);
  return `const f = ${f}; if (f.arity === ${n} && INTERPRETED(f)) { ${given} ${replace(codeText(extras), 'f', n)} }`;
}

function flowText(row: Row, m: Flow, v: Texts, inputs: string, extras: Extras): string {
  const { stepped } = extras;
  const code = codeText(extras);
  const hostStep = stepped ? HOST_STEP : '';
  const tailStep = stepped ? `if (cp === cp0 && have + n < f.arity) { ${STEP} } else ${HOST_TAIL_STEP}` : '';
  const word = (name: string): string => `code[pc + ${1 + row.operands.findIndex((o) => o.name === name)}]`;
  const k = row.inputs.length;
  const next = `pc += ${row.length};`;
  switch (m.flow) {
    case 'jump':
      return `pc = ${word('to')}; continue;`;
    case 'loop':
      return `pc = ${word('to')}; if (--R.fuel < 0) { after = false; R.flag = 1; ${RAISE} } continue;`;
    case 'branch':
      return `${inputs} ${grow(row.outputs.length - k)} pc = ${m.js!(v)} ? ${word('to')} : pc + ${row.length}; continue;`;
    case 'switch':
      return `${inputs} sp--; const t = ${v['t']}; const to = t.targets[i]; pc = (to === undefined ? t.otherwise : to) | 0; continue;`;
    case 'call':
      return `const f = ${v['f']}; ${hostStep}
        if (INTERPRETED(f)) { ${enter(code, 'f', 'sp - f.arity', 'f.arity')} }
        const value = callFast(f, st, sp - f.arity, f.arity, sp, cp);
        if (R.flag !== 0) { sp -= f.arity; after = true; ${RAISE} }
        sp -= f.arity; if (f.returns) st[sp++] = value; ${next} continue;`;
    case 'tail_call':
      return `const f = ${v['f']}; ${stepped ? HOST_TAIL_STEP : ''}
        for (let i = 0, from = sp - f.arity; i < f.arity; i++) st[bp + i] = st[from + i];
        if (INTERPRETED(f)) { ${replace(code, 'f', 'f.arity')} }
        sp = bp + f.arity; const value = callFast(f, st, bp, f.arity, sp, cp);
        if (R.flag !== 0) { ${tailFlag} }
        ${leaveAs(code, 'f.returns')}`;
    case 'apply':
      return `const n = code[pc + 1], g = st[sp - n - 1], f = g.fn, c = g.args, have = c.length; ${hostStep} R.fuel--;
        if (have + n < f.arity) { ${made(extras, '1 + have + n')} const made = new Partial(f, c.concat(st.slice(sp - n, sp))); sp -= n + 1; st[sp++] = made; ${next} continue; }
        const base = sp - n - 1;
        if (have === 0) for (let i = 0; i < n; i++) st[base + i] = st[base + 1 + i];
        else for (let i = n - 1; i >= 0; i--) st[base + have + i] = st[base + 1 + i];
        for (let i = 0; i < have; i++) st[base + i] = c[i];
        if (INTERPRETED(f)) { ${enter(code, 'f', 'base', 'f.arity')} }
        const value = callFast(f, st, base, f.arity, base + f.arity, cp);
        sp = base; if (R.flag !== 0) { after = true; ${RAISE} }
        st[sp++] = value; ${next} continue;`;
    case 'tail_apply':
      return `const n = code[pc + 1], g = st[sp - n - 1], f = g.fn, c = g.args, have = c.length; ${tailStep} R.fuel--;
        if (have + n < f.arity) { ${made(extras, '1 + have + n')} const value = new Partial(f, c.concat(st.slice(sp - n, sp))); ${leaveAs(code, 'true')} }
        const given = st.slice(sp - n, sp);
        for (let i = 0; i < have; i++) st[bp + i] = c[i];
        for (let i = 0; i < n; i++) st[bp + have + i] = given[i];
        if (INTERPRETED(f)) { ${replace(code, 'f', 'f.arity')} }
        sp = bp + f.arity; const value = callFast(f, st, bp, f.arity, sp, cp);
        if (R.flag !== 0) { ${tailFlag} }
        ${leaveAs(code, 'true')}`;
    case 'ret':
      return `${stepped ? `if (cp === cp0) { ${STEP} }` : ''} const value = ${k === 0 ? 'undefined' : 'st[sp - 1]'}; ${leave(code)}`;
    case 'raise':
      return `${inputs} ${m.js!(v)}; ${RAISE}`;
    case 'try':
    case 'end_try':
      return `${next} continue;`;
    case 'closure':
      return `const t = ${v['t']}, f = ${v['f']}; ${made(extras, '1 + t.locals.length')} st[sp++] = new Partial(f, t.locals.map((l) => st[bp + l])); ${next} continue;`;
    case 'close_upvalues':
      return `const n = code[pc + 1]; for (const l of fn.facts.opened) if (l >= n && st[bp + l] instanceof Upvalue) st[bp + l] = undefined; ${next} continue;`;
    case 'wait':
      return `const n = code[pc + 1], m = ${m.js!(v)};
        if (m === null) { if (R.flag === 0) R.flag = 1; after = false; ${RAISE} }
        for (let i = n - 1; i >= 0; i--) st[sp++] = payload(m, i);
        st[sp++] = m.label; ${next} continue;`;
    case 'select':
      return `const t = ${v['t']}; const ms = t.after === null ? 0 : st[sp - 1];
        const chosen = SELECT(t, st, sp - 1, ms);
        if (chosen === null) { if (R.flag === 0) R.flag = 1; after = false; ${RAISE} }
        if (t.after !== null) sp--;
        sp = SELECTED(chosen, st, sp) | 0; pc = chosen.target | 0; continue;`;
    case 'start':
      return `const f = ${v['f']}, s = sp - 1 - code[pc + 2]; st[s] = startSession(st[s], f, st.slice(sp - f.arity, sp)); ${next} continue;`;
    case 'end':
      return `${inputs} ${m.js!(v)}; ${RAISE}`;
  }
}

/** A tail call into compiled code came back with a flag: this frame is gone already. */
const tailFlag = `R.stackTop = sp0; sp = bp; gone = true; ${RAISE}`;
/** As \`leave\`, for a value that came from elsewhere. */
const leaveAs = (code: string, gives: string): string =>
  `{ const pushes = ${gives}; sp = bp; if (cp === cp0) { R.stackTop = sp0; return value; }
  bp = cs[--cp] | 0; pc = cs[--cp] | 0; fn = cs[--cp]; code = ${code}; K = fn.constants;
  if (pushes || APPLIES[code[pc]] === 1) st[sp++] = value; pc += ${CALL}; continue; }`;

export const outcome = (m: Meaning): string =>
  'fails' in m && m.fails === true ? `if (R.flag !== 0) { after = false; ${RAISE} }` : '';

/** What a metered build adds around a row that allocates: before it, unless the count depends on the result. */
function chargeText(m: Meaning, v: Texts): { before: string; after: string } {
  if (m.kind !== 'value' || m.allocates === undefined) return { before: '', after: '' };
  const text = `R.allocated += ${m.allocates(v, '$r')};`;
  return m.allocates.length < 2 ? { before: text, after: '' } : { before: '', after: text };
}

/** Text of a row whose count of arguments is known: `n` of them on top. */
function manyText(row: Row, v: Record<string, string>, n: string, spread: boolean, metered: boolean): string {
  const m = row.meaning as Exclude<Meaning, { kind: 'move' | 'set' | 'flow' }>;
  const count = Number(n);
  const args = spread ? `...st.slice(sp - n, sp)` : Array.from({ length: count }, (_, i) => top(count - i)).join(', ');
  const expression = m.js({ ...v, args, count: n });
  if (m.kind === 'act') return `${expression}; ${outcome(m)} sp -= n;`;
  const charge = metered ? chargeText(m, { ...v, args, count: n }) : { before: '', after: '' };
  return `${charge.before} const $r = ${expression}; ${outcome(m)} ${charge.after} sp -= n; st[sp++] = $r;`;
}

function countText(row: Row): string {
  const many = row.inputs.find(isMany)!;
  const at = row.operands.findIndex((o) => o.name === many.name);
  const word = `code[pc + ${1 + at}]`;
  const kind = row.operands[at]!.kind;
  if (kind === 'callee' || kind === 'session') return `fn.callees[${word}].arity`;
  if (kind === 'constructor') return `fn.instance.constructors[${word}].fields.length`;
  return many.many === 'pairs' ? `2 * ${word}` : word;
}

/** The case of one row: reads inputs, writes outputs, moves pc. */
export function rowText(row: Row, extras: Extras): string {
  const { metered } = extras;
  const v: Record<string, string> = {};
  row.operands.forEach((o, i) => (v[o.name] = operandText(o.kind, `code[pc + ${i + 1}]`)));
  const m = row.meaning;
  const next = `pc += ${row.length}; continue;`;
  const k = row.inputs.length;
  if (m.kind !== 'flow' && row.inputs.some(isMany)) {
    const cases = [0, 1, 2, 3, 4].map((n) => `case ${n}: { ${manyText(row, v, String(n), false, metered)} break; }`);
    return `const n = ${countText(row)}; switch (n) { ${cases.join('\n')}\n default: { ${manyText(row, v, 'n', true, metered)} } } ${next}`;
  }
  const reads = row.inputs
    .filter((i) => !isMany(i))
    .map((input, i) => {
      v[input.name] = input.name;
      return `const ${input.name} = ${top(k - i)};`;
    });
  const inputs = reads.join(' ');
  switch (m.kind) {
    case 'move': {
      const writes = row.outputs.map((o, i) => (row.inputs[i]?.name === o.name ? '' : `${top(k - i)} = ${v[o.name]};`));
      const fresh = writes.join(' ');
      return `${inputs} ${fresh} ${grow(row.outputs.length - k)} ${next}`;
    }
    case 'set':
      return `${inputs} ${made(extras, m.makes)} st[bp + code[pc + 1]] = ${m.js(v)}; ${grow(-k)} ${next}`;
    case 'act':
      return `${inputs} ${m.js(v)}; ${outcome(m)} ${grow(-k)} ${next}`;
    case 'value': {
      const guard = m.guard ? `if (${m.guard.when(v)}) { raiseNamed('${m.guard.exception}'); ${RAISE} }` : '';
      const charge = metered ? chargeText(m, v) : { before: '', after: '' };
      const result =
        m.check === 'int'
          ? `const $t = ${m.js(v)}; ${intText('$t', '$r', `if (R.flag !== 0) ${RAISE}`)}`
          : `${charge.before} const $r = ${m.js(v)}; ${outcome(m)} ${charge.after}`;
      return `${inputs} ${guard} ${result} ${top(k)} = $r; ${grow(1 - k)} ${next}`;
    }
    case 'flow':
      return flowText(row, m, v, inputs, extras);
  }
}
