/**
 * Recognises stuck configurations locally: roles that wait and can never move again, and messages that can never be taken.
 * Both are judged from the configuration and the roles' own graphs alone, so they hold whatever the bound and stay true
 * for ever (docs/decisions/020-deciding-systems.md, "Stuck").
 * Invariant: a role reported as waiting can reach no step in any continuation; a reported message can be taken in none.
 */
import { ENDED, hasBit, LOST, OUTSIDE, RECEIVE } from './tables.js';
import type { Steps } from './steps.js';
import { restText, stateName } from './system.js';
import type { Await, Because, RejectionKind, Stuck, Waiting } from './verdict.js';
import { CLOSED, EMPTY, NONE } from './words.js';

const orphanAt = (steps: Steps, cells: Int32Array, at: number, channel: number): boolean => {
  const { machine, words } = steps;
  const head = words.head(steps.word(cells, at, channel));
  return (
    head !== NONE &&
    !machine.isLoss(head) &&
    !hasBit(machine.takeable, cells[at + machine.channels[channel]!.to]!, head)
  );
};

/** Whether somebody waits in vain or something stays unread for ever in the configuration at `cells[at..]`. */
export const isStuck = (steps: Steps, cells: Int32Array, at: number): boolean => {
  const { machine } = steps;
  for (let c = 0; c < machine.channels.length; c++) if (orphanAt(steps, cells, at, c)) return true;
  return someoneWaits(steps, cells, at, false);
};

/**
 * Whether it shows without a look at anybody's future: a waiting role has only unexpected messages, ended and stuck partners
 * before it, or a role has ended with a message unread. Follows from every stuck configuration unless somebody runs for ever.
 */
export const isPlainlyStuck = (steps: Steps, cells: Int32Array, at: number): boolean => {
  const { machine } = steps;
  for (let c = 0; c < machine.channels.length; c++) {
    if (machine.shape[cells[at + machine.channels[c]!.to]!] === ENDED && orphanAt(steps, cells, at, c)) return true;
  }
  return someoneWaits(steps, cells, at, true);
};

const someoneWaits = (steps: Steps, cells: Int32Array, at: number, plain: boolean): boolean => {
  const { machine } = steps;
  const live = steps.computeLive(cells, at, -1, true, plain);
  for (let p = 0; p < machine.roles; p++) if (live[p] === 0 && machine.shape[cells[at + p]!] !== ENDED) return true;
  return false;
};

/** Roles stuck until an outside event comes; empty unless one of them waits for such an event. */
export const stuckWithoutOutside = (steps: Steps, cells: Int32Array, at: number): readonly number[] => {
  const { machine } = steps;
  const live = steps.computeLive(cells, at, -1, false);
  const all: number[] = [];
  for (let p = 0; p < machine.roles; p++) if (live[p] === 0 && machine.shape[cells[at + p]!] !== ENDED) all.push(p);
  return all;
};

/** Whether the role is at a wait for outside events. */
export const atOutside = (steps: Steps, cells: Int32Array, at: number, role: number): boolean => {
  const { edgeStart, kind } = steps.machine;
  const state = cells[at + role]!;
  for (let e = edgeStart[state]!; e < edgeStart[state + 1]!; e++) if (kind[e] === OUTSIDE) return true;
  return false;
};

const awaitsOf = (steps: Steps, cells: Int32Array, at: number, role: number, live: Uint8Array): Await[] => {
  const { machine, words } = steps;
  const state = cells[at + role]!;
  const byChannel = new Map<number, string[]>();
  for (let e = machine.edgeStart[state]!; e < machine.edgeStart[state + 1]!; e++) {
    if (machine.channel[e]! < 0) continue;
    const labels = byChannel.get(machine.channel[e]!) ?? [];
    if (machine.kind[e] !== LOST) labels.push(machine.labelOf[machine.symbol[e]!]!);
    byChannel.set(machine.channel[e]!, labels);
  }
  return [...byChannel].map(([channel, labels]) => {
    const partner = machine.channels[channel]!.from;
    const word = steps.word(cells, at, channel);
    const head = words.head(word);
    if (head !== NONE && !machine.isLoss(head)) {
      return { partner, labels, because: 'unexpected-message', head: machine.labelOf[head]! };
    }
    let because: Because = 'partner-never-sends';
    if (word === CLOSED || word !== EMPTY) because = 'link-dropped';
    else if (machine.shape[cells[at + partner]!] === ENDED) because = 'partner-ended';
    else if (live[partner] === 0) because = 'partner-stuck';
    return { partner, labels, because };
  });
};

/** Whether each link that the role awaits has a message at its head that it does not take. */
export const isSurprised = (steps: Steps, cells: Int32Array, at: number, role: number): boolean => {
  const { machine, words } = steps;
  const state = cells[at + role]!;
  let awaited = false;
  for (let e = machine.edgeStart[state]!; e < machine.edgeStart[state + 1]!; e++) {
    if (machine.kind[e] !== RECEIVE) continue;
    awaited = true;
    const head = words.head(steps.word(cells, at, machine.channel[e]!));
    if (head === NONE || machine.isLoss(head) || head === machine.symbol[e]) return false;
  }
  return awaited;
};

/** The stuck configuration in full. `outside`: whether outside events are taken to come. */
export const stuckOf = (steps: Steps, cells: Int32Array, at: number, outside: boolean): Stuck => {
  const { machine, words } = steps;
  const live = steps.computeLive(cells, at, -1, outside).slice();
  const waiting: Waiting[] = [];
  for (let p = 0; p < machine.roles; p++) {
    if (live[p] === 0 && machine.shape[cells[at + p]!] !== ENDED) {
      waiting.push({ role: p, awaits: awaitsOf(steps, cells, at, p, live) });
    }
  }
  const labels = (c: number): string[] =>
    words.symbols(steps.word(cells, at, c)).flatMap((x) => (machine.isLoss(x) ? [] : [machine.labelOf[x]!]));
  const queues = machine.channels.map((c, i) => ({ from: c.from, to: c.to, labels: labels(i) }));
  return {
    states: machine.system.roles.map((_, p) => cells[at + p]! - machine.firstState[p]!),
    queues: queues.filter((q) => q.labels.length > 0),
    waiting,
    unread: queues.flatMap((q, i) =>
      orphanAt(steps, cells, at, i) ? [{ from: q.from, to: q.to, label: q.labels[0]! }] : [],
    ),
  };
};

/** The name of the mismatch: the most telling thing in a stuck configuration. */
export const kindOf = (stuck: Stuck): RejectionKind => {
  const causes = stuck.waiting.flatMap((w) => w.awaits.map((a) => a.because));
  if (causes.includes('unexpected-message')) return 'unexpected-message';
  if (stuck.waiting.length === 0) return 'orphan-message';
  return causes.every((c) => c === 'partner-stuck') ? 'deadlock' : 'ended-partner';
};

/** The mismatch in one sentence: who waits for what from whom, and why it never comes. */
export const reasonOf = (steps: Steps, stuck: Stuck): string => {
  const { roles } = steps.machine.system;
  const name = (p: number): string => roles[p]?.name ?? '?';
  const alternatives = (labels: readonly string[]): string => (labels.length === 0 ? 'the end' : labels.join(' or '));
  const clause = (role: number, a: Await): string => {
    const wait = `${name(role)} is waiting for ${alternatives(a.labels)} from ${name(a.partner)}`;
    switch (a.because) {
      case 'unexpected-message':
        return `${wait}, but the next message is ${a.head ?? '?'}`;
      case 'partner-ended':
        return `${wait}, but ${name(a.partner)} ${restText(roles[a.partner]!, stuck.states[a.partner]!)}`;
      case 'partner-never-sends':
        return `${wait}, but ${name(a.partner)} never sends it any more`;
      case 'link-dropped':
        return `${wait}, but the link has been dropped`;
      case 'partner-stuck':
        return wait;
    }
  };
  const kind = kindOf(stuck);
  if (kind === 'orphan-message') {
    const m = stuck.unread[0]!;
    const reader = roles[m.to]!;
    const ended = steps.machine.shape[steps.machine.firstState[m.to]! + stuck.states[m.to]!] === ENDED;
    const where = ended
      ? restText(reader, stuck.states[m.to]!)
      : `never takes it after its state ${stateName(reader, stuck.states[m.to]!)}`;
    return `${m.label} from ${name(m.from)} to ${name(m.to)} stays unread: ${name(m.to)} ${where}`;
  }
  if (kind === 'deadlock') return stuck.waiting.map((w) => clause(w.role, w.awaits[0]!)).join(', ');
  const telling = (a: Await): boolean =>
    kind === 'unexpected-message'
      ? a.because === kind
      : a.because !== 'partner-stuck' && a.because !== 'unexpected-message';
  for (const w of stuck.waiting) {
    const found = w.awaits.find(telling);
    if (found !== undefined) return clause(w.role, found);
  }
  return stuck.waiting.map((w) => clause(w.role, w.awaits[0]!)).join(', ');
};
