/**
 * Line charts with logarithmic axes, as SVG: how a measure grows with a parameter.
 * Invariant: every point is drawn where its numbers say; values must be positive, others are left out.
 */
import { escape } from './svg.js';

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

const [WIDTH, HEIGHT] = [560, 340];
const EDGE = { left: 62, right: 24, top: 40, bottom: 50 };
const COLOURS = ['#1f5fa8', '#c2410c', '#1f7a4d', '#7c3aed'];

const n = (v: number): string => String(Math.round(v * 10) / 10);

/** Powers of the base that span the values, at least one step. */
function span(values: readonly number[], base: number): number[] {
  const log = values.map((v) => Math.log(v) / Math.log(base));
  const low = Math.floor(Math.min(...log) + 1e-9);
  const high = Math.max(low + 1, Math.ceil(Math.max(...log) - 1e-9));
  return Array.from({ length: high - low + 1 }, (_, i) => base ** (low + i));
}

export function chartSvg(chart: Chart): string {
  const lines = chart.lines.map((l) => ({ ...l, points: l.points.filter(([x, y]) => x > 0 && y > 0) }));
  const points = lines.flatMap((l) => l.points);
  if (points.length === 0) throw new Error(`nothing to plot in ${chart.title}`);
  // What each line means stands above the frame, where no line can cross it.
  const frame = { ...EDGE, top: EDGE.top + lines.length * 16 };
  const ticks = {
    x: span(
      points.map((p) => p[0]),
      2,
    ),
    y: span(
      points.map((p) => p[1]),
      10,
    ),
  };
  const place = (v: number, range: readonly number[], from: number, to: number): number => {
    const [low, high] = [range[0]!, range.at(-1)!];
    return from + ((Math.log(v) - Math.log(low)) / (Math.log(high) - Math.log(low))) * (to - from);
  };
  const x = (v: number): number => place(v, ticks.x, frame.left, WIDTH - frame.right);
  const y = (v: number): number => place(v, ticks.y, HEIGHT - frame.bottom, frame.top);
  const text = (at: number, down: number, content: string, more = ''): string =>
    `<text x="${n(at)}" y="${n(down)}" ${more}>${escape(content)}</text>`;
  const body = [
    text(WIDTH / 2, 22, chart.title, 'text-anchor="middle" font-size="14" font-weight="bold"'),
    ...ticks.y.flatMap((v) => [
      `<path d="M${frame.left} ${n(y(v))} H${WIDTH - frame.right}" stroke="#e5e7eb"/>`,
      text(frame.left - 8, y(v) + 4, String(Number(v.toPrecision(6))), 'text-anchor="end"'),
    ]),
    ...ticks.x.flatMap((v) => [
      `<path d="M${n(x(v))} ${frame.top} V${HEIGHT - frame.bottom}" stroke="#f3f4f6"/>`,
      text(x(v), HEIGHT - frame.bottom + 16, String(v), 'text-anchor="middle"'),
    ]),
    `<path d="M${frame.left} ${frame.top} V${HEIGHT - frame.bottom} H${WIDTH - frame.right}" fill="none" stroke="#6b7280"/>`,
    text((frame.left + WIDTH - frame.right) / 2, HEIGHT - 12, chart.x, 'text-anchor="middle"'),
    text(
      0,
      0,
      chart.y,
      `text-anchor="middle" transform="translate(16 ${(frame.top + HEIGHT - frame.bottom) / 2}) rotate(-90)"`,
    ),
  ];
  lines.forEach((l, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const way = l.points.map(([px, py], k) => `${k === 0 ? 'M' : 'L'}${n(x(px))} ${n(y(py))}`).join(' ');
    body.push(`<path d="${way}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [px, py] of l.points) body.push(`<circle cx="${n(x(px))}" cy="${n(y(py))}" r="3.5" fill="${colour}"/>`);
    const at = EDGE.top + 6 + i * 16;
    body.push(
      `<path d="M${frame.left + 10} ${at - 4} h18" stroke="${colour}" stroke-width="2"/>`,
      text(frame.left + 34, at, l.name, `fill="${colour}"`),
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" ` +
      `font-family="ui-sans-serif, Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="11" fill="#1f2937">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    ...body,
    '</svg>',
    '',
  ].join('\n');
}
