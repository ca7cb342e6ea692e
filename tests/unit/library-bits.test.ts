/** Operations on bits against whole numbers without end: what is in range comes out, what is not raises. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { host } from '../../stdlib/int.host.js';
import { Raise } from '../../stdlib/support.js';

const int = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer(),
  fc.constantFrom(0, -1, 1, 2 ** 53 - 1, 1 - 2 ** 53, 2 ** 32, -(2 ** 32)),
);
const found = (name: string, ...args: number[]): unknown => {
  try {
    return (host[name] as (...args: number[]) => unknown)(...args);
  } catch (error) {
    return error instanceof Raise ? error.exception : error;
  }
};
const exact = (n: bigint): unknown =>
  n > BigInt(Number.MAX_SAFE_INTEGER) || n < BigInt(Number.MIN_SAFE_INTEGER) ? 'Overflow' : Number(n);

it.each<[string, (a: bigint, b: bigint) => bigint]>([
  ['bit_and', (a, b) => a & b],
  ['bit_or', (a, b) => a | b],
  ['bit_xor', (a, b) => a ^ b],
])('%s', (name, right) => {
  fc.assert(fc.property(int, int, (a, b) => void expect(found(name, a, b)).toBe(exact(right(BigInt(a), BigInt(b))))));
});

it.each<[string, (a: bigint, b: bigint) => bigint]>([
  ['shift_left', (a, b) => a << b],
  ['shift_right', (a, b) => a >> b],
])('%s', (name, right) => {
  const by = fc.oneof(fc.integer({ min: -3, max: 70 }), fc.integer({ min: 0, max: 2000 }));
  fc.assert(
    fc.property(
      int,
      by,
      (a, b) => void expect(found(name, a, b)).toBe(b < 0 ? 'OutOfRange' : exact(right(BigInt(a), BigInt(b)))),
    ),
  );
});

it('bit_count', () => {
  fc.assert(
    fc.property(
      int,
      (n) =>
        void expect(found('bit_count', n)).toBe(
          n < 0 ? 'OutOfRange' : [...n.toString(2)].filter((d) => d === '1').length,
        ),
    ),
  );
});
