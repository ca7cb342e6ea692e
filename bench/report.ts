/**
 * The figures of a run of the bench as a table and a picture: `npm run bench:plot -- FILE.json` takes what `npm run bench -- --json
 * FILE.json` wrote, puts the table into `docs/bench.md`, draws `docs/plots/bench.svg`, and keeps the figures beside it.
 * Invariant: nothing is measured or rounded away here; every mark stands where its numbers say.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { escape } from '../tools/pictures/svg.js';

export interface BenchRow {
  readonly name: string;
  readonly quartz: number | null;
  readonly erlang: number | null;
  readonly javascript: number | null;
  readonly go?: number | null;
  readonly ratio: number | null;
  readonly bytes?: number;
}

const SIDES = ['quartz', 'javascript', 'go'] as const;
const COLOURS = { quartz: '#1f5fa8', javascript: '#c2410c', go: '#1f7a4d' } as const;

const milliseconds = (n: number | null | undefined): string => (n === null || n === undefined ? '' : n.toFixed(1));

/** A Markdown table, a program a line. */
export function tableOf(rows: readonly BenchRow[]): string {
  const lines = rows.map((r) => {
    const times = [r.quartz, r.erlang, r.javascript, r.go].map(milliseconds);
    const remark = r.bytes === undefined ? '' : `${r.bytes} bytes`;
    return `| ${[r.name, ...times, r.ratio === null ? remark : r.ratio.toFixed(2)].join(' | ')} |`;
  });
  return [
    '| program | Quartz ms | Erlang ms | JavaScript ms | Go ms | Erlang / Quartz |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

const [WIDTH, LEFT, RIGHT, TOP, STEP] = [640, 130, 24, 64, 22];

/** How many times faster than Erlang each is, on a logarithmic axis. */
export function pictureOf(rows: readonly BenchRow[]): string {
  const marks = rows.flatMap((r) => {
    if (r.erlang === null) return [];
    const of = SIDES.flatMap((side) => {
      const time = r[side] ?? null;
      return time === null ? [] : [{ side, times: r.erlang! / time }];
    });
    return of.length === 0 ? [] : [{ name: r.name, of }];
  });
  if (marks.length === 0) throw new Error('nothing to draw: no program has figures of Erlang');
  const logs = marks.flatMap((m) => m.of.map((o) => Math.log10(o.times)));
  const [low, high] = [Math.min(-1, Math.floor(Math.min(...logs))), Math.max(1, Math.ceil(Math.max(...logs)))];
  const x = (times: number): number => LEFT + ((Math.log10(times) - low) / (high - low)) * (WIDTH - LEFT - RIGHT);
  const height = TOP + marks.length * STEP + 40;
  const bottom = TOP + marks.length * STEP;
  const n = (v: number): string => String(Math.round(v * 10) / 10);
  const text = (at: number, down: number, content: string, more = ''): string =>
    `<text x="${n(at)}" y="${n(down)}" ${more}>${escape(content)}</text>`;
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)).flatMap((v) => [
    `<path d="M${n(x(v))} ${TOP - 8} V${bottom}" stroke="${v === 1 ? '#6b7280' : '#e5e7eb'}"/>`,
    text(x(v), bottom + 16, String(Number(v.toPrecision(6))), 'text-anchor="middle"'),
  ]);
  const lines = marks.flatMap(({ name, of }, i) => {
    const y = TOP + i * STEP + STEP / 2;
    const dots = of.map(
      (o) =>
        `<circle cx="${n(x(o.times))}" cy="${n(y)}" r="4.5" fill="${COLOURS[o.side]}"><title>${o.side} ${n(o.times)}</title></circle>`,
    );
    const row = `<path d="M${LEFT} ${n(y)} H${WIDTH - RIGHT}" stroke="#f3f4f6"/>`;
    return [row, text(LEFT - 10, y + 4, name, 'text-anchor="end"'), ...dots];
  });
  const legend = SIDES.flatMap((side, i) => [
    `<circle cx="${LEFT + i * 110}" cy="42" r="4.5" fill="${COLOURS[side]}"/>`,
    text(LEFT + 10 + i * 110, 46, side),
  ]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
      `font-family="ui-sans-serif, Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="11" fill="#1f2937">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    text(WIDTH / 2, 22, 'Times faster than Erlang', 'text-anchor="middle" font-size="14" font-weight="bold"'),
    ...legend,
    ...ticks,
    ...lines,
    text((LEFT + WIDTH - RIGHT) / 2, height - 8, 'to the right is faster; Erlang is at 1', 'text-anchor="middle"'),
    '</svg>',
    '',
  ].join('\n');
}

const PLACE = /(<!-- figures -->\n)[^]*?(<!-- end of figures -->)/;

/** The page with the table in its place. */
export function pageWith(page: string, rows: readonly BenchRow[]): string {
  if (!PLACE.test(page)) throw new Error('the page has no place for figures');
  const figures = `${tableOf(rows)}\n\n![Times faster than Erlang](plots/bench.svg)`;
  return page.replace(PLACE, (_, before: string, after: string) => `${before}\n${figures}\n\n${after}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [file] = process.argv.slice(2);
  if (file === undefined) {
    process.stderr.write('usage: npm run bench:plot -- FILE.json (from npm run bench -- --json FILE.json)\n');
    process.exit(2);
  }
  const rows = JSON.parse(readFileSync(file, 'utf8')) as readonly BenchRow[];
  const docs = path.resolve(import.meta.dirname, '../docs');
  const page = path.join(docs, 'bench.md');
  writeFileSync(path.join(docs, 'plots/bench.svg'), pictureOf(rows));
  writeFileSync(path.join(docs, 'plots/bench.json'), `${JSON.stringify(rows, null, 2)}\n`);
  writeFileSync(page, pageWith(readFileSync(page, 'utf8'), rows));
}
