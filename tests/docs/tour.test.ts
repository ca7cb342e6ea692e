/**
 * Every program of the language tour does what its comments say: `# expect:` is a line of its output, in order,
 * `# error: Q0201` an error that the compiler gives about that line. A program with neither must compile.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { compileText, root } from '../support/compile.js';
import { followProgram, runProgram } from '../support/program.js';
import { expectations } from '../support/spec.js';

const text = readFileSync(path.join(root, 'docs/tour.md'), 'utf8');
const blocks = [...text.matchAll(/^```quartz\n([\s\S]*?)^```$/gm)].map((m) => ({
  line: text.slice(0, m.index).split('\n').length,
  program: m[1]!,
}));

describe('the tour', () => {
  it('has programs, and no block of code that is not run', () => {
    expect(blocks.length).toBeGreaterThan(20);
    expect(text.match(/^```./gm)?.length).toBe(blocks.length);
  });

  it.each(blocks)('line $line', async ({ program }) => {
    const expected = expectations(program);
    if (expected.diagnostics.length > 0) {
      const found = compileText(program, { name: 'tour', stage: 'protocol' }).diagnostics.filter(isError);
      const where = found.map((d) => `${(d.span?.file.position(d.span.start).line ?? -1) + 1}: ${d.code}`);
      expect(where, found.map((d) => d.message).join('\n')).toEqual(expected.diagnostics);
    } else if (/^(fun|session) main\b/m.test(program)) {
      const ran = await runProgram(program, { name: 'tour' });
      expect(ran.end.stuck).toEqual([]);
      expect(ran.output.split('\n').slice(0, -1)).toEqual(expected.output);
      expect((await followProgram(program, { name: 'tour' })).wrong).toBeUndefined();
    } else expect(compileText(program, { name: 'tour' }).diagnostics).toEqual([]);
  });
});
