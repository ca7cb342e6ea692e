/** The decision engine on small systems written out: arguments, rejections, loops, outside events, dropped links. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../compiler/protocol/decide/decide.js';
import { exchange, pairs, ring } from '../../compiler/protocol/decide/families.js';
import { readSystems, readSystemsText } from '../../compiler/protocol/decide/read.js';
import type { System } from '../../compiler/protocol/decide/system.js';
import type { Verdict } from '../../compiler/protocol/decide/verdict.js';
import { refute } from '../support/simulator.js';

/** `P: 0 !Q a 1, 1 ?Q b 0; ..`: one role a line, the first state is its start. */
const system = (text: string): System => {
  const roles: Record<string, { init: string; edges: string[][] }> = {};
  for (const line of text.trim().split('\n')) {
    const [name, rest] = line.split(':') as [string, string];
    const edges = rest.split(',').map((e) => {
      const [from, act, ...more] = e.trim().split(/\s+/) as [string, string, ...string[]];
      if (more.length === 1) return [from, act, '', '', more[0]!];
      if ('!?'.includes(act[0]!)) return [from, act[0]!, act.slice(1), more[0]!, more[1]!];
      return [from, act, more[0]!, '', more[1]!];
    });
    roles[name.trim()] = { init: edges[0]![0]!, edges };
  }
  const read = readSystems({ name: 'test', roles });
  if (!read.ok) throw new Error(read.errors.join('; '));
  return read.systems[0]!;
};

const rejected = (s: System): Extract<Verdict, { verdict: 'rejected' }> => {
  const v = decide(s);
  if (v.verdict !== 'rejected') throw new Error(`expected a rejection, got ${v.verdict}`);
  expect(refute(s, v)).toBeUndefined();
  return v;
};
const safe = (s: System, maxBound = 16): Extract<Verdict, { verdict: 'safe' }> => {
  const v = decide(s, { maxBound });
  if (v.verdict !== 'safe') throw new Error(`expected safe, got ${v.verdict}: ${v.reason}`);
  return v;
};

describe('rejections', () => {
  it('names a circle of waiting roles', () => {
    const v = rejected(system('P: 0 ?Q a 1, 1 !Q b 2\nQ: 0 ?P b 1, 1 !P a 2'));
    expect([v.kind, v.schedule.length, v.shortest]).toEqual(['deadlock', 0, true]);
    expect(v.reason).toBe('P is waiting for a from Q, Q is waiting for b from P');
  });

  it('names a message that is not awaited', () => {
    const v = rejected(system('P: 0 !Q Ping 1, 1 ?Q Pong 2\nQ: 0 ?P Ping 1, 1 !P Pang 2'));
    expect([v.kind, v.schedule.length]).toEqual(['unexpected-message', 3]);
    expect(v.reason).toBe('P is waiting for Pong from Q, but the next message is Pang');
  });

  it('names a message that nobody reads', () => {
    const v = rejected(system('P: 0 !Q a 1, 1 !Q b 2\nQ: 0 ?P a 1'));
    expect([v.kind, v.reason]).toEqual(['orphan-message', 'b from P to Q stays unread: Q has ended']);
  });

  it('names a partner that has ended', () => {
    const v = rejected(system('P: 0 !Q a 1\nQ: 0 ?P a 1, 1 ?P b 2'));
    expect([v.kind, v.reason]).toEqual(['ended-partner', 'Q is waiting for b from P, but P has ended']);
  });

  it('keeps silent choices apart: each branch receives only its own label', () => {
    const v = rejected(system('P: 0 silent 1, 0 silent 2, 1 ?Q A 3, 2 ?Q B 3\nQ: 0 !P A 1'));
    expect(v.kind).toBe('unexpected-message');
  });

  it('finds three roles stuck in a circle that the links alone do not show', () => {
    const v = rejected(system('T: 0 ?S X 1, 1 !V Ho 3, 0 ?V Y 2, 2 !S Hi 3\nS: 0 ?T Hi 1\nV: 0 ?T Ho 1'));
    expect(v.kind).toBe('deadlock');
  });

  it('counts roles and queues of the whole system in every component', () => {
    const v = rejected(system('A: 0 !B x 1\nC: 0 !D y 1\nB: 0 ?A x 1\nD: 0 ?C z 1'));
    expect(v.stuck.queues).toEqual([{ from: 1, to: 3, labels: ['y'] }]);
    expect(v.stuck.waiting.map((w) => w.role)).toEqual([3]);
  });

  it('hands back the edges with what they carry', () => {
    const edge = { from: 0, kind: 'send' as const, partner: 1, label: 'a', to: 1, origin: { line: 7 } };
    const v = rejected({
      name: 's',
      roles: [
        { name: 'P', init: 0, states: 2, edges: [edge] },
        { name: 'Q', init: 0, states: 1, edges: [] },
      ],
    });
    expect(v.schedule[0]?.edge).toBe(edge);
  });
});

describe('arguments', () => {
  it('explores a finite space whole', () => {
    expect(safe(system('P: 0 !Q a 1\nQ: 0 ?P a 1')).argument).toBe('exhausted');
  });

  it('accepts an endless stream at bound 1', () => {
    expect(safe(system('P: 0 !Q a 0\nQ: 0 ?P a 0'))).toMatchObject({ argument: 'exhaustive', bound: 1, dependsOn: [] });
  });

  it('waits for the second link when the head of the first is not awaited yet', () => {
    expect(safe(system('P: 0 ?Q A 3, 0 ?R B 1, 1 ?Q C 2\nQ: 0 !P C 1\nR: 0 !P B 1')).dependsOn).toEqual([]);
  });

  it('decides a half-duplex pair with a mixed state and an endless stream', () => {
    const v = safe(
      system('P: 0 !Q a 0, 0 !Q ask 1, 1 ?Q b 0, 1 ?Q end 2\nQ: 0 ?P a 0, 0 ?P ask 1, 1 !P b 0, 1 !P end 2'),
    );
    expect(v.dependsOn).toEqual([]);
  });

  it('says unknown with a loop that makes a queue grow', () => {
    const v = decide(system('P: 0 !Q a 0, 0 ?Q b 1, 1 !Q end 2\nQ: 0 !P b 1, 1 ?P a 1, 1 ?P end 2'), { maxBound: 3 });
    if (v.verdict === 'unknown') expect(v.loop.map((s) => s.edge.label)).toEqual(['a']);
    else expect(v.verdict).toBe('safe');
  });

  it('does not take two sides that both run ahead for one that is bounded', () => {
    const v = decide(system('P: 0 !Q a 0, 0 !Q s 1, 1 ?Q b 1, 1 ?Q s 2\nQ: 0 !P b 0, 0 !P s 1, 1 ?P a 1, 1 ?P s 2'), {
      maxBound: 4,
    });
    expect(v).toMatchObject({ verdict: 'safe', argument: 'regular', bound: 0 });
  });

  it('calls an ill-formed system unknown', () => {
    const bad: System = { name: 's', roles: [{ name: 'P', init: 3, states: 1, edges: [] }] };
    expect(decide(bad)).toMatchObject({ verdict: 'unknown', reason: 'role P starts in a state it does not have' });
  });
});

describe('choices that a bound or an order of exploration could hide', () => {
  it.each([
    ['X', 'a', 'Y', 'b'],
    ['Y', 'b', 'X', 'a'],
  ])('a wait on two links whose other message may come first (%s is fine)', (fine, a, bad, b) => {
    const s = system(
      `R: 0 ?${fine} ${a} 1, 0 ?${bad} ${b} 2, 1 ?${bad} ${b} 3, 2 ?${fine} c 3\nX: 0 !R a 1\nY: 0 !R b 1`,
    );
    expect(rejected(s).kind).toBe('unexpected-message');
  });

  it('a message that only the bound keeps from coming first', () => {
    const s = system(
      'R: 0 ?X a 1, 0 ?Y b 9, 1 !Z go 2, 2 ?Y b 3, 9 ?X c 10\nX: 0 !R a 1\nY: 0 !Z m 1, 1 !Z m 2, 2 !R b 3\nZ: 0 ?R go 1, 1 ?Y m 2, 2 ?Y m 3',
    );
    expect(rejected(s).kind).toBe('unexpected-message');
  });

  it('a send in a mixed state that only the bound keeps back', () => {
    const s = system(
      'P: 0 !Q m 1, 1 !Q m 9, 1 ?R c 2, 2 !R d 3, 3 !Q m 4\nR: 0 !P c 1, 1 ?P d 2, 2 !Q go 3\nQ: 0 ?R go 1, 1 ?P m 2, 2 ?P m 3',
    );
    expect(rejected(s).stuck.states[0]).toBe(2);
  });

  it('a role that an endless exchange of two others keeps from being looked at', () => {
    const s = system('P: 0 !Q a 1, 1 ?Q b 0\nQ: 0 ?P a 1, 1 !P b 0\nS: 0 !P x 1');
    expect(rejected(s).reason).toBe('x from S to P stays unread: P never takes it after its state 0');
    const t = system('P: 0 !Q a 1, 1 ?Q b 0, 1 ?S x 0\nQ: 0 ?P a 1, 1 !P b 0\nS: 0 !P x 1, 1 ?T y 2\nT: 0 !S z 1');
    expect(rejected(t).kind).toBe('unexpected-message');
  });
});

describe('endless loops and outside events', () => {
  it('names the loop that can starve a role', () => {
    const s = system('R: 0 !P More 0\nP: 0 ?R More 0, 0 ?R Done 1, 1 !Q Fin 2\nQ: 0 ?P Fin 1');
    const v = safe(s);
    expect(v.dependsOn.map((d) => [d.role, d.runners])).toEqual([[2, [0, 1]]]);
    expect(v.dependsOn[0]!.loop.map((x) => x.edge.label)).toEqual(['More', 'More']);
  });

  it('does not excuse a wait on a partner that loops but never sends it', () => {
    const v = rejected(system('R: 0 !P More 0\nP: 0 ?R More 0\nQ: 0 ?P Fin 1'));
    expect(v.reason).toBe('Q is waiting for Fin from P, but P never sends it any more');
  });

  it('says what hangs on an outside event', () => {
    const v = safe(system('S: 0 outside 1, 1 !A go 2\nA: 0 ?S go 1'));
    expect(v.dependsOutside).toEqual([{ role: 0, state: 0, starved: [0, 1] }]);
  });

  it('rejects what is stuck even if the outside event comes', () => {
    expect(rejected(system('S: 0 outside 1, 1 !A stop 2\nA: 0 ?S go 1')).kind).toBe('unexpected-message');
  });
});

describe('dropped links', () => {
  it('tells the partner after the messages sent before', () => {
    expect(safe(system('P: 0 !Q a 1, 1 drop Q 2\nQ: 0 ?P a 1, 1 lost P 2')).dependsOn).toEqual([]);
  });

  it('discards what the dropping side never read', () => {
    expect(safe(system('P: 0 drop Q 1\nQ: 0 !P a 1, 1 lost P 2')).verdict).toBe('safe');
  });

  it('leaves a partner stuck that has no branch for it', () => {
    expect(rejected(system('P: 0 fail 1\nQ: 0 ?P a 1')).reason).toBe(
      'Q is waiting for a from P, but the link has been dropped',
    );
  });
});

describe('families', () => {
  it.each([
    [pairs(1, 100, 10), 100],
    [pairs(10, 2, 10), 2],
    [pairs(1, 10, 40), 10],
    [ring(10, 10), 10],
    [exchange(30, 8), 30],
    [ring(1, 70), 1],
  ])('$name is safe at its bound and no lower', (family, bound) => {
    expect(safe(family, bound).bound).toBe(bound);
    if (bound > 1) expect(decide(family, { maxBound: bound - 1, timeout: 1 }).verdict).toBe('unknown');
  });
});

describe('reading JSON', () => {
  it('numbers integer and string states alike', () => {
    const read = readSystems([
      { name: 'x', roles: { P: { init: 'q', edges: [['q', '!', 'Q', 'a', 7]] }, Q: { init: 0, edges: [] } } },
    ]);
    expect(read.ok && read.systems[0]!.roles[0]).toMatchObject({ init: 0, states: 2, stateNames: ['q', '7'] });
  });

  it.each([
    ['{', 'not JSON'],
    ['3', 'a system is an object'],
    ['{"name":"x","roles":{}}', 'at least one role'],
    ['{"roles":{"P":{"init":0}}}', 'a role is an object'],
    ['{"roles":{"P":{"init":0,"edges":[[0,"!","Q","a",1]]}}}', 'the partner is not a role'],
    ['{"roles":{"P":{"init":0,"edges":[[0,"!","P","a"]]}}}', 'an edge is a list'],
    ['{"roles":{"P":{"init":0,"edges":[[{},"!","P","a",1]]}}}', 'a state is an integer or a string'],
    ['{"roles":{"P":{"init":0,"edges":[[0,"*","P","a",1]]}}}', 'a direction is'],
    ['{"roles":{"P":{"init":0,"edges":[[0,"!","P",4,1]]}}}', 'a label is a string'],
    ['{"roles":{"P":{"init":0,"edges":[[0,"!","toString","a",1]]}}}', 'the partner is not a role'],
  ])('explains %s', (text, message) => {
    const read = readSystemsText(text);
    expect(read.ok ? '' : read.errors[0]).toContain(message);
  });
});
