/** When the host's memory runs low, the thread with the longest stack gives it up, and no other. */
import { describe, expect, it } from 'vitest';
import { relieve } from '../../runtime/scheduler/relief.js';
import { TestModule, loaded } from '../support/machine.js';

const module = (): TestModule =>
  new TestModule()
    .fun('deep', ['n'], (f) =>
      f.int(1).emit('load', 0).emit('add').emit('call_function', 'deep').int(1).emit('add').emit('ret'),
    )
    .fun('guarded', ['n'], (f) => {
      const handler = f.label();
      f.emit('try', handler).int(0).emit('call_function', 'deep').emit('end_try').emit('ret');
      f.place(handler);
      f.emit('to_string').emit('ret');
    })
    .fun('round', ['n'], (f) => {
      const head = f.place();
      f.int(1).emit('load', 0).emit('add').emit('store', 0).emit('loop', head);
    });

describe.each(['interpreter', 'compiled'] as const)('relief, %s', (engine) => {
  it('ends a recursion without end, and not a loop', () => {
    const { vm, module: m } = loaded(module(), { engine });
    const loop = vm.spawn(m, 'round', [0]);
    const deep = vm.spawn(m, 'guarded', [0]);
    const turns = (n: number): void => {
      for (let i = 0; i < n && vm.scheduler.head !== null; i++) vm.scheduler.slice(vm.scheduler.quantum);
    };
    turns(200);
    expect(relieve(vm.scheduler.threads)).toBeUndefined();
    expect(relieve(vm.scheduler.threads, 10_000)).toBe(deep);
    turns(4);
    expect(deep.result).toBe('HeapExhausted');
    expect([...vm.scheduler.threads]).toEqual([loop]);
    expect(relieve(vm.scheduler.threads, 10_000)).toBeUndefined();
  });
});
