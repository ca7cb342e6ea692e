/**
 * Diagnostics for tools: JSON whose ranges are those of the Language Server Protocol (zero-based line and UTF-16
 * character), and SARIF 2.1.0 for code-scanning services.
 */
import type { Span } from '../source/source.js';
import type { Diagnostic } from './diagnostic.js';

const range = (s: Span) => ({ start: s.file.position(s.start), end: s.file.position(s.end) });

export function toJson(d: Diagnostic): object {
  return {
    code: d.code,
    severity: d.severity,
    message: d.message,
    ...(d.span === undefined ? {} : { file: d.span.file.path, range: range(d.span) }),
    ...(d.label === undefined ? {} : { label: d.label }),
    relatedInformation: (d.labels ?? []).map((l) => ({
      file: l.span.file.path,
      range: range(l.span),
      message: l.text,
    })),
    hints: d.hints ?? [],
    ...(d.figure === undefined ? {} : { figure: d.figure }),
  };
}

/** A JSON list, one object a diagnostic. */
export const renderJson = (diagnostics: readonly Diagnostic[]): string =>
  JSON.stringify(diagnostics.map(toJson), null, 2) + '\n';

/** A relative or absolute URI reference, as SARIF allows (section 3.4.3). */
const uri = (file: string): string => encodeURI(file.replaceAll('\\', '/'));

const location = (s: Span) => {
  const { start, end } = range(s);
  return {
    artifactLocation: { uri: uri(s.file.path) },
    region: {
      startLine: start.line + 1,
      startColumn: start.character + 1,
      endLine: end.line + 1,
      endColumn: end.character + 1,
    },
  };
};

/** One SARIF 2.1.0 run (OASIS standard, section 3.14). */
export function renderSarif(diagnostics: readonly Diagnostic[], version: string): string {
  const codes = [...new Set(diagnostics.map((d) => d.code))].sort();
  return (
    JSON.stringify(
      {
        $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
        version: '2.1.0',
        runs: [
          {
            tool: { driver: { name: 'quartzc', version, rules: codes.map((id) => ({ id })) } },
            columnKind: 'utf16CodeUnits',
            results: diagnostics.map((d) => ({
              ruleId: d.code,
              level: d.severity,
              message: { text: [d.message, ...(d.hints ?? []).map((h) => `hint: ${h}`)].join('\n') },
              locations: d.span === undefined ? [] : [{ physicalLocation: location(d.span) }],
              relatedLocations: (d.labels ?? []).map((l, id) => ({
                id,
                physicalLocation: location(l.span),
                message: { text: l.text },
              })),
            })),
          },
        ],
      },
      null,
      2,
    ) + '\n'
  );
}
