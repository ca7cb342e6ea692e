/** The engines against each other on random programs; `npx tsx tests/fuzz/differential.ts` does more of them. */
import { describe, expect, it } from 'vitest';
import { compare } from '../fuzz/differential.js';
import { randomSource } from '../support/random-sources.js';

const COUNT = Number(process.env['QUARTZ_FUZZ'] ?? 30);

describe('engines agree on random programs', () => {
  it.each(Array.from({ length: COUNT }, (_, i) => i))('seed %d', (seed) => {
    expect(compare(randomSource(seed), seed)).toBeUndefined();
  });
});

/** The handler's frame lies above another on the heap when its loop is suspended. */
const HANDLED = `
exception Oops(int)

fun boom(n : int) -> int
  var i = 0
  while i < n
    i = i + 1
  end
  raise Oops(i)
end

fun handled(n : int) -> int
  var sum = 0
  try
    sum = boom(n)
  catch Oops(o)
    for i in 1..n
      sum = sum + i
    end
  end
  sum
end

fun main()
  std::print(1 + handled(60))
end
`;

describe('engines count the same values', () => {
  it.each([1, 2, 3, 4])('in a handler above other frames, seed %d', (seed) => {
    expect(compare(HANDLED, seed, true)).toBeUndefined();
  });
});
