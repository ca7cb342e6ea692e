/** `docs/library.md` is what the comments of the library say now. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { libraryPage } from '../../tools/docgen/library.js';
import { libraryDocs } from '../../tools/docgen/modules.js';
import { root } from '../support/compile.js';

const modules = libraryDocs(path.join(root, 'stdlib'));
const page = libraryPage(modules);

describe('docs/library.md', () => {
  it('is up to date: after a change of the library, run `npm run docs:library`', () => {
    expect(readFileSync(path.join(root, 'docs/library.md'), 'utf8')).toBe(page);
  });

  it('has every exported function of every module', () => {
    for (const m of modules) for (const i of m.items) expect(page).toContain(`### \`${m.name}::${i.name}\``);
    expect(page).not.toMatch(/::_/);
  });
});
