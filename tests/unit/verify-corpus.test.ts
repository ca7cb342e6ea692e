/** Every `tests/bytecode/bad-*.qza` is refused with the message on its first line. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { assemble, formatAsmError } from '../../runtime/bytecode/assemble.js';
import { formatVerifyError, nothing, verify } from '../../runtime/verify/verify.js';

const folder = path.resolve(import.meta.dirname, '../bytecode');
const files = readdirSync(folder).filter((f) => f.startsWith('bad-'));

describe('bad modules', () => {
  it('are many', () => expect(files.length).toBeGreaterThanOrEqual(150));

  it.each(files)('%s', (file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const expected = /^# rejected: (.*)$/m.exec(text)?.[1];
    const image = assemble(text, file);
    if (isLeft(image)) throw new Error(image.left.map(formatAsmError).join('\n'));
    const verdict = verify(image.right, { module: nothing });
    expect(isRight(verdict) ? 'accepted' : formatVerifyError(verdict.left)).toBe(expected);
  });
});
