/** Threads as values: the operations on them, from code and from outside. */
import { describe, expect, it } from 'vitest';
import { clear, endsOf, enqueue, execute, fork, infoOf, pause, resume } from '../../runtime/scheduler/operations.js';
import { Label, Partial, Upvalue } from '../../runtime/values/value.js';
import { show } from '../../runtime/values/show.js';
import { TestModule, call, data, end, loaded } from '../support/machine.js';
import type { Run } from '../support/machine.js';

/** Counts for ever, sleeping a millisecond each round. */
const ticker = (): TestModule => {
  const m = new TestModule();
  const wait = m.host('std::wait', ['int'], 'void', true);
  const print = m.host('std::print', ['a'], 'void');
  return m
    .fun(
      'tick',
      ['from', 'to'],
      (f) => {
        const head = f.place();
        const done = f.label();
        f.emit('load', 1).emit('load', 0).emit('lt').emit('jump_unless', done);
        f.emit('load', 0).emit('call_function', print).int(1).emit('call_function', wait);
        f.int(1).emit('load', 0).emit('add').emit('store', 0).emit('loop', head);
        f.place(done);
      },
      false,
    )
    .fun('busy', [], (f) => f.emit('loop', f.place()), false);
};

const step = (run: Run, times: number): void => {
  for (let i = 0; i < times; i++) {
    run.vm.scheduler.runReady();
    run.vm.scheduler.advance();
  }
};

describe('operations', () => {
  it('pause and resume a thread', () => {
    const run = loaded(ticker());
    const t = run.vm.spawn(run.module, 'tick', [0, 5]);
    step(run, 2);
    const before = run.output.length;
    pause(t);
    step(run, 3);
    expect(infoOf(t).status).toBe('paused');
    expect(run.output.length).toBe(before);
    resume(t);
    run.vm.runReady();
    expect(run.output.join('')).toBe('0\n1\n2\n3\n4\n');
  });

  it('kill a thread that never ends by itself, and others go on', () => {
    const run = loaded(ticker());
    const busy = run.vm.spawn(run.module, 'busy');
    const t = run.vm.spawn(run.module, 'tick', [0, 2]);
    run.vm.scheduler.runReady(50);
    run.vm.scheduler.kill(busy);
    run.vm.runReady();
    expect(show(busy.result)).toBe('Killed');
    expect(t.status).toBe(2);
    expect(run.vm.end()).toEqual({ exitCode: 0, failures: [], stuck: [] });
  });

  it('fork a running thread: both go on from the same place with their own data', () => {
    const run = loaded(ticker());
    const t = run.vm.spawn(run.module, 'tick', [0, 3]);
    run.vm.run(20);
    const copy = fork(t);
    copy.noticed = true;
    run.vm.runReady();
    expect(t.status).toBe(2);
    expect(run.output.filter((l) => l === '2\n').length).toBe(copy.status === 2 ? 2 : 1);
  });

  it('fork copies captured variables once each and loses links', () => {
    const m = new TestModule();
    const fork = m.host('thread::fork', ['thread'], 'thread');
    const print = m.host('std::print', ['a'], 'void');
    m.fun('bump', [data('box', '', 'upvalue')], (f) => {
      f.int(1).emit('get_upvalue', 0).emit('add').emit('set_upvalue', 0).emit('get_upvalue', 0).emit('ret');
    })
      .session('Peer', [end('p')], (f) => f.emit('await_msg', 0, 0).emit('close'))
      .fun('main', [], (f) => {
        const n = f.local();
        f.int(0).emit('store', n).emit('open_upvalue', n);
        f.closure('bump', [n]).closure('bump', [n]);
        f.emit('push_self').emit('call_constructor_spawn', 'Peer');
        f.emit('push_self').emit('call_function', fork).emit('push_self').emit('equal');
        f.emit('swap').emit('drop', 0).emit('pop').emit('swap').emit('call', 0).emit('tuple', 3);
        f.emit('call_function', print).emit('get_upvalue', n).emit('ret');
      });
    const run = loaded(m);
    expect(call(run, 'main')).toBe('1');
    expect(run.output.map((l) => /(true|false)/.exec(l)?.[0]).sort()).toEqual(['false', 'true']);
  });

  it('exec sets the program of an empty thread', () => {
    const run = loaded(ticker());
    const t = run.vm.scheduler.newThread();
    expect(infoOf(t).status).toBe('empty');
    const program = new Partial(run.module.exported('tick')!, [7, 9]);
    expect(execute(t, program)).toBe(true);
    expect(execute(t, program)).toBe(false);
    run.vm.runReady();
    expect(run.output.join('')).toBe('7\n8\n');
  });

  it('clear empties queues, and the links so emptied are lost to both sides', () => {
    const m = new TestModule();
    const wait = m.host('std::wait', ['int'], 'void', true);
    m.session('Slow', [end('p')], (f) => {
      f.int(10).emit('call_function', wait).emit('await_msg', 0, 0).emit('close');
    }).fun('main', [], (f) => {
      f.emit('push_self').emit('call_constructor_spawn', 'Slow').emit('send_msg', 0, 0, 'Hi');
      f.emit('await_msg', 0, 0).emit('ret');
    });
    const run = loaded(m);
    const main = run.vm.spawn(run.module, 'main');
    run.vm.scheduler.runReady();
    const slow = [...run.vm.scheduler.threads].find((t) => t !== main)!;
    expect(infoOf(slow).queue).toBe(1);
    expect(endsOf(slow).size).toBe(1);
    clear(slow);
    run.vm.runReady();
    expect(show(main.result)).toBe('PeerLost(Dropped)');
    expect(show(slow.result)).toBe('PeerLost(Dropped)');
  });

  it('enqueue starts a conversation with an empty thread, which accepts it once it has a program', () => {
    const m = new TestModule();
    const print = m.host('std::print', ['a'], 'void');
    m.session('Server', [], (f) => {
      const got = f.label();
      f.select([{ kind: 'accept', message: 'Go', count: 1, target: got }]);
      f.place(got);
      f.emit('call_function', print).emit('close');
    });
    const run = loaded(m);
    const t = run.vm.scheduler.newThread();
    enqueue(t, Label.of('Go'), [5]);
    expect(execute(t, new Partial(run.module.exported('Server')!, []))).toBe(true);
    run.vm.runReady();
    expect(run.output).toEqual(['5\n']);
    expect(Label.of('Go')).toBe(Label.of('Go'));
  });
});

describe('what leaves a thread', () => {
  /** A function value that shares a variable: it adds one to it and gives it. */
  const counter = (): { value: Partial; variable: Upvalue; run: Run } => {
    const m = new TestModule().fun('up', [{ name: 'n', kind: 'upvalue', type: 'int' }], (f) => {
      f.emit('get_upvalue', 0).int(1).emit('add').emit('set_upvalue', 0).emit('get_upvalue', 0).emit('ret');
    });
    const run = loaded(m);
    const variable = new Upvalue(1);
    return { value: new Partial(run.module.exported('up')!, [variable]), variable, run };
  };

  it('the program of an empty thread has variables of its own', () => {
    const { value, variable, run } = counter();
    const t = run.vm.scheduler.newThread();
    expect(execute(t, value)).toBe(true);
    run.vm.runReady();
    expect(t.result).toBe(2);
    expect(variable.value).toBe(1);
  });

  it('a message put into a queue has variables of its own, shared within the message', () => {
    const { value, variable, run } = counter();
    const t = run.vm.scheduler.newThread();
    enqueue(t, Label.of('Run'), [value, value]);
    const sent = [...endsOf(t)][0]!.head!;
    expect((sent.a as Partial).args[0]).not.toBe(variable);
    expect((sent.a as Partial).args[0]).toBe((sent.b as Partial).args[0]);
  });
});
