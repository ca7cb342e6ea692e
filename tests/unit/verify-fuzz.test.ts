/** A small run of `tests/fuzz/modules.ts`: mutated modules are judged, and what is accepted runs without an accident. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { assemble } from '../../runtime/bytecode/assemble.js';
import { formatVerifyError, nothing, verify } from '../../runtime/verify/verify.js';
import { fuzz } from '../fuzz/modules.js';
import { GOOD } from '../support/good-modules.js';

it.each(GOOD)('a module to start from is accepted: %#', (text) => {
  const image = assemble(text, 'good.qza');
  if (isLeft(image)) throw new Error(JSON.stringify(image.left));
  const verdict = verify(image.right, { module: nothing });
  expect(isLeft(verdict) ? formatVerifyError(verdict.left) : 'accepted').toBe('accepted');
});

it('4000 mutated modules', () => {
  const tally = fuzz(4000, 7);
  expect(tally.undecodable + tally.refused + tally.accepted).toBe(4000);
  // The mutations reach past the decoder and past the first checks.
  expect(tally.refused).toBeGreaterThan(1000);
  // Bytes are changed in half of them, and the decoder lets some of those through.
  expect(tally.undecodable).toBeLessThan(1900);
  expect(tally.accepted).toBeGreaterThan(20);
});
