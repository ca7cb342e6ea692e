/** What the host starts functions and sessions with is of the types of their parameters; a module from elsewhere is ready soon or not at all. */
import { describe, expect, it } from 'vitest';
import { isLeft } from 'fp-ts/lib/Either.js';
import { assemble } from '../../runtime/bytecode/assemble.js';
import { show } from '../../runtime/values/show.js';
import { list } from '../../runtime/values/list.js';
import { Float } from '../../runtime/values/value.js';
import { verify } from '../../runtime/verify/verify.js';
import { Vm, type VmOptions } from '../../runtime/vm.js';
import { compileText } from '../support/compile.js';
import { verifyAll } from '../support/spec.js';

const TEXT = `
type Point = { x : int, y : float }
type Shape = Dot(Point) | Named(string, list<int>)

fun show(n : int, f : float, s : string, p : Point, shape : Shape, o : option<bool>, m : map<string, int>, t : (int, string))
  "{n + 1} {f} {s ++ "!"} {p.x} {shape} {o} {m} {t}"
end

fun all(xs : list<a>, x : a, g : (a) -> int)
  g(x)
end

fun plus(n : int)
  n + 1
end
fun adder()
  plus
end

session Echo(p, n : int)
  p!Said(n)
end
session Waits(n : int)
  on Ask from client
    client!Said(n)
  end
end
`;

function machine(options: VmOptions = {}): { vm: Vm; run: (name: string, ...args: unknown[]) => string } {
  const vm = new Vm({ virtualTime: true, ...options });
  const module = verifyAll(compileText(TEXT).images, 'compiler').map((m) => vm.load(m)).at(-1)!; // prettier-ignore
  const run = (name: string, ...args: unknown[]): string => {
    const t = vm.spawn(module, name, args);
    vm.runReady();
    return show(t.result);
  };
  return { vm, run };
}

describe('arguments from the host', () => {
  const point = { x: 1, y: 2 };
  const good = [1, 2, 'a', point, { tag: 'Named', fields: ['b', [1]] }, undefined, new Map([['k', 1]]), [3, 'c']];

  it('are converted by the types of the parameters', () => {
    const { run } = machine();
    expect(run('show', ...good)).toBe('2 2.0 a! 1 Named("b", [1]) None #{"k": 1} (3, "c")');
  });
  it('may be values of the machine', () => {
    const { run, vm } = machine();
    expect(run('show', 1, new Float(2.5), ...good.slice(2))).toContain('2 2.5');
    const t = vm.spawn(vm.modules.at(-1)!, 'adder');
    vm.runReady();
    expect(run('all', list([1, 2]), 7, t.result)).toBe('8');
    expect(run('all', [1, 2], 7, t.result)).toBe('8');
  });
  it.each<[string, number, unknown, RegExp]>([
    ['a text for an int', 0, '1', /^argument 1 of show, n : int: /],
    ['half an int', 0, 1.5, /^argument 1 of show/],
    ['minus nothing', 0, undefined, /^argument 1 of show/],
    ['a list for a text', 2, [], /^argument 3 of show, s : string: /],
    ['a record without a field', 3, { x: 1 }, /^argument 4 of show, p : main::Point: /],
    ['a variant that is none', 4, { tag: 'Square', fields: [] }, /^argument 5 of show/],
    ['a variant with something else inside', 4, { tag: 'Named', fields: ['b', ['c']] }, /^argument 5 of show/],
    ['a map of texts', 6, new Map([['k', 'v']]), /^argument 7 of show/],
    ['a tuple of one', 7, [3], /^argument 8 of show/],
    ['a function of the host', 2, () => 1, /^argument 3 of show/],
  ])('are refused: %s', (_, at, wrong, message) => {
    const { run, vm } = machine();
    const threads = vm.scheduler.live;
    expect(() => run('show', ...good.map((x, i) => (i === at ? wrong : x)))).toThrow(message);
    expect(vm.scheduler.live).toBe(threads);
  });
  it('are refused if what a variable stands for is two things', () => {
    const { run, vm } = machine();
    const t = vm.spawn(vm.modules.at(-1)!, 'adder');
    vm.runReady();
    expect(() => run('all', ['a'], 'b', t.result)).toThrow(/^argument \d of all, .*: the arguments agree on no types$/);
    expect(() => run('all', ['a'], 'b', 3)).toThrow(/^argument 3 of all/);
  });
  it('are no ends of links', () => {
    const { run, vm } = machine();
    expect(() => run('Echo', 1, 2)).toThrow(/^argument 1 of Echo, p.*: only a thread has what is needed here$/);
    expect(() => vm.spawn(vm.modules.at(-1)!, 'Waits', ['x'])).toThrow(/^argument 1 of Waits, n : int/);
    expect(vm.spawn(vm.modules.at(-1)!, 'Waits', [3]).id).toBeGreaterThan(0);
  });
});

describe('a module from elsewhere', () => {
  const load = (body: string, options: VmOptions = {}): (() => unknown) => {
    const made = assemble(`module m\nglobal one < int >\ninitialiser init\n${body}`, 'm.qza');
    if (isLeft(made)) throw new Error(JSON.stringify(made.left));
    const judged = verify(made.right, { module: () => undefined, trust: 'none' });
    if (isLeft(judged)) throw new Error(judged.left.message);
    const vm = new Vm({ constants: 100_000, ...options });
    return () => {
      try {
        return vm.load(judged.right).globals[0]!.value;
      } finally {
        if (vm.scheduler.live > 0) throw new Error('something still runs');
        expect(vm.modules.every((m) => m.globals.every((g) => g.ready))).toBe(true);
      }
    };
  };

  it('that computes its constants for ever is not loaded', () => {
    expect(load('function init < () -> void >:\n  push 1\n  set_global one\n')()).toBe(1);
    expect(load('function init < () -> void >:\n_again:\n  loop _again\n')).toThrow(
      /initialising module m failed: it goes on and on/,
    );
    const calls =
      'function init < () -> void >:\n  call_function @more\nfunction more < () -> void >:\n  call_function @more\n';
    expect(load(calls)).toThrow(/initialising module m failed: /);
    const fails = 'function init < () -> void >:\n  raise "no"\n';
    expect(load(fails)).toThrow(/initialising module m failed: no\n {2}in init \(m/);
  });
});
