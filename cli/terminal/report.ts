/** How diagnostics and plain failures reach the user: rendered once, here, in the format that was asked for. */
import { createColors } from 'picocolors';
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.js';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { renderJson, renderSarif } from '../../compiler/diagnostics/render-json.js';
import { type Paint, plain, renderAllText } from '../../compiler/diagnostics/render-text.js';
import type { Effects } from '../effects/effects.js';

export type Format = 'text' | 'json' | 'sarif';
export const FORMATS: readonly Format[] = ['text', 'json', 'sarif'];

/** The program was rejected or failed: exit code 1 with these words on standard error. */
export class Failure extends Error {}

/** The command line was wrong: exit code 2. */
export class Misuse extends Error {}

export function paintFor(effects: Effects, stream: 'stdout' | 'stderr'): Paint {
  if (effects.env.NO_COLOR !== undefined && effects.env.NO_COLOR !== '') return plain;
  if (!effects.isTerminal(stream) && (effects.env.FORCE_COLOR ?? '0') === '0') return plain;
  const c = createColors(true);
  return {
    error: (s) => c.bold(c.red(s)),
    warning: (s) => c.bold(c.yellow(s)),
    note: c.cyan,
    frame: (s) => c.bold(c.blue(s)),
    bold: c.bold,
  };
}

/**
 * Shows the diagnostics (text on standard error; JSON and SARIF on standard output, also when there are none) and says
 * whether the program was rejected.
 */
export function report(effects: Effects, diagnostics: readonly Diagnostic[], format: Format, version: string): boolean {
  if (format === 'json') effects.stdout(renderJson(diagnostics));
  else if (format === 'sarif') effects.stdout(renderSarif(diagnostics, version));
  else if (diagnostics.length > 0) effects.stderr(renderAllText(diagnostics, paintFor(effects, 'stderr')));
  return diagnostics.some(isError);
}
