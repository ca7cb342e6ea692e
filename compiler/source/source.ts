/**
 * Source files and spans: the vocabulary in which every pass says where something is.
 * Offsets are UTF-16 code units into `SourceFile.text`; lines and columns are derived on demand, never stored.
 */

/** A text under compilation. `path` is what the user typed (or `<stdin>`); `name` is the module's name. */
export class SourceFile {
  private lineStarts: number[] | undefined;

  constructor(
    readonly path: string,
    readonly text: string,
    /** Written by a translator: what it does not need is nobody's slip. */
    readonly isGenerated = false,
  ) {}

  /** Zero-based line and character (UTF-16), as in the Language Server Protocol. */
  position(offset: number): Position {
    const starts = this.starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low, character: offset - starts[low]! };
  }

  /** The offset of a zero-based position, clamped to the text. */
  offset(position: Position): number {
    const starts = this.starts();
    const start = starts[Math.min(Math.max(position.line, 0), starts.length - 1)]!;
    return Math.min(start + position.character, this.text.length);
  }

  /** The text of a zero-based line, without its line break. */
  line(index: number): string {
    const starts = this.starts();
    const start = starts[index];
    if (start === undefined) return '';
    return this.text.slice(start, (starts[index + 1] ?? this.text.length + 1) - 1).replace(/\r$/, '');
  }

  get lineCount(): number {
    return this.starts().length;
  }

  private starts(): number[] {
    if (this.lineStarts === undefined) {
      const starts = [0];
      for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
      this.lineStarts = starts;
    }
    return this.lineStarts;
  }
}

export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A half-open range of one file. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

export const span = (file: SourceFile, start: number, end: number): Span => ({ file, start, end });

/** The smallest span that covers both; they must lie in the same file. */
export const cover = (a: Span, b: Span): Span => span(a.file, Math.min(a.start, b.start), Math.max(a.end, b.end));

export const textOf = (s: Span): string => s.file.text.slice(s.start, s.end);
