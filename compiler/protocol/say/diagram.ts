/**
 * A schedule as a text sequence diagram: one column a role, time downwards, an arrow from the send of a message to its
 * receiver, and at the foot what each role is left with.
 * Invariant: plain ASCII but for nothing; every line fits the columns; as many arrows as sends in the schedule.
 */
import { restText, type System } from '../decide/system.js';
import type { Step, Stuck } from '../decide/verdict.js';

/** Lines, the names of the roles first. `stuck`: what to say at the foot of a column. */
export function sequenceDiagram(system: System, schedule: readonly Step[], stuck: Stuck): string[] {
  const foot = system.roles.map((_, role) => footOf(system, stuck, role));
  const shown = schedule.filter((s) => s.edge.kind === 'send' || s.edge.kind === 'drop' || s.edge.kind === 'fail');
  const unread = unreadSends(schedule);
  const widest = Math.max(0, ...shown.map((s) => s.edge.label.length + 8));
  const columns = columnsOf(system, foot, widest);
  const width = columns.at(-1)! + Math.max(...foot.map((f) => f.length), 1);
  const lines = [
    place(
      columns,
      system.roles.map((r) => r.name),
      width,
    ),
  ];
  for (const step of shown) lines.push(arrow(columns, step, width, unread.has(step)));
  lines.push(
    place(
      columns,
      columns.map(() => '|'),
      width,
    ),
  );
  lines.push(place(columns, foot, width));
  return lines.map((l) => l.trimEnd());
}

function footOf(system: System, stuck: Stuck, role: number): string {
  const waiting = stuck.waiting.find((w) => w.role === role);
  if (waiting !== undefined) {
    const labels = [...new Set(waiting.awaits.flatMap((a) => a.labels))];
    return `waits for ${labels.join(' or ')}`;
  }
  const state = stuck.states[role]!;
  const shown = system.roles[role]!;
  return shown.edges.some((e) => e.from === state) ? 'goes on' : restText(shown, state);
}

function columnsOf(system: System, foot: readonly string[], widest: number): number[] {
  const columns: number[] = [];
  let at = Math.floor(Math.max(system.roles[0]!.name.length, 1) / 2);
  at = Math.max(at, Math.floor(foot[0]!.length / 2));
  system.roles.forEach((role, i) => {
    if (i > 0) {
      const previous = system.roles[i - 1]!.name.length;
      const names = Math.ceil((previous + role.name.length) / 2) + 3;
      const feet = Math.ceil((foot[i - 1]!.length + foot[i]!.length) / 2) + 3;
      at += Math.max(widest, names, feet, 12);
    }
    columns.push(at);
  });
  return columns;
}

/** Texts centred on the columns. */
function place(columns: readonly number[], texts: readonly string[], width: number): string {
  const line = Array.from({ length: width + 2 }, () => ' ');
  texts.forEach((text, i) => {
    const start = Math.max(0, columns[i]! - Math.floor((text.length - 1) / 2));
    [...text].forEach((c, j) => (line[start + j] = c));
  });
  return line.join('');
}

function arrow(columns: readonly number[], step: Step, width: number, lost: boolean): string {
  const line = [
    ...place(
      columns,
      columns.map(() => '|'),
      width,
    ),
  ];
  const from = columns[step.role]!;
  if (step.edge.kind === 'fail') {
    line[from] = 'X';
    return line.join('');
  }
  const to = columns[step.edge.partner]!;
  const left = Math.min(from, to);
  const right = Math.max(from, to);
  for (let c = left + 1; c < right; c++) line[c] = '-';
  if (to > from) line[right - 1] = lost ? 'x' : '>';
  else line[left + 1] = lost ? 'x' : '<';
  const label = step.edge.kind === 'drop' ? ' drop ' : ` ${step.edge.label} `;
  // A label belongs next to its sender, so that it does not hide behind the columns in between.
  const space = to > from ? left + 2 : right - 1 - label.length;
  [...label].forEach((c, i) => (line[space + i] = c));
  return line.join('');
}

/** Sends whose message is still in its queue at the end. */
export function unreadSends(schedule: readonly Step[]): Set<Step> {
  const queues = new Map<string, Step[]>();
  for (const step of schedule) {
    const { kind, partner } = step.edge;
    if (kind === 'send') {
      const key = `${step.role}>${partner}`;
      queues.set(key, [...(queues.get(key) ?? []), step]);
    } else if (kind === 'receive') queues.get(`${partner}>${step.role}`)?.shift();
  }
  return new Set([...queues.values()].flat());
}
