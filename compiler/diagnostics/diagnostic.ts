/**
 * Diagnostics are data: passes build them, `render-text` and `render-json` (and a language server) show them.
 * Invariant: no pass ever formats source lines, colours or positions; messages are plain sentences.
 */
import type { Span } from '../source/source.js';

export type Severity = 'error' | 'warning';

/** Another place involved, with what it has to do with the matter. */
export interface Label {
  readonly span: Span;
  readonly text: string;
}

export interface Diagnostic {
  /** `Q0101`; the page `docs/errors/Q0101.md` explains it. */
  readonly code: string;
  readonly severity: Severity;
  /** One plain sentence without a full stop: what is wrong. */
  readonly message: string;
  /** The exact place; `label` is shown under the carets. Absent only where there is no source (bytecode, command line). */
  readonly span?: Span;
  readonly label?: string;
  readonly labels?: readonly Label[];
  /** What would help; each a sentence. */
  readonly hints?: readonly string[];
  /** Preformatted lines that belong to the matter, such as a schedule drawn as a sequence diagram. */
  readonly figure?: readonly string[];
}

export const error = (code: string, span: Span, message: string, more: Partial<Diagnostic> = {}): Diagnostic => ({
  code,
  severity: 'error',
  message,
  span,
  ...more,
});

export const warning = (code: string, span: Span, message: string, more: Partial<Diagnostic> = {}): Diagnostic => ({
  code,
  severity: 'warning',
  message,
  span,
  ...more,
});

export const isError = (d: Diagnostic): boolean => d.severity === 'error';
