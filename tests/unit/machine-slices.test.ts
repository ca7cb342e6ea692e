/** Slices cost less where nobody watches, and are the same. */
import { describe, expect, it } from 'vitest';
import { show } from '../../runtime/values/show.js';
import { loaded } from '../support/machine.js';
import { programs } from '../support/machine-programs.js';

describe('slices that nobody watches', () => {
  for (const [name, make] of Object.entries(programs)) {
    it(`are those that somebody watches: ${name}`, () => {
      const run = (watched: boolean, quantum: number): unknown => {
        const { vm, module, output } = loaded(make(), { quantum });
        const order: string[] = [];
        vm.events = { spawned: (t) => order.push(`+${t.id}`), ended: (t) => order.push(`-${t.id} ${t.reductions}`) };
        if (watched) vm.scheduler.observer = { begin: () => undefined, end: () => undefined };
        const main = vm.spawnMain(module);
        vm.runReady();
        return [order, output, vm.scheduler.counters, main.reductions, show(main.result)];
      };
      for (const quantum of [7, 4000]) expect(run(false, quantum)).toEqual(run(true, quantum));
    });
  }

  it('end a thread, not the machine, where the host fails in the midst of one, and what was to be done after it is done', () => {
    const { vm, module } = loaded(programs['fib']!());
    const broken = vm.spawnMain(module);
    const other = vm.spawnMain(module);
    let done = 0;
    broken.program = {
      ...broken.program!,
      run: () => {
        vm.scheduler.afterSlice.push(() => done++);
        throw new RangeError('no room');
      },
    };
    vm.runReady();
    expect(show(broken.result)).toContain('the machine failed: no room');
    expect(done).toBe(1);
    expect(other.status).toBe(2);
    expect(vm.scheduler.counters.slices).toBeGreaterThan(1);
  });
});
