/** The programs of docs/embedding.md: TypeScript whose comments at the end say what it prints. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from './compile.js';

const text = readFileSync(path.join(root, 'docs/embedding.md'), 'utf8');
const sections = text.split(/^## /m).map((s) => ({ title: s.split('\n')[0]!, body: s }));

const blocks = (language: string): { title: string; code: string }[] =>
  sections.flatMap(({ title, body }) =>
    [...body.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map((m) => ({ title, code: m[1]! })),
  );

export interface EmbeddingProgram {
  readonly title: string;
  /** Body of an async function of `quartz` and `console`. */
  readonly code: string;
  readonly prints: readonly string[];
}

export const embeddingPrograms: readonly EmbeddingProgram[] = blocks('ts').map(({ title, code }) => {
  const body = code.replace(/^import (\{[^}]*\}) from 'quartz-lang';$/gm, 'const $1 = quartz;');
  const { outputText } = ts.transpileModule(body, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true },
  });
  return { title, code: outputText, prints: [...code.matchAll(/^\/\/ (.*)$/gm)].map((m) => m[1]!) };
});

/** What the page says of browsers: the worker, then the page's own module. */
export const browserBlocks: readonly string[] = blocks('js')
  .filter(({ title }) => title === 'In a browser')
  .map(({ code }) => code);
