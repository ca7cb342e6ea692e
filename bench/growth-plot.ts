/**
 * The growth of the compiler as a picture: a line a family, size and processor time on logarithmic axes. Those that grow faster than
 * n^1.2 are drawn in colour and named; the dashed line is n log n.
 * Invariant: nothing is measured here; every point stands where its numbers say.
 */
import { escape } from '../tools/pictures/svg.js';

export interface Series {
  readonly family: string;
  readonly figures: readonly {
    readonly n: number;
    readonly milliseconds: number;
    /** What came of it: `ok`, or the code of the first error. */
    readonly end: string;
  }[];
  readonly exponent?: number;
  readonly note: string;
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [760, 420, 60, 230, 40, 44];
const COLOURS = ['#c2410c', '#1f5fa8', '#1f7a4d', '#7c3aed', '#be185d', '#0e7490'];
/** Growth above this is named. */
const FAST = 1.2;

const r = (v: number): string => String(Math.round(v * 10) / 10);

export function growthSvg(all: readonly Series[]): string {
  const lines = all.map((s) => ({ ...s, points: s.figures.filter((f) => f.milliseconds > 0) }));
  const points = lines.flatMap((l) => l.points);
  if (points.length === 0) throw new Error('nothing to draw');
  const range = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  const [left, right] = range(points.map((p) => Math.log10(p.n)));
  const [low, high] = [0, Math.ceil(range(points.map((p) => Math.log10(p.milliseconds)))[1])];
  const x = (n: number): number => LEFT + ((Math.log10(n) - left) / (right - left || 1)) * (WIDTH - LEFT - RIGHT);
  const y = (ms: number): number => HEIGHT - BOTTOM - ((Math.log10(ms) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const text = (at: number, down: number, content: string, more = ''): string =>
    `<text x="${r(at)}" y="${r(down)}" ${more}>${escape(content)}</text>`;
  const path = (of: readonly (readonly [number, number])[], more: string): string =>
    `<path d="M${of.map(([a, b]) => `${r(x(a))} ${r(y(b))}`).join(' L')}" fill="none" ${more}/>`;
  const sizes = [...new Set(points.map((p) => p.n))].sort((a, b) => a - b);
  const fast = lines
    .filter((l) => (l.exponent ?? 0) > FAST)
    .sort((a, b) => (b.exponent ?? 0) - (a.exponent ?? 0))
    .slice(0, 20);
  const slow = lines.filter((l) => !fast.includes(l) && l.points.length > 1);
  const ideal = sizes.map((n) => [n, (300 * n * Math.log(n)) / (1000 * Math.log(1000))] as const);
  const named = fast.flatMap((l, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const at = TOP + 12 + i * 15;
    return [
      path(
        l.points.map((p) => [p.n, p.milliseconds] as const),
        `stroke="${colour}" stroke-width="1.6"`,
      ),
      text(WIDTH - RIGHT + 12, at, `n^${l.exponent!.toFixed(2)} ${l.family}`, `fill="${colour}"`),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" ` +
      `font-family="ui-sans-serif, Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="10" fill="#1f2937">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    text(WIDTH / 2, 22, `From text to verified bytecode, ${lines.length} families`, 'text-anchor="middle" font-size="14" font-weight="bold"'), // prettier-ignore
    ...Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)).flatMap((v) => [
      `<path d="M${LEFT} ${r(y(v))} H${WIDTH - RIGHT}" stroke="#e5e7eb"/>`,
      text(LEFT - 6, y(v) + 3, String(v), 'text-anchor="end"'),
    ]),
    ...sizes.map((n) => text(x(n), HEIGHT - BOTTOM + 16, String(n), 'text-anchor="middle"')),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, 'n; milliseconds of processor time', 'text-anchor="middle"'),
    path(ideal, 'stroke="#6b7280" stroke-dasharray="5 4"'),
    ...slow.map((l) => path(l.points.map((p) => [p.n, p.milliseconds] as const), 'stroke="#9ca3af" stroke-opacity="0.55"')), // prettier-ignore
    ...named,
    '</svg>',
    '',
  ].join('\n');
}
