/**
 * Every command of docs/determinism.md, docs/observing.md and docs/testing.md does what stands below it: the programs of a page are written to
 * a folder under the names in their first lines, commands are run there in order. `...` stands for any lines, or any text.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Folder } from '../support/cli.js';
import { root } from '../support/compile.js';

interface Step {
  readonly words: readonly string[];
  readonly expected: string;
}

/** Words as a shell takes them apart, as far as these pages need it. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|((?:\\.|\S)+)/g)].map((m) => m[1] ?? m[2]!.replace(/\\(.)/g, '$1'));

function stepsOf(text: string): Step[] {
  const steps: { words: string[]; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const shown = /^ {4}(.*)$/.exec(line)?.[1];
    if (shown === undefined) continue;
    if (shown.startsWith('$ ')) steps.push({ words: wordsOf(shown.slice(2)), lines: [] });
    else steps.at(-1)!.lines.push(shown);
  }
  return steps.map(({ words, lines }) => ({ words, expected: lines.join('\n') }));
}

/** `...` on a line of its own is any number of lines. */
const pattern = (expected: string): RegExp =>
  new RegExp(
    `^${expected
      .split('\n')
      .map((line) =>
        line === '...'
          ? '[^]*?'
          : `${line
              .split('...')
              .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
              .join('.*')}\n`,
      )
      .join('')}$`,
  );

describe.each(['determinism', 'observing', 'testing'])('docs/%s.md', (page) => {
  it('says what is so', async () => {
    const text = readFileSync(path.join(root, 'docs', `${page}.md`), 'utf8');
    const folder = new Folder();
    try {
      const programs = [...text.matchAll(/^```quartz\n(# (\S+)\n[^]*?)^```$/gm)];
      expect(programs.length).toBe(text.match(/^```quartz$/gm)!.length);
      for (const [, program, name] of programs) folder.write(name!, program!);
      const prose = text.replace(/^```[^]*?^```$/gm, '');
      const steps = stepsOf(prose);
      expect(steps.length).toBeGreaterThan(2);
      for (const { words, expected } of steps) {
        if (words[0] === 'sed') {
          const [, from, to] = words[2]!.split('/');
          const file = new TextDecoder().decode(folder.read(words[3]!));
          folder.write(words[3]!, file.replaceAll(from!, to!));
          continue;
        }
        const said = await folder.run(words.slice(1));
        const shown = words[1] === 'test' ? said.err + said.out : said.out + said.err;
        expect(shown.replace(/[ \t]+$/gm, ''), words.join(' ')).toMatch(pattern(expected));
      }
    } finally {
      folder.remove();
    }
  });
});
