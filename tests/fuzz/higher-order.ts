/**
 * Random programs of functions as values against an evaluation that knows nothing of the compiler:
 * `npx tsx tests/fuzz/higher-order.ts [COUNT] [SEED]`. Each is loaded from its bytes as a stranger's and says what it should;
 * of every tenth all engines agree on every step, and every slot holds what the verifier knows.
 */
import { pathToFileURL } from 'node:url';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { renderAllText } from '../../compiler/diagnostics/render-text.js';
import { compareModules, observe, searchAsTold } from '../support/comparing.js';
import { compileWithOthers } from '../support/compile.js';
import { randomHigherOrder, type HigherOrder } from '../support/random-higher-order.js';
import { fromBytes } from '../support/spec.js';

/** What is wrong with a program, or undefined. `all`: in every engine and whatever the quantum. */
export function wrongWith({ text, others, expected }: HigherOrder, seed: number, all = true): string | undefined {
  const built = compileWithOthers(text, others);
  if (built.diagnostics.some(isError)) return `it is rejected:\n${renderAllText(built.diagnostics)}`;
  const modules = fromBytes(built.images);
  const seen = observe(modules, { engine: 'interpreter', quantum: 4000, metered: false, seed });
  const said = seen.output.join('').split('\n').slice(0, -1);
  if (seen.failures.length > 0) return `it fails: ${seen.failures.join(' ')}`;
  const at = expected.findIndex((line, i) => line !== said[i]);
  if (at >= 0 || said.length !== expected.length)
    return `line ${at} is ${said[at] ?? 'missing'} instead of ${expected[at] ?? 'nothing'}`;
  return all ? compareModules(modules, seed) : undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  searchAsTold('programs', (seed) => {
    const program = randomHigherOrder(seed);
    const wrong = wrongWith(program, seed, seed % 10 === 0);
    return wrong && `${wrong}\n${program.text}`;
  });
