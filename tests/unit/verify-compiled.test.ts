/** What the compiler makes passes the gate, and where types can say everything, without any trust. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isLeft } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { formatVerifyError, nothing, verify, type Surroundings } from '../../runtime/verify/verify.js';
import { compileText, root } from '../support/compile.js';

function verdicts(text: string, trust: NonNullable<Surroundings['trust']>, unsafe = false): string[] {
  const { images } = compileText(text, { options: { unsafe } });
  expect(images.length).toBeGreaterThan(0);
  return images.map((image) => {
    const v = verify(image, { module: nothing, trust });
    return isLeft(v) ? `${image.name}: ${formatVerifyError(v.left)}` : 'accepted';
  });
}
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

describe('compiled programs', () => {
  it.each(['examples/timer.qz', 'tests/spec/patterns/nested-constructors.qz', 'tests/spec/closures/counter.qz'])(
    '%s is accepted without trust',
    (file) => expect(new Set(verdicts(read(file), 'none'))).toEqual(new Set(['accepted'])),
  );
  it('the protocol of the compiled program is followed: another declared type is refused', () => {
    const { images } = compileText(read('examples/timer.qz'));
    const image = images.find((m) => m.name === 'main')!;
    const functions = image.functions.map((f) => ({ ...f, type: f.type.replace('Stop ~>', 'Halt ~>') }));
    const v = verify({ ...image, functions }, { module: nothing });
    expect(isLeft(v) && formatVerifyError(v.left)).toMatch(
      /^Timer\+\d+ cmp \$Stop .*: \$Stop can never arrive here: only \$Halt can$/,
    );
  });
  it('what was rejected and runs all the same passes without its protocols being followed', () => {
    const text = 'session S(p)\n  p!A\nend\nfun main()\n  let s = spawn S(self)\n  s!B\nend\n';
    expect(verdicts(text, 'none', true)).toContainEqual(expect.stringContaining('main: main+'));
    expect(new Set(verdicts(text, 'compiler', true))).toEqual(new Set(['accepted']));
  });
});
