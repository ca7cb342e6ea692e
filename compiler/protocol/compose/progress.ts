/**
 * What a verdict says about progress, as one line: `proved`, `depends on outside: ..`, `depends on: ..`, `not proved: ..`.
 * Invariant: `proved` only for a safe composition in which nothing waits for outside events or can be starved by a loop.
 */
import type { Span } from '../../source/source.js';
import type { Composition } from './composition.js';
import type { DependsOn, DependsOutside } from '../decide/verdict.js';
import { CLIENT, type Origin } from './projection.js';

/** What is said of a wait for the end of a thread on a circle of waits. */
export const CIRCLE = 'the thread that is watched may wait for the one that watches';

export function progressOf(c: Composition): string {
  const { verdict } = c;
  if (verdict.verdict === 'rejected') return `not proved: ${verdict.reason}`;
  if (verdict.verdict === 'unknown') return `not proved: ${verdict.reason}`;
  const [given] = c.projections.flatMap((p) => p.given);
  if (given !== undefined) return `not proved: the end of a group is given away (${whereIs(c, given)})`;
  if (c.cluster.guessed === true) return 'not proved: it is not known which session the reference means';
  if (c.circle === true) return `not proved: ${CIRCLE}`;
  if (c.cycle !== undefined) {
    const { session, span } = c.cycle;
    return `not proved: ${session} waits (${whereIs(c, span)}) while it holds what others may wait for`;
  }
  if (c.uneven !== undefined) return `not proved: ${c.uneven} does not accept the same messages everywhere`;
  if (c.late?.untold === true) return `not proved: ${c.late.service} may have ended before it takes this`;
  if (c.escapes.length > 0) return 'not proved: an end is given to a thread that is not known here';
  const open = openWait(c);
  if (open !== undefined) return `not proved: ${waitText(c, open)} may wait for ever`;
  const [outside] = verdict.dependsOutside;
  if (outside !== undefined) return `depends on outside: ${outsideText(c, outside)}`;
  if (c.outside !== undefined) {
    const { what, session, span } = c.outside;
    return `depends on outside: ${what} at ${session} (${whereIs(c, span)})`;
  }
  const [loop] = verdict.dependsOn;
  if (loop !== undefined) return `depends on: ${loopText(c, loop)}`;
  if (c.loop !== undefined) return `depends on: ${c.loop}`;
  return c.inherited ?? 'proved';
}

/** The second line for a composition in which somebody handles losses. */
export function crashProgressOf(c: Composition): string | undefined {
  if (c.crash === undefined) return undefined;
  if (c.crash.verdict !== 'safe') return `progress under crashes: not proved: ${c.crash.reason}`;
  const stuck = c.crash.dependsOutside.find((d) => d.starved.length > 0);
  if (stuck === undefined) return 'progress under crashes: proved';
  const names = stuck.starved.map((r) => c.system.roles[r]!.name);
  return `progress under crashes: not proved: ${names.join(' and ')} may wait for ever`;
}

/** A wait that hangs on what comes over other links, of which nothing is known here. */
export function openWait(c: Composition): DependsOutside | undefined {
  return c.verdict.verdict === 'safe' ? c.verdict.dependsOutside.find((d) => isMixed(c, d)) : undefined;
}

/** Whether what is waited for comes over other links (or is the end of a watched thread) and not from outside. */
function isMixed(c: Composition, d: DependsOutside): boolean {
  return !outsideLabels(c, d).includes(CLIENT);
}

function outsideLabels(c: Composition, d: DependsOutside): string[] {
  const edges = c.system.roles[d.role]!.edges.filter((e) => e.from === d.state && e.kind === 'outside');
  return [...new Set(edges.map((e) => e.label))];
}

function waitText(c: Composition, d: DependsOutside): string {
  const place = c.projections[d.role]!.places[d.state];
  return `${c.system.roles[d.role]!.name}${place === undefined ? '' : ` (${whereIs(c, place.automaton.states[place.state]!.span)})`}`;
}

function outsideText(c: Composition, d: DependsOutside): string {
  return `${outsideLabels(c, d).join(' or ')} at ${waitText(c, d)}`;
}

export function loopText(c: Composition, d: DependsOn): string {
  const names = d.runners.map((r) => c.system.roles[r]!.name);
  const origin = d.loop.map((s) => s.edge.origin as Origin | undefined).find((o) => o?.span !== undefined);
  const where = origin === undefined ? '' : ` (${whereIs(c, origin.span)})`;
  return `${listed(names)}'s loop${where}`;
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;

/** `A and B's loop (line 5)`: a loop that begins at this place. */
export function namedLoop(c: Composition, runners: readonly string[], span: Span): string {
  return `${listed(runners)}'s loop (${whereIs(c, span)})`;
}

/** `line 5`; with the file where that is not the one in which the composition is made. */
function whereIs(c: Composition, span: Origin['span']): string {
  const line = span.file.position(span.start).line + 1;
  return span.file.path === c.cluster.span.file.path ? `line ${line}` : `${span.file.path}:${line}`;
}
