/**
 * Pictures as SVG, by text alone: no browser, no fonts measured. All writing is in a monospaced font, so widths are known.
 * Invariant: everything drawn lies inside the picture; every text from outside is escaped.
 */
import type { PictureGraph } from './graph.js';
import type { Point } from './layout.js';
import { layout } from './layout.js';
import type { Sequence } from './sequence.js';

export interface Picture {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly body: readonly string[];
}

const CHARACTER = 7.3;
const LINE = 16;
const MARGIN = 20;
const INK = {
  send: '#1f5fa8',
  receive: '#1f7a4d',
  other: '#6b7280',
  plain: '#1f2937',
  bad: '#b42318',
  faint: '#9ca3af',
};

export const textWidth = (text: string): number => [...text].length * CHARACTER;

/** Control characters have no place in XML. */
export const escape = (text: string): string =>
  text.replace(/\p{C}/gu, '?').replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

const n = (x: number): string => String(Math.round(x * 10) / 10);

const text = (x: number, y: number, content: string, more = ''): string =>
  `<text x="${n(x)}" y="${n(y)}" ${more}>${escape(content)}</text>`;

/** Lines of some ninety characters, broken between words. */
function wrapped(title: string): string[] {
  const lines = [''];
  for (const word of title.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + word.length > 90) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

/** A document of pictures, one below the other. */
export function svgDocument(pictures: readonly Picture[]): string {
  const titles = pictures.map((p) => wrapped(p.title));
  const widest = titles.flat().reduce((most, line) => Math.max(most, textWidth(line) * 1.2), 120);
  const width = Math.max(widest, ...pictures.map((p) => p.width)) + 2 * MARGIN;
  let y = MARGIN;
  const parts = pictures.flatMap((p, i) => {
    const title = titles[i]!.map((line, k) =>
      text(MARGIN, y + 14 + k * 20, line, `font-size="14" font-weight="bold" fill="${INK.plain}"`),
    );
    const top = 10 + titles[i]!.length * 20;
    const group = [...title, `<g transform="translate(${n(MARGIN)} ${n(y + top)})">`, ...p.body, '</g>'];
    y += top + p.height + 2 * MARGIN;
    return group;
  });
  const marker = (name: string, fill: string): string =>
    `<marker id="${name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">` +
    `<path d="M0 1 L10 5 L0 9 z" fill="${fill}"/></marker>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${n(width)}" height="${n(y)}" viewBox="0 0 ${n(width)} ${n(y)}" ` +
      `font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="12">`,
    `<defs>${Object.entries(INK)
      .map(([name, fill]) => marker(name, fill))
      .join('')}</defs>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

const RADIUS = 15;

export function graphPicture(graph: PictureGraph): Picture {
  const sizes = graph.states.map((s) => {
    const width = Math.max(2 * RADIUS, textWidth(s.text) + 18) + (s.final === undefined ? 0 : 6);
    return { width, height: 2 * RADIUS + (s.final === undefined ? 0 : 6) };
  });
  const arcs = graph.arrows.map((a) => ({
    from: a.from,
    to: a.to,
    label: a.text === '' ? { width: 8, height: 0 } : { width: textWidth(a.text) + 8, height: LINE },
  }));
  const { width, height, states, arcs: paths } = layout(sizes, arcs);
  const top = 18;
  const body: string[] = [];
  graph.arrows.forEach((a, i) => {
    const { points, label } = paths[i]!;
    const dash = a.kind === 'other' ? ' stroke-dasharray="4 3"' : '';
    const path =
      a.from === a.to ? loopPath(points, sizes[a.from]!, top) : curve(points, sizes[a.from]!, sizes[a.to]!, top);
    // Several loops on one state share one arrow; their texts stand one over the other.
    const again = a.from === a.to && graph.arrows.findIndex((b) => b.from === a.from && b.to === a.to) < i;
    if (!again)
      body.push(`<path d="${path}" fill="none" stroke="${INK[a.kind]}"${dash} marker-end="url(#${a.kind})"/>`);
    if (a.text === '') return;
    const w = textWidth(a.text) + 6;
    body.push(
      `<rect x="${n(label.x - w / 2)}" y="${n(label.y + top - LINE / 2)}" width="${n(w)}" height="${LINE}" fill="#ffffff"/>`,
      text(label.x, label.y + top + 4, a.text, `text-anchor="middle" fill="${INK[a.kind]}"`),
    );
  });
  graph.states.forEach((s, i) => {
    const { x, y } = states[i]!;
    body.push(...stateShape(x, y + top, sizes[i]!, s.text, s.final));
    if (i === 0)
      body.push(
        `<path d="M${n(x)} ${n(y + top - 32)} V${n(y + top - sizes[0]!.height / 2 - 1)}" stroke="${INK.plain}" marker-end="url(#plain)"/>`,
      );
  });
  return { title: graph.title, width, height: height + top, body };
}

function stateShape(
  x: number,
  y: number,
  size: { width: number; height: number },
  label: string,
  final?: 'end' | 'fail',
): string[] {
  const stroke = final === 'fail' ? INK.bad : INK.plain;
  const rect = (inset: number, fill: string): string =>
    `<rect x="${n(x - size.width / 2 + inset)}" y="${n(y - size.height / 2 + inset)}" width="${n(size.width - 2 * inset)}" ` +
    `height="${n(size.height - 2 * inset)}" rx="${n(size.height / 2 - inset)}" fill="${fill}" stroke="${stroke}"/>`;
  const shapes = final === undefined ? [rect(0, '#f3f4f6')] : [rect(0, '#ffffff'), rect(3, '#f3f4f6')];
  return [...shapes, text(x, y + 4, label, `text-anchor="middle" fill="${stroke}"`)];
}

/** A smooth way through the points, from the border of the first state to that of the last; tangents are vertical. */
function curve(points: readonly Point[], from: { height: number }, to: { height: number }, top: number): string {
  const way = points.map((p) => ({ x: p.x, y: p.y + top }));
  const [first, last] = [way[0]!, way[way.length - 1]!];
  const down = last.y > first.y ? 1 : -1;
  first.y += (down * from.height) / 2;
  last.y -= down * (to.height / 2 + 1);
  let d = `M${n(first.x)} ${n(first.y)}`;
  // Tangents as of Catmull and Rom (1974), vertical at both ends.
  const tangent = (i: number, reach: number): Point => {
    const [a, b] = [way[i - 1], way[i + 1]];
    return a === undefined || b === undefined ? { x: 0, y: reach / 2 } : { x: (b.x - a.x) / 6, y: (b.y - a.y) / 6 };
  };
  for (let i = 1; i < way.length; i++) {
    const [a, b] = [way[i - 1]!, way[i]!];
    const [out, into] = [tangent(i - 1, b.y - a.y), tangent(i, b.y - a.y)];
    d += ` C${n(a.x + out.x)} ${n(a.y + out.y)} ${n(b.x - into.x)} ${n(b.y - into.y)} ${n(b.x)} ${n(b.y)}`;
  }
  return d;
}

function loopPath(points: readonly Point[], size: { width: number }, top: number): string {
  const [state, out] = [points[0]!, points[1]!];
  const x = state.x + size.width / 2;
  const y = out.y + top;
  return `M${n(x - 3)} ${n(y - 6)} C${n(out.x)} ${n(y - 18)} ${n(out.x)} ${n(y + 18)} ${n(x - 2)} ${n(y + 6)}`;
}

const ROW = 30;
const HEAD = 26;

export function sequencePicture(sequence: Sequence): Picture {
  const { roles, feet, rows } = sequence;
  const margin = sequence.lines.some((l) => l !== '') ? 34 : 0;
  const columns = columnsOf(sequence, margin);
  const bottom = HEAD + 14 + rows * ROW + 10;
  const y = (row: number): number => HEAD + 14 + row * ROW + ROW / 2;
  const rightmost = Math.max(
    columns.at(-1)! + Math.max(textWidth(roles.at(-1)!), textWidth(feet.at(-1)!.text)) / 2 + 14,
    ...sequence.marks.map((m) => columns[m.role]! + textWidth(m.text) + 20),
  );
  const body: string[] = [];
  if (sequence.loopFrom !== undefined) {
    const at = HEAD + 7 + sequence.loopFrom * ROW;
    body.push(
      `<rect x="${n(margin + 2)}" y="${n(at)}" width="${n(rightmost - margin - 4)}" height="${n(bottom - at - 4)}" rx="4" fill="#f8fafc" stroke="${INK.faint}"/>`,
      text(margin + 8, at + 12, 'loop', `font-size="10" fill="${INK.other}"`),
    );
  }
  columns.forEach((x, i) => {
    const bad = feet[i]!.bad ? INK.bad : INK.plain;
    const box = (at: number, label: string, ink: string): string[] => {
      const w = textWidth(label) + 16;
      return [
        `<rect x="${n(x - w / 2)}" y="${n(at)}" width="${n(w)}" height="${HEAD}" rx="4" fill="#f3f4f6" stroke="${ink}"/>`,
        text(x, at + 17, label, `text-anchor="middle" fill="${ink}"`),
      ];
    };
    body.push(`<path d="M${n(x)} ${HEAD} V${n(bottom)}" stroke="${INK.faint}" stroke-dasharray="3 3"/>`);
    body.push(...box(0, roles[i]!, INK.plain), ...box(bottom, feet[i]!.text, bad));
  });
  for (const m of sequence.messages) {
    const [from, to] = [columns[m.from]!, columns[m.to]!];
    const lost = m.received === undefined;
    const ink = lost ? INK.bad : INK.send;
    const side = to > from ? 1 : -1;
    const [y1, y2] = [y(m.sent), y(m.received ?? m.sent)];
    const end = lost ? to - side * 12 : to - side;
    body.push(
      `<path d="M${n(from)} ${n(y1)} L${n(end)} ${n(y2)}" stroke="${ink}" ${lost ? '' : 'marker-end="url(#send)"'}/>`,
    );
    if (lost)
      body.push(
        `<path d="M${n(end - 4)} ${n(y1 - 4)} l8 8 m0 -8 l-8 8" stroke="${ink}" stroke-width="1.5" fill="none"/>`,
      );
    // The text stands over the arrow, in the first gap it crosses.
    const gap = columns[m.from + side]! - from;
    const middle = from + gap / 2;
    const rise = to === from ? 0 : ((middle - from) / (to - from)) * (y2 - y1);
    const w = textWidth(m.label) + 4;
    body.push(
      `<rect x="${n(middle - w / 2)}" y="${n(y1 + rise - 17)}" width="${n(w)}" height="14" fill="${sequence.loopFrom !== undefined && m.sent >= sequence.loopFrom ? '#f8fafc' : '#ffffff'}"/>`,
      text(middle, y1 + rise - 6, m.label, `text-anchor="middle" fill="${ink}"`),
    );
  }
  for (const mark of sequence.marks) {
    const x = columns[mark.role]!;
    body.push(
      `<circle cx="${n(x)}" cy="${n(y(mark.row))}" r="4" fill="${INK.other}"/>`,
      text(x + 9, y(mark.row) + 4, mark.text, `fill="${INK.other}"`),
    );
  }
  sequence.lines.forEach((line, row) => {
    if (line !== '')
      body.push(text(margin - 8, y(row) + 4, line, `text-anchor="end" font-size="10" fill="${INK.faint}"`));
  });
  return { title: sequence.title, width: rightmost, height: bottom + HEAD, body };
}

function columnsOf(sequence: Sequence, margin: number): number[] {
  const { roles, feet } = sequence;
  const half = (i: number): number => Math.max(textWidth(roles[i]!), textWidth(feet[i]!.text)) / 2 + 8;
  const columns = [margin + half(0)];
  for (let i = 1; i < roles.length; i++) {
    const labels = sequence.messages
      .filter((m) => (m.from === i - 1 && m.to >= i) || (m.from === i && m.to < i))
      .map((m) => textWidth(m.label) + 28);
    const marks = sequence.marks.filter((m) => m.role === i - 1).map((m) => textWidth(m.text) + 16);
    columns.push(columns[i - 1]! + Math.max(90, half(i - 1) + half(i) + 16, ...labels, ...marks));
  }
  return columns;
}
