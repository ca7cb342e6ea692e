/**
 * A small part of the search of `tests/fuzz/programs.ts`: random well-typed programs with several links a thread, services,
 * pools and delegation, and mistakes put into them. Other seeds and more programs: QUARTZ_SEED, QUARTZ_RUNS.
 */
import { describe, expect, it } from 'vitest';
import { judge, search } from '../fuzz/programs.js';

const SEED = Number(process.env['QUARTZ_SEED'] ?? 1);
const RUNS = Number(process.env['QUARTZ_RUNS'] ?? 8);

describe('random programs', () => {
  it('that are accepted run clean under every schedule tried; so do mistakes in them that are accepted', () => {
    const { tally, violations } = search(RUNS, SEED, 40, { mutants: 2, plain: true });
    expect(violations).toEqual([]);
    expect(tally.accepted).toBeGreaterThan(tally.made / 2);
    expect(tally.proved).toBeGreaterThan(tally.accepted / 3);
    expect(tally.mutantsAccepted).toBeLessThan(tally.mutants);
  });

  it('in all forms, through everything that a program may do', () => {
    const { tally, violations } = search(RUNS, SEED, 20, { mutants: 1 });
    expect(violations).toEqual([]);
    expect(tally.accepted).toBeGreaterThan(tally.made / 2);
  });

  // The search means nothing unless it sees what goes wrong.
  it.each([
    [
      'stuck',
      'session S(p)\n  on Go from p\n  end\nend\nfun main()\n  let c = spawn S(self)\n  on A from c\n  end\nend',
    ],
    ['never read', 'session S(p)\n  p!A\n  p!B\nend\nfun main()\n  let c = spawn S(self)\n  on A from c\n  end\nend'],
    ['a thread failed', 'session S(p)\n  p!B\nend\nfun main()\n  let c = spawn S(self)\n  on A from c\n  end\nend'],
  ])('a run that is wrong is seen: %s', (what, text) => {
    expect(judge(text, 3, { changed: false }).verdict).toBe('rejected');
    expect(judge(text, 3, { changed: false, unsafe: true }).wrong).toContain(what);
  });
});
