/**
 * S-expression files for `quartz run`: the VMActor language, or the Eval dialect if that is asked for.
 * Invariant: the values of a program go to standard output, its error, with a traceback if there is one, to standard error.
 */
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import { Option } from 'commander';
import {
  ACTOR_DIALECT,
  analyse,
  read,
  report,
  runEval,
  runSExpressions,
  toQuartz,
} from '../../runtime/guests/index.js';
import { EffectError, type Effects } from '../effects.js';
import { decodeText } from '../project.js';
import { Failure, paintFor } from '../report.js';

export type Dialect = 'eval' | 'actor';

export const dialectOption = (): Option =>
  new Option('--dialect <dialect>', 'the language of S-expressions').choices(['actor', 'eval']);

export const SEXP_ENDING = /\.sexp$/;

/** Runs a file of S-expressions; the exit code. */
export function runSexp(effects: Effects, file: string, dialect: Dialect): number {
  const text = sexpText(effects, file);
  const lines = (shown: readonly string[]): void => shown.forEach((line) => effects.stdout(`${line}\n`));
  if (dialect === 'eval') {
    const { values, failure } = runEval(text);
    lines(values);
    return failure === undefined ? 0 : complain(effects, report(failure));
  }
  const end = runSExpressions(text, { print: (line) => effects.stdout(`${line}\n`) });
  if (isLeft(end)) return complain(effects, [end.left]);
  lines(end.right);
  return 0;
}

/** The Quartz module that a file of S-expressions means. */
export function quartzOf(effects: Effects, file: string): string {
  const text = sexpText(effects, file);
  const trees = read(text, ACTOR_DIALECT);
  const forms = isLeft(trees) ? trees : analyse(text, trees.right);
  const made = isLeft(forms) ? forms : toQuartz(text, forms.right);
  if (isLeft(made)) throw new Failure(`${file}:${made.left.line}:${made.left.column}: ${made.left.message}`);
  return made.right;
}

export function sexpText(effects: Effects, file: string): string {
  if (file === '-') return decodeText(effects.readStdin(), 'standard input');
  const bytes = effects.readFile(path.resolve(effects.cwd, file));
  if (bytes === undefined) throw new EffectError(`there is no file ${file}`);
  return decodeText(bytes, file);
}

function complain(effects: Effects, [message, ...trace]: readonly string[]): number {
  effects.stderr(`${paintFor(effects, 'stderr').error('error')}: ${message ?? ''}\n`);
  for (const line of trace) effects.stderr(`${line}\n`);
  return 1;
}
