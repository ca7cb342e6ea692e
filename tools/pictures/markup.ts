/**
 * Pictures in the languages of other drawing tools: DOT for automata, Mermaid for automata and sequences.
 * Invariant: names in the output are made here; texts from outside stand only inside quotes, escaped.
 */
import type { PictureGraph } from './graph.js';
import type { Sequence } from './sequence.js';

const dotText = (text: string): string => `"${text.replace(/\p{C}/gu, '?').replace(/["\\]/g, (c) => `\\${c}`)}"`;

const COLOURS = { send: '#1f5fa8', receive: '#1f7a4d', other: '#6b7280' };

/** One `digraph` for each automaton. */
export function dotOfGraph(graph: PictureGraph): string[] {
  return [
    `digraph ${dotText(graph.title)} {`,
    `  label=${dotText(graph.title)}; labelloc=t; node [shape=circle]; start [shape=point];`,
    ...graph.states.map(
      (s, i) => `  s${i} [label=${dotText(s.text)}${s.final === undefined ? '' : ', shape=doublecircle'}];`,
    ),
    '  start -> s0;',
    ...graph.arrows.map(
      (a) =>
        `  s${a.from} -> s${a.to} [label=${dotText(a.text)}, color="${COLOURS[a.kind]}", fontcolor="${COLOURS[a.kind]}"${a.kind === 'other' ? ', style=dashed' : ''}];`,
    ),
    '}',
  ];
}

/** Mermaid reads `#nn;` as a character; its own signs are written so. */
const mermaidText = (text: string): string =>
  text.replace(/\p{C}/gu, '?').replace(/[#;:"<>{}`%\\]/g, (c) => `#${c.charCodeAt(0)};`);

export function mermaidOfGraph(graph: PictureGraph): string[] {
  return [
    '---',
    `title: ${JSON.stringify(graph.title.replace(/\p{C}/gu, '?'))}`,
    '---',
    'stateDiagram-v2',
    '  [*] --> s0',
    ...graph.states.map((s, i) => `  state "${mermaidText(s.text)}" as s${i}`),
    ...graph.arrows.map((a) => `  s${a.from} --> s${a.to}${a.text === '' ? '' : ` : ${mermaidText(a.text)}`}`),
    ...graph.states.flatMap((s, i) => (s.final === undefined ? [] : [`  s${i} --> [*]`])),
  ];
}

export function mermaidOfSequence(sequence: Sequence): string[] {
  const lines = [
    '---',
    `title: ${JSON.stringify(sequence.title.replace(/\p{C}/gu, '?'))}`,
    '---',
    'sequenceDiagram',
    ...sequence.roles.map((r, i) => `  participant r${i} as ${mermaidText(r)}`),
  ];
  for (let row = 0; row < sequence.rows; row++) {
    if (row === sequence.loopFrom) lines.push('  loop again and again');
    for (const m of sequence.messages)
      if (m.sent === row)
        lines.push(`  r${m.from}${m.received === undefined ? '-x' : '-)'}r${m.to}: ${mermaidText(m.label)}`);
    for (const mark of sequence.marks)
      if (mark.row === row) lines.push(`  Note over r${mark.role}: ${mermaidText(mark.text)}`);
  }
  if (sequence.loopFrom !== undefined) lines.push('  end');
  sequence.feet.forEach((f, i) => lines.push(`  Note over r${i}: ${mermaidText(f.text)}`));
  return lines;
}
