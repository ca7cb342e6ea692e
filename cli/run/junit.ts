/** What tests came to as JUnit XML, which services that run them read. Invariant: the file is well-formed whatever tests are called and say. */
export interface Outcome {
  readonly module: string;
  readonly title: string;
  readonly milliseconds: number;
  readonly output: string;
  /** Empty if it passed. */
  readonly complaints: readonly string[];
  /** Under which schedules it was run, if it was under many. */
  readonly note?: string;
}

const escape = (text: string): string =>
  // XML 1.0 has no way to say most control characters.
  text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
    .replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

export function junit(outcomes: readonly Outcome[]): string {
  const failures = outcomes.filter((o) => o.complaints.length > 0).length;
  const cases = outcomes.map((o) => {
    const head = `  <testcase classname="${escape(o.module)}" name="${escape(o.title)}" time="${(o.milliseconds / 1000).toFixed(3)}"`;
    if (o.complaints.length === 0) return `${head}/>`;
    return `${head}>\n    <failure message="${escape(o.complaints[0]!)}">${escape(o.complaints.join('\n'))}</failure>\n  </testcase>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="quartz" tests="${outcomes.length}" failures="${failures}">\n${cases.join('\n')}\n</testsuite>\n`;
}
