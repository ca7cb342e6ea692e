/** Programs for comparing engines: each makes a module whose `main` takes no arguments and gives a value. */
import type { FunctionBuilder } from '../../runtime/bytecode/builder.js';
import { TestModule, data, end } from './machine.js';

const MAX = Number.MAX_SAFE_INTEGER;

/** A counting loop over a fresh local: `body` runs with the local's number, for 0 .. n - 1. */
function times(f: FunctionBuilder, n: number, body: (i: number) => void): void {
  const i = f.local();
  const done = f.label();
  f.int(0).emit('store', i);
  const head = f.place();
  f.int(n).emit('load', i).emit('lt').emit('jump_unless', done);
  body(i);
  f.int(1).emit('load', i).emit('add').emit('store', i).emit('loop', head);
  f.place(done);
}

const fib = (m: TestModule): TestModule =>
  m.fun('fib', ['n'], (f) => {
    const big = f.label();
    f.int(2).emit('load', 0).emit('lt').emit('jump_unless', big).emit('load', 0).emit('ret');
    f.place(big);
    f.int(1).emit('load', 0).emit('sub').emit('call_function', 'fib');
    f.int(2).emit('load', 0).emit('sub').emit('call_function', 'fib').emit('add').emit('ret');
  });

const thrower = (m: TestModule): TestModule =>
  m.fun('thrower', ['n'], (f) => {
    const more = f.label();
    f.int(0).emit('load', 0).emit('eq').emit('jump_unless', more).emit('raise_text', 'boom');
    f.place(more);
    f.int(1).emit('load', 0).emit('sub').emit('call_function', 'thrower').int(1).emit('add').emit('ret');
  });

export const programs: Record<string, () => TestModule> = {
  fib: () => fib(new TestModule()).fun('main', [], (f) => f.int(12).emit('call_function', 'fib').emit('ret')),

  'nested loops': () =>
    new TestModule().fun('main', [], (f) => {
      const sum = f.local();
      f.int(0).emit('store', sum);
      times(f, 20, (i) => {
        times(f, 7, (j) => {
          const skip = f.label();
          f.int(3).emit('load', j).emit('rem').int(1).emit('eq').emit('jump_if', skip);
          f.emit('load', i).emit('load', j).emit('mul').emit('load', sum).emit('add').emit('store', sum);
          f.place(skip);
        });
      });
      f.emit('load', sum).emit('ret');
    }),

  'ints of more than 32 bits in a loop': () =>
    new TestModule()
      .fun('sum', ['step', 'start'], (f) => {
        times(f, 12, () => {
          f.emit('load', 0).emit('load', 1).emit('add').emit('store', 1);
        });
        f.emit('load', 1).emit('ret');
      })
      .fun('main', [], (f) => {
        f.int(2 ** 30)
          .int(5)
          .emit('call_function', 'sum')
          .int(-(2 ** 40))
          .int(2 ** 31)
          .emit('call_function', 'sum');
        f.emit('tuple', 2).emit('ret');
      }),

  'frames as stacks': () =>
    new TestModule()
      .fun('odd', ['a', 'b', 'c'], (f) => {
        f.emit('swap').int(5).emit('swap').emit('dup').int(1).emit('lt').emit('pop');
        f.emit('add').emit('swap').emit('sub').emit('swap').emit('tuple', 2).emit('ret');
      })
      .fun('jumpy', ['a', 'b'], (f) => {
        const other = f.label();
        const join = f.label();
        f.emit('swap').emit('get', 0).emit('load', 0).emit('lt').emit('jump_unless', other);
        f.int(100).emit('swap').emit('jump', join);
        f.place(other);
        f.emit('dup');
        f.place(join);
        f.emit('tuple', 3).emit('ret');
      })
      .fun('main', [], (f) => {
        f.int(1).int(2).int(3).emit('call_function', 'odd');
        f.int(1).int(2).emit('call_function', 'jumpy').int(2).int(1).emit('call_function', 'jumpy');
        f.emit('tuple', 3).emit('ret');
      }),

  'finally runs on both ways': () =>
    thrower(new TestModule())
      .fun('guarded', ['n'], (f) => {
        const out = f.local();
        const handler = f.label();
        f.emit('list', 0).emit('store', out).emit('try', handler);
        f.emit('load', 0).emit('call_function', 'thrower').emit('end_try');
        f.emit('load', out).emit('cons').emit('ret');
        f.place(handler);
        f.emit('to_string').emit('load', out).emit('cons').emit('store', out);
        f.string('finally').emit('load', out).emit('cons').emit('ret');
      })
      .fun('main', [], (f) => f.int(4).emit('call_function', 'guarded').emit('ret')),

  'exceptions in a loop': () =>
    thrower(new TestModule()).fun('main', [], (f) => {
      const caught = f.local();
      f.int(0).emit('store', caught);
      times(f, 30, (i) => {
        const handler = f.label();
        const next = f.label();
        f.emit('try', handler).int(3).emit('load', i).emit('rem').emit('call_function', 'thrower').emit('end_try');
        f.emit('pop').emit('jump', next);
        f.place(handler);
        f.emit('pop').int(1).emit('load', caught).emit('add').emit('store', caught).emit('jump', next);
        f.place(next);
      });
      f.emit('load', caught).emit('ret');
    }),

  'handlers in handlers': () =>
    thrower(new TestModule()).fun('main', [], (f) => {
      const outer = f.label();
      const inner = f.label();
      f.int(7).emit('try', outer).int(8).emit('try', inner).int(3).emit('call_function', 'thrower');
      f.emit('end_try').emit('end_try').emit('ret');
      f.place(inner);
      f.emit('pop').int(1).int(MAX).emit('add').emit('end_try').emit('ret');
      f.place(outer);
      f.emit('tuple', 2).emit('ret');
    }),

  closures: () =>
    new TestModule()
      .fun('inc', [data('box', '', 'upvalue'), 'by'], (f) => {
        f.emit('get_upvalue', 0).emit('load', 1).emit('add').emit('set_upvalue', 0).emit('get_upvalue', 0).emit('ret');
      })
      .fun('add3', ['a', 'b', 'c'], (f) =>
        f.emit('load', 2).emit('load', 1).emit('load', 0).emit('add').emit('add').emit('ret'),
      )
      .fun('twice', [data('f', '() -> int'), 'x'], (f) => {
        f.emit('load', 0)
          .emit('load', 1)
          .emit('call', 1)
          .emit('pop')
          .emit('load', 0)
          .emit('load', 1)
          .emit('tail_call', 1);
      })
      .fun('main', [], (f) => {
        const out = f.local();
        const n = f.local();
        f.emit('list', 0).emit('store', out);
        times(f, 6, (i) => {
          f.emit('load', i).emit('store', n).emit('open_upvalue', n).closure('inc', [n]);
          f.int(10).emit('call_function', 'twice').emit('load', out).emit('cons').emit('store', out);
          f.emit('close_upvalues', n);
          f.emit('push_function', 'add3').emit('load', i).emit('call', 1).int(2).emit('call', 1).int(3).emit('call', 1);
          f.emit('load', out).emit('cons').emit('store', out);
        });
        f.emit('load', out).emit('ret');
      }),

  'data and matching': () =>
    new TestModule().fun('main', [], (f) => {
      const b = f.module;
      const leaf = b.constructorOf({
        module: b.name,
        type: 'Tree',
        name: 'Leaf',
        kind: 'variant',
        tag: 0,
        fields: [],
        params: [],
      });
      const field = (name: string): { name: string; type: string } => ({ name, type: 'int' });
      const node = b.constructorOf({
        module: b.name,
        type: 'Tree',
        name: 'Node',
        kind: 'variant',
        tag: 1,
        fields: [field(''), field('')],
        params: [],
      });
      const tree = f.local();
      const size = f.local();
      f.emit('make', leaf).emit('store', tree).int(0).emit('store', size);
      times(f, 10, (i) => f.emit('load', tree).emit('load', i).emit('make', node).emit('store', tree));
      const head = f.place();
      const done = f.label();
      f.emit('load', tree)
        .emit('match', node, done)
        .emit('dup')
        .emit('field', 1)
        .emit('load', size)
        .emit('add')
        .emit('store', size);
      f.emit('field', 0).emit('store', tree).emit('loop', head);
      f.place(done);
      f.emit('tag').emit('load', size).emit('tuple', 2).emit('ret');
    }),

  'tail calls': () =>
    new TestModule()
      .fun('even', ['n'], (f) => {
        const more = f.label();
        f.int(0).emit('load', 0).emit('eq').emit('jump_unless', more).bool(true).emit('ret');
        f.place(more);
        f.int(1).emit('load', 0).emit('sub').emit('tail_call_function', 'odd');
      })
      .fun('odd', ['n'], (f) => {
        const more = f.label();
        f.int(0).emit('load', 0).emit('eq').emit('jump_unless', more).bool(false).emit('ret');
        f.place(more);
        f.int(1).emit('load', 0).emit('sub').emit('tail_call_function', 'even');
      })
      .fun('main', [], (f) => f.int(501).emit('call_function', 'even').emit('ret')),

  switches: () =>
    new TestModule().fun('main', [], (f) => {
      const out = f.local();
      f.emit('list', 0).emit('store', out);
      times(f, 5, (i) => {
        const [a, b, other, next] = [f.label(), f.label(), f.label(), f.label()];
        f.emit('load', i).switch([a, b, a], other);
        f.place(a);
        f.string('a').emit('jump', next);
        f.place(b);
        f.string('b').emit('jump', next);
        f.place(other);
        f.string('other').emit('jump', next);
        f.place(next);
        f.emit('load', out).emit('cons').emit('store', out);
      });
      f.emit('load', out).emit('ret');
    }),

  'ping-pong': () =>
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
      .fun('main', [], (f) => {
        const peer = f.local();
        const sum = f.local();
        f.emit('push_self').emit('call_constructor_spawn', 'Pong').emit('store', peer).int(0).emit('store', sum);
        times(f, 20, (i) => {
          f.emit('load', i).emit('send_msg', 1, f.slotOf(peer, 1), 'Ping').emit('await_msg', 1, f.slotOf(peer, 0));
          f.emit('pop').emit('load', sum).emit('add').emit('store', sum);
        });
        f.emit('send_msg', 0, f.slotOf(peer, 0), 'Stop').emit('load', sum).emit('ret');
      }),

  'select and loss': () => {
    const m = new TestModule();
    const wait = m.host('std::wait', ['int'], 'void', true);
    m.session('Worker', [end('p'), data('n')], (f) => {
      const fine = f.label();
      f.emit('load', 1).emit('call_function', wait).emit('load', 1).emit('send_msg', 1, 2, 'Done');
      f.int(2).emit('load', 1).emit('rem').int(0).emit('eq').emit('jump_if', fine).emit('close_err', 'odd');
      f.place(fine);
      f.emit('close');
    });
    return m.fun('main', [], (f) => {
      const out = f.local();
      f.emit('list', 0).emit('store', out);
      times(f, 6, (i) => {
        const [got, down, late, next] = [f.label(), f.label(), f.label(), f.label()];
        f.emit('push_self').emit('load', i).emit('call_constructor_spawn', 'Worker');
        f.int(4).select([
          { kind: 'message', slot: 1, message: 'Done', count: 1, target: got },
          { kind: 'after', target: late },
        ]);
        f.place(got);
        f.int(1000).select([
          { kind: 'down', slot: 2, target: down },
          { kind: 'after', target: next },
        ]);
        f.place(down);
        f.emit('tuple', 2).emit('load', out).emit('cons').emit('store', out).unit().emit('jump', next);
        f.place(late);
        f.string('late').emit('load', out).emit('cons').emit('store', out).unit().emit('jump', next);
        f.place(next);
        f.emit('pop').emit('drop', 0).emit('pop');
      });
      f.emit('load', out).emit('ret');
    });
  },

  'overflow and division': () =>
    new TestModule()
      .fun('attempt', ['x', 'y'], (f) => {
        const handler = f.label();
        f.emit('try', handler).emit('load', 1).emit('load', 0).emit('mul').int(0).emit('load', 1).emit('div');
        f.emit('add').emit('end_try').emit('to_string').emit('ret');
        f.place(handler);
        f.emit('to_string').emit('ret');
      })
      .fun('main', [], (f) => {
        f.int(MAX).int(2).emit('call_function', 'attempt').int(-0).int(5).emit('call_function', 'attempt');
        f.emit('tuple', 2).emit('ret');
      }),
};
