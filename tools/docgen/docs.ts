/**
 * What the `##` comments of a module say: its introduction and its exported items, each with the header that stands in
 * the source and its examples. Invariant: nothing is invented; every text comes from the module's file.
 */
import type { Item } from '../../compiler/ast/ast.js';
import { parse } from '../../compiler/parse/parse.js';
import type { SourceFile } from '../../compiler/source/source.js';

export interface DocumentedItem {
  readonly kind: 'function' | 'type' | 'exception' | 'constant' | 'session' | 'protocol';
  readonly name: string;
  /** As the source declares it: the header of what has a body, all of what has none. */
  readonly header: string;
  /** Lines of prose, without the examples. */
  readonly prose: readonly string[];
  /** Lines of Quartz. */
  readonly examples: readonly string[];
  /** The 1-based line where the item starts. */
  readonly line: number;
}

export interface ModuleDocs {
  readonly name: string;
  readonly introduction: readonly string[];
  readonly items: readonly DocumentedItem[];
}

const KINDS: Readonly<Partial<Record<Item['kind'], DocumentedItem['kind']>>> = {
  fun: 'function',
  'extern-fun': 'function',
  type: 'type',
  'extern-type': 'type',
  exception: 'exception',
  const: 'constant',
  session: 'session',
  protocol: 'protocol',
};

/** Four blanks before a line of a doc comment make it an example. */
const EXAMPLE = /^ {4}(.*)$/;

/** Exported items in the order of the source. Throws if the module cannot be read. */
export function docsOf(name: string, file: SourceFile): ModuleDocs {
  const { module, diagnostics } = parse(file);
  if (diagnostics.length > 0) throw new Error(`${file.path}: ${diagnostics[0]!.message}`);
  return {
    name,
    introduction: introductionOf(file.text),
    items: module.items.flatMap((item) => documented(item, file)),
  };
}

/** The comment that opens the file, which no item follows at once. */
function introductionOf(text: string): readonly string[] {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('##'));
  if (lines[end]?.trim() !== '') return [];
  return lines.slice(0, end).map((line) => line.slice(2).trim());
}

function documented(item: Item, file: SourceFile): readonly DocumentedItem[] {
  const kind = KINDS[item.kind];
  if (kind === undefined || !('name' in item)) return [];
  const name = item.name.text;
  if (name.startsWith('_')) return [];
  const lines = item.doc ?? [];
  return [
    {
      kind,
      name,
      header: headerOf(item, file.text.slice(item.span.start, item.span.end)),
      prose: lines.filter((line) => !EXAMPLE.test(line)),
      examples: lines.flatMap((line) => EXAMPLE.exec(line)?.[1] ?? []),
      line: file.position(item.span.start).line + 1,
    },
  ];
}

const WITH_BODY: ReadonlySet<Item['kind']> = new Set(['fun', 'session', 'protocol']);

function headerOf(item: Item, text: string): string {
  const bare = text.trim();
  return WITH_BODY.has(item.kind) ? bare.split('\n')[0]!.trimEnd() : bare;
}
