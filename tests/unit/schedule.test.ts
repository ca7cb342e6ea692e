/** Rejections replayed on the machine: each ends in the state the checker reported, or says where the program differs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { scheduleOf } from '../../cli/schedules.js';
import { HostRegistry } from '../../runtime/host/registry.js';
import { drive, type Driven } from '../../runtime/scheduler/drive.js';
import { readSchedule, type Schedule } from '../../runtime/scheduler/schedule.js';
import { Vm } from '../../runtime/vm.js';
import { pureModules } from '../../stdlib/pure.js';
import { compileText, root } from '../support/compile.js';
import { verifyAll } from '../support/spec.js';

/** The schedule of the first rejection, as it comes out of its file, and the program driven along it. */
function replay(text: string, change: (s: Schedule) => Schedule = (s) => s): { driven: Driven; schedule: Schedule } {
  const built = compileText(text, { options: { unsafe: true } });
  for (const c of built.modules.at(-1)!.protocols!.compositions) {
    if (c.verdict.verdict !== 'rejected') continue;
    const read = readSchedule(JSON.stringify(scheduleOf(c.system, c.verdict, c)));
    if (!read.ok) throw new Error(read.error);
    const hosts = new HostRegistry();
    for (const [name, functions] of Object.entries(pureModules)) hosts.add(name, functions);
    const vm = new Vm({ virtualTime: true, hosts });
    const loaded = verifyAll(built.images, 'compiler').map((m) => vm.load(m));
    vm.spawnMain(loaded.at(-1)!, 'main');
    return { driven: drive(vm.scheduler, change(read.schedule)), schedule: read.schedule };
  }
  throw new Error('nothing was rejected');
}

const STUCK = `
session P(q)
  q!Ping
  on Pong from q
  end
end
session Q(p)
  on Ping from p
  end
end
fun main()
  let p = spawn P(q)
  and q = spawn Q(p)
end
`;

describe('replay', () => {
  it('makes every step of the schedule and ends where the checker says', () => {
    const { driven } = replay(STUCK);
    expect(driven).toEqual({
      reached: true,
      lines: [
        'P send Ping to Q, P (main.qz:3)',
        'Q take Ping from P, Q (main.qz:8)',
        'P waits for Pong from Q, at P (main.qz:4)',
        'Q has ended',
      ],
    });
  });

  it('does not claim to reach what the program does not do', () => {
    const other = (s: Schedule): Schedule => ({ ...s, steps: s.steps.map((x) => ({ ...x, label: 'Other' })) });
    const { driven } = replay(STUCK, other);
    expect(driven.reached).toBe(false);
    expect(driven.lines.at(-1)).toContain('the program goes another way: P, at P (main.qz:3)');
    const swapped = replay(STUCK, (s) => ({ ...s, steps: [...s.steps].reverse() }));
    expect(swapped.driven.reached).toBe(false);
  });

  it('does not claim that somebody waits who does not', () => {
    const { driven } = replay(STUCK, (s) => ({ ...s, end: { ...s.end, waiting: [{ role: 'Q', awaits: [] }] } }));
    expect(driven.reached).toBe(false);
  });

  it('stops before a message that nobody expects is taken', () => {
    const { driven } = replay(STUCK.replace('  end\nend\nfun', '    p!Pang\n  end\nend\nfun'));
    expect(driven.reached).toBe(true);
    expect(driven.lines).toContain('P waits for Pong from Q, but the next message is Pang, at P (main.qz:4)');
  });

  it.each([
    'elevator-forgets-the-obstacle',
    'game-lobby-second-player-forgotten',
    'negotiation-both-wait',
    'philosophers-in-a-circle',
    'ring-all-wait',
    'sieve-next-not-stopped',
    'supervisor-worker-not-stopped',
    'token-server-answer-twice',
    'tree-sum-leaf-is-silent',
    'two-buyer-forgets-bob',
    'worker-pool-worker-not-returned',
  ])('drives %s to where it is stuck', (name) => {
    const { driven, schedule } = replay(readFileSync(path.join(root, 'tests/errors/protocol', `${name}.qz`), 'utf8'));
    expect(driven.lines.join('\n')).not.toContain('another way');
    expect(driven.reached).toBe(true);
    expect(driven.lines.length).toBeGreaterThanOrEqual(schedule.roles.length);
  });
});

describe('schedule files', () => {
  it.each([
    ['{', 'not JSON'],
    ['{}', 'format'],
    [
      '{"format":"quartz-schedule/1","name":"x","reason":"","made":null,"roles":[],"steps":[{"role":"P","action":"send","peer":null,"label":"a"}],"end":{"waiting":[],"unread":[]}}',
      'not one of the roles',
    ],
    ['{"format":"quartz-schedule/1","name":"x","reason":"","made":7,"roles":[],"steps":[],"end":{}}', 'made'],
  ])('refuses %s', (text, why) => {
    const read = readSchedule(text);
    expect(read.ok ? '' : read.error).toContain(why);
  });
});
