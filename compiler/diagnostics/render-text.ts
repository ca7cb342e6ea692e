/**
 * Diagnostics for a terminal: source lines with carets under the exact span, the other places involved, the figure, the
 * hints. Invariant: what is printed depends on the diagnostic and on `paint` alone; without colours it is the same text.
 */
import type { SourceFile, Span } from '../source/source.js';
import type { Diagnostic } from './diagnostic.js';

/** How parts are coloured; `plain` leaves everything as it is. */
export interface Paint {
  readonly error: (s: string) => string;
  readonly warning: (s: string) => string;
  readonly note: (s: string) => string;
  readonly frame: (s: string) => string;
  readonly bold: (s: string) => string;
}

const same = (s: string): string => s;
export const plain: Paint = { error: same, warning: same, note: same, frame: same, bold: same };

const TAB = '    ';
/** Longer source lines are shown as a window around the span. */
const MAX_LINE = 160;

interface Mark {
  readonly span: Span;
  readonly text: string;
  readonly primary: boolean;
}

/** One diagnostic as lines, without a trailing line break. */
export function renderText(d: Diagnostic, paint: Paint = plain): string {
  const tint = d.severity === 'error' ? paint.error : paint.warning;
  const lines = [`${tint(`${d.severity}[${d.code}]`)}${paint.bold(`: ${d.message}`)}`];
  const marks: Mark[] = [];
  if (d.span !== undefined) marks.push({ span: d.span, text: d.label ?? '', primary: true });
  for (const label of d.labels ?? []) marks.push({ span: label.span, text: label.text, primary: false });
  const gutter = Math.max(1, ...marks.map((m) => String(m.span.file.position(m.span.start).line + 1).length));
  const margin = ' '.repeat(gutter);
  let first = true;
  for (const [file, group] of byFile(marks)) {
    const head = group.find((m) => m.primary) ?? group[0]!;
    const at = file.position(head.span.start);
    lines.push(`${margin}${paint.frame(first ? '-->' : ':::')} ${file.path}:${at.line + 1}:${at.character + 1}`);
    lines.push(...snippet(file, group, gutter, tint, paint));
    first = false;
  }
  if (d.figure !== undefined && d.figure.length > 0) {
    lines.push(`${margin} ${paint.frame('|')}`);
    for (const line of d.figure) lines.push(`${margin} ${paint.frame('|')}  ${line}`.trimEnd());
  }
  for (const hint of d.hints ?? []) lines.push(`${margin} ${paint.frame('=')} ${paint.note('hint')}: ${hint}`);
  return lines.join('\n');
}

/** All diagnostics, a blank line between two, and a last line that counts them. */
export function renderAllText(diagnostics: readonly Diagnostic[], paint: Paint = plain): string {
  if (diagnostics.length === 0) return '';
  const errors = diagnostics.filter((d) => d.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const count = (n: number, what: string): string[] => (n === 0 ? [] : [`${n} ${what}${n === 1 ? '' : 's'}`]);
  const total = [...count(errors, 'error'), ...count(warnings, 'warning')].join(', ');
  const codes = [...new Set(diagnostics.filter((d) => d.severity === 'error').map((d) => d.code))];
  const explain = codes.length === 0 ? '' : `; \`quartz explain ${codes[0]}\` tells more`;
  const shown = diagnostics.slice(0, MOST_SHOWN).map((d) => renderText(d, paint));
  const hidden = diagnostics.length - shown.length;
  const rest = hidden === 0 ? '' : `; ${hidden} are not shown`;
  return [...shown, `${total}${rest}${explain}`].join('\n\n') + '\n';
}

/** Nobody reads more; what comes first is mended first. */
const MOST_SHOWN = 200;

function byFile(marks: readonly Mark[]): Map<SourceFile, Mark[]> {
  const groups = new Map<SourceFile, Mark[]>();
  for (const mark of marks) {
    const group = groups.get(mark.span.file);
    if (group === undefined) groups.set(mark.span.file, [mark]);
    else group.push(mark);
  }
  return groups;
}

function snippet(
  file: SourceFile,
  marks: readonly Mark[],
  gutter: number,
  tint: (s: string) => string,
  paint: Paint,
): string[] {
  const perLine = new Map<number, Mark[]>();
  for (const mark of marks) {
    const line = file.position(mark.span.start).line;
    perLine.set(line, [...(perLine.get(line) ?? []), mark]);
  }
  const bar = paint.frame('|');
  const empty = `${' '.repeat(gutter)} ${bar}`;
  const lines = [empty];
  let last = -1;
  for (const line of [...perLine.keys()].sort((a, b) => a - b)) {
    if (last >= 0 && line === last + 2) lines.push(sourceLine(file, last + 1, gutter, 0, bar, paint));
    else if (last >= 0 && line > last + 1) lines.push(`${' '.repeat(gutter)}${paint.frame('...')}`);
    const here = perLine
      .get(line)!
      .sort((a, b) => b.span.start - a.span.start || Number(a.primary) - Number(b.primary));
    const shift = windowStart(file, line, here.at(-1)!);
    lines.push(sourceLine(file, line, gutter, shift, bar, paint));
    for (const mark of here) {
      const from = column(file, line, mark.span.start) - shift;
      const end = file.position(Math.max(mark.span.end - 1, mark.span.start));
      const stop =
        end.line === line
          ? mark.span.end
          : mark.span.start + file.line(line).length - file.position(mark.span.start).character;
      const width = Math.max(1, column(file, line, stop) - shift - from);
      const caret = (mark.primary ? '^' : '-').repeat(Math.min(width, MAX_LINE));
      const colour = mark.primary ? tint : paint.note;
      lines.push(
        `${empty} ${' '.repeat(Math.max(0, from))}${colour(`${caret}${mark.text === '' ? '' : ` ${mark.text}`}`)}`,
      );
    }
    last = line;
  }
  return lines;
}

function sourceLine(file: SourceFile, line: number, gutter: number, shift: number, bar: string, paint: Paint): string {
  const text = visible(file.line(line)).slice(shift, shift + MAX_LINE);
  return `${paint.frame(String(line + 1).padStart(gutter))} ${bar} ${text}`.trimEnd();
}

/** Where a too long line starts to be shown, so that the mark is inside. */
function windowStart(file: SourceFile, line: number, mark: Mark): number {
  if (visible(file.line(line)).length <= MAX_LINE) return 0;
  return Math.max(0, column(file, line, mark.span.start) - 40);
}

/** Display column of an offset on a line, tabs expanded. */
function column(file: SourceFile, line: number, offset: number): number {
  const start = file.offset({ line, character: 0 });
  return visible(file.text.slice(start, offset)).length;
}

/** Tabs as spaces; control characters must not reach the terminal. */
function visible(text: string): string {
  return text
    .replace(/\t/g, TAB)
    .replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, '\u00b7');
}
