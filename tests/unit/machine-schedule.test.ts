/** Determinism: the strategy is the only source of choice, and its log replays a run. What a program's end reports. */
import { describe, expect, it } from 'vitest';
import { LOG_FORMAT, type LogHeader, readLog } from '../../runtime/record/log.js';
import { Player } from '../../runtime/record/player.js';
import { Recorder } from '../../runtime/record/recorder.js';
import { Seeded } from '../../runtime/scheduler/strategy.js';
import { TestModule, call, end, loaded } from '../support/machine.js';

/** Two senders race to one receiver, which gives the order. */
function race(): TestModule {
  const m = new TestModule();
  for (const name of ['A', 'B']) {
    m.session(name, [end('p')], (f) => f.string(name).emit('send_msg', 1, 1, 'Say').emit('close'));
  }
  return m.fun('main', [], (f) => {
    const [a, b] = [f.local(), f.local()];
    f.emit('push_self').emit('call_constructor_spawn', 'A').emit('store', a);
    f.emit('push_self').emit('call_constructor_spawn', 'B').emit('store', b);
    for (let i = 0; i < 2; i++) {
      const next = f.label();
      f.select([
        { kind: 'message', slot: f.slotOf(a, i), message: 'Say', count: 1, target: next },
        { kind: 'message', slot: f.slotOf(b, i), message: 'Say', count: 1, target: next },
      ]);
      f.place(next);
    }
    f.emit('tuple', 2).emit('ret');
  });
}

const header: LogHeader = {
  format: LOG_FORMAT,
  modules: [],
  entry: 'main',
  args: [],
  machine: { quantum: 4000, virtualTime: true, threadHeap: 0, mailboxLimit: 0 },
};

describe('schedules', () => {
  it('a race shows both outcomes under different seeds, the same one under the same seed', () => {
    const under = (seed: number): string => call(loaded(race(), { strategy: new Seeded(seed) }), 'main');
    const seen = new Set(Array.from({ length: 20 }, (_, seed) => under(seed)));
    expect([...seen].sort()).toEqual(['("A", "B")', '("B", "A")']);
    for (let seed = 0; seed < 5; seed++) expect(under(seed)).toBe(under(seed));
  });

  it('a recorded run replays, also in the other engine', () => {
    for (let seed = 0; seed < 10; seed++) {
      const recorder = new Recorder();
      const options = { strategy: new Seeded(seed), outside: recorder, engine: 'interpreter' } as const;
      const expected = call(loaded(race(), options), 'main');
      const read = readLog(recorder.text(header, 0));
      if (!read.ok) throw new Error(read.error);
      const player = new Player(read.log);
      expect(call(loaded(race(), { outside: player, engine: 'compiled' }), 'main')).toBe(expected);
      player.finish(0);
      expect(player.problem).toBeUndefined();
    }
  });

  it('no thread starves another', () => {
    const m = new TestModule()
      .fun('busy', [], (f) => f.emit('loop', f.place()), false)
      .fun('brief', [], (f) => f.string('done').emit('ret'));
    const run = loaded(m);
    run.vm.spawn(run.module, 'busy');
    const t = run.vm.spawn(run.module, 'brief');
    run.vm.scheduler.runReady(2);
    expect(t.result).toBe('done');
  });
});

describe('the end of a program', () => {
  it('reports a failure nobody was linked to, although the thread had dropped a link before', () => {
    const m = new TestModule()
      .session('Other', [end('p')], (f) => {
        const down = f.label();
        f.select([{ kind: 'down', slot: 0, target: down }]);
        f.place(down);
        f.emit('close');
      })
      .session('Loner', [], (f) => {
        f.emit('push_self')
          .emit('call_constructor_spawn', 'Other')
          .emit('drop', 0)
          .emit('pop')
          .emit('close_err', 'alone');
      });
    const run = loaded(m);
    run.vm.spawn(run.module, 'Loner');
    run.vm.runReady();
    expect(run.vm.end()).toMatchObject({ exitCode: 1, failures: [{ message: 'alone' }] });
  });

  it('reports threads that wait for ever, with the place', () => {
    const m = new TestModule()
      .session('Mute', [end('p')], (f) => f.emit('await_msg', 0, 0).emit('close'))
      .fun('main', [], (f) => {
        f.at(40, 7)
          .emit('push_self')
          .emit('call_constructor_spawn', 'Mute')
          .at(60, 8)
          .emit('await_msg', 0, 0)
          .emit('ret');
      });
    const run = loaded(m);
    run.vm.spawnMain(run.module);
    run.vm.runReady();
    const { exitCode, stuck } = run.vm.end();
    expect(exitCode).toBe(1);
    expect(stuck.map((s) => s.where)).toEqual(['main (test.qz:8)', 'Mute (test.qz+0)']);
  });

  it('halt ends it at once', () => {
    const m = new TestModule()
      .fun('busy', [], (f) => f.emit('loop', f.place()), false)
      .fun('main', [], (f) => f.emit('halt'), false);
    const run = loaded(m);
    run.vm.spawn(run.module, 'busy');
    run.vm.spawnMain(run.module);
    run.vm.runReady();
    expect(run.vm.end()).toEqual({ exitCode: 0, failures: [], stuck: [] });
  });
});
