/**
 * The interpreter, as text made from the instruction table: one switch over the code words, slots in one array shared
 * by all calls. `counted` builds also stop after a number of instructions, for `run(n)` and stepping; `stepped` builds before
 * what another thread can notice, for trying schedules; `fused` builds run frequent sequences of rows in one step.
 * Invariant: charges, suspends, raises and traces exactly as compiled code does, so that frames are the same.
 */
import { ROWS } from '../bytecode/isa.js';
import { R } from '../process/registers.js';
import { SITES } from './function.js';
import { SEQUENCES, fuse, sequenceText } from './fusion.js';
import type { Resume } from './function.js';
import { codeText, PARK, rowText, STEP, type Extras } from './row-text.js';
import { select } from './select.js';
import { support } from './support.js';

/** The whole interpreter as the body of a function of `R, $, SITES, SELECT, ..`. */
export function interpreterText(extras: Extras): string {
  const { counted, stepped, fused } = extras;
  const cases = ROWS.map((row) => {
    const step = stepped && row.touches !== undefined ? STEP : '';
    return `case ${row.code}: { ${step} ${rowText(row, extras)} } // ${row.name}`;
  });
  const sequences = fused
    ? SEQUENCES.map((rows, i) => `case ${ROWS.length + i}: { ${sequenceText(rows, extras)} }`)
    : [];
  return `'use strict';
const { ${Object.keys(support).join(', ')} } = $;
const st = STACK(), cs = new Array(1 << 10).fill(undefined);
const INTERPRETED = ${counted || stepped ? "(f) => f.kind === 'function'" : '(f) => !f.compiled'};
function callFast(f, st, at, n, sp, cp) {
  const s = R.stackTop, c = R.callTop; R.stackTop = sp; R.callTop = cp;
  let value;
  switch (n) {
    case 0: value = f.fast(); break;
    case 1: value = f.fast(st[at]); break;
    case 2: value = f.fast(st[at], st[at + 1]); break;
    case 3: value = f.fast(st[at], st[at + 1], st[at + 2]); break;
    default: value = f.fast(...st.slice(at, at + n));
  }
  R.stackTop = s; R.callTop = c;
  return value;
}
return function interpret(frames, at, answer) {
  const sp0 = R.stackTop | 0, cp0 = R.callTop | 0;
  const site = SITES[frames[at]];
  let fn = site.fn, code = ${codeText(extras)}, K = fn.constants, pc = site.pc | 0, bp = sp0, sp = (sp0 + site.depth) | 0, cp = cp0;
  let after = false, gone = false;
  for (let i = 0; i < site.depth; i++) st[bp + i] = frames[at + 1 + i];
  if (site.after) { if (site.pushes) st[sp++] = answer; pc = site.next | 0; }
  for (;;) {
    inner: for (;;) {
      ${counted ? 'if (--R.steps < 0) { after = false; R.flag = 1; break inner; }' : ''}
      switch (code[pc]) {
${[...cases, ...sequences].join('\n')}
      }
    }
    ${stepped ? PARK : ''}
    if (R.flag !== 2) {
      if (R.flag === 1 || R.exn !== null) for (;;) {
        if (gone) gone = false;
        else if (R.flag === 1) {
          // At an ending that is reached at several heights the frame has the least of them (analyse.ts).
          const here = fn.site(pc, after), top = bp + here.depth;
          R.out[R.top++] = here.id;
          for (let i = bp; i < top; i++) R.out[R.top++] = st[i];
        } else if (fn.holdsEnds) dropSlots(st, bp, sp);
        if (cp === cp0) break;
        const called = bp;
        bp = cs[--cp] | 0; pc = cs[--cp] | 0; fn = cs[--cp]; after = true; sp = called;
      }
      R.stackTop = sp0;
      return undefined;
    }
    for (;;) {
      if (gone) gone = false;
      else {
        fn.trace(pc);
        const handler = fn.region[pc], kept = handler === null ? bp : bp + handler.depth;
        if (fn.holdsEnds) dropSlots(st, kept, sp);
        if (handler !== null) { sp = kept; st[sp++] = caught(); pc = handler.target | 0; after = false; break; }
      }
      if (cp === cp0) { R.stackTop = sp0; return undefined; }
      sp = bp;
      bp = cs[--cp] | 0; pc = cs[--cp] | 0; fn = cs[--cp]; code = ${codeText(extras)}; K = fn.constants;
    }
  }
};`;
}

const APPLIES = ROWS.map((r) => (r.meaning.kind === 'flow' && r.meaning.flow === 'apply' ? 1 : 0));

/** The slots of each build. */
const stacks: unknown[][] = [];
function newStack(): unknown[] {
  const slots = new Array<unknown>(1 << 12).fill(undefined);
  stacks.push(slots);
  return slots;
}
/** Forgets what calls have left above the top: it would be kept alive until other calls come as far. */
export function emptyStacks(): void {
  for (const slots of stacks) slots.fill(undefined, R.stackTop);
}

const NAMES = ['R', '$', 'SITES', 'SELECT', 'SELECTED', 'APPLIES', 'FUSE', 'STACK'] as const;
/** A build of the interpreter, waiting for what it runs on. */
export type Maker = (...given: unknown[]) => Resume;
const builds = {
  plain: { counted: false, metered: false, stepped: false, fused: false },
  metered: { counted: false, metered: true, stepped: false, fused: false },
  counted: { counted: true, metered: true, stepped: false, fused: false },
  stepped: { counted: false, metered: true, stepped: true, fused: false },
  fused: { counted: false, metered: false, stepped: false, fused: true },
} as const;
export type Build = keyof typeof builds;

let ready: Readonly<Record<Build, Maker>> | null = null;
/** Hands in builds made ahead of time (`interpreterModule`), for hosts that forbid making code. */
export function provideInterpreter(makers: Readonly<Record<Build, Maker>>): void {
  ready = makers;
}

/** Text of a module that provides all builds when it is imported; `from` is this module as seen from it. */
export function interpreterModule(from: string): string {
  const makers = Object.entries(builds).map(
    ([name, extras]) => `function ${name}(${NAMES.join(', ')}) {\n${interpreterText(extras)}\n}`,
  );
  const all = Object.keys(builds).join(', ');
  return `import { provideInterpreter } from '${from}';\n${makers.join('\n')}\nprovideInterpreter({ ${all} });\n`;
}

/** The interpreter as a function that goes on with the frame at a place. Throws EvalError where code cannot be made. */
export function createInterpreter(build: Build): Resume {
  const make = ready?.[build] ?? (new Function(...NAMES, interpreterText(builds[build])) as Maker);
  return make(R, support, SITES, select.choose, select.push, APPLIES, fuse, newStack);
}
