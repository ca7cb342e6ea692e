/**
 * S-expression files for `quartz run`: the VMActor language, or the Eval dialect if that is asked for.
 * Invariant: the values of a program go to standard output, its error, with a traceback if there is one, to standard error.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { Option } from 'commander';
import { report, runEval, runSExpressions } from '../../runtime/guests/index.js';
import type { Effects } from '../effects/effects.js';
import { sexpText } from '../files/sexp.js';
import { paintFor } from '../terminal/report.js';

export type Dialect = 'eval' | 'actor';

export const dialectOption = (): Option =>
  new Option('--dialect <dialect>', 'the language of S-expressions').choices(['actor', 'eval']);

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

function complain(effects: Effects, [message, ...trace]: readonly string[]): number {
  effects.stderr(`${paintFor(effects, 'stderr').error('error')}: ${message ?? ''}\n`);
  for (const line of trace) effects.stderr(`${line}\n`);
  return 1;
}
