/**
 * Global types as text: `Alice -> Bob : Title(string);`, `choice at Bob { .. } or { .. }`, `par { .. } and { .. }`, `rec X { .. X }`.
 * Invariant: every way back is a variable bound by a `rec` around it; what goes past the limit is `..`.
 */
import type { Edge } from '../decide/system.js';
import type { Origin } from '../compose/projection.js';
import type { GlobalBranch, GlobalType } from './global.js';

const MOST_LINES = 400;

/** What a message carries, for the label of its send; nothing for automata that come without a program. */
export function payloadText(edge: Edge | undefined): string {
  const place = (edge?.origin as Origin | undefined)?.state;
  const send = place?.automaton.states[place.state]?.edges.find(
    (e) => (e.kind === 'send' || e.kind === 'cast') && e.label === edge!.label,
  );
  if (send === undefined || !('payload' in send) || send.payload.length === 0) return '';
  return `(${send.payload.map((p) => (p.carried.kind === 'data' ? p.carried.type : p.carried.kind)).join(', ')})`;
}

export function showGlobal(type: GlobalType): string[] {
  const lines: string[] = [];
  const open = new Map<number, { line: number; indent: string; variable?: string }>();
  let variables = 0;
  const message = (from: number, b: GlobalBranch): string =>
    `${type.names[from]!} -> ${type.names[b.to]!} : ${b.label}${payloadText(b.edge)}`;
  const say = (indent: string, text: string): void => void lines.push(`${indent}${text}`);

  const show = (n: number, indent: string, stop: number): void => {
    if (n === stop) return;
    if (lines.length > MOST_LINES) return say(indent, '..');
    const node = type.nodes[n]!;
    if (node.kind === 'end') return say(indent, 'end');
    const back = open.get(n);
    if (back !== undefined) {
      back.variable ??= variableName(variables++);
      return say(indent, back.variable);
    }
    const entry: { line: number; indent: string; variable?: string } = { line: lines.length, indent };
    open.set(n, entry);
    if (node.kind === 'par') {
      node.parts.forEach((p, i) => {
        say(indent, i === 0 ? 'par {' : '} and {');
        show(p.node, `${indent}  `, -1);
      });
      say(indent, '}');
    } else if (node.branches.length === 1) {
      const [only] = node.branches;
      say(indent, `${message(node.from, only!)};`);
      show(only!.next, indent, stop);
    } else {
      const join = joinOf(type, n, (m) => open.has(m) || m === stop);
      node.branches.forEach((b, i) => {
        say(indent, i === 0 ? `choice at ${type.names[node.from]!} {` : '} or {');
        say(`${indent}  `, `${message(node.from, b)};`);
        show(b.next, `${indent}  `, join ?? stop);
      });
      say(indent, '}');
      if (join !== undefined) show(join, indent, stop);
    }
    open.delete(n);
    if (entry.variable === undefined) return;
    // The loop is known only now: its lines go inside braces.
    for (let i = entry.line; i < lines.length; i++) lines[i] = `  ${lines[i]!}`;
    lines.splice(entry.line, 0, `${indent}rec ${entry.variable} {`);
    for (const other of open.values()) if (other.line > entry.line) other.line++;
    lines.push(`${indent}}`);
  };
  show(type.start, '', -1);
  return lines;
}

/** Candidates for a join looked at before the branches are written out one by one. */
const MOST_JOINS = 60;

/** Where all branches of a choice come together again: the nearest node that no way from them misses. */
function joinOf(type: GlobalType, n: number, isOutside: (node: number) => boolean): number | undefined {
  const node = type.nodes[n]!;
  if (node.kind !== 'choice') return undefined;
  const starts = node.branches.map((b) => b.next);
  const nextOf = (m: number): readonly number[] => {
    const at = type.nodes[m]!;
    return at.kind === 'choice' ? at.branches.map((b) => b.next) : at.kind === 'par' ? at.parts.map((p) => p.node) : [];
  };
  const near = new Set([starts[0]!]);
  for (const m of near) {
    if (near.size > MOST_JOINS) break;
    for (const to of nextOf(m)) near.add(to);
  }
  const meets = (m: number): boolean => {
    const seen = new Set(starts.filter((s) => s !== m));
    for (const at of seen) {
      if (isOutside(at) || type.nodes[at]!.kind !== 'choice') return false;
      for (const to of nextOf(at)) if (to !== m) seen.add(to);
    }
    return true;
  };
  return [...near].find((m) => !isOutside(m) && type.nodes[m]!.kind !== 'end' && meets(m));
}

const variableName = (n: number): string => 'XYZUVW'.charAt(n % 6) + (n < 6 ? '' : String(Math.floor(n / 6)));
