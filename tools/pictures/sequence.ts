/**
 * A run as a sequence diagram: lifelines, messages from the row where they are sent to the row where they are taken, and
 * what each role is left with. Invariant: rows go downwards in time for every role; as many messages as sends in the run.
 */
import type { System } from '../../compiler/protocol/decide/system.js';
import type { Step, Verdict } from '../../compiler/protocol/decide/verdict.js';
import type { Run } from './runs.js';

export interface Message {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly sent: number;
  /** Undefined for a message nobody takes. */
  readonly received?: number;
}

/** Something a role does alone: it drops a link, fails, learns of a loss, or something comes from outside. */
export interface Mark {
  readonly role: number;
  readonly row: number;
  readonly text: string;
}

export interface Foot {
  readonly text: string;
  readonly bad: boolean;
}

export interface Sequence {
  readonly title: string;
  readonly roles: readonly string[];
  readonly messages: readonly Message[];
  readonly marks: readonly Mark[];
  readonly feet: readonly Foot[];
  readonly rows: number;
  /** By row: where in the source it is, such as `12`; empty where there is no source. */
  readonly lines: readonly string[];
  /** The row from which the run begins again after the last one. */
  readonly loopFrom?: number;
}

/** `lineOf` gives the source line of an edge, from its origin. */
export function sequenceOf(
  system: System,
  verdict: Verdict,
  run: Run,
  lineOf: (origin: unknown) => number | undefined,
  title = system.name,
): Sequence {
  // A round of a safe system begins with nothing unread, so each part can be put in order by itself.
  const { loopFrom: turn = 0 } = run;
  const steps =
    verdict.verdict === 'unknown' ? run.steps : [run.steps.slice(0, turn), run.steps.slice(turn)].flatMap(compact);
  const messages: { from: number; to: number; label: string; sent: number; received?: number }[] = [];
  const waiting = new Map<string, (typeof messages)[number][]>();
  const marks: Mark[] = [];
  const lines: string[] = [];
  let last: (typeof messages)[number] | undefined;
  let loopFrom: number | undefined;
  const row = (step: Step): number => {
    const line = lineOf(step.edge.origin);
    return lines.push(line === undefined ? '' : String(line)) - 1;
  };
  steps.forEach((step, i) => {
    if (i === run.loopFrom) loopFrom = lines.length;
    const { kind, partner, label } = step.edge;
    const previous = last;
    last = undefined;
    if (kind === 'send') {
      last = { from: step.role, to: partner, label, sent: row(step) };
      messages.push(last);
      const key = `${step.role}>${partner}`;
      waiting.set(key, [...(waiting.get(key) ?? []), last]);
    } else if (kind === 'receive') {
      const message = waiting.get(`${partner}>${step.role}`)?.shift();
      if (message !== undefined) message.received = message === previous ? message.sent : row(step);
    } else if (kind !== 'silent') marks.push({ role: step.role, row: row(step), text: markText(system, step) });
    else last = previous;
  });
  return {
    title,
    roles: system.roles.map((r) => r.name),
    messages,
    marks,
    feet: system.roles.map((_, role) => footOf(system, verdict, steps, role)),
    rows: lines.length,
    lines,
    ...(loopFrom !== undefined && { loopFrom }),
  };
}

function markText(system: System, { edge }: Step): string {
  const partner = system.roles[edge.partner]?.name ?? '';
  if (edge.kind === 'drop') return `drops ${partner}`;
  if (edge.kind === 'lost') return `${partner} is lost`;
  if (edge.kind === 'fail') return 'fails';
  return edge.label === '' ? 'something from outside' : edge.label;
}

function footOf(system: System, verdict: Verdict, steps: readonly Step[], role: number): Foot {
  if (verdict.verdict === 'rejected') {
    const waits = verdict.stuck.waiting.find((w) => w.role === role);
    if (waits !== undefined) {
      const labels = [...new Set(waits.awaits.flatMap((a) => a.labels))];
      return { text: `waits for ${labels.length === 0 ? 'the end' : labels.join(' or ')}`, bad: true };
    }
    if (verdict.stuck.unread.some((m) => m.to === role)) return { text: 'never takes it', bad: true };
  }
  const { edges, init } = system.roles[role]!;
  const state = steps.filter((s) => s.role === role).at(-1)?.edge.to ?? init;
  return { text: edges.some((e) => e.from === state) ? 'goes on' : 'ends', bad: false };
}

/** The same run with each receive as early as it can be: behind its send and the steps of its own role. */
export function compact(steps: readonly Step[]): Step[] {
  const out: Step[] = [];
  const sends = new Map<string, Step[]>();
  for (const given of steps) {
    // A loop repeats its steps; a copy tells the occurrences apart.
    const step = { ...given };
    const { kind, partner } = step.edge;
    if (kind === 'send') {
      const key = `${step.role}>${partner}`;
      sends.set(key, [...(sends.get(key) ?? []), step]);
    }
    const send = kind === 'receive' ? sends.get(`${partner}>${step.role}`)?.shift() : undefined;
    if (send === undefined) {
      out.push(step);
      continue;
    }
    let at = out.length;
    while (at > 0 && out[at - 1]!.role !== step.role && out[at - 1] !== send) at--;
    out.splice(at, 0, step);
  }
  return out;
}
