/**
 * Programs with a mistake put in at random are rejected, or run clean: no thread ever gets a message that it does not
 * handle, and where every composition is called proved, nobody is left waiting whatever the scheduler does.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { progressOf } from '../../compiler/protocol/compose/progress.js';
import { compileText, root } from '../support/compile.js';
import { mutant } from '../support/mutations.js';
import { runShortly } from '../support/protocol-programs.js';
import { verifyAll } from '../support/spec.js';

const folder = path.join(root, 'examples/protocols');
const texts = readdirSync(folder)
  .filter((name) => name.endsWith('.qz'))
  .sort()
  .map((name) => readFileSync(path.join(folder, name), 'utf8').replaceAll(/^# (?:expect|verdict|warning).*$/gm, ''));

describe('mistakes in the protocol programs', () => {
  it('are found, or do no harm', () => {
    const counts = { rejected: 0, ran: 0 };
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), (text, seed) => {
        const changed = mutant(text, seed);
        if (changed === undefined) return;
        const built = compileText(changed, { name: 'mutant' });
        if (built.diagnostics.some(isError)) {
          counts.rejected++;
          return;
        }
        counts.ran++;
        const proved = built.modules.at(-1)!.protocols!.compositions.every((c) => progressOf(c) === 'proved');
        const modules = verifyAll(built.images, 'compiler');
        for (let schedule = 0; schedule < 4; schedule++) {
          const end = runShortly(modules, schedule, 100_000);
          if (end === undefined) return;
          expect(end.failures.filter((f) => f.message.includes('received unmatched message'))).toEqual([]);
          if (proved) expect(end.stuck).toEqual([]);
        }
      }),
      { seed: 20260401, numRuns: 80 },
    );
    expect(counts.rejected).toBeGreaterThan(25);
    expect(counts.ran).toBeGreaterThan(3);
  });
});
