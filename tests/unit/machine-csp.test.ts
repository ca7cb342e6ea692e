/** Where the host forbids making code, an interpreter made ahead of time runs everything. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { interpreterModule, provideInterpreter } from '../../runtime/engine/interpreter.js';
import type { Build, Maker } from '../../runtime/engine/interpreter.js';
import { compileInstance } from '../../runtime/engine/jit/compile.js';
import { show } from '../../runtime/values/show.js';
import { call, loaded } from '../support/machine.js';
import { programs } from '../support/machine-programs.js';

afterEach(() => vi.unstubAllGlobals());

describe('without code generation', () => {
  it('the module made ahead of time runs programs, and nothing is compiled', () => {
    const text = interpreterModule('./interpreter.js').replace(/^import .*$/m, '');
    const provided: Record<Build, Maker>[] = [];
    new Function('provideInterpreter', text)((makers: Record<Build, Maker>) => provided.push(makers));
    const forbidden = function (): never {
      throw new EvalError('Code generation from strings disallowed for this context');
    };
    vi.stubGlobal('Function', forbidden);
    const run = loaded(programs['closures']!());
    expect(compileInstance(run.module)).toBe(false);
    expect(() => call(run, 'main')).toThrow(EvalError);
    provideInterpreter(provided[0]!);
    const again = loaded(programs['closures']!(), { quantum: 5 });
    const result = call(again, 'main');
    vi.unstubAllGlobals();
    expect(result).toBe(call(loaded(programs['closures']!()), 'main'));
    expect(again.module.functions.every((f) => !f.compiled)).toBe(true);
  });
});

describe('an exception of the host', () => {
  it('that gets through ends the thread alone', () => {
    const run = loaded(programs['ping-pong']!(), { quantum: 3 });
    const t = run.vm.spawn(run.module, 'main');
    run.vm.scheduler.runReady(3);
    vi.spyOn(t.program!, 'run').mockImplementation(() => {
      throw new RangeError('no room');
    });
    run.vm.runReady();
    expect(show(t.result)).toBe('HostError("the machine failed: no room")');
    expect(run.vm.scheduler.live).toBe(0);
    expect(call(loaded(programs['fib']!()), 'main')).toBe('144');
  });
});
