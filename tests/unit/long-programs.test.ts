/**
 * Programs that are long in one way compile, and what is deep in the text is taken or refused for that: no pass ends on the host's
 * stack, and none takes a time that its length does not explain (bench/compile.ts measures the growth).
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { renderAllText } from '../../compiler/diagnostics/render-text.js';
import { decode } from '../../runtime/bytecode/decode.js';
import { encode, sealed } from '../../runtime/bytecode/encode.js';
import { formatVerifyError } from '../../runtime/verify/terms/rejection.js';
import { verifyAll } from '../../runtime/verify/verify.js';
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
    it(family, () => expect(codesOf(LONG[family]!.make(800))).toEqual([]));
});

describe('long conversations are taken by the verifier', () => {
  const families: readonly (readonly [string, number])[] = [
    ['sends', 300],
    ['questions and answers', 150],
    ['branches of a wait', 300],
    ['choices one after the other', 40],
    ['waits one after the other, two branches each', 40],
    ['sessions, each goes on as the next', 60],
    ['helpers in a row', 300],
  ];
  it.each(families)('%s', (family, n) => {
    const { images, diagnostics } = compileOne(LONG[family]!.make(n));
    expect(diagnostics.filter(isError)).toEqual([]);
    const read = images.map((image) => decode(encode(sealed(image))));
    const judged = verifyAll(
      read.flatMap((one) => (isLeft(one) ? [] : [one.right])),
      'none',
    );
    expect(isLeft(judged) ? formatVerifyError(judged.left.error) : 'taken').toBe('taken');
  });
});

describe('helpers that double', () => {
  const { make } = DOUBLING['helpers that call helpers twice']!;
  it('are written out as long as they are short', () => expect(codesOf(make(8))).toEqual([]));
  it.each([16, 40, 1000])('are told when there are %d of them', (n) => expect(codesOf(make(n))).toEqual(['Q0322']));

  /** Each helper calls the last one as `calls` says. */
  const told = (n: number, calls: (to: string) => string): readonly string[] =>
    codesOf(
      `session S(p)\n  on Tick from p\n    loop\n  or Stop from p\n  end\nend\nfun h0(p)\n  p!Tick\nend\n${Array.from({ length: n }, (_, i) => `fun h${i + 1}(p)\n${calls(`h${i}(p)`)}\nend`).join('\n')}\nfun main()\n  let a = spawn S(self)\n  h${n}(a)\n  a!Stop\nend\n`,
    );
  it.each([
    ['in a case', (c: string) => `  case 1\n  when 1 then ${c}\n  else ${c}\n  end\n  p!Tick`],
    ['in a try', (c: string) => `  try\n    ${c}\n  catch e\n    std::print(e)\n  end\n  ${c}`],
    ['in a loop', (c: string) => `  for i in 1..2\n    ${c}\n    ${c}\n  end`],
    ['in the last place', (c: string) => `  if 1 == 2\n    ${c}\n  else\n    ${c}\n  end`],
    ['in a block of its own', (c: string) => `  let x =\n    ${c}\n    ${c}\n    1\n  end\n  std::print(x)`],
  ])('%s', (_, calls) => expect(told(40, calls)).toEqual(['Q0322']));
});

describe('types that double', () => {
  for (const [family, { make, error }] of Object.entries(DOUBLING).filter(([name]) => !name.startsWith('helpers')))
    it(family, () => expect(codesOf(make(30))).toEqual(error ? [error] : []));
});

describe('deep texts', () => {
  for (const [family, make] of Object.entries(DEEP))
    it(family, () => {
      expect(codesOf(make(40))).toEqual([]);
      expect(codesOf(make(3000))[0]).toBe('Q0016');
    });
});
