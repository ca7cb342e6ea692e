/** Links on hand-made modules: select, services, pools, delegation, loss, watching, isolation. */
import { describe, expect, it } from 'vitest';
import { TestModule, call, data, end, loaded } from '../support/machine.js';
import type { Run } from '../support/machine.js';

const finished = (run: Run): void => {
  expect(run.vm.scheduler.live).toBe(0);
  expect(run.vm.end().stuck).toEqual([]);
};

/** Sends one message to its peer after a delay. */
const sender = (m: TestModule): TestModule => {
  const wait = m.host('std::wait', ['int'], 'void', true);
  return m.session('Sender', [end('p'), data('ms'), data('text', 'string')], (f) => {
    f.emit('load', 1).emit('call_function', wait).emit('load', 2).emit('send_msg', 1, 3, 'Say').emit('close');
  });
};

describe('select', () => {
  const race = (first: number, second: number, patience: number): TestModule =>
    sender(new TestModule()).fun('main', [], (f) => {
      const a = f.local();
      const b = f.local();
      for (const [local, ms, text] of [
        [a, first, 'a'],
        [b, second, 'b'],
      ] as const) {
        f.emit('push_self').int(ms).string(text).emit('call_constructor_spawn', 'Sender').emit('store', local);
      }
      const said = f.label();
      const late = f.label();
      f.int(patience).select([
        { kind: 'message', slot: f.slotOf(a, 1), message: 'Say', count: 1, target: said },
        { kind: 'message', slot: f.slotOf(b, 1), message: 'Say', count: 1, target: said },
        { kind: 'after', target: late },
      ]);
      f.place(said);
      f.emit('drop', f.slotOf(a, 1)).emit('drop', f.slotOf(b, 1)).emit('ret');
      f.place(late);
      f.emit('drop', f.slotOf(a, 0)).emit('drop', f.slotOf(b, 0)).string('late').emit('ret');
    });
  it.each([
    [10, 20, 100, 'a'],
    [20, 10, 100, 'b'],
    [50, 60, 30, 'late'],
  ])('takes whichever comes first: %d %d %d', (a, b, patience, expected) => {
    const run = loaded(race(a, b, patience));
    expect(call(run, 'main')).toBe(expected);
    finished(run);
  });

  it('prefers the message that arrived first', () => {
    const run = loaded(race(0, 0, 100));
    expect(call(run, 'main')).toBe('a');
  });

  it('takes the down branch after the messages sent before', () => {
    const m = new TestModule()
      .session('Bad', [end('p')], (f) => f.emit('send_msg', 0, 0, 'Hello').emit('close_err', 'broken'))
      .fun('main', [], (f) => {
        const p = f.local();
        const n = f.local();
        f.int(0).emit('store', n).emit('push_self').emit('call_constructor_spawn', 'Bad').emit('store', p);
        const head = f.place();
        const hello = f.label();
        const down = f.label();
        f.select([
          { kind: 'message', slot: f.slotOf(p, 0), message: 'Hello', count: 0, target: hello },
          { kind: 'down', slot: f.slotOf(p, 0), target: down },
        ]);
        f.place(hello);
        f.int(1).emit('load', n).emit('add').emit('store', n).emit('loop', head);
        f.place(down);
        f.emit('load', n).emit('tuple', 2).emit('ret');
      });
    const run = loaded(m);
    expect(call(run, 'main')).toBe('(Failure("broken"), 1)');
    finished(run);
  });
});

describe('services', () => {
  const service = (): TestModule =>
    new TestModule()
      .session('Counter', [data('n')], (f) => {
        const head = f.place();
        const add = f.label();
        const note = f.label();
        f.select([
          { kind: 'accept', message: 'Add', count: 1, target: add },
          { kind: 'accept', message: 'Note', count: 1, target: note },
        ]);
        f.place(add);
        f.emit('load', 0).emit('add').emit('store', 0).emit('load', 0).emit('send_msg', 1, 1, 'Sum');
        f.emit('pop').emit('loop', head);
        f.place(note);
        f.emit('load', 0).emit('add').emit('store', 0).emit('pop').emit('loop', head);
      })
      .fun('main', [], (f) => {
        const server = f.local();
        f.int(100).emit('call_constructor_spawn', 'Counter').emit('store', server);
        f.int(1000).emit('cast_msg', 1, f.slotOf(server, 1), 'Note');
        f.emit('load', server)
          .emit('connect')
          .int(5)
          .emit('send_msg', 1, 1, 'Add')
          .emit('await_msg', 1, 0)
          .emit('pop')
          .emit('ret');
      });
  it('accept clients and casts in order, and may be left waiting', () => {
    const run = loaded(service());
    expect(call(run, 'main')).toBe('1105');
    expect(run.vm.scheduler.live).toBe(1);
    expect(run.vm.end()).toEqual({ exitCode: 0, failures: [], stuck: [] });
  });
  it('are connected to when a session wants an end and is given a reference', () => {
    const m = new TestModule()
      .session('Echo', [], (f) => {
        const got = f.label();
        f.select([{ kind: 'accept', message: 'Say', count: 1, target: got }]);
        f.place(got);
        f.emit('send_msg', 1, 1, 'Said').emit('close');
      })
      .session('Client', [end('server'), end('boss')], (f) => {
        f.int(7)
          .emit('send_msg', 1, 2, 'Say')
          .emit('await_msg', 1, 1)
          .emit('pop')
          .emit('send_msg', 1, 1, 'Answer')
          .emit('close');
      })
      .fun('main', [], (f) => {
        f.emit('call_constructor_spawn', 'Echo').emit('push_self').emit('call_constructor_spawn', 'Client');
        f.emit('await_msg', 1, 0).emit('pop').emit('ret');
      });
    const run = loaded(m);
    expect(call(run, 'main')).toBe('7');
    finished(run);
  });
  it('in a group accept the members they do not name', () => {
    const m = new TestModule()
      .session('Caller', [end('q')], (f) => f.emit('send_msg', 0, 0, 'Hi').emit('await_msg', 0, 0).emit('close'))
      .session('Desk', [], (f) => {
        const got = f.label();
        f.select([{ kind: 'accept', message: 'Hi', count: 0, target: got }]);
        f.place(got);
        f.emit('send_msg', 0, 0, 'Ho').emit('close');
      })
      .fun(
        'main',
        [],
        (f) => {
          f.emit('spawn_empty').emit('spawn_empty').emit('call_constructor_async', 'Caller', 1);
          f.emit('call_constructor_async', 'Desk', 0);
        },
        false,
      );
    const run = loaded(m);
    expect(call(run, 'main')).toBe('void');
    finished(run);
  });
  it('that are gone are lost to whoever connects', () => {
    const m = new TestModule();
    m.session('Gone', [], (f) => f.emit('close')).fun('main', [], (f) => {
      const wait = m.host('std::wait', ['int'], 'void', true);
      f.emit('call_constructor_spawn', 'Gone').int(1).emit('call_function', wait).emit('connect');
      f.emit('send_msg', 0, 0, 'Hi').emit('await_msg', 0, 0).emit('ret');
    });
    expect(call(loaded(m), 'main')).toBe('raised PeerLost(Ended)');
  });
});

describe('pools', () => {
  const workers = (count: number): TestModule =>
    sender(new TestModule()).fun('main', [], (f) => {
      const pool = f.local();
      const out = f.local();
      f.emit('pool_new').emit('store', pool).emit('list', 0).emit('store', out);
      for (let i = 0; i < count; i++) {
        f.emit('push_self')
          .int((count - i) * 10)
          .string(`w${i}`)
          .emit('call_constructor_spawn', 'Sender');
        f.int(i).emit('pool_put', f.slotOf(pool, 2));
      }
      const head = f.place();
      const done = f.label();
      const said = f.label();
      f.int(0).emit('pool_size', f.slotOf(pool, 1)).emit('eq').emit('jump_if', done);
      f.select([{ kind: 'any', slot: f.slotOf(pool, 0), message: 'Say', count: 1, target: said }]);
      f.place(said);
      f.emit('datum', 1).emit('swap').emit('tuple', 2).emit('load', out).emit('cons').emit('store', out).emit('pop');
      f.emit('loop', head);
      f.place(done);
      f.emit('load', out).emit('ret');
    });
  it('give whoever speaks first, with its datum', () => {
    const run = loaded(workers(3));
    expect(call(run, 'main')).toBe('[(0, "w0"), (1, "w1"), (2, "w2")]');
    finished(run);
  });
  it('raise EmptyPool', () => {
    const m = new TestModule().fun('main', [], (f) => f.emit('pool_new').emit('pool_take', 0).emit('ret'));
    expect(call(loaded(m), 'main')).toBe('raised EmptyPool');
  });
});

describe('delegation', () => {
  it('moves an end with its unread messages, in order', () => {
    const m = new TestModule();
    m.session('Source', [end('p')], (f) => {
      for (const i of [1, 2, 3]) f.int(i).emit('send_msg', 1, 1, 'N');
      f.emit('close');
    })
      .session('Worker', [end('boss')], (f) => {
        f.emit('await_msg', 1, 0).emit('pop');
        for (let i = 0; i < 3; i++) f.emit('await_msg', 1, i).emit('pop');
        f.emit('tuple', 3).emit('send_msg', 1, 2, 'Got').emit('close');
      })
      .fun('main', [], (f) => {
        const wait = m.host('std::wait', ['int'], 'void', true);
        const w = f.local();
        f.emit('push_self').emit('call_constructor_spawn', 'Worker').emit('store', w);
        f.emit('push_self').emit('call_constructor_spawn', 'Source').int(5).emit('call_function', wait);
        f.emit('transfer_msg', 1, f.slotOf(w, 1), 'Take');
        f.emit('await_msg', 1, f.slotOf(w, 0)).emit('pop').emit('ret');
      });
    const run = loaded(m);
    expect(call(run, 'main')).toBe('(1, 2, 3)');
    finished(run);
  });
  it('copies captured variables, each once', () => {
    const m = new TestModule()
      .fun('bump', [data('box', '', 'upvalue')], (f) => {
        f.int(1).emit('get_upvalue', 0).emit('add').emit('set_upvalue', 0).emit('get_upvalue', 0).emit('ret');
      })
      .session('Other', [end('p')], (f) => {
        f.emit('await_msg', 2, 0)
          .emit('pop')
          .emit('call', 0)
          .emit('pop')
          .emit('call', 0)
          .emit('send_msg', 1, 1, 'Now')
          .emit('close');
      })
      .fun('main', [], (f) => {
        const n = f.local();
        const p = f.local();
        f.emit('push_self').emit('call_constructor_spawn', 'Other').emit('store', p);
        f.int(10).emit('store', n).emit('open_upvalue', n);
        f.closure('bump', [n]).emit('dup').emit('transfer_msg', 2, f.slotOf(p, 2), 'Both');
        f.emit('await_msg', 1, f.slotOf(p, 0)).emit('pop').emit('get_upvalue', n).emit('tuple', 2).emit('ret');
      });
    expect(call(loaded(m), 'main')).toBe('(12, 10)');
  });
});

describe('watching', () => {
  it.each([
    ['Fine', 'Ended'],
    ['Broken', 'Failure("no")'],
  ])('a thread that ends: %s', (name, reason) => {
    const m = new TestModule()
      .session('Fine', [], (f) => f.emit('close'))
      .session('Broken', [], (f) => f.emit('close_err', 'no'))
      .fun('main', [], (f) => {
        const down = f.label();
        f.emit('call_constructor_spawn', name)
          .emit('watch')
          .select([{ kind: 'down', slot: 0, target: down }]);
        f.place(down);
        f.emit('ret');
      });
    const run = loaded(m);
    expect(call(run, 'main')).toBe(reason);
    expect(run.vm.end().exitCode).toBe(0);
  });
});

describe('a thread that fails', () => {
  it('loses the ends in its frames, in its pools and in messages it never read', () => {
    const m = new TestModule();
    const print = m.host('std::print', ['a'], 'void');
    m.session('Waits', [end('p'), data('name', 'string')], (f) => {
      const down = f.label();
      f.select([{ kind: 'down', slot: 1, target: down }]);
      f.place(down);
      f.emit('pop').emit('load', 1).emit('call_function', print).emit('close');
    })
      .session('Holder', [end('boss')], (f) => {
        const pool = f.local();
        f.emit('pool_new').emit('store', pool);
        f.emit('push_self')
          .string('pooled')
          .emit('call_constructor_spawn', 'Waits')
          .unit()
          .emit('pool_put', f.slotOf(pool, 2));
        f.emit('push_self').string('held').emit('call_constructor_spawn', 'Waits');
        f.emit('await_msg', 0, 2).emit('call_function', 'deep').emit('close');
      })
      .fun(
        'deep',
        [],
        (f) => f.int(0).int(1).emit('div').emit('pop').int(1).int(0).emit('swap').emit('div').emit('ret'),
        false,
      )
      .fun('main', [], (f) => {
        f.emit('push_self').emit('call_constructor_spawn', 'Holder');
        f.emit('push_self').string('sent').emit('call_constructor_spawn', 'Waits');
        f.emit('send_msg', 0, 1, 'Go').emit('transfer_msg', 1, 1, 'Take');
        f.emit('await_msg', 0, 0).emit('ret');
      });
    const run = loaded(m);
    expect(call(run, 'main')).toBe('raised PeerLost(DivideByZero)');
    expect(run.output.sort()).toEqual(['held\n', 'pooled\n', 'sent\n']);
    finished(run);
  });
});
