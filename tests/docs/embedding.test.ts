/** Every program of docs/embedding.md runs and prints what its comments at the end say. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as quartz from '../../index.js';

const text = readFileSync(path.join(import.meta.dirname, '../../docs/embedding.md'), 'utf8');
const sections = text.split(/^## /m).map((s) => ({ title: s.split('\n')[0]!, body: s }));
const blocks = sections.flatMap(({ title, body }) =>
  [...body.matchAll(/^```ts\n([^]*?)^```$/gm)].map((m) => ({ title, code: m[1]! })),
);

type Print = (...values: unknown[]) => void;
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...parts: string[]
) => (quartz: unknown, console: { readonly log: Print }) => Promise<void>;

describe('docs/embedding.md', () => {
  it('has programs', () => expect(blocks.length).toBeGreaterThanOrEqual(8));

  it.each(blocks)('$title', async ({ code }) => {
    const wanted = [...code.matchAll(/^\/\/ (.*)$/gm)].map((m) => m[1]);
    expect(wanted.length).toBeGreaterThan(0);
    const body = code.replace(/^import (\{[^}]*\}) from 'quartz-lang';$/gm, 'const $1 = quartz;');
    const { outputText } = ts.transpileModule(body, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    const printed: string[] = [];
    await new AsyncFunction('quartz', 'console', outputText)(quartz, {
      log: (...values) => printed.push(values.map(String).join(' ')),
    });
    expect(printed.join('\n').split('\n')).toEqual(wanted);
  });
});
