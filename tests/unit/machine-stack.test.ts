/** The host's stack: whatever the code and the engines, a slice never overflows it. */
import { describe, expect, it } from 'vitest';
import { compileInstance } from '../../runtime/engine/jit/compile.js';
import { R } from '../../runtime/process/registers.js';
import { TestModule, call, data, loaded } from '../support/machine.js';

/** Recursion n deep through a function of some arguments that are all used after the call. */
function deep(width: number): TestModule {
  const names = ['n', ...Array.from({ length: width }, (_, i) => `x${i}`)];
  return new TestModule()
    .fun('go', names, (f) => {
      const more = f.label();
      f.int(0).emit('load', 0).emit('eq').emit('jump_unless', more).int(0).emit('ret');
      f.place(more);
      f.int(1).emit('load', 0).emit('sub');
      for (let i = 1; i <= width; i++) f.emit('load', i);
      f.emit('call_function', 'go');
      for (let i = 1; i <= width; i++) f.emit('load', i).emit('add');
      f.int(1).emit('add').emit('ret');
    })
    .fun('main', ['n'], (f) => {
      f.emit('load', 0);
      for (let i = 1; i <= width; i++) f.int(0);
      f.emit('call_function', 'go').emit('ret');
    });
}

/** `bounce(f, g, n)` calls `f(g, f, n - 1)`: with functions of two modules, each engine calls the other. */
const bouncing = (): TestModule =>
  new TestModule().fun('bounce', [data('f', ''), data('g', ''), 'n'], (f) => {
    const more = f.label();
    f.int(0).emit('load', 2).emit('eq').emit('jump_unless', more).int(0).emit('ret');
    f.place(more);
    f.emit('load', 0).emit('load', 1).emit('load', 0).int(1).emit('load', 2).emit('sub').emit('call', 3);
    f.int(1).emit('add').emit('ret');
  });

const atDepth = (depth: number, action: () => void): void => {
  if (depth === 0) action();
  else atDepth(depth - 1, action);
};

describe('deep recursion', () => {
  it.each([0, 1, 2, 3, 5, 8, 20, 60])('with %d more arguments', (width) => {
    for (const engine of ['compiled', 'auto'] as const) {
      expect(call(loaded(deep(width), { engine, quantum: 1e9 }), 'main', 20_000)).toBe('20000');
    }
  });

  it('through compiled and interpreted functions in turn', () => {
    const results = [4000, 100].map((quantum) => {
      const run = loaded(bouncing(), { engine: 'interpreter', quantum });
      const other = run.vm.load(bouncing().verified());
      compileInstance(run.module);
      const [compiled, interpreted] = [run.module, other].map((m) => m.exported('bounce')!.value);
      expect(call(run, 'bounce', interpreted, compiled, 20_000)).toBe('20000');
      return run.vm.scheduler.counters.slices;
    });
    const plain = loaded(bouncing(), { engine: 'interpreter', quantum: 100 });
    const f = plain.module.exported('bounce')!.value;
    expect(call(plain, 'bounce', f, f, 20_000)).toBe('20000');
    expect(plain.vm.scheduler.counters.slices).toBe(results[1]);
  });

  it('three million deep in compiled code', () => {
    expect(call(loaded(deep(0), { engine: 'compiled' }), 'main', 3_000_000)).toBe('3000000');
  });

  it('leaves nothing behind that would keep values alive', () => {
    for (const engine of ['interpreter', 'compiled'] as const) {
      call(loaded(deep(5), { engine, quantum: 100 }), 'main', 10_000);
      expect(R.out.filter((v) => v !== undefined && v !== null)).toEqual([]);
    }
  });

  it('entered when little of the stack is left', () => {
    const run = loaded(deep(5), { engine: 'compiled' });
    atDepth(4000, () => expect(call(run, 'main', 10_000)).toBe('10000'));
  });
});
