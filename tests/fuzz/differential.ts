/**
 * Random programs in both engines, as tests/support/comparing.ts says: `npx tsx tests/fuzz/differential.ts [COUNT] [SEED]`. A
 * program that differs is printed. Most of the time goes into reading source; tests/fuzz/code.ts does without.
 */
import { pathToFileURL } from 'node:url';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { renderAllText } from '../../compiler/diagnostics/render-text.js';
import { compareModules, searchAsTold } from '../support/comparing.js';
import { compileOne } from '../support/compile.js';
import { randomSource } from '../support/random-sources.js';
import { fromBytes } from '../support/spec.js';

/** Runs one program every way; `always` counts values in each. Gives the first difference, or undefined. */
export function compare(text: string, seed: number, always = false): string | undefined {
  const built = compileOne(text);
  if (built.diagnostics.some(isError)) return `it is rejected:\n${renderAllText(built.diagnostics)}`;
  return compareModules(fromBytes(built.images), seed, { always });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  searchAsTold('programs', (seed) => {
    const text = randomSource(seed);
    const wrong = compare(text, seed);
    return wrong && `${wrong}\n${text}`;
  });
