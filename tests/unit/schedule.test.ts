/** Driving programs along schedules: what a drive claims and what it does not, and which schedule files are refused. */
import { describe, expect, it } from 'vitest';
import { readSchedule, type Schedule } from '../../runtime/scheduler/schedule.js';
import { replayFirst } from '../support/replay.js';

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
    const { driven } = replayFirst(STUCK);
    expect(driven).toEqual({
      reached: true,
      lines: [
        'P sends Ping to Q, P (main.qz:3)',
        'Q takes Ping from P, Q (main.qz:8)',
        'P waits for Pong from Q, at P (main.qz:4)',
        'Q has ended',
      ],
      forced: 0,
    });
  });

  it('does not claim to reach what the program does not do', () => {
    const other = (s: Schedule): Schedule => ({ ...s, steps: s.steps.map((x) => ({ ...x, label: 'Other' })) });
    const { driven } = replayFirst(STUCK, other);
    expect(driven.reached).toBe(false);
    expect(driven.lines.at(-1)).toContain('the program goes another way: P, at P (main.qz:3)');
    const swapped = replayFirst(STUCK, (s) => ({ ...s, steps: [...s.steps].reverse() }));
    expect(swapped.driven.reached).toBe(false);
  });

  it('does not claim that somebody waits who does not', () => {
    const { driven } = replayFirst(STUCK, (s) => ({ ...s, end: { ...s.end, waiting: [{ role: 'Q', awaits: [] }] } }));
    expect(driven.reached).toBe(false);
  });

  it('stops before a message that nobody expects is taken', () => {
    const { driven } = replayFirst(STUCK.replace('  end\nend\nfun', '    p!Pang\n  end\nend\nfun'));
    expect(driven.reached).toBe(true);
    expect(driven.lines).toContain('P waits for Pong from Q, but the next message is Pang, at P (main.qz:4)');
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
