/** One instruction through everything that the table makes: text form, binary form, verifier, both engines, stepping. */
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../runtime/bytecode/assemble.js';
import { decode } from '../../runtime/bytecode/decode.js';
import { disassemble } from '../../runtime/bytecode/disassemble.js';
import { encode } from '../../runtime/bytecode/encode.js';
import type { ModuleImage } from '../../runtime/bytecode/module.js';
import { show } from '../../runtime/values/show.js';
import type { Value } from '../../runtime/values/value.js';
import { nothing, verify } from '../../runtime/verify/verify.js';
import { Vm } from '../../runtime/vm.js';

const TEXT = `function code < (string) -> int >:
  load 0
  code_point
  ret
`;

function image(text: string): ModuleImage {
  const made = assemble(text, 'code.qza');
  if (isLeft(made)) throw new Error(made.left.map((e) => e.message).join('\n'));
  return made.right;
}

function result(made: ModuleImage, engine: 'interpreter' | 'compiled', argument: string, step = false): string {
  const judged = verify(made, { module: nothing });
  if (isLeft(judged)) throw new Error(judged.left.message);
  const vm = new Vm({ engine });
  const t = vm.spawn(vm.load(judged.right), 'code', [argument]);
  t.noticed = true;
  if (step) while (vm.run(1) === 0);
  else vm.runReady();
  return show(t.result as Value);
}

describe('code_point', () => {
  it('has a text form and a binary form', () => {
    const made = image(TEXT);
    expect(disassemble(made)).toContain('  code_point\n');
    expect(image(disassemble(made)).functions[0]!.code).toEqual(made.functions[0]!.code);
    const back = decode(encode(made));
    expect(isRight(back) && back.right.functions[0]!.code).toEqual(made.functions[0]!.code);
  });

  it('takes a string, gives an int, and the verifier holds it to both', () => {
    expect(isRight(verify(image(TEXT), { module: nothing }))).toBe(true);
    const given = verify(image(TEXT.replace('(string) -> int', '(int) -> int')), { module: nothing });
    expect(isLeft(given) && given.left.message).toMatch(/string/);
    const gives = verify(image(TEXT.replace('(string) -> int', '(string) -> string')), { module: nothing });
    expect(isLeft(gives) && gives.left.message).toMatch(/int/);
  });

  it.each(['interpreter', 'compiled'] as const)('gives the number of the first character (%s)', (engine) => {
    const made = image(TEXT);
    for (const [text, number] of [
      ['a', '97'],
      ['\u{1F600}b', '128512'],
      ['\0', '0'],
      ['', 'OutOfRange'],
    ] as const) {
      // prettier-ignore
      expect(result(made, engine, text), text).toBe(number);
      expect(result(made, engine, text, true), text).toBe(number);
    }
  });
});
