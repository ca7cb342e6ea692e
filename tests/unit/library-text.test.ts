/** Text and bytes: nothing is lost between them, wherever a stream is cut; lines are given in order, in time that grows with their length. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pending } from '../../runtime/process/owned.js';
import { Lines } from '../../stdlib/lines.js';
import { bytesOf, exactText, TextStream, textOf } from '../../stdlib/text.js';
import { computing } from '../support/computing.js';

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 20 }).map((s) => new TextEncoder().encode(s)),
);

describe('texts', () => {
  it('become the bytes that they were made of, whatever these are', () => {
    fc.assert(
      fc.property(fc.array(anyBytes, { maxLength: 4 }), (parts) => {
        const bytes = new Uint8Array(Buffer.concat(parts));
        expect(bytesOf(textOf(bytes))).toEqual(bytes);
        expect(exactText(bytes) === undefined || exactText(bytes) === textOf(bytes)).toBe(true);
      }),
    );
  });

  it('are the same however a stream of them is cut', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, fc.nat(50), fc.nat(50), (a, b, i, j) => {
        const bytes = new Uint8Array(Buffer.concat([a, b]));
        const [first, second] = [Math.min(i, j), Math.max(i, j)];
        const stream = new TextStream();
        const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)];
        const text = pieces.map((p) => stream.decode(p)).join('') + stream.end();
        expect(Buffer.from(bytesOf(text)).equals(bytes)).toBe(true);
        if (exactText(bytes) !== undefined) expect(text).toBe(exactText(bytes));
      }),
    );
  });

  it('keep a byte order mark, and what is no UTF-8', () => {
    expect(textOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
    expect(textOf(Uint8Array.of(0x61, 0xff, 0xc0, 0x80))).toBe('a\udcff\udcc0\udc80');
    // Surrogates and what lies beyond Unicode are no UTF-8 either.
    expect(textOf(Uint8Array.of(0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80))).toBe(
      '\udced\udca0\udc80\udcf4\udc90\udc80\udc80',
    );
    expect(bytesOf('\u{1f600}')).toEqual(Uint8Array.of(0xf0, 0x9f, 0x98, 0x80));
  });
});

const linesOf = (...chunks: readonly (string | Uint8Array)[]): Lines =>
  new Lines(() => Readable.from(chunks.map((c) => Buffer.from(c as string))));
const got = async (x: string | undefined | Pending): Promise<unknown> => (x instanceof Pending ? x.answer : x);

describe('lines', () => {
  it('are given in order, with either end, wherever chunks are cut', async () => {
    const lines = linesOf('a\nb', 'c\r', '\n\n\r\nx\ry', '\nlast');
    const all: unknown[] = [];
    for (let line = await got(lines.line()); line !== undefined; line = await got(lines.line())) all.push(line);
    expect(all).toEqual(['a', 'bc', '', '', 'x\ry', 'last']);
    expect(await got(lines.line())).toBe(undefined);
    expect(await got(lines.all())).toBe('');
  });

  it('go to those who asked, in that order, and what is left to who asks for all', async () => {
    const lines = linesOf('1\n2\n', '3\n4', '\r\n5\n');
    const asked = [lines.line(), lines.line(), lines.line(), lines.all()].map(got);
    expect(await Promise.all(asked)).toEqual(['1', '2', '3', '4\r\n5\n']);
  });

  it('are not lost with who asked and is no more', async () => {
    const lines = linesOf('one\ntwo\n');
    const [first, second] = [lines.line(), lines.line()] as [Pending, Pending];
    first.cancel();
    await expect(first.answer).rejects.toThrow();
    expect(await second.answer).toBe('one');
    expect(lines.line()).toBe('two');
  });

  it('cost what they are long: one of 64 MB in chunks, and a million in a few', async () => {
    const chunk = 'x'.repeat(64 * 1024);
    const took = computing();
    const long = linesOf(...Array.from({ length: 1024 }, () => chunk), '\nend');
    expect(((await got(long.line())) as string).length).toBe(64 * 1024 * 1024);
    const many = linesOf(`${'line\n'.repeat(500_000)}`, `${'line\n'.repeat(500_000)}`);
    let n = 0;
    for (let line = await got(many.line()); line !== undefined;) {
      n++;
      const next = many.line();
      line = next instanceof Pending ? await next.answer : next;
    }
    expect(n).toBe(1_000_000);
    expect(took()).toBeLessThan(20_000);
  });
});
