/**
 * The instruction set: what a row says, and the one table made of them. Encoder, decoder, assembler, disassembler,
 * verifier, interpreter, JIT, debugger and reference page all read it; nothing about an instruction is listed twice.
 * Invariant: a row's code is its place in `ROWS`; every operand is one 32-bit word; the stack effect says exactly how
 * the frame grows and shrinks (rows whose successors differ are the `flow` rows, explained at `Flow`).
 */
import { collectionRows } from './isa-collections.js';
import { controlRows } from './isa-control.js';
import { dataRows } from './isa-data.js';
import { threadRows } from './isa-thread.js';

/**
 * What one operand word means.
 * `constant` index into the image's constants; `text` likewise, of a string; `local` absolute slot of the frame;
 * `slot` counted down from the top of the stack before the instruction pops anything (0 is the top, the text form
 * prints it as 0, -1, -2 ..); `target` a pc of this function; `callee` index into the image's callees; `session`
 * likewise, of a session; `count`, `int` plain numbers; `message` index into the image's message labels;
 * `constructor` index into its constructors; `type` index into its type texts; `global` index into its globals;
 * `table` index into the function's tables.
 */
export type OperandKind =
  | 'constant'
  | 'text'
  | 'local'
  | 'slot'
  | 'target'
  | 'callee'
  | 'session'
  | 'count'
  | 'int'
  | 'message'
  | 'constructor'
  | 'type'
  | 'global'
  | 'table';

export interface Operand {
  readonly name: string;
  readonly kind: OperandKind;
}

/**
 * One item of a stack effect, deepest first. `many` items stand for several slots: `args(n)` as many as operand n says
 * (a callee's or session's parameters, a constructor's fields, or a plain count), `pairs(n)` twice as many,
 * `result(f)` one slot or none as callee f returns a value or not, `after(t)` one int if table t has an `after` case.
 * `type` is a word of the verifier: int float bool string bytes unit exn function reference end pool list data tuple
 * label scalar (int, bool or string, both inputs alike) or absent for any type.
 */
export interface Item {
  readonly name: string;
  readonly type: string | undefined;
  readonly many: 'args' | 'pairs' | 'result' | 'after' | undefined;
}

/** JavaScript texts of a row's inputs and operands by name; `args` is the comma-separated text of its `args(..)`. */
export type Texts = Readonly<Record<string, string>>;

/**
 * Control words, each written once per engine.
 * jump loop branch switch: within a function. call apply ret: between functions (`tail` variants replace the frame).
 * raise try end_try: exceptions. wait select: may suspend. start: runs a session on an empty thread, changing the slot
 * that holds it. closure: captures the locals its table lists. close_upvalues: makes open upvalues uninitialised.
 * end: ends the thread or the program.
 */
export type Flow =
  | 'jump'
  | 'loop'
  | 'branch'
  | 'switch'
  | 'call'
  | 'tail_call'
  | 'apply'
  | 'tail_apply'
  | 'ret'
  | 'raise'
  | 'try'
  | 'end_try'
  | 'wait'
  | 'select'
  | 'start'
  | 'closure'
  | 'close_upvalues'
  | 'end';

export type Meaning =
  /** The effect says it all: outputs are inputs or operands by name. */
  | { readonly kind: 'move' }
  /**
   * One expression. `guard`: if its condition holds, the built-in exception is raised instead. `check: 'int'`: the result
   * must be an exact integer, else Overflow. `fails`: a helper may have raised; the engine tests the flag after it.
   */
  | {
      readonly kind: 'value';
      readonly js: (v: Texts) => string;
      readonly check?: 'int';
      /** Text of the number of values it allocates, given the text of its result; absent if none. */
      readonly allocates?: (v: Texts, result: string) => string;
      readonly guard?: { readonly when: (v: Texts) => string; readonly exception: string };
      readonly fails?: true;
      /** May take long, and takes steps from the slice then: the fuel must be in its register. */
      readonly long?: true;
    }
  /** A statement without a result. */
  | { readonly kind: 'act'; readonly js: (v: Texts) => string; readonly fails?: true }
  /** Assigns the expression to the local named by operand `n`; it allocates so many values. */
  | { readonly kind: 'set'; readonly js: (v: Texts) => string; readonly makes?: number }
  | {
      readonly kind: 'flow';
      readonly flow: Flow;
      /** branch: jump to the target when this holds. wait: the message or null. raise, end: the statement that says why. */
      readonly js?: (v: Texts) => string;
      /** branch: the condition to go on with the next instruction (the negation, written out). */
      readonly not?: (v: Texts) => string;
    };

/** A row as written: `operands` is `name:kind ...`, `effect` is `in in -> out out`, each `name`, `name:type` or `args(op)`. */
export interface RowText {
  readonly name: string;
  readonly operands: string;
  readonly effect: string;
  readonly doc: string;
  readonly meaning: Meaning;
  /** What it reads or changes that another thread can see; such rows can be restarted from their first step. */
  readonly touches?: 'mailbox' | 'link' | 'clock' | 'output' | 'threads' | undefined;
  /** How the text form writes it when that is not `name operands`: `push @self`, or a family such as `push`. */
  readonly text?: string;
}

export interface Row {
  readonly name: string;
  readonly code: number;
  readonly operands: readonly Operand[];
  readonly inputs: readonly Item[];
  readonly outputs: readonly Item[];
  readonly effect: string;
  readonly doc: string;
  readonly meaning: Meaning;
  readonly touches: RowText['touches'];
  readonly text: string | undefined;
  /** Words in the code: the opcode and its operands. */
  readonly length: number;
}

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);

function item(text: string): Item {
  const many = /^(args|pairs|result|after)\((\w+)\)$/.exec(text);
  if (many) return { name: many[2]!, type: undefined, many: many[1] as NonNullable<Item['many']> };
  const [name, type] = text.split(':');
  return { name: name!, type, many: undefined };
}

function row(text: RowText, code: number): Row {
  const [before, after] = text.effect.split('->');
  const operands = words(text.operands).map((o) => {
    const [name, kind] = o.split(':');
    return { name: name!, kind: kind as OperandKind };
  });
  return {
    name: text.name,
    code,
    operands,
    inputs: words(before!).map(item),
    outputs: words(after!).map(item),
    effect: text.effect,
    doc: text.doc,
    meaning: text.meaning,
    touches: text.touches,
    text: text.text,
    length: 1 + operands.length,
  };
}

/** Every instruction; a row's place is its opcode, so a row more makes another format version, wherever it stands. */
export const ROWS: readonly Row[] = [...dataRows, ...collectionRows, ...controlRows, ...threadRows].map(row);

/** Row by name. */
export const ROW: ReadonlyMap<string, Row> = new Map(ROWS.map((r) => [r.name, r]));

/** The row called `name`. Throws if there is none: for names written in this project's own code. */
export function rowOf(name: string): Row {
  const found = ROW.get(name);
  if (found === undefined) throw new Error(`no instruction is called ${name}`);
  return found;
}

/** The control word of a row; empty for one that only computes. */
export const flowOf = ({ meaning }: Row): Flow | '' => (meaning.kind === 'flow' ? meaning.flow : '');
