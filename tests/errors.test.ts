/**
 * Whole error messages, as a user sees them: each program under `tests/errors/` is beside the message it gives.
 * A message that changes shows here; read the new one as a newcomer would before accepting it (`vitest -u`).
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderAllText } from '../compiler/diagnostics/render-text.js';
import { isError } from '../compiler/diagnostics/diagnostic.js';
import { compileText, root } from './support/compile.js';

const folder = path.join(root, 'tests/errors');
const programs = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.qz'))
  .sort();

describe('error messages', () => {
  it('has programs to try', () => expect(programs.length).toBeGreaterThan(7));

  it.each(programs)('%s', async (name) => {
    const file = path.join(folder, name);
    const built = compileText(readFileSync(file, 'utf8'), { name: 'program', shown: name, stage: 'protocol' });
    expect(built.diagnostics.some(isError)).toBe(true);
    await expect(renderAllText(built.diagnostics)).toMatchFileSnapshot(`${file.slice(0, -3)}.txt`);
  });
});
