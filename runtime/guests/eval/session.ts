/**
 * The Eval dialect from a file or line by line: texts in, texts out; files, prompt and history belong to the command line.
 * Invariant: whatever the text, the answer is values or an error of one line with its traceback; errors keep the session.
 */
import { isLeft, left, right, type Either } from 'fp-ts/lib/Either.js';
import { EVAL_DIALECT, read, type SExpr, type SExprError } from '../sexpr/reader.js';
import { listing } from './code.js';
import { compile, quoted } from './compile.js';
import { EvalMachine, type EvalOptions } from './machine.js';
import { print, type FunctionObject, type Value } from './value.js';

export const PROMPT = '> ';
/** The history file's name in the user's home directory. */
export const HISTORY_FILE = '.evalrus_history';

export interface EvalFailure {
  readonly message: string;
  /** One line per open call, the innermost first. */
  readonly trace: readonly string[];
}

export interface SessionOptions extends EvalOptions {
  /** Instructions an expression may execute. */
  readonly fuel?: number;
}

/** The lines that show a failure. */
export const report = ({ message, trace }: EvalFailure): readonly string[] =>
  trace.length === 0 ? [message] : [message, 'Error traceback:', ...trace];

const refusal = ({ line, column, message }: SExprError): EvalFailure => ({
  message: `${line}:${column}: ${message}`,
  trace: [],
});

/** Compiles all expressions of a text. */
export function compileText(text: string): Either<EvalFailure, readonly FunctionObject[]> {
  const trees = read(text, EVAL_DIALECT);
  if (isLeft(trees)) return left(refusal(trees.left));
  const made: FunctionObject[] = [];
  for (const tree of trees.right) {
    const compiled = compile(text, tree);
    if (isLeft(compiled)) return left(refusal(compiled.left));
    made.push(compiled.right);
  }
  return right(made);
}

/** A file: the printed value of each of its expressions, in order, up to the first failure. */
export function runEval(
  text: string,
  options: SessionOptions = {},
): { readonly values: readonly string[]; readonly failure?: EvalFailure } {
  return evaluate(text, new Map(), options);
}

function evaluate(
  text: string,
  globals: Map<string, Value>,
  options: SessionOptions,
): { readonly values: readonly string[]; readonly failure?: EvalFailure } {
  const compiled = compileText(text);
  if (isLeft(compiled)) return { values: [], failure: compiled.left };
  const { fuel = Infinity } = options;
  const machine = new EvalMachine(compiled.right, globals, options);
  const end = machine.run(fuel);
  const values = machine.values.map(print);
  if (end === 'failed') return { values, failure: machine.failure() };
  if (end === 'fuel') return { values, failure: { message: `stopped after ${fuel} instructions`, trace: [] } };
  return { values };
}

/** A read-eval-print loop's state. */
export class EvalSession {
  private readonly globals = new Map<string, Value>();

  constructor(private readonly options: SessionOptions = {}) {}

  /** What to show for a line: values or an error; `:d expression` also shows how it was read and compiled. */
  line(text: string): readonly string[] {
    const debug = /^\s*:d(?:\s|$)/.exec(text);
    if (debug !== null) return this.debug(text.slice(debug[0].length));
    const { values, failure } = evaluate(text, this.globals, this.options);
    return failure === undefined ? values : [...values, ...report(failure)];
  }

  private debug(text: string): readonly string[] {
    const lines = ['# Debug', '## Input', text];
    const trees = read(text, EVAL_DIALECT);
    if (isLeft(trees)) return [...lines, ...report(refusal(trees.left))];
    lines.push('## Parsed', ...trees.right.map((tree: SExpr) => print(quoted(tree))));
    const compiled = compileText(text);
    if (isLeft(compiled)) return [...lines, ...report(compiled.left)];
    lines.push('## Compiled', ...compiled.right.flatMap(listing));
    const { values, failure } = evaluate(text, this.globals, this.options);
    return [...lines, '## Evaluated', ...values, ...(failure === undefined ? [] : report(failure))];
  }
}
