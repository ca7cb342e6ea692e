/**
 * Pictures for the terminal, in plain ASCII: automata as trees of chains, sequences as lifelines.
 * Invariant: every state is expanded once; where it comes again only its number stands.
 */
import type { PictureArrow, PictureGraph } from './graph.js';
import type { Sequence } from './sequence.js';

export function textOfGraph(graph: PictureGraph): string[] {
  const lines: string[] = [graph.title];
  const shown = new Set<number>();
  const out = (state: number): readonly PictureArrow[] => graph.arrows.filter((a) => a.from === state);
  const name = (state: number): string => {
    const { text, final } = graph.states[state]!;
    return final === undefined ? `(${text})` : `((${text}))`;
  };
  // `head`: the line so far; `indent`: what the lines below it begin with.
  const draw = (state: number, head: string, indent: string): void => {
    const line = head + name(state);
    const arrows = out(state);
    if (shown.has(state) || arrows.length === 0) {
      lines.push(line);
      return;
    }
    shown.add(state);
    const [only] = arrows;
    if (arrows.length === 1 && only !== undefined && line.length < 80) {
      draw(only.to, `${line} --${only.text}--> `, indent);
      return;
    }
    lines.push(line);
    arrows.forEach((a, i) => {
      const isLast = i === arrows.length - 1;
      draw(
        a.to,
        `${indent}  ${isLast ? '`' : '|'}- ${a.text === '' ? '' : `${a.text} `}-> `,
        `${indent}  ${isLast ? ' ' : '|'}    `,
      );
    });
  };
  draw(0, '  ', '  ');
  return lines;
}

const GAP = 3;

/** Every row is one line; a message taken later than in its row shows where it is sent and where it is taken. */
export function textOfSequence(sequence: Sequence): string[] {
  const columns = columnsOf(sequence);
  const margin = Math.max(0, ...sequence.lines.map((l) => l.length));
  const width =
    columns.at(-1)! + Math.max(...sequence.feet.map((f) => f.text.length), ...sequence.roles.map((r) => r.length)) + 2;
  const blank = (): string[] => {
    const line = Array.from({ length: width }, () => ' ');
    for (const c of columns) line[c] = '|';
    return line;
  };
  const write = (line: string[], at: number, text: string): void => [...text].forEach((ch, i) => (line[at + i] = ch));
  const centred = (texts: readonly string[]): string => {
    const line = Array.from({ length: width }, () => ' ');
    texts.forEach((t, i) => write(line, Math.max(0, columns[i]! - (t.length >> 1)), t));
    return line.join('');
  };
  const numbered = (text: string, number: string): string =>
    `${number.padStart(margin)}${margin > 0 ? '  ' : ''}${text}`.trimEnd();
  const lines = [sequence.title, numbered(centred(sequence.roles), '')];
  for (let row = 0; row < sequence.rows; row++) {
    if (row === sequence.loopFrom) lines.push(numbered(loopLine(width, 'again and again'), ''));
    const line = blank();
    for (const m of sequence.messages) {
      const [from, to] = [columns[m.from]!, columns[m.to]!];
      const right = to > from;
      if (m.sent === row) {
        for (let c = Math.min(from, to) + 1; c < Math.max(from, to); c++) line[c] = '-';
        const end = m.received === undefined ? 'x' : m.received === row ? (right ? '>' : '<') : '.';
        line[right ? to - 1 : to + 1] = end;
        write(line, right ? from + 2 : from - 3 - m.label.length, ` ${m.label} `);
      } else if (m.received === row) {
        line[right ? to - 1 : to + 1] = right ? '>' : '<';
        write(line, right ? to - 3 - m.label.length : to + 3, `${m.label} `.slice(0, m.label.length));
      }
    }
    for (const mark of sequence.marks) if (mark.row === row) write(line, columns[mark.role]!, `* ${mark.text}`);
    lines.push(numbered(line.join(''), sequence.lines[row]!));
  }
  if (sequence.loopFrom !== undefined) lines.push(numbered(loopLine(width, 'and so on'), ''));
  lines.push(numbered(blank().join(''), ''), numbered(centred(sequence.feet.map((f) => f.text)), ''));
  return lines;
}

const loopLine = (width: number, words: string): string => `~~ ${words} `.padEnd(width, '~');

function columnsOf(sequence: Sequence): number[] {
  const { roles, feet } = sequence;
  const half = (i: number): number => Math.ceil(Math.max(roles[i]!.length, feet[i]!.text.length) / 2);
  const columns = [half(0)];
  for (let i = 1; i < roles.length; i++) {
    // A label is written next to its sender, so it must fit into the first gap it crosses.
    const labels = sequence.messages
      .filter((m) => Math.min(m.from, m.to) < i && Math.max(m.from, m.to) >= i)
      .filter((m) => m.from === i - 1 || m.from === i || m.to === i - 1 || m.to === i)
      .map((m) => m.label.length + 7);
    const marks = sequence.marks.filter((m) => m.role === i - 1).map((m) => m.text.length + 3);
    columns.push(columns[i - 1]! + Math.max(10, half(i - 1) + half(i) + GAP, ...labels, ...marks));
  }
  return columns;
}
