/** What `quartz protocol show` draws and in which form. Invariant: the same pictures in every form, in the order of the files. */
import { dotOfGraph, mermaidOfGraph, mermaidOfSequence } from '../../tools/pictures/markup.js';
import { graphOfRole, graphOfSession, type PictureGraph } from '../../tools/pictures/graph.js';
import { runOf } from '../../tools/pictures/runs.js';
import { type Sequence, sequenceOf } from '../../tools/pictures/sequence.js';
import { graphPicture, sequencePicture, svgDocument } from '../../tools/pictures/svg.js';
import { textOfGraph, textOfSequence } from '../../tools/pictures/text.js';
import { placeOf } from './schedules.js';
import { type Found, isCalled, type Judged, printable } from './systems.js';

export interface Drawn {
  readonly graphs: readonly PictureGraph[];
  readonly sequences: readonly Sequence[];
}

/** All automata and compositions; with `of` only the session or composition of that name, and what the session is part of. */
export function draw(found: Found, of?: string): Drawn {
  const sessions = found.modules.flatMap((m) => {
    const own = [...(m.protocols?.automata.values() ?? [])].filter((a) => a.key.startsWith(`${m.name}::`));
    return own.filter((a) => a.kind === 'session' || a.states.some((s) => s.held.length > 0)).map(graphOfSession);
  });
  const roles = found.judged
    .filter((j) => j.composition === undefined)
    .flatMap((j) => j.system.roles.map((r, i) => ({ role: r.name, system: j.name, graph: graphOfRole(j.system, i) })));
  const many = new Set(roles.map((r) => r.system)).size > 1;
  const given = roles
    .filter((r) => of === undefined || r.role === of || r.system === of)
    .map((r) => (many ? { ...r.graph, title: `${r.system}: ${r.role}` } : r.graph));
  const wanted = (j: Judged): boolean => of === undefined || isCalled(j, of);
  return {
    graphs: [...sessions.filter((g) => of === undefined || g.title === of), ...given],
    sequences: found.judged.filter(wanted).flatMap(sequenceFor),
  };
}

function sequenceFor(j: Judged): Sequence[] {
  const run = runOf(j.system, j.verdict);
  if (run === undefined) return [];
  const what = j.verdict.verdict === 'rejected' ? `rejected: ${j.verdict.reason}` : describe(run.complete, j);
  const where = j.line === undefined ? j.name : `${j.name} (${j.file}:${j.line})`;
  return [sequenceOf(j.system, j.verdict, run, (origin) => placeOf(origin)?.line, `${where}: ${what}`)];
}

function describe(complete: boolean, j: Judged): string {
  if (j.verdict.verdict === 'unknown') return 'unknown';
  return complete ? 'a complete run' : 'once round';
}

export const asText = ({ graphs, sequences }: Drawn): string =>
  [...graphs.map(textOfGraph), ...sequences.map(textOfSequence)]
    .map((lines) => lines.map((l) => `${printable(l, 2000)}\n`).join(''))
    .join('\n');

export const asSvg = ({ graphs, sequences }: Drawn): string =>
  svgDocument([...graphs.map(graphPicture), ...sequences.map(sequencePicture)]);

/** Automata only: DOT has no word for sequences. */
export const asDot = ({ graphs }: Drawn): string => graphs.map((g) => `${dotOfGraph(g).join('\n')}\n`).join('\n');

/** Mermaid has one picture a text: several are fenced, as Markdown takes them. */
export function asMermaid({ graphs, sequences }: Drawn): string {
  const texts = [...graphs.map(mermaidOfGraph), ...sequences.map(mermaidOfSequence)].map((l) => `${l.join('\n')}\n`);
  return texts.length === 1 ? texts[0]! : texts.map((t) => `\`\`\`mermaid\n${t}\`\`\`\n`).join('\n');
}

/** The schedules of these, as one SVG. */
export const diagramOf = (rejected: readonly Judged[]): string =>
  asSvg({ graphs: [], sequences: rejected.flatMap(sequenceFor) });
