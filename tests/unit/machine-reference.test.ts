/** The instruction table: codes, effects, and the page made from it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROW, ROWS } from '../../runtime/bytecode/isa.js';
import { referencePage } from '../../runtime/bytecode/reference.js';
import { support } from '../../runtime/engine/support.js';

const page = path.resolve(import.meta.dirname, '../../docs/instructions.md');

describe('the instruction table', () => {
  it('has unique names, and codes that fit a byte', () => {
    expect(ROW.size).toBe(ROWS.length);
    expect(ROWS.every((r, i) => r.code === i && i < 256)).toBe(true);
  });

  it('names inputs and operands in effects, and outputs of moves, only as they are', () => {
    for (const row of ROWS) {
      const known = new Set([...row.inputs.map((i) => i.name), ...row.operands.map((o) => o.name)]);
      if (row.meaning.kind === 'move') for (const o of row.outputs) expect(known, row.name).toContain(o.name);
      for (const i of [...row.inputs, ...row.outputs])
        if (i.many) expect(row.operands.map((o) => o.name)).toContain(i.name);
      expect(row.doc.length, row.name).toBeGreaterThan(10);
    }
  });

  it('calls only helpers that exist', () => {
    for (const row of ROWS) {
      const m = row.meaning;
      if (!('js' in m) || m.js === undefined) continue;
      const texts = new Proxy({}, { get: (_, name) => (name === 'i' || name === 'count' ? '7' : `v_${String(name)}`) });
      for (const [, name] of m.js(texts).matchAll(/(?<![.\w])([a-zA-Z]\w*)\(/g))
        expect(support, row.name).toHaveProperty(name!);
    }
  });

  it('is what docs/instructions.md says', () => {
    if (process.env['UPDATE_DOCS'] !== undefined) writeFileSync(page, referencePage());
    expect(readFileSync(page, 'utf8')).toBe(referencePage());
  });
});
