/**
 * Warnings about what a `drop` does: a message that is never taken but only discarded with the link, and a peer that fails
 * because the link it waits on is dropped. Both are allowed, and seldom meant.
 * Invariant: said only of what a run does, by the sends, drops and losses that the decision of the composition met.
 */
import { type Diagnostic, warning } from '../../diagnostics/diagnostic.js';
import { didYouMean } from '../../diagnostics/suggest.js';
import type { Composition } from '../compose/composition.js';
import type { Edge } from '../decide/system.js';
import type { Step } from '../decide/verdict.js';
import { type Origin, TIMEOUT } from '../compose/projection.js';

export function diagnoseLoss(c: Composition): Diagnostic | undefined {
  if (c.verdict.verdict !== 'safe' || c.verdict.happens === undefined) return undefined;
  return unheard(c, c.verdict.happens) ?? failing(c, c.verdict.happens);
}

const originOf = (edge: Edge): Origin | undefined => edge.origin as Origin | undefined;

/** A message that its receiver takes nowhere, which a time-out hides; who drops a link without one knows what is given up. */
function unheard(c: Composition, happens: readonly Step[]): Diagnostic | undefined {
  for (const { role, edge } of happens) {
    if (edge.kind !== 'send') continue;
    const receiver = c.system.roles[edge.partner]!;
    const takes = receiver.edges.filter((e) => e.kind === 'receive' && e.partner === role);
    const origin = originOf(edge);
    if (origin === undefined || takes.some((e) => e.label === edge.label)) continue;
    if (!takes.some((e) => receiver.edges.some((x) => x.from === e.from && x.label === TIMEOUT))) continue;
    const wait = takes.map(originOf).find((o) => o !== undefined);
    const message = `${c.system.roles[role]!.name} sends ${edge.label} to ${receiver.name}, which never takes it: it is discarded when the link is dropped`;
    return warning('Q0346', origin.span, message, {
      label: 'this message is never read',
      labels: wait === undefined ? [] : [{ span: wait.span, text: `what ${receiver.name} waits for` }],
      hints: didYouMean(edge.label, new Set(takes.map((e) => e.label))),
    });
  }
  return undefined;
}

/** A peer that waits without a way on when its link is dropped. */
function failing(c: Composition, happens: readonly Step[]): Diagnostic | undefined {
  for (const { role, edge } of happens) {
    const origin = originOf(edge);
    if (edge.kind !== 'drop' || origin?.state === undefined || !drops(origin)) continue;
    const dropper = c.system.roles[role]!;
    // Who fails takes the peers along anyway.
    if (dropper.edges.some((e) => e.kind === 'fail' || (e.kind === 'drop' && !drops(originOf(e))))) continue;
    const lost = happens.find(
      (s) => s.role === edge.partner && s.edge.kind === 'lost' && s.edge.partner === role && raises(s.edge),
    );
    const wait = lost && originOf(lost.edge);
    if (wait === undefined) continue;
    const peer = wait.session;
    return warning('Q0347', origin.span, `${peer} raises \`PeerLost\` when ${dropper.name} drops this link`, {
      label: 'dropped here',
      labels: [{ span: wait.span, text: `${peer} may be waiting here` }],
      hints: [`tell ${peer} that nothing more will come, or give its wait a branch \`or Down(reason) from ..\``],
    });
  }
  return undefined;
}

/** Whether an edge stands for a `drop` of one end in the source; a pool may be empty, and handlers lose what they must. */
function drops(origin: Origin | undefined): boolean {
  const place = origin?.state;
  if (place === undefined) return false;
  const { states, ends } = place.automaton;
  return states[place.state]!.edges.some((e) => e.kind === 'drop' && !POOLED.has(ends[e.end]!.origin.kind));
}

const POOLED: ReadonlySet<string> = new Set(['pool', 'taken']);

/** Whether a loss that is not told by `Down` ends the thread. */
function raises(edge: Edge): boolean {
  const place = originOf(edge)?.state;
  const state = place?.automaton.states[place.state];
  return (
    state?.kind === 'wait' &&
    state.handler === undefined &&
    !state.edges.some((e) => e.kind === 'down' || (e.kind === 'any' && e.down))
  );
}
