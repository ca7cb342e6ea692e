/**
 * Random programs of functions as values say what an evaluation says that knows nothing of the compiler, loaded from their bytes
 * as a stranger's. `npx tsx tests/fuzz/higher-order.ts 20000` does more of them. Other seeds: QUARTZ_SEED, QUARTZ_RUNS.
 */
import { expect, it } from 'vitest';
import { wrongWith } from '../fuzz/higher-order.js';
import { randomHigherOrder } from '../support/random-higher-order.js';

const SEED = Number(process.env['QUARTZ_SEED'] ?? 1);
const RUNS = Number(process.env['QUARTZ_RUNS'] ?? 100);
const PART = 25;

it.each(Array.from({ length: Math.ceil(RUNS / PART) }, (_, i) => SEED + i * PART))('programs from seed %d', (first) => {
  for (let seed = first; seed < first + PART; seed++) {
    const program = randomHigherOrder(seed);
    const wrong = wrongWith(program, seed, seed % 10 === 0);
    expect(wrong && `seed ${seed}: ${wrong}\n${program.text}`).toBeUndefined();
  }
});

// Frames whose types neither their slots nor what is used of their results decides alone.
it.each([292, 100_041, 100_079, 100_184, 100_212, 100_238, 100_239, 100_268, 100_305, 100_321])(
  'every slot of program %d holds what the verifier knows',
  (seed) => {
    const program = randomHigherOrder(seed);
    const wrong = wrongWith(program, seed);
    expect(wrong && `${wrong}\n${program.text}`).toBeUndefined();
  },
);

it('a wrong result is seen', () => {
  const { text, others, expected } = randomHigherOrder(SEED);
  expect(wrongWith({ text, others, expected: [...expected, 'more'] }, SEED, false)).toMatch(/instead of more/);
});
