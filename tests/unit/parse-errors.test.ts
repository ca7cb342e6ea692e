/** The messages for programs that do not parse: each `tests/golden/syntax/NAME.qz` has its messages in `NAME.txt`. */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../compiler/diagnostics/diagnostic.js';
import { parse } from '../../compiler/parse/parse.js';
import { KEYWORDS } from '../../compiler/parse/text/tokens.js';
import type { Span } from '../../compiler/source/source.js';
import { SourceFile } from '../../compiler/source/source.js';

const folder = new URL('../golden/syntax/', import.meta.url);

const place = (span: Span): string => {
  const { line, character } = span.file.position(span.start);
  return `${line + 1}:${character + 1}+${span.end - span.start}`;
};

const plain = (d: Diagnostic): string =>
  [
    `${d.span ? place(d.span) : '-'} ${d.code} ${d.message}`,
    ...(d.label === undefined ? [] : [`  label: ${d.label}`]),
    ...(d.labels ?? []).map((label) => `  ${place(label.span)}: ${label.text}`),
    ...(d.hints ?? []).map((hint) => `  hint: ${hint}`),
  ].join('\n');

describe('syntax errors', () => {
  const names = readdirSync(folder).flatMap((file) => (file.endsWith('.qz') ? [file.slice(0, -3)] : []));
  test.each(names)('%s', async (name) => {
    const file = new SourceFile(`${name}.qz`, readFileSync(new URL(`${name}.qz`, folder), 'utf8'));
    const { diagnostics } = parse(file);
    expect(diagnostics.length).toBeGreaterThan(0);
    const shown = diagnostics.map((d) => `${plain(d)}\n`).join('');
    await expect(shown).toMatchFileSnapshot(new URL(`${name}.txt`, folder).pathname);
  });

  test('keywords are no names, what begins with one is', () => {
    const errors = (name: string): number =>
      parse(new SourceFile('names.qz', `fun main()\n  var ${name} = 1\n  std::print(${name})\nend\n`)).diagnostics
        .length;
    for (const word of KEYWORDS) {
      expect(errors(word), word).toBeGreaterThan(0);
      for (const longer of [`${word}s`, `${word}_`, `_${word}`, `${word}1`]) expect(errors(longer), longer).toBe(0);
    }
  });

  test('each of three broken sessions is reported, and what is between them is parsed', () => {
    const text = readFileSync(new URL('three-errors.qz', folder), 'utf8');
    const { module, diagnostics } = parse(new SourceFile('three.qz', text));
    const lines = diagnostics.map((d) => d.span!.file.position(d.span!.start).line + 1);
    expect(lines).toEqual([2, 7, 16]);
    expect(module.items.map((item) => item.kind)).toEqual(['fun']);
  });
});
