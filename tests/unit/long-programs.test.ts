/**
 * Programs that are long in one way compile, and what is deep in the text is taken or refused for that: no pass ends on the host's
 * stack, and none takes a time that its length does not explain (bench/compile.ts measures the growth).
 */
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { renderAllText } from '../../compiler/diagnostics/render-text.js';
import { compileOne } from '../support/compile.js';
import { DEEP, DOUBLING, LONG } from '../support/large-programs.js';

const codesOf = (text: string): readonly string[] => {
  const { diagnostics } = compileOne(text);
  renderAllText(diagnostics);
  return [...new Set(diagnostics.filter(isError).map((d) => d.code))];
};

const ROWS = /^(pipes|additions|products|joined|ors|ands|calls of|fields of fields|indices|minus|nots)/;

describe('long rows', () => {
  for (const [family, { make, error }] of Object.entries(LONG).filter(([name]) => ROWS.test(name)))
    it(family, () => expect(codesOf(make(1500))).toEqual(error ? [error] : []));
});

describe('long cases', () => {
  for (const family of ['a case of strings', 'a case of pairs', 'a case of lists', 'alternatives'])
    it(family, () => expect(codesOf(LONG[family]!.make(800))).toEqual([]), 60_000);
});

describe('types that double', () => {
  for (const [family, { make, error }] of Object.entries(DOUBLING).filter(([name]) => !name.startsWith('helpers')))
    it(family, () => expect(codesOf(make(30))).toEqual(error ? [error] : []), 30_000);
});

describe('deep texts', () => {
  for (const [family, make] of Object.entries(DEEP))
    it(family, () => {
      expect(codesOf(make(40))).toEqual([]);
      expect(codesOf(make(3000))[0]).toBe('Q0016');
    });
});
