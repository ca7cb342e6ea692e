import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveThreads } from '../../runtime/process/live.js';
import type { Thread } from '../../runtime/process/thread.js';
import { Vm } from '../../runtime/vm.js';

describe('the threads of a machine that live', () => {
  const { scheduler } = new Vm();
  const all = Array.from({ length: 300 }, () => scheduler.newThread());

  it('are those that were added and not deleted, in the order of their numbers', () => {
    const step = fc.record({ add: fc.boolean(), which: fc.nat(all.length - 1) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
        const live = new LiveThreads();
        const model = new Set<Thread>();
        for (const { add, which } of steps) {
          const t = all[which]!;
          live[add ? 'add' : 'delete'](t);
          model[add ? 'add' : 'delete'](t);
        }
        expect([...live].map((t) => t.id)).toEqual([...model].map((t) => t.id).sort((a, b) => a - b));
      }),
    );
  });
});
