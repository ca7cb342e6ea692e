/**
 * What a module shows of its protocols to modules compiled apart: the code of every session and function that a link or
 * group elsewhere may need, as plain JSON. Code is what remains of a body when only its dealings with ends are kept, so
 * automata, parameter kinds, accepting states, spawn sites and exits all follow from it; nothing else of the body is shown.
 * Invariant: `importCodes(exportCodes(codes))` gives equal code; spans keep path, line and column, not the source text.
 */
import { SourceFile } from '../source/source.js';
import type { Span } from '../source/source.js';
import type { Code } from './code/code.js';

/** JSON-able. Spans are `[file, start, end]` with `file` an index into `files`. */
export interface ExportedProtocols {
  readonly version: 1;
  readonly files: readonly { readonly path: string; readonly length: number; readonly lines: readonly number[] }[];
  readonly codes: readonly unknown[];
}

const SPAN = '$span';

export function exportCodes(codes: Iterable<Code>): ExportedProtocols {
  const files: SourceFile[] = [];
  const indexOf = (file: SourceFile): number => {
    const at = files.indexOf(file);
    return at >= 0 ? at : files.push(file) - 1;
  };
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    if (isSpan(value)) return { [SPAN]: [indexOf(value.file), value.start, value.end] };
    return Object.fromEntries(Object.entries(value).flatMap(([k, v]) => (v === undefined ? [] : [[k, plain(v)]])));
  };
  const list = [...codes].map(plain);
  return {
    version: 1,
    files: files.map((f) => ({
      path: f.path,
      length: f.text.length,
      lines: Array.from({ length: f.lineCount - 1 }, (_, i) => f.offset({ line: i + 1, character: 0 })),
    })),
    codes: list,
  };
}

/** For `JSON.stringify`: leaves places out, so that interfaces that differ only in where things are give equal texts. */
export const withoutPlaces = (key: string, value: unknown): unknown =>
  key === SPAN || key === 'files' ? undefined : value;

/** The codes of an export; none if the value is not one (another version, or damaged). */
export function importCodes(value: unknown): Code[] {
  if (!isExport(value)) return [];
  const files = value.files.map((f) => new SourceFile(f.path, blank(f.length, f.lines)));
  const live = (v: unknown): unknown => {
    // JSON has no `undefined`: in lists it came out as null.
    if (Array.isArray(v)) return v.map((x) => (x === null ? undefined : live(x)));
    if (typeof v !== 'object' || v === null) return v;
    const at = (v as Record<string, unknown>)[SPAN];
    if (Array.isArray(at)) return { file: files[Number(at[0])], start: Number(at[1]), end: Number(at[2]) };
    return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, live(x)]));
  };
  return value.codes.map(live).filter(isCode);
}

/** A text with line breaks at the same places, so that positions come out right without the source. */
function blank(length: number, lines: readonly number[]): string {
  const starts = [0, ...lines, length];
  return starts
    .slice(1)
    .map((end, i) => (i < lines.length ? `${' '.repeat(end - starts[i]! - 1)}\n` : ' '.repeat(end - starts[i]!)))
    .join('');
}

function isSpan(value: object): value is Span {
  return 'file' in value && value.file instanceof SourceFile;
}

function isExport(value: unknown): value is ExportedProtocols {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1 && 'codes' in value;
}

/** Enough of a look to refuse what was damaged: all jumps stay inside. */
function isCode(value: unknown): value is Code {
  const code = value as Partial<Code> | null;
  return (
    typeof code === 'object' &&
    code !== null &&
    typeof code.key === 'string' &&
    Array.isArray(code.points) &&
    Array.isArray(code.slots) &&
    Array.isArray(code.params) &&
    typeof code.entry === 'number' &&
    code.points[code.entry] !== undefined
  );
}
