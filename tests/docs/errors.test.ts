/** Every error code of the compiler has a page, and every page's example triggers its code. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileText, root } from '../support/compile.js';

const folder = path.join(root, 'docs/errors');
const pages = readdirSync(folder)
  .filter((name) => /^Q\d{4}\.md$/.test(name))
  .sort();
const page = (name: string): string => readFileSync(path.join(folder, name), 'utf8');

/**
 * Codes without an example on their page: it would need several modules (Q0151, Q0218, Q0308), be longer than a page (Q0028, Q0221, Q0306),
 * or the code is a second line of defence behind another one that is tried (Q0311 and Q0316 behind types, Q0319 behind Q0235).
 */
const WITHOUT_EXAMPLE = new Set([
  'Q0028',
  'Q0151',
  'Q0218',
  'Q0221',
  'Q0306',
  'Q0307',
  'Q0308',
  'Q0311',
  'Q0316',
  'Q0319',
  'Q0332',
]);

function codesInUse(): string[] {
  const files = readdirSync(path.join(root, 'compiler'), { recursive: true, encoding: 'utf8' }).filter((f) =>
    f.endsWith('.ts'),
  );
  const texts = files.map((f) => readFileSync(path.join(root, 'compiler', f), 'utf8'));
  return [...new Set(texts.flatMap((t) => t.match(/'Q0\d{3}'/g) ?? []))].map((code) => code.slice(1, -1)).sort();
}

describe('the pages of error codes', () => {
  it('exist for every code that the compiler can give, and for no other', () => {
    expect(pages.map((name) => name.slice(0, -3))).toEqual(codesInUse());
  });

  it.each(pages)('%s', (name) => {
    const text = page(name);
    const code = name.slice(0, -3);
    expect(text.startsWith(`# ${code}: `)).toBe(true);
    const examples = [...text.matchAll(/```quartz\n([\s\S]*?)```/g)].map((m) => m[1]!);
    if (WITHOUT_EXAMPLE.has(code)) return;
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const found = compileText(example, { name: 'example', stage: 'protocol' }).diagnostics;
      expect(found.map((d) => d.code)).toContain(code);
    }
  });
});
