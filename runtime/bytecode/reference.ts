/**
 * The reference page of the instruction set, as Markdown made from the table.
 * Invariant: says nothing the table does not; `docs/instructions.md` is this text, and a test keeps it so.
 */
import { collectionRows } from './isa-collections.js';
import { controlRows } from './isa-control.js';
import { dataRows } from './isa-data.js';
import { ROW } from './isa.js';
import type { Row, RowText } from './isa.js';
import { threadRows } from './isa-thread.js';

const FAMILIES: readonly (readonly [title: string, rows: readonly RowText[]])[] = [
  ['Stack, numbers, text, upvalues, globals', dataRows],
  ['Structured data', collectionRows],
  ['Control, calls, exceptions', controlRows],
  ['Threads, links, pools', threadRows],
];

function written(row: Row): string {
  if (row.text?.includes(' ') === true) return row.text;
  return [row.text ?? row.name, ...row.operands.map((o) => `${o.name}:${o.kind}`)].join(' ');
}

function raises(row: Row): string {
  const m = row.meaning;
  if (m.kind !== 'value') return '';
  const all = [...(m.check === 'int' ? ['Overflow'] : []), ...(m.guard ? [m.guard.exception] : [])];
  return all.length === 0 ? '' : ` Raises ${all.join(', ')}.`;
}

/** The page. One table a family: code, text form, stack effect (deepest first, top last), what it does. */
export function referencePage(): string {
  const families = FAMILIES.map(([title, rows]) => {
    const lines = rows.map(({ name }) => {
      const row = ROW.get(name)!;
      const touches = row.touches === undefined ? '' : ` Touches: ${row.touches}.`;
      const cells = [
        String(row.code),
        `\`${written(row)}\``,
        `\`${row.effect.trim()}\``,
        row.doc + raises(row) + touches,
      ];
      return `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`;
    });
    return `## ${title}\n\n| code | instruction | stack | meaning |\n|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  return `# Instructions

Made from the table in \`runtime/bytecode/isa*.ts\`. A stack effect lists slots deepest first; the top is last. The left
operand of arithmetic and comparison is on top: \`now new sub\` is new - now. Operands are one 32-bit word each; a slot
counts down from the top before the instruction takes anything (\`[0]\` is the top, \`[-1]\` the one below).

${families.join('\n')}`;
}
