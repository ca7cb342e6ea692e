/**
 * Whole error messages, as a user sees them: each program under `tests/errors/` is beside the message it gives, and so is
 * each example of the pages of error codes. A message that changes shows here; read the new one as a newcomer would
 * before accepting it (`vitest -u`).
 * Invariant: every code that the compiler can give has the golden of a whole message.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isError } from '../compiler/diagnostics/diagnostic.js';
import { renderAllText } from '../compiler/diagnostics/render-text.js';
import { compileText, root } from './support/compile.js';
import { codesInUse, examplesOf, hardToShow } from './support/error-codes.js';

const folder = path.join(root, 'tests/errors');
const programs = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.qz'))
  .sort();

describe('error messages', () => {
  it('has programs to try', () => expect(programs.length).toBeGreaterThan(150));

  it.each(programs)('%s', async (name) => {
    const file = path.join(folder, name);
    const built = compileText(readFileSync(file, 'utf8'), {
      name: 'program',
      shown: name,
      stage: 'protocol',
      options: { unused: true },
    });
    expect(built.diagnostics.some(isError)).toBe(true);
    await expect(renderAllText(built.diagnostics)).toMatchFileSnapshot(`${file.slice(0, -3)}.txt`);
  });
});

describe('the messages of the examples on the pages of error codes', () => {
  it.each(examplesOf())('%s', async (code, examples) => {
    const shown = examples.map((text, i) => {
      const name = `${code}${examples.length === 1 ? '' : `-${i + 1}`}.qz`;
      return renderAllText(
        compileText(text, { name: 'example', shown: name, stage: 'protocol', options: { unused: true } }).diagnostics,
      );
    });
    await expect(shown.join('\n')).toMatchFileSnapshot(path.join(folder, 'codes', `${code}.txt`));
  });
});

describe('the messages of codes that no program of a page shows', () => {
  it.each(Object.entries(hardToShow))('%s', async (code, give) => {
    const found = give();
    expect(found.map((d) => d.code)).toContain(code);
    await expect(renderAllText(found)).toMatchFileSnapshot(path.join(folder, 'codes', `${code}.txt`));
  });
});

describe('every code', () => {
  const goldens = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n');

  it.each(codesInUse())('%s has the golden of a whole message', (code) => {
    expect(goldens).toMatch(new RegExp(`^(?:error|warning)\\[${code}\\]: `, 'm'));
  });
});
