/** No text makes the parser throw or hang, and what it accepts it accepts consistently. */
import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { showAst } from '../../compiler/ast/show.js';
import { parse } from '../../compiler/parse/parse.js';
import { tokens } from '../../compiler/parse/text/tokens.js';
import { SourceFile } from '../../compiler/source/source.js';
import { computing } from '../support/computing.js';

const run = (text: string) => parse(new SourceFile('t.qz', text));

/** Parses and checks what must hold of any text. */
function survives(text: string): void {
  const { module, diagnostics } = run(text);
  for (const d of diagnostics) {
    expect(d.code).toMatch(/^Q00\d\d$/);
    expect(d.message).not.toMatch(/[.\n]$|undefined|\[object/);
    expect(d.span!.start).toBeGreaterThanOrEqual(0);
    expect(d.span!.start).toBeLessThanOrEqual(d.span!.end);
    expect(d.span!.end).toBeLessThanOrEqual(text.length);
  }
  expect(showAst(module)).not.toContain('undefined');
  let end = 0;
  for (const token of tokens({ text })) {
    expect(token.start).toBeGreaterThanOrEqual(end);
    expect(text.slice(end, token.start)).toMatch(/^[ \t\r\ufeff]*$/);
    end = token.end;
  }
}

const WORDS = (
  'let var and fun session type exception protocol role extern async test require module if elif else case when while for in ' +
  'try catch finally on or from any after end loop close fail raise return break continue spawn self connect watch take put ' +
  'with drop serve true false not x y q s t Foo Bar Start 1 2.5 0xff 1e9 "a" "{x}" "{" """ b"\\x00" ( ) [ ] { } #{ , . : :: ; | || |> ' +
  "-> ~> = == != < <= > >= + ++ - * / % .. ... ! ? ?s{ !s{ End rec forall exists _ @ \\ ' \0 \ud800 \ufeff é # ##"
).split(' ');

describe('random texts', () => {
  const word = fc.constantFrom(...WORDS, '\n', '\n', '\n  ', ' ', '\nend\n', '\r\n', '\t');
  test('of words', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), fc.constantFrom('', ' '), (words, glue) =>
        survives(words.join(glue)),
      ),
      { seed: 1, numRuns: 1500 },
    );
  });

  test('of characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), survives), { seed: 2, numRuns: 500 });
  });

  const folder = new URL('../../examples/', import.meta.url);
  const example = readFileSync(new URL('timer.qz', folder), 'utf8');
  const others = readdirSync(new URL('../golden/syntax/', import.meta.url))
    .filter((name) => name.endsWith('.qz') && name !== 'deep.qz')
    .map((name) => readFileSync(new URL(`../golden/syntax/${name}`, import.meta.url), 'utf8'));
  test('made from programs by cutting, doubling and inserting', () => {
    const mutation = fc.record({
      text: fc.constantFrom(example, example, ...others),
      cuts: fc.array(fc.tuple(fc.nat(1000), fc.nat(20), word, fc.boolean()), { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(mutation, ({ text, cuts }) => {
        let mutated = text;
        for (const [at, length, inserted, doubled] of cuts) {
          const start = at % (mutated.length + 1);
          const removed = mutated.slice(start, start + length);
          mutated =
            mutated.slice(0, start) + inserted + (doubled ? removed + removed : '') + mutated.slice(start + length);
        }
        survives(mutated);
      }),
      { seed: 3, numRuns: 800 },
    );
  });
});

describe('big and hostile texts', () => {
  const million = 300_000;
  const body = (text: string) => `fun f()\n  ${text}\nend\n`;
  test.each<[string, string, string]>([
    ['open brackets', body('('.repeat(million)), 'Q0016'],
    ['closed brackets', body('('.repeat(5000) + ')'.repeat(5000)), 'Q0016'],
    ['open lists at top level', '['.repeat(100_000), 'Q0026'],
    ['nested blocks', `${'fun f()\nif a\n'.repeat(1)}${'if a\n'.repeat(3000)}${'end\n'.repeat(3002)}`, 'Q0016'],
    ['nested holes', body('"{'.repeat(3000)), 'Q0016'],
    ['an unterminated string', body(`"${'a'.repeat(100_000)}`), 'Q0003'],
    ['an unterminated raw string', body(`"""${'a\n'.repeat(50_000)}`), 'Q0003'],
    ['holes that go on', body('"{(\n'.repeat(20_000)), 'Q0016'],
    ['NULs', '\0'.repeat(100_000), 'Q0024'],
    ['broken items', 'fun\n'.repeat(100_000), 'Q0001'],
    ['ends', 'end\n'.repeat(20_000), 'Q0021'],
  ])('%s', (_what, text, code) => {
    const took = computing();
    const { diagnostics } = run(text);
    expect(diagnostics[0]?.code).toBe(code);
    expect(took()).toBeLessThan(8000);
  });

  test('one item may have more nodes than a call may have arguments', () => {
    const { module, diagnostics } = run(body(`[${'f,'.repeat(32_000)}f]`));
    expect(diagnostics).toEqual([]);
    expect(module.idCount).toBeGreaterThan(125_000);
  });

  test('thousands of operators, sixty nested blocks and a hundred and twenty brackets are fine', () => {
    expect(run(body(`x = ${'1 + '.repeat(5000)}1`)).diagnostics).toEqual([]);
    expect(run(body('-'.repeat(20_000) + '1')).diagnostics).toEqual([]);
    expect(run(body(`f${'()'.repeat(3000)}`)).diagnostics).toEqual([]);
    expect(run(body(`${'if a\n'.repeat(60)}${'end\n'.repeat(60)}`)).diagnostics).toEqual([]);
    expect(run(body(`x = ${'('.repeat(120)}1${')'.repeat(120)}`)).diagnostics).toEqual([]);
  });
});
