/**
 * From verdicts to diagnostics: the one mismatch in a sentence, the source of both sides, the schedule as a figure.
 * Invariant: one diagnostic a composition at most; it speaks of sessions, labels and lines, never of states.
 */
import type { Diagnostic, Label } from '../../diagnostics/diagnostic.js';
import { error, warning } from '../../diagnostics/diagnostic.js';
import { didYouMean, nearest } from '../../diagnostics/suggest.js';
import { textOf, type Span } from '../../source/source.js';
import type { Composition } from '../compose/composition.js';
import { restText, type Edge } from '../decide/system.js';
import type { Await, Step, Verdict, Waiting } from '../decide/verdict.js';
import { diagnoseLoss } from './diagnose-loss.js';
import { sequenceDiagram, unreadSends } from './diagram.js';
import { CIRCLE, openWait } from '../compose/progress.js';
import type { Origin, Place } from '../compose/projection.js';

type Rejected = Extract<Verdict, { verdict: 'rejected' }>;

/** The diagnostic for a composition that is not safe; undefined for a safe one. */
export function diagnose(c: Composition): Diagnostic | undefined {
  const { verdict } = c;
  if (c.cluster.kind === 'watch' && verdict.verdict === 'safe') return watchNotProved(c);
  const [given] = c.projections.flatMap((p) => p.given);
  if (given !== undefined) {
    return error('Q0317', given, 'the end of a group cannot be given away', {
      label: 'given away here',
      labels: [{ span: c.cluster.span, text: 'the group is made here' }],
      hints: [
        'ends between members of a group stay where they are; a tail call to another session may take them along',
      ],
    });
  }
  if (verdict.verdict === 'safe') return crashed(c) ?? notProved(c) ?? diagnoseLoss(c);
  if (verdict.verdict === 'unknown') {
    return error('Q0305', c.cluster.span, `it could not be decided whether ${c.cluster.name} can get stuck`, {
      labels: spansOf(verdict.loop).map((span) => ({
        span,
        text: 'part of the loop that leaves more and more unread',
      })),
      hints: [verdict.reason],
    });
  }
  return rejected(c, verdict);
}

/** A wait of a safe composition that hangs on what others bring over other links. */
export function waitsForOthers(c: Composition): Place | undefined {
  if (c.circle === true) return c.cluster.roles[0]!.starts[0];
  const open = openWait(c);
  return open && c.projections[open.role]!.places[open.state];
}

/** Services for which no argument was found: possible, so a warning. */
function notProved(c: Composition): Diagnostic | undefined {
  const place = waitsForOthers(c);
  if (place !== undefined) {
    const span = place.automaton.states[place.state]!.span;
    const message = `${place.automaton.name} may wait here for ever: nobody may be left who speaks first`;
    return warning('Q0332', span, message, { label: 'progress is not proved' });
  }
  if (c.cluster.kind !== 'service') return undefined;
  const late = tooLate(c);
  if (late !== undefined) return late;
  if (c.cycle !== undefined) {
    const { session, span, others } = c.cycle;
    return warning('Q0330', span, `${session} waits here while it holds what others may be waiting for`, {
      label: 'progress is not proved',
      labels: others.slice(0, 3).map((s) => ({ span: s, text: 'part of the same circle of waits' })),
      hints: ['take services in one order everywhere, or let go of one before waiting for the next'],
    });
  }
  const why =
    c.uneven !== undefined
      ? `${c.uneven} does not accept the same messages everywhere, so a client may wait for ever`
      : c.cluster.guessed === true
        ? 'it is not known which session this reference means'
        : undefined;
  if (why === undefined) return undefined;
  return warning('Q0331', c.cluster.span, why, {
    label: 'progress is not proved',
    hints:
      c.uneven === undefined
        ? [
            'what other modules or the host pass, store or give may be a reference to any session that fits, also where this one file knows of one only: what is said here fits them all',
          ]
        : [],
  });
}

/** A client that comes after another which the service may have ended with. */
function tooLate({ cluster, late }: Composition): Diagnostic | undefined {
  if (late?.surely !== true) return undefined;
  const lost = late.untold;
  const message = `${late.service} may have ended when this client comes${lost ? ': what it says is then lost, and nobody learns it' : ', which then raises `PeerLost`'}`;
  const labels =
    late.after === undefined || same(late.after, cluster.span)
      ? []
      : [{ span: late.after, text: `after this, ${late.service} may end` }];
  return warning(lost ? 'Q0344' : 'Q0345', cluster.span, message, {
    label: lost ? 'this may be lost' : 'this client may be too late',
    labels,
    hints: [`a \`loop\` at the end of ${late.service} lets it take the next client`],
  });
}

/** A wait for the end of a thread of which it is not known that it ends. */
function watchNotProved(c: Composition): Diagnostic | undefined {
  const [watcher, watched] = c.cluster.roles;
  const unknown = c.cluster.guessed === true ? 'it is not known which thread this is' : undefined;
  const why = c.circle === true ? CIRCLE : unknown;
  const { automaton, state } = watcher!.starts[0]!;
  if (why === undefined) return undefined;
  const message = `${watcher!.name} may wait here for ever for the end of ${watched!.name}: ${why}`;
  return warning('Q0332', automaton.states[state]!.span, message, { label: 'progress is not proved' });
}

/** Under crashes, progress is only reported; but a message that nobody handles must not be possible even then. */
function crashed(c: Composition): Diagnostic | undefined {
  if (c.crash?.verdict !== 'rejected' || c.crash.kind !== 'unexpected-message') return undefined;
  const told = rejected(
    { ...c, projections: c.crashProjections ?? c.projections, verdict: c.crash, system: c.crashSystem ?? c.system },
    c.crash,
  );
  return { ...told, code: 'Q0307', message: `if a thread fails: ${told.message}` };
}

function rejected(c: Composition, v: Rejected): Diagnostic {
  const figure = sequenceDiagram(c.system, v.schedule, v.stuck);
  const told = unexpected(c, v) ?? unread(c, v) ?? ended(c, v) ?? deadlock(c, v);
  return { ...told, hints: [...(told.hints ?? []), ...connectedOnce(c)], figure };
}

/** Where a reference was passed for an end: one conversation, where many of one message each may be meant. */
function connectedOnce({ cluster }: Composition): string[] {
  if (cluster.kind !== 'service') return [];
  const name = textOf(cluster.span);
  if (!/^[a-z_]\w*$/.test(name)) return [];
  return [
    `\`${name}\` is passed for an end, so all that is said over it is one conversation; a parameter written \`${name} : service\` stays a reference, and each message to it is a conversation of its own`,
  ];
}

/** A role by its session; after a link was given away, by the session that has it now. */
function roleName(c: Composition, role: number): string {
  const name = c.system.roles[role]!.name;
  if (c.verdict.verdict !== 'rejected') return name;
  const place = c.projections[role]!.places[c.verdict.stuck.states[role]!];
  const sessions = c.verdict.schedule.flatMap((s) => (s.role === role ? (originOf(s.edge)?.session ?? []) : []));
  const now = place?.automaton ?? undefined;
  const session = now?.name ?? sessions.at(-1);
  const given = c.verdict.schedule.some((s) => s.role === role && s.edge.label.startsWith('given '));
  // Of several sessions that a reference may mean, the one that this run met.
  const met = c.cluster.roles[role]?.serves !== undefined;
  return (given || met) && session !== undefined ? session : name;
}

function originOf(edge: Edge): Origin | undefined {
  const origin = edge.origin as Origin | undefined;
  return origin?.span === undefined ? undefined : origin;
}

function spansOf(steps: readonly Step[]): Span[] {
  const spans = new Map<string, Span>();
  for (const s of steps) {
    const span = originOf(s.edge)?.span;
    if (span !== undefined && s.edge.kind === 'send') spans.set(`${span.file.path} ${span.start}`, span);
  }
  return [...spans.values()].slice(0, 4);
}

/** Where a role stands: the wait it is at, or the last thing it did. */
function whereIs(c: Composition, v: Rejected, role: number): Span {
  const projection = c.projections[role]!;
  const place = projection.places[v.stuck.states[role]!];
  if (place !== undefined) return place.automaton.states[place.state]!.span;
  return lastDeed(v, role) ?? c.cluster.span;
}

function lastDeed(v: Rejected, role: number): Span | undefined {
  const last = v.schedule.filter((s) => s.role === role && originOf(s.edge) !== undefined).at(-1);
  return last && originOf(last.edge)?.span;
}

const alternatives = (labels: readonly string[]): string =>
  labels.length < 2 ? labels.join('') : `${labels.slice(0, -1).join(', ')} or ${labels.at(-1)}`;

/** The oldest unread message from one role to another. */
function headSend(v: Rejected, from: number, to: number): Step | undefined {
  const left = unreadSends(v.schedule);
  return v.schedule.find((s) => left.has(s) && s.role === from && s.edge.partner === to);
}

function unexpected(c: Composition, v: Rejected): Diagnostic | undefined {
  for (const waiting of v.stuck.waiting) {
    const found = waiting.awaits.find((a) => a.because === 'unexpected-message');
    if (found?.head === undefined) continue;
    const [receiver, sender] = [roleName(c, waiting.role), roleName(c, found.partner)];
    const send = headSend(v, found.partner, waiting.role);
    const wait = whereIs(c, v, waiting.role);
    const labels = alternatives(found.labels);
    // Between names of one or two letters everything is near.
    const near = found.head.length < 3 ? undefined : nearest(found.head, found.labels);
    const message = `${sender} sends ${found.head} to ${receiver}, but ${receiver} is waiting for ${labels} there`;
    const hints = near === undefined ? [] : didYouMean(found.head, found.labels);
    const place = c.projections[waiting.role]!.places[v.stuck.states[waiting.role]!];
    if (place?.automaton.states[place.state]!.edges.some((e) => e.kind === 'any') === true)
      hints.push(
        'all members of a pool stand at the same point: those with something else to say need a pool of their own',
      );
    return error('Q0302', (send && originOf(send.edge)?.span) ?? wait, message, {
      label: `${found.head} is sent here`,
      labels: [{ span: wait, text: `${receiver} waits for ${labels}` }],
      hints,
    });
  }
  return undefined;
}

function unread(c: Composition, v: Rejected): Diagnostic | undefined {
  const message = v.stuck.unread[0];
  if (message === undefined) return undefined;
  const [sender, receiver] = [roleName(c, message.from), roleName(c, message.to)];
  const send = headSend(v, message.from, message.to);
  const over = isOver(c, v, message.to);
  const span = (send && originOf(send.edge)?.span) ?? c.cluster.span;
  const end = whereIs(c, v, message.to);
  const why = over ? `${receiver} ${rest(c, v, message.to)}` : `${receiver} never waits for it`;
  const label = over ? 'the last thing done with this link on the other side' : `${receiver} goes on here`;
  return error('Q0303', span, `${sender} sends ${message.label} to ${receiver}, but ${why}`, {
    label: 'this message stays unread',
    labels: same(end, span) ? [] : [{ span: end, text: label }],
    hints: heardOfMembers(c, message.to, message.label) ? [memberUnheard(v, message.to)] : [],
  });
}

/** Does a role wait for this of any member of a pool? */
const heardOfMembers = (c: Composition, role: number, label: string): boolean =>
  c.projections[role]!.places.some(
    (p) => p?.automaton.states[p.state]!.edges.some((e) => e.kind === 'any' && e.label === label) === true,
  );

/** Why a wait for any member may not hear one: it is out of the pool, or the wait may never come. */
const memberUnheard = (v: Rejected, role: number): string =>
  v.schedule.some((step) => step.role === role && step.edge.kind === 'receive')
    ? 'a member that was heard is out of its pool: `put` it back to hear it again'
    : 'how often a loop runs is not counted: `for w in ws` hears every member that is in a pool';

/** The last that a role did with the link, in words. */
function lastLabel(c: Composition, v: Rejected, role: number, name: string): Label {
  const last = v.schedule.filter((s) => s.role === role && originOf(s.edge) !== undefined).at(-1);
  if (last === undefined) return { span: c.cluster.span, text: `${name} does nothing with this link` };
  const span = originOf(last.edge)!.span;
  const talks = last.edge.kind === 'send' || last.edge.kind === 'receive';
  return {
    span,
    text: talks ? `the last that ${name} does with this link` : `from here on ${name} does nothing with this link`,
  };
}

const rest = (c: Composition, v: Rejected, role: number): string =>
  restText(c.system.roles[role]!, v.stuck.states[role]!);

function isOver(c: Composition, v: Rejected, role: number): boolean {
  const state = v.stuck.states[role]!;
  return c.system.roles[role]!.edges.every((e) => e.from !== state);
}

function ended(c: Composition, v: Rejected): Diagnostic | undefined {
  for (const waiting of v.stuck.waiting) {
    const found = waiting.awaits.find(
      (a) => a.because === 'partner-ended' || a.because === 'partner-never-sends' || a.because === 'link-dropped',
    );
    if (found === undefined) continue;
    const partner = roleName(c, found.partner);
    const why =
      found.because === 'partner-ended'
        ? `${partner} ${rest(c, v, found.partner)}`
        : found.because === 'link-dropped'
          ? `${partner} has dropped the link`
          : `${partner} never sends it any more`;
    const labels = [lastLabel(c, v, found.partner, partner)].filter((l) => !same(l.span, whereIs(c, v, waiting.role)));
    return error('Q0301', whereIs(c, v, waiting.role), `${sentence(c, waiting, found)}, but ${why}`, {
      label: `waits here for ever`,
      labels,
      hints: [...misnamed(c, found), ...tellsOfFailure(c, v, waiting, found)],
    });
  }
  return undefined;
}

/** A `Down` that was meant for the end of a conversation: what is over in order is no loss. */
function tellsOfFailure(c: Composition, v: Rejected, { role }: Waiting, a: Await): string[] {
  const place = c.projections[role]!.places[v.stuck.states[role]!];
  const edges = place?.automaton.states[place.state]!.edges ?? [];
  const waits = edges.some((e) => e.kind === 'down' || (e.kind === 'any' && e.down));
  if (!waits || a.because === 'link-dropped') return [];
  const partner = roleName(c, a.partner);
  return [
    `\`Down\` tells that ${partner} failed or dropped the link, not that it has ended in order: let it send a last message, or \`watch\` the thread`,
  ];
}

/** A label that the partner could send and that is written almost the same. */
function misnamed(c: Composition, a: Await): string[] {
  const sent = new Set(c.system.roles[a.partner]!.edges.filter((e) => e.kind === 'send').map((e) => e.label));
  return a.labels.flatMap((label) => {
    const near = sent.has(label) || label.length < 3 ? undefined : nearest(label, sent);
    return near === undefined ? [] : [`${roleName(c, a.partner)} sends \`${near}\`; did you mean that?`];
  });
}

const sentence = (c: Composition, w: Waiting, a: Await): string =>
  `${roleName(c, w.role)} is waiting for ${alternatives(a.labels)} from ${roleName(c, a.partner)}`;

function deadlock(c: Composition, v: Rejected): Diagnostic {
  const waits = v.stuck.waiting.flatMap((w) =>
    w.awaits[0] === undefined ? [] : [{ w, text: sentence(c, w, w.awaits[0]) }],
  );
  const [first, ...rest] = waits;
  if (first === undefined) return error('Q0301', c.cluster.span, v.reason);
  const message =
    waits.length === 1
      ? first.text
      : `${waits
          .slice(0, -1)
          .map((x) => x.text)
          .join(', ')}, and ${rest.at(-1)!.text}`;
  return error('Q0301', whereIs(c, v, first.w.role), `${message}: nobody can go on`, {
    label: `${roleName(c, first.w.role)} waits here`,
    labels: rest.map((x) => ({ span: whereIs(c, v, x.w.role), text: `${roleName(c, x.w.role)} waits here` })),
  });
}

const same = (a: Span, b: Span): boolean => a.file === b.file && a.start === b.start && a.end === b.end;
