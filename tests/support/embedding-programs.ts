/** The programs of docs/embedding.md and docs/machine.md: TypeScript whose comments at the end say what it prints. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from './compile.js';

function blocks(page: string, language: string): { title: string; code: string }[] {
  const text = readFileSync(path.join(root, `docs/${page}.md`), 'utf8');
  const sections = text.split(/^## /m).map((s) => ({ title: s.split('\n')[0]!, body: s }));
  return sections.flatMap(({ title, body }) =>
    [...body.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map((m) => ({ title, code: m[1]! })),
  );
}

export interface EmbeddingProgram {
  readonly title: string;
  /** Body of an async function of `quartz` and `console`. */
  readonly code: string;
  readonly prints: readonly string[];
}

const programsOf = (page: string): readonly EmbeddingProgram[] =>
  blocks(page, 'ts').map(({ title, code }) => {
    const body = code.replace(/^import (\{[^}]*\}) from 'quartz-lang';$/gm, 'const $1 = quartz;');
    const { outputText } = ts.transpileModule(body, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true },
    });
    return { title, code: outputText, prints: [...code.matchAll(/^\/\/ (.*)$/gm)].map((m) => m[1]!) };
  });

export const embeddingPrograms = programsOf('embedding');
export const machinePrograms = programsOf('machine');
export const permissionPrograms = programsOf('permissions');

/** What the page says of browsers: the worker, then the page's own module. */
export const browserBlocks: readonly string[] = blocks('embedding', 'js')
  .filter(({ title }) => title === 'In a browser')
  .map(({ code }) => code);
