/** Every error code of the compiler has a page, and every page's example triggers its code. */
import { describe, expect, it } from 'vitest';
import { compileText } from '../support/compile.js';
import { codesInUse, codesWithPage, examplesOf, hardToShow, pageOf } from '../support/error-codes.js';

describe('the pages of error codes', () => {
  it('exist for every code that the compiler can give, and for no other', () => {
    expect(codesWithPage()).toEqual(codesInUse());
  });

  it.each(codesWithPage())('%s says what it is about', (code) => {
    expect(pageOf(code).startsWith(`# ${code}: `)).toBe(true);
  });

  it('have examples, but for those that no short program shows', () => {
    const shown = new Set(examplesOf().map(([code]) => code));
    expect(codesWithPage().filter((code) => !shown.has(code))).toEqual(Object.keys(hardToShow));
  });

  it.each(examplesOf())('%s has examples that trigger it', (code, examples) => {
    for (const example of examples) {
      const found = compileText(example, { name: 'example', stage: 'protocol', options: { unused: true } }).diagnostics;
      expect(found.map((d) => d.code)).toContain(code);
    }
  });
});
