/**
 * The programs in `docs/guarantees.md` and `docs/protocols.md` are real: a block marked `quartz` compiles, has the verdicts and the output that its
 * comments say; one marked `quartz Q0301` is rejected with that code, and the text shown after it is part of the message.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isError } from '../../compiler/diagnostics/diagnostic.js';
import { renderAllText } from '../../compiler/diagnostics/render-text.js';
import { progressOf } from '../../compiler/protocol/compose/progress.js';
import { compileText, root } from '../support/compile.js';
import { runProgram, stillRunning } from '../support/protocol-programs.js';
import { expectations, followSpec, verifyAll } from '../support/spec.js';

interface Block {
  readonly language: string;
  readonly code: string | undefined;
  readonly text: string;
}

interface Program extends Block {
  readonly next: Block | undefined;
}

function programsOf(page: string): Program[] {
  const text = readFileSync(path.join(root, page), 'utf8');
  const blocks: Block[] = [...text.matchAll(/^```(\w+) ?(\w+)?\n([\s\S]*?)^```$/gm)].map((m) => ({
    language: m[1]!,
    code: m[2],
    text: m[3]!,
  }));
  return blocks.flatMap((block, i) => (block.language === 'quartz' ? [{ ...block, next: blocks[i + 1] }] : []));
}

const plain = (text: string): string => text.replace(/[\s|]+/g, ' ').trim();

describe.each([
  { page: 'docs/guarantees.md', rejected: 4, accepted: 3 },
  { page: 'docs/protocols.md', rejected: 1, accepted: 3 },
])('$page', ({ page, rejected, accepted }) => {
  const programs = programsOf(page);

  it('shows programs of both kinds', () => {
    expect(programs.filter((p) => p.code !== undefined).length).toBeGreaterThanOrEqual(rejected);
    expect(programs.filter((p) => p.code === undefined).length).toBeGreaterThanOrEqual(accepted);
  });

  it.each(programs.filter((p) => p.code !== undefined))('rejects with $code:\n$text', ({ code, text, next }) => {
    const { diagnostics } = compileText(text, { name: 'example' });
    expect(diagnostics.filter(isError).map((d) => d.code)).toEqual([code]);
    if (next?.language === 'text') expect(plain(renderAllText(diagnostics))).toContain(plain(next.text));
  });

  it.each(programs.filter((p) => p.code === undefined))('accepts:\n$text', async ({ text }) => {
    const built = compileText(text, { name: 'example' });
    expect(built.diagnostics.map((d) => d.message)).toEqual([]);
    const verdicts = [...text.matchAll(/^# verdict: (.*)$/gm)].map((m) => m[1]!);
    const open = built.modules
      .at(-1)!
      .protocols!.compositions.map((c) => [c.cluster.name, progressOf(c)] as const)
      .flatMap(([name, progress]) => (progress === 'proved' ? [] : [`${name}: ${progress}`]));
    if (verdicts.length > 0) expect(open.length === 0 ? ['proved'] : open).toEqual(verdicts);
    const { wrong } = followSpec(verifyAll(built.images, 'compiler'), { expected: expectations(text), built }, 0);
    expect(wrong).toBeUndefined();
    if (text.includes('# runs: for ever')) {
      expect(stillRunning(verifyAll(built.images, 'compiler'), 5000)).toBe(true);
      return;
    }
    const run = await runProgram(verifyAll(built.images, 'compiler'));
    if (text.includes('# expect: ')) expect(run.output).toEqual(expectations(text).output);
    expect(run.failures.length + run.stuck.length).toBe(text.includes('100 / n') ? run.failures.length : 0);
  });
});
