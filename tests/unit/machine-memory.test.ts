/** Memory limits: a thread over its limit gets HeapExhausted, alone. */
import { describe, expect, it } from 'vitest';
import { TestModule, call, end, loaded } from '../support/machine.js';

const hungry = (): TestModule =>
  new TestModule()
    .fun('grow', ['xs'], (f) => {
      const head = f.place();
      f.int(1).emit('load', 0).emit('cons').emit('store', 0).emit('loop', head);
    })
    .fun('deep', ['n'], (f) =>
      f.int(1).emit('load', 0).emit('add').emit('call_function', 'deep').int(1).emit('add').emit('ret'),
    )
    .fun('double', ['s'], (f) => {
      const head = f.place();
      f.emit('load', 0).emit('load', 0).emit('concat').emit('store', 0).emit('loop', head);
    })
    .fun('churn', ['n'], (f) => {
      const done = f.label();
      const head = f.place();
      f.int(0).emit('load', 0).emit('eq').emit('jump_if', done);
      f.int(1).int(2).int(3).emit('tuple', 3).emit('pop');
      f.int(1).emit('load', 0).emit('sub').emit('store', 0).emit('loop', head);
      f.place(done);
      f.string('fine').emit('ret');
    })
    .fun('guarded', ['xs'], (f) => {
      const handler = f.label();
      f.emit('try', handler).emit('list', 0).emit('call_function', 'grow').emit('end_try').emit('ret');
      f.place(handler);
      f.emit('to_string').emit('ret');
    });

describe.each(['interpreter', 'compiled'] as const)('with a limit of 10,000 values, %s', (engine) => {
  const run = (): ReturnType<typeof loaded> => loaded(hungry(), { engine, threadHeap: 10_000 });
  it('an endless list', () => {
    const r = run();
    const sizes: number[] = [];
    r.vm.scheduler.onHeap = (_t, _before, after): number => sizes.push(after);
    expect(call(r, 'guarded', 0)).toBe('HeapExhausted');
    expect(Math.max(...sizes)).toBeLessThan(10_003);
    expect(call(r, 'churn', 200_000)).toBe('fine');
  });
  it('an endless recursion', () => expect(call(run(), 'deep', 0)).toBe('raised HeapExhausted'));
  it('a string that doubles', () => expect(call(run(), 'double', 'x')).toBe('raised HeapExhausted'));
  it('garbage does not count', () => expect(call(run(), 'churn', 100_000)).toBe('fine'));
  it('others are not harmed', () => {
    const r = run();
    const bad = r.vm.spawn(r.module, 'guarded', [0]);
    const good = Array.from({ length: 50 }, () => r.vm.spawn(r.module, 'churn', [3000]));
    r.vm.runReady();
    expect(bad.result).toBe('HeapExhausted');
    expect(good.map((t) => t.result)).toEqual(good.map(() => 'fine'));
  });
  it('a mailbox nobody empties counts, once its owner runs', () => {
    const m = new TestModule();
    const wait = m.host('std::wait', ['int'], 'void', true);
    m.session('Flooded', [end('p')], (f) => {
      f.int(5).emit('call_function', wait).int(5).emit('call_function', wait).emit('await_msg', 1, 0).emit('close');
    }).fun('main', ['n'], (f) => {
      const p = f.local();
      f.emit('push_self').emit('call_constructor_spawn', 'Flooded').emit('store', p);
      const head = f.place();
      const done = f.label();
      f.int(0).emit('load', 0).emit('eq').emit('jump_if', done);
      f.int(1).int(2).emit('tuple', 2).emit('send_msg', 1, f.slotOf(p, 1), 'More');
      f.int(1).emit('load', 0).emit('sub').emit('store', 0).emit('loop', head);
      f.place(done);
      f.emit('await_msg', 0, f.slotOf(p, 0)).emit('ret');
    });
    expect(call(loaded(m, { engine, threadHeap: 10_000 }), 'main', 5000)).toBe('raised PeerLost(HeapExhausted)');
  });
});
