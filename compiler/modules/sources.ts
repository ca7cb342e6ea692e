/**
 * Diagnostics with the sources they are about. Places in modules compiled before come out of interfaces, which keep lines
 * and columns but not the text; here they get the text again.
 * Invariant: a place keeps its line and column; a source that is not the one the place is in is never put under it.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import type { SourceFile, Span } from '../source/source.js';

export function withSources(diagnostics: readonly Diagnostic[], files: readonly SourceFile[]): readonly Diagnostic[] {
  const known = new Map(files.map((file) => [file.path, file]));
  const there = (span: Span): Span => {
    const file = known.get(span.file.path);
    return file === undefined || file.text.length !== span.file.text.length ? span : { ...span, file };
  };
  return diagnostics.map((d) => ({
    ...d,
    ...(d.span === undefined ? {} : { span: there(d.span) }),
    ...(d.labels === undefined ? {} : { labels: d.labels.map((label) => ({ ...label, span: there(label.span) })) }),
  }));
}
