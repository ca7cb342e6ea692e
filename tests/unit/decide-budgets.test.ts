/** What the decision engine spends, how it says why there is no answer, and roles that interleave what they do with many partners. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../compiler/protocol/decide/decide.js';
import { exchange, gathering, pairs, sharedLog } from '../../compiler/protocol/decide/families.js';
import { tabulate } from '../../compiler/protocol/decide/machine.js';
import type { Edge, System } from '../../compiler/protocol/decide/system.js';
import type { Verdict } from '../../compiler/protocol/decide/verdict.js';
import { refute } from '../support/simulator.js';

const safe = (v: Verdict): unknown => (v.verdict === 'safe' ? [v.bound, v.dependsOn, v.dependsOutside] : v);

describe('roles that interleave what they do with each partner', () => {
  it.each([2, 3, 5, 8, 10, 12])('a log of %i writers is safe, whether they end or not', (n) => {
    for (const system of [sharedLog(n), sharedLog(n, true)]) {
      const verdict = decide(system);
      expect(safe(verdict)).toEqual([1, [], []]);
      expect(verdict.states).toBeLessThan(40 * n);
    }
  });

  it.each([2, 3, 5, 8, 10, 12])('%i workers and a collector or a barrier are safe', (n) => {
    for (const system of [gathering(n), gathering(n, true)]) {
      const verdict = decide(system);
      expect(safe(verdict)).toEqual([1, [], []]);
      expect(verdict.states).toBeLessThan(40 * n);
    }
  });

  it('a collector that forgets one worker is rejected', () => {
    const system = gathering(4);
    const [centre, ...workers] = system.roles;
    const forgets = centre!.edges.filter((e) => e.partner !== 3 || e.from !== 0b1011);
    const verdict = decide({ ...system, roles: [{ ...centre!, edges: forgets }, ...workers] });
    expect(verdict.verdict).toBe('rejected');
    if (verdict.verdict === 'rejected')
      expect(refute({ ...system, roles: [{ ...centre!, edges: forgets }, ...workers] }, verdict)).toBeUndefined();
  });

  it('where the order of arrival matters, no agent splits off', () => {
    const edge = (from: number, partner: number, to: number): Edge => ({
      from,
      kind: 'receive',
      partner,
      label: 'a',
      to,
    });
    const role = (name: string, edges: readonly Edge[], states: number) => ({ name, init: 0, states, edges });
    const send: Edge = { from: 0, kind: 'send', partner: 0, label: 'a', to: 1 };
    const system: System = {
      name: 'order',
      roles: [
        role('C', [edge(0, 1, 1), edge(1, 2, 3), edge(0, 2, 2), edge(2, 1, 4)], 5),
        role('P', [send], 2),
        role('Q', [send], 2),
      ],
    };
    expect(tabulate(system).agents.splitting).toEqual([]);
    expect(decide(system).verdict).toBe('safe');
  });
});

describe('what an agent must not take first', () => {
  const edge = (from: number, kind: 'send' | 'receive', partner: number, label: string, to: number): Edge => {
    return { from, kind, partner, label, to };
  };
  const around = (centre: readonly Edge[], says: readonly string[]): System => ({
    name: 'around',
    roles: [
      { name: 'C', init: 0, states: 6, edges: centre },
      { name: 'P', init: 0, states: 2, edges: says.map((label) => edge(0, 'send', 0, label, 1)) },
      { name: 'Q', init: 0, states: 2, edges: [edge(0, 'send', 0, 'x', 1)] },
    ],
  });
  const stuck = (system: System): void => {
    const verdict = decide(system);
    expect(verdict.verdict).toBe('rejected');
    if (verdict.verdict === 'rejected') expect(refute(system, verdict)).toBeUndefined();
  };

  it('a message that is no longer taken once another partner was heard', () => {
    const before = [edge(0, 'receive', 1, 'a', 1), edge(0, 'receive', 1, 'b', 1), edge(1, 'receive', 2, 'x', 3)];
    stuck(around([...before, edge(0, 'receive', 2, 'x', 2), edge(2, 'receive', 1, 'b', 3)], ['a', 'b']));
  });

  it('a message that may lead elsewhere once another partner was heard', () => {
    const before = [edge(0, 'receive', 1, 'a', 1), edge(1, 'receive', 2, 'x', 3), edge(0, 'receive', 2, 'x', 2)];
    const after = [edge(2, 'receive', 1, 'a', 3), edge(2, 'receive', 1, 'a', 4), edge(4, 'receive', 1, 'z', 5)];
    stuck(around([...before, ...after], ['a']));
  });
});

describe('why there is no answer', () => {
  it('an exchange of more messages than the usual bound is safe at the bound that it needs', () => {
    expect(safe(decide(pairs(1, 24, 2)))).toEqual([24, [], []]);
    expect(safe(decide(exchange(30, 2)))).toEqual([30, [], []]);
    const low = decide(pairs(1, 24, 2), { maxBound: 16 });
    expect(low).toMatchObject({ verdict: 'unknown', cause: 'bound', enough: 24 });
    expect(low).toMatchObject({ reason: '16 messages in a queue are not enough: 24 would do' });
  });

  it('a loop that makes a queue grow is named', () => {
    // Two Ticks for each Tock: only counting tells that Q never waits in vain.
    const p: Edge[] = [
      { from: 0, kind: 'send', partner: 1, label: 'Tick', to: 1 },
      { from: 1, kind: 'receive', partner: 1, label: 'Tock', to: 2 },
      { from: 2, kind: 'send', partner: 1, label: 'Tick', to: 3 },
      { from: 3, kind: 'send', partner: 1, label: 'Tick', to: 1 },
    ];
    const q: Edge[] = [
      { from: 0, kind: 'send', partner: 0, label: 'Tock', to: 1 },
      { from: 1, kind: 'receive', partner: 0, label: 'Tick', to: 0 },
    ];
    const roles = [
      { name: 'P', init: 0, states: 4, edges: p },
      { name: 'Q', init: 0, states: 2, edges: q },
    ];
    const verdict = decide({ name: 'both talk', roles });
    expect(verdict).toMatchObject({ verdict: 'unknown', cause: 'growth' });
    if (verdict.verdict !== 'unknown') return;
    expect(verdict.loop.map((s) => s.edge.label)).toContain('Tick');
    expect(verdict.reason).toMatch(/^P can send to Q again and again before Q listens/);
  });

  it('too many configurations are too many, whatever the time', () => {
    const verdict = decide(exchange(4, 8), { maxStates: 50 });
    expect(verdict).toMatchObject({ verdict: 'unknown', cause: 'size' });
  });

  it('the same system gets the same answer again, to the last field', () => {
    for (const system of [exchange(4, 4), pairs(2, 20, 2), sharedLog(4)])
      expect(decide(system)).toEqual(decide(system));
  });
});

describe('components take turns', () => {
  it('one that is stuck is found before another one gets a larger bound', () => {
    const big = pairs(1, 40, 4);
    const stuck: System['roles'] = [
      { name: 'A', init: 0, states: 2, edges: [{ from: 0, kind: 'receive', partner: 5, label: 'x', to: 1 }] },
      { name: 'B', init: 0, states: 2, edges: [{ from: 0, kind: 'receive', partner: 4, label: 'y', to: 1 }] },
    ];
    const verdict = decide({ name: 'both', roles: [...big.roles, ...stuck] });
    expect(verdict.verdict).toBe('rejected');
    expect(verdict.states).toBeLessThan(2000);
  });
});
