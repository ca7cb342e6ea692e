/**
 * The reference of the standard library as Markdown, from its `##` comments: `npm run docs:library` writes
 * `docs/library.md`. Invariant: the same sources give the same text; the page holds nothing that is not in them.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DocumentedItem, ModuleDocs } from './docs.js';
import { libraryDocs } from './modules.js';

const anchor = (name: string): string => name.replaceAll('::', '');

const OPENING = [
  '# The standard library',
  '',
  'Generated from the `##` comments of the modules by `npm run docs:library`; every example is run by the tests.',
  'A program reaches a module with `require NAME`; `std` is there without.',
];

/** Paragraphs as they are, without blank lines at either end. */
function trimmed(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line.trim() !== '');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return first < 0 ? [] : lines.slice(first, last + 1);
}

const block = (lines: readonly string[]): readonly string[] => ['```quartz', ...lines, '```'];

function itemText(module: string, item: DocumentedItem): readonly string[] {
  const prose = trimmed(item.prose);
  return [
    `### \`${module}::${item.name}\``,
    '',
    ...block(item.header.split('\n')),
    ...(prose.length > 0 ? ['', ...prose] : []),
    ...(item.examples.length > 0 ? ['', ...block(item.examples)] : []),
    '',
  ];
}

function moduleText(module: ModuleDocs): readonly string[] {
  return [
    `## ${module.name}`,
    '',
    ...module.introduction,
    '',
    ...module.items.flatMap((item) => itemText(module.name, item)),
  ];
}

const firstSentence = (lines: readonly string[]): string =>
  /^.*?(?=\.(?:\s+[A-Z`]|$))/.exec(lines.join(' '))?.[0] ?? '';

/** The whole page. */
export function libraryPage(modules: readonly ModuleDocs[]): string {
  const contents = modules.map((m) => `- [\`${m.name}\`](#${anchor(m.name)}): ${firstSentence(m.introduction)}`);
  const lines = [...OPENING, '', ...contents, '', ...modules.flatMap(moduleText)];
  return `${trimmed(lines).join('\n')}\n`;
}

if (process.argv[1] === import.meta.filename) {
  const root = path.resolve(import.meta.dirname, '../..');
  writeFileSync(path.join(root, 'docs/library.md'), libraryPage(libraryDocs(path.join(root, 'stdlib'))));
}
