/** Sequences of rows that the interpreter runs in one step: entered in the middle, left by exceptions, and of sound shape. */
import { describe, expect, it } from 'vitest';
import { SEQUENCES, fuse } from '../../runtime/engine/fusion.js';
import { interpreterText } from '../../runtime/engine/interpreter.js';
import { ROWS, flowOf } from '../../runtime/bytecode/isa.js';
import type { Exn } from '../../runtime/values/value.js';
import { TestModule, call, data, loaded } from '../support/machine.js';

const ENGINES = ['interpreter', 'compiled'] as const;

describe('sequences', () => {
  it('compute or branch in all rows but the last, and are listed once', () => {
    expect(new Set(SEQUENCES.map((rows) => rows.map((r) => r.name).join(' '))).size).toBe(SEQUENCES.length);
    for (const rows of SEQUENCES) {
      expect(rows.length).toBeGreaterThan(1);
      for (const [i, row] of rows.entries()) {
        expect(row.touches).toBeUndefined();
        if (i < rows.length - 1) expect(['', 'branch']).toContain(flowOf(row));
      }
    }
  });

  it('leave the interpreter small enough for the host to optimise', () => {
    // The host gives up at 61,440 bytes of its own code. Measured: 49,174 characters became 55,017 bytes.
    const text = interpreterText({ counted: false, metered: false, stepped: false, fused: true });
    expect(text.length).toBeLessThan(54_000);
  });

  it('are marked at their beginnings, and nowhere within an instruction', () => {
    const m = new TestModule().fun('main', [data('n')], (f) => {
      f.emit('load', 0).int(1).emit('add').emit('store', 0).emit('load', 0).emit('ret');
    });
    const fn = loaded(m).module.exported('main')!;
    const fused = fuse(fn);
    expect(fused[0]).toBeGreaterThanOrEqual(ROWS.length);
    for (let pc = 0; pc < fused.length; pc++) if (fn.facts.depth[pc]! < 0) expect(fused[pc]).toBe(fn.code[pc]);
  });

  it('can be entered in the middle', () => {
    const m = (): TestModule =>
      new TestModule().fun('main', [data('n'), data('far', 'bool')], (f) => {
        const near = f.label();
        const middle = f.label();
        f.emit('load', 1).emit('jump_unless', near).int(10).emit('jump', middle);
        f.place(near);
        f.emit('load', 0);
        f.place(middle);
        f.int(1).emit('add').emit('store', 0).emit('load', 0).emit('ret');
      });
    for (const engine of ENGINES) {
      expect(call(loaded(m(), { engine }), 'main', 5, false), engine).toBe('6');
      expect(call(loaded(m(), { engine }), 'main', 5, true), engine).toBe('11');
    }
  });

  it('are left by a branch in the middle, with what they have pushed', () => {
    const m = (): TestModule =>
      new TestModule().fun('main', [data('n')], (f) => {
        const small = f.label();
        f.emit('load', 0).int(2).emit('gt').emit('jump_unless', small).emit('load', 0).emit('ret');
        f.place(small);
        f.int(40).emit('load', 0).emit('add').emit('ret');
      });
    expect(SEQUENCES.map((rows) => rows.map((r) => r.name).join(' '))).toContain('load push gt jump_unless load ret');
    for (const engine of ENGINES)
      expect(
        [1, 3].map((n) => call(loaded(m(), { engine }), 'main', n)),
        engine,
      ).toEqual(['1', '43']);
    const pushed = (): TestModule =>
      new TestModule().fun('main', [data('n')], (f) => {
        const low = f.label();
        f.int(10).emit('load', 0).int(2).emit('lt').emit('jump_unless', low).emit('load', 0).emit('add').emit('ret');
        f.place(low);
        f.int(30).emit('add').emit('ret');
      });
    for (const engine of ENGINES)
      expect(
        [1, 5].map((n) => call(loaded(pushed(), { engine }), 'main', n)),
        engine,
      ).toEqual(['40', '15']);
  });

  it('end in tail calls of functions with as many arguments, or fewer', () => {
    /** Counts n down to 0; the sum of its other arguments is the result. */
    const m = (): TestModule =>
      new TestModule()
        .fun('two', ['n', 'sum'], (f) => {
          const more = f.label();
          f.int(0).emit('load', 0).emit('eq').emit('jump_unless', more).emit('load', 1).emit('ret');
          f.place(more);
          f.int(1).emit('load', 0).emit('sub').int(7).emit('load', 1).emit('add').emit('tail_call_function', 'two');
        })
        .fun('main', ['n'], (f) => {
          f.emit('load', 0).int(0).emit('tail_call_function', 'two');
        });
    for (const engine of ENGINES) expect(call(loaded(m(), { engine }), 'main', 5), engine).toBe('35');
  });

  it('raise where their row is, with what was stored before', () => {
    /** n + 1 is stored, then something is divided by zero, all in one step of a fused interpreter. */
    const m = (caught: boolean): TestModule =>
      new TestModule().fun('main', [data('n')], (f) => {
        const handler = f.label();
        if (caught) f.emit('try', handler);
        f.emit('load', 0).int(1).emit('add').emit('store', 0).emit('load', 0).int(0).emit('swap').emit('rem').int(3);
        f.emit('mul');
        if (caught) f.emit('end_try');
        f.emit('ret');
        if (!caught) return;
        f.place(handler);
        f.emit('pop').emit('load', 0).emit('ret');
      });
    for (const engine of ENGINES) expect(call(loaded(m(true), { engine }), 'main', 6), engine).toBe('7');
    const places = ENGINES.map((engine) => {
      const { vm, module } = loaded(m(false), { engine });
      const t = vm.spawn(module, 'main', [6]);
      t.noticed = true;
      vm.runReady();
      return (t.result as Exn).trace!.map((site) => site - module.exported('main')!.siteBase);
    });
    expect(places[0]).toEqual(places[1]);
    expect(places[0]).toHaveLength(1);
  });
});
