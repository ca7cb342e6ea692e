/**
 * How long the verifier takes as modules grow: `npx tsx bench/verify.ts [LARGEST]`. Milliseconds of processor time for families of
 * modules (tests/support/large-modules.ts) of n, 2n, 4n, .. parts; the table stands in docs/verification.md.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { assemble } from '../runtime/bytecode/assemble.js';
import { formatVerifyError, nothing, verify } from '../runtime/verify/verify.js';
import { LARGE } from '../tests/support/large-modules.js';

const largest = Number(process.argv[2] ?? 16_000);
const sizes = [largest / 8, largest / 4, largest / 2, largest];

const name = (text: string): string => text.padEnd(36);
console.log(`| ${name('n =')} | ${sizes.join(' | ')} |\n|${'---|'.repeat(1 + sizes.length)}`);
for (const [family, make] of Object.entries(LARGE)) {
  const times = sizes.map((n) => {
    const image = assemble(make(n), 'large.qza');
    if (isLeft(image)) throw new Error(`${family}: ${JSON.stringify(image.left)}`);
    const runs = [0, 1, 2].map(() => {
      const start = process.cpuUsage();
      const verdict = verify(image.right, { module: nothing });
      const { user, system } = process.cpuUsage(start);
      if (isLeft(verdict)) throw new Error(`${family}: ${formatVerifyError(verdict.left)}`);
      return (user + system) / 1000;
    });
    return Math.min(...runs).toFixed(0);
  });
  console.log(`| ${name(family)} | ${times.join(' | ')} |`);
}
