/**
 * Files of S-expressions: their text, and the Quartz module that one means.
 * Invariant: what cannot be read is told by file, line and column.
 */
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import { ACTOR_DIALECT, analyse, read, toQuartz } from '../../runtime/guests/index.js';
import { EffectError, type Effects } from '../effects/effects.js';
import { Failure } from '../terminal/report.js';
import { decodeText } from './project.js';

export const SEXP_ENDING = /\.sexp$/;

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
