/** Snapshots: a VM saved at any slice goes on elsewhere exactly as it would have. */
import { describe, expect, it } from 'vitest';
import { decode } from '../../runtime/bytecode/decode.js';
import { show } from '../../runtime/values/show.js';
import { SnapshotError } from '../../runtime/snapshot/graph.js';
import { Vm } from '../../runtime/vm.js';
import type { VmOptions } from '../../runtime/vm.js';
import { TestModule, data, loaded, trusted } from '../support/machine.js';
import { programs } from '../support/machine-programs.js';

const admit = (bytes: Uint8Array): ReturnType<typeof trusted> => {
  const image = decode(bytes);
  if (image._tag === 'Left') throw new Error('not a module');
  return trusted(image.right);
};

function restored(bytes: Uint8Array, options: VmOptions = {}): { vm: Vm; output: string[] } {
  const output: string[] = [];
  const environment = { write: (text: string): number => output.push(text), now: (): number => 0 };
  return { vm: Vm.restore(bytes, admit, { virtualTime: true, environment, ...options }), output };
}

describe('a snapshot after any slice', () => {
  for (const [name, make] of Object.entries(programs)) {
    it(`goes on the same: ${name}`, () => {
      const whole = loaded(make(), { quantum: 7 });
      const expected = whole.vm.spawnMain(whole.module);
      whole.vm.runReady();
      const first = loaded(make(), { quantum: 7 });
      first.vm.spawnMain(first.module);
      let vm = first.vm;
      for (let moves = 0; vm.scheduler.live > 0 && moves < 60; moves++) {
        if (vm.scheduler.head === null) vm.scheduler.advance();
        else vm.scheduler.runReady(1 + (moves % 3));
        vm = restored(vm.snapshot(), { quantum: 7, engine: moves % 2 === 0 ? 'compiled' : 'interpreter' }).vm;
      }
      vm.runReady();
      expect(show(vm.scheduler.main!.result)).toBe(show(expected.result));
    });
  }
});

describe('snapshots', () => {
  it('keep sleeping threads asleep for what is left', () => {
    const m = new TestModule();
    const wait = m.host('std::wait', ['int'], 'void', true);
    m.fun('main', [], (f) => f.int(100).emit('call_function', wait).string('awake').emit('ret'));
    const run = loaded(m);
    run.vm.spawnMain(run.module);
    run.vm.scheduler.runReady();
    const { vm } = restored(run.vm.snapshot());
    vm.runReady();
    expect(vm.scheduler.main?.result).toBe('awake');
    expect(vm.scheduler.virtualTime).toBe(100);
  });

  it('keep every kind of value', () => {
    const m = new TestModule().fun('hold', [data('x', 'a')], (f) => {
      f.int(1).emit('pop').emit('load', 0).emit('ret');
    });
    const texts = [
      '1',
      '-5',
      '9007199254740991',
      '3.0',
      'nan',
      '"a\\nb"',
      '[1, [2]]',
      '#{1: "x"}',
      'b"\\xff"',
      'void',
      'true',
    ];
    m.fun('main', [], (f) => {
      f.int(1).int(-5).int(9007199254740991).float(3).float(NaN).string('a\nb');
      f.int(1).int(2).emit('list', 1).emit('list', 2).int(1).string('x').emit('map', 1);
      f.emit('push', f.module.constant({ kind: 'bytes', value: Uint8Array.of(255) }))
        .unit()
        .bool(true);
      f.emit('tuple', 11).emit('call_function', 'hold').emit('ret');
    });
    const run = loaded(m, { quantum: 1 });
    run.vm.spawnMain(run.module);
    run.vm.scheduler.runReady(1);
    const { vm } = restored(run.vm.snapshot());
    vm.runReady();
    expect(show(vm.scheduler.main!.result)).toBe(`(${texts.join(', ')})`);
  });

  it('keep a list of a million elements', () => {
    const m = new TestModule()
      .fun('keep', ['xs'], (f) => f.emit('load', 0).emit('length').emit('ret'))
      .fun('main', [], (f) => f.int(1).int(1_000_000).emit('range').emit('call_function', 'keep').emit('ret'));
    const run = loaded(m, { quantum: 1 });
    run.vm.spawnMain(run.module);
    run.vm.scheduler.runReady(1);
    const { vm } = restored(run.vm.snapshot());
    vm.runReady();
    expect(vm.scheduler.main?.result).toBe(1_000_000);
  });

  it('of another format version are refused by name, and damaged ones never restore quietly into nonsense', () => {
    const run = loaded(programs['closures']!(), { quantum: 3 });
    run.vm.spawnMain(run.module);
    run.vm.scheduler.runReady(4);
    const bytes = run.vm.snapshot();
    const other = bytes.slice();
    other[4] = 99;
    expect(() => restored(other)).toThrow(/format version 99/);
    for (let cut = 0; cut < bytes.length; cut += 7) {
      expect(() => restored(bytes.slice(0, cut))).toThrow(SnapshotError);
    }
  });

  it('in which two threads have one number, or a thread that of one to come, are refused', () => {
    const m = new TestModule().fun('main', [], (f) => f.int(1).emit('ret'));
    const saved = (second: number): Uint8Array => {
      const run = loaded(m);
      const first = run.vm.spawnMain(run.module);
      Object.assign(run.vm.spawnMain(run.module), { id: second < 0 ? first.id : second });
      return run.vm.snapshot();
    };
    expect(() => restored(saved(-1))).toThrow(/two threads have one number/);
    expect(() => restored(saved(900))).toThrow(/the number of one to come/);
  });
});
