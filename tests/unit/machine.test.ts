/** The machine on hand-made modules: arithmetic, calls, closures, exceptions, threads. */
import { describe, expect, it } from 'vitest';
import { TestModule, call, data, end, loaded } from '../support/machine.js';

const fib = (): TestModule =>
  new TestModule().fun('fib', ['n'], (f) => {
    const big = f.label();
    f.int(2).emit('load', 0).emit('lt').emit('jump_unless', big);
    f.emit('load', 0).emit('ret');
    f.place(big);
    f.int(1).emit('load', 0).emit('sub').emit('call_function', 'fib');
    f.int(2).emit('load', 0).emit('sub').emit('call_function', 'fib');
    f.emit('add').emit('ret');
  });

describe('functions', () => {
  it('calls recursively', () => expect(call(loaded(fib()), 'fib', 15)).toBe('610'));

  it('gives the same whatever the quantum', () => {
    for (const quantum of [1, 2, 3, 7, 50]) expect(call(loaded(fib(), { quantum }), 'fib', 10)).toBe('55');
  });

  it('executes exactly n instructions', () => {
    const run = loaded(fib());
    const t = run.vm.spawn(run.module, 'fib', [10]);
    let steps = 0;
    while (run.vm.scheduler.live > 0) {
      expect(run.vm.run(1)).toBe(0);
      steps++;
    }
    const again = loaded(fib());
    again.vm.spawn(again.module, 'fib', [10]);
    expect(again.vm.run(steps + 100)).toBe(100);
    expect(t.result).toBe(55);
  });

  it('recurses a million deep', () => {
    const m = new TestModule().fun('deep', ['n'], (f) => {
      const more = f.label();
      f.int(0).emit('load', 0).emit('eq').emit('jump_unless', more);
      f.int(0).emit('ret');
      f.place(more);
      f.int(1).emit('load', 0).emit('sub').emit('call_function', 'deep');
      f.int(1).emit('add').emit('ret');
    });
    expect(call(loaded(m), 'deep', 1_000_000)).toBe('1000000');
  });

  it('runs tail calls in constant space', () => {
    const m = new TestModule().fun('down', ['n'], (f) => {
      const more = f.label();
      f.int(0).emit('load', 0).emit('eq').emit('jump_unless', more);
      f.string('done').emit('ret');
      f.place(more);
      f.int(1).emit('load', 0).emit('sub').emit('tail_call_function', 'down');
    });
    expect(call(loaded(m), 'down', 300_000)).toBe('done');
  });
});

describe('numbers', () => {
  const binary = (op: string): TestModule =>
    new TestModule().fun('go', ['x', 'y'], (f) => f.emit('load', 1).emit('load', 0).emit(op).emit('ret'));
  const max = Number.MAX_SAFE_INTEGER;
  it.each([
    ['add', max, 1, 'raised Overflow'],
    ['add', max - 1, 1, String(max)],
    ['sub', 3, 10, '-7'],
    ['mul', 0, -5, '0'],
    ['mul', 94906267, 94906267, 'raised Overflow'],
    ['div', 7, -2, '-3'],
    ['div', -7, 2, '-3'],
    ['div', 0, -5, '0'],
    ['div', max, max - 1, '1'],
    ['div', 1, 0, 'raised DivideByZero'],
    ['rem', -4, 2, '0'],
    ['rem', -7, 2, '-1'],
  ])('%s %d %d', (op, x, y, expected) => {
    const run = loaded(binary(op));
    expect(call(run, 'go', x, y)).toBe(expected);
  });
  it('never makes a negative zero', () => {
    for (const [op, x, y] of [
      ['mul', 0, -5],
      ['rem', -4, 2],
      ['div', 0, -5],
    ] as const) {
      const run = loaded(binary(op));
      const t = run.vm.spawn(run.module, 'go', [x, y]);
      run.vm.runReady();
      expect(Object.is(t.result, 0)).toBe(true);
    }
  });
});

describe('closures', () => {
  const counter = (): TestModule =>
    new TestModule()
      .fun('inc', [data('box', '', 'upvalue'), 'by'], (f) => {
        f.emit('get_upvalue', 0).emit('load', 1).emit('add').emit('set_upvalue', 0);
        f.emit('get_upvalue', 0).emit('ret');
      })
      .fun('read', [data('box', '', 'upvalue')], (f) => f.emit('get_upvalue', 0).emit('ret'))
      .fun('counter', [], (f) => {
        const n = f.local('n');
        f.int(10).emit('store', n).emit('open_upvalue', n);
        f.closure('inc', [n]).closure('read', [n]);
        f.emit('close_upvalues', 0).emit('tuple', 2).emit('ret');
      })
      .fun('go', [], (f) => {
        const pair = f.local('pair');
        f.emit('call_function', 'counter').emit('store', pair);
        f.emit('load', pair).emit('field', 0).int(5).emit('call', 1).emit('pop');
        f.emit('load', pair).emit('field', 0).int(7).emit('call', 1).emit('pop');
        f.emit('load', pair).emit('field', 1).emit('call', 0).emit('ret');
      });
  it('share a captured variable', () => expect(call(loaded(counter()), 'go')).toBe('22'));

  it('are partial applications', () => {
    const m = new TestModule()
      .fun('add3', ['a', 'b', 'c'], (f) => {
        f.emit('load', 2).emit('load', 1).emit('load', 0).emit('add').emit('add').emit('ret');
      })
      .fun('go', [], (f) => {
        const p = f.local('p');
        f.emit('push_function', 'add3').int(1).emit('call', 1).int(2).emit('call', 1).emit('store', p);
        f.emit('load', p).int(3).emit('call', 1).emit('load', p).int(30).emit('call', 1).emit('tuple', 2).emit('ret');
      });
    expect(call(loaded(m), 'go')).toBe('(6, 33)');
  });
});

describe('exceptions', () => {
  const nested = (): TestModule =>
    new TestModule()
      .fun('thrower', ['n'], (f) => {
        const more = f.label();
        f.int(0).emit('load', 0).emit('eq').emit('jump_unless', more);
        f.emit('raise_text', 'boom');
        f.place(more);
        f.int(1).emit('load', 0).emit('sub').emit('call_function', 'thrower').int(1).emit('add').emit('ret');
      })
      .fun('inner', [], (f) => {
        const outer = f.label();
        const within = f.label();
        f.int(7).emit('try', outer).emit('try', within).int(3).emit('call_function', 'thrower');
        f.emit('end_try').emit('end_try').emit('ret');
        f.place(within);
        f.emit('pop').int(1).int(Number.MAX_SAFE_INTEGER).emit('add').emit('end_try').emit('ret');
        f.place(outer);
        f.emit('tuple', 2).emit('ret');
      });
  it('are caught two frames up, and in the handler of a handler', () => {
    expect(call(loaded(nested()), 'inner')).toBe('(7, Overflow)');
  });
  it('carry a trace from where they were raised', () => {
    const run = loaded(nested());
    const t = run.vm.spawn(run.module, 'thrower', [2]);
    run.vm.runReady();
    expect(run.vm.end().failures[0]?.trace.map((l) => l.split(' ')[0])).toEqual(['thrower', 'thrower', 'thrower']);
    expect(run.vm.end()).toMatchObject({ exitCode: 1, failures: [{ thread: t.id, message: 'boom' }] });
  });
});

describe('threads', () => {
  const pingPong = (): TestModule =>
    new TestModule()
      .session('Pong', [end('p')], (f) => {
        const stop = f.label();
        const head = f.place();
        f.emit('await_msg', 1, 0)
          .emit('cmp', 'Ping', stop)
          .emit('pop')
          .emit('send_msg', 1, 1, 'Back')
          .emit('loop', head);
        f.place(stop);
        f.emit('close');
      })
      .fun('main', ['n'], (f) => {
        const peer = f.local('peer');
        const i = f.local('i');
        const sum = f.local('sum');
        f.emit('push_self').emit('call_constructor_spawn', 'Pong').emit('store', peer);
        f.int(0).emit('store', i).int(0).emit('store', sum);
        const head = f.place();
        const done = f.label();
        f.emit('load', 0).emit('load', i).emit('lt').emit('jump_unless', done);
        f.emit('load', i).emit('send_msg', 1, f.slotOf(peer, 1), 'Ping');
        f.emit('await_msg', 1, f.slotOf(peer, 0)).emit('pop').emit('load', sum).emit('add').emit('store', sum);
        f.int(1).emit('load', i).emit('add').emit('store', i).emit('loop', head);
        f.place(done);
        f.emit('send_msg', 0, f.slotOf(peer, 0), 'Stop').emit('load', sum).emit('ret');
      });
  it('exchange messages', () => {
    for (const quantum of [4000, 3, 1]) {
      const run = loaded(pingPong(), { quantum });
      expect(call(run, 'main', 100)).toBe('4950');
      expect(run.vm.scheduler.live).toBe(0);
    }
  });

  it('form groups in which each pair has one link', () => {
    const m = new TestModule();
    const print = m.host('std::print', ['a'], 'void');
    m.session('P', [end('q')], (f) => {
      f.emit('send_msg', 0, 0, 'Ping').emit('await_msg', 0, 0).emit('call_function', print).emit('close');
    })
      .session('Q', [end('p')], (f) => {
        f.emit('await_msg', 0, 0).emit('pop').emit('send_msg', 0, 0, 'Pong').emit('close');
      })
      .fun(
        'main',
        [],
        (f) => {
          f.emit('spawn_empty').emit('spawn_empty').emit('call_constructor_async', 'P', 1);
          f.emit('swap').emit('call_constructor_async', 'Q', 1);
        },
        false,
      );
    const run = loaded(m);
    expect(call(run, 'main')).toBe('void');
    expect(run.output).toEqual(['$Pong\n']);
    expect(run.vm.scheduler.live).toBe(0);
  });

  it('wait on the host without holding up others', async () => {
    const m = new TestModule();
    const wait = m.host('std::wait', ['int'], 'void', true);
    const print = m.host('std::print', ['a'], 'void');
    for (const [name, ms] of [
      ['slow', 20],
      ['fast', 10],
    ] as const) {
      m.fun(name, [], (f) => f.int(ms).emit('call_function', wait).string(name).emit('call_function', print), false);
    }
    const run = loaded(m);
    run.vm.spawn(run.module, 'slow');
    run.vm.spawn(run.module, 'fast');
    expect(await run.vm.runUntilIdle()).toEqual({ exitCode: 0, failures: [], stuck: [] });
    expect(run.output).toEqual(['fast\n', 'slow\n']);
    expect(run.vm.scheduler.virtualTime).toBe(20);
  });

  it('learn once that a peer is lost', () => {
    const m = new TestModule()
      .session('Bad', [end('p')], (f) => f.emit('send_msg', 0, 0, 'Hello').emit('close_err', 'broken'))
      .fun('main', [], (f) => {
        const peer = f.local('peer');
        const handler = f.label();
        f.emit('push_self').emit('call_constructor_spawn', 'Bad').emit('store', peer);
        f.emit('try', handler).emit('await_msg', 0, f.slotOf(peer, 0)).emit('pop');
        f.emit('await_msg', 0, f.slotOf(peer, 0)).emit('end_try').emit('ret');
        f.place(handler);
        f.emit('ret');
      });
    const run = loaded(m);
    expect(call(run, 'main')).toBe('PeerLost(Failure("broken"))');
    expect(run.vm.end().exitCode).toBe(0);
  });
});
