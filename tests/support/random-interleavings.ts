/**
 * Random systems around a role that is the interleaving of one automaton a partner (a log, a sink), or comes to a common step
 * when all partners are done (a barrier), and near misses of such systems.
 */
import * as fc from 'fast-check';
import type { Edge, EdgeKind, Role, System } from '../../compiler/protocol/decide/system.js';
import { damaged, hurried, project, protocol, type Protocol } from './random-systems.js';

/** All orders of the steps of several automata, as one; each talks with the partner of its number, from 1. */
export const interleaving = (parts: readonly Role[], name = 'Centre'): Role => {
  const numbers = new Map<string, number>();
  const found: number[][] = [];
  const number = (states: number[]): number => {
    const known = numbers.get(states.join());
    if (known !== undefined) return known;
    numbers.set(states.join(), found.length);
    found.push(states);
    return found.length - 1;
  };
  const init = number(parts.map((part) => part.init));
  const edges: Edge[] = [];
  for (const [from, states] of found.entries())
    parts.forEach((part, i) => {
      for (const e of part.edges)
        if (e.from === states[i])
          edges.push({
            ...e,
            from,
            to: number(states.map((s, j) => (j === i ? e.to : s))),
            partner: e.partner < 0 ? -1 : i + 1,
          });
    });
  return { name, init, states: found.length, edges };
};

const isEnd = (role: Role, state: number): boolean => role.edges.every((e) => e.from !== state);

/** Where the centre is done with all, it tells them and starts again; they wait for that where they are done. */
const asBarrier = (system: System): System => {
  const [centre, ...partners] = system.roles as [Role, ...Role[]];
  const last = Array.from({ length: centre.states }, (_, s) => s).filter((s) => isEnd(centre, s));
  const told = partners.map((_, i): number => (i === partners.length - 1 ? centre.init : centre.states + i));
  const tells = last.flatMap((end) =>
    partners.map((_, i): Edge => ({
      from: i === 0 ? end : told[i - 1]!,
      kind: 'send',
      partner: i + 1,
      label: 'go',
      to: told[i]!,
    })),
  );
  const hears = (role: Role): Role => ({
    ...role,
    edges: [
      ...role.edges,
      ...Array.from({ length: role.states }, (_, s) => s)
        .filter((s) => isEnd(role, s))
        .map((s): Edge => ({ from: s, kind: 'receive', partner: 0, label: 'go', to: role.init })),
    ],
  });
  const more = { ...centre, states: centre.states + partners.length - 1, edges: [...centre.edges, ...tells] };
  return { ...system, name: 'barrier', roles: [more, ...partners.map(hears)] };
};

const around = (wholes: readonly Protocol[], hurries: readonly (readonly [number, number])[]): System => {
  const hurry = (role: Role, who: number): Role =>
    hurries.filter(([w]) => w === who).reduce((r, [, at]) => hurried(r, at), role);
  const centre = wholes.map((whole, i) => hurry(project(whole, 0), 2 * i));
  const partners = wholes.map((whole, i): Role => {
    const role = hurry(project(whole, 1), 2 * i + 1);
    return { ...role, name: `P${String(i + 1)}` };
  });
  return { name: 'interleaving', roles: [interleaving(centre), ...partners] };
};

const interleaved: fc.Arbitrary<System> = fc
  .tuple(fc.integer({ min: 2, max: 3 }), fc.boolean(), fc.array(fc.tuple(fc.nat(5), fc.nat(9)), { maxLength: 3 }))
  .chain(([partners, barrier, hurries]) =>
    fc
      .tuple(...Array.from({ length: partners }, () => protocol(2, partners === 2 ? 3 : 2)))
      .map((wholes) => around(wholes, hurries))
      .map((system) => (barrier ? asBarrier(system) : system)),
  );

const RIVALS: readonly EdgeKind[] = ['send', 'receive', 'receive', 'silent', 'outside', 'drop', 'fail', 'lost'];

/** Whole ones, and such with one edge of the centre changed, so that something it does no longer commutes. */
export const interleavedSystems: fc.Arbitrary<System> = fc.oneof(
  { weight: 2, arbitrary: interleaved },
  { weight: 3, arbitrary: damaged(RIVALS, interleaved, 1) },
  { weight: 1, arbitrary: damaged(RIVALS, interleaved) },
  { weight: 1, arbitrary: damaged(RIVALS, damaged(RIVALS, interleaved, 1), 1) },
);
