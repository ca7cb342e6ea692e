/** Host functions: results checked, failures raised, promises suspend the calling thread alone; VMs share nothing. */
import { describe, expect, it } from 'vitest';
import { HostRegistry } from '../../runtime/host/registry.js';
import { Vm } from '../../runtime/vm.js';
import { ERR, OK, SOME } from '../../runtime/values/exceptions.js';
import { list } from '../../runtime/values/list.js';
import { PersistentMap } from '../../runtime/values/map.js';
import { show } from '../../runtime/values/show.js';
import { makeData, tupleConstructor, type Value } from '../../runtime/values/value.js';
import { TestModule, call, loaded } from '../support/machine.js';

const calling = (result: string, async = false): TestModule => {
  const m = new TestModule();
  const give = m.host('user::give', [], result, async);
  return m.fun('main', [], (f) => {
    const handler = f.label();
    f.emit('try', handler).emit('call_function', give).emit('end_try').emit('ret');
    f.place(handler);
    f.emit('ret');
  });
};
const some = (x: Value): Value => makeData(SOME, [x]);
const pair = (...xs: Value[]): Value => makeData(tupleConstructor(xs.length), xs);
const giving = (x: unknown): HostRegistry => new HostRegistry().add('user', { give: () => x });

describe('results', () => {
  it.each([
    ['int', 5, '5'],
    ['float', 5, '5.0'],
    ['string', 'x', 'x'],
    ['bytes', Uint8Array.of(1), 'b"\\x01"'],
    ['option<float>', some(5), 'Some(5.0)'],
    ['result<list<float>, string>', makeData(OK, [list([1, 2])]), 'Ok([1.0, 2.0])'],
    ['(int, float)', pair(1, 1), '(1, 1.0)'],
    ['map<int, float>', PersistentMap.of([1, 2]), '#{1: 2.0}'],
    ['map<any, any>', PersistentMap.of([1, 'x']), '#{1: "x"}'],
    ['list<any>', list([1, 'x']), '[1, "x"]'],
  ])('of type %s', (type, x, expected) =>
    expect(call(loaded(calling(type), { hosts: giving(x) }), 'main')).toBe(expected),
  );

  it.each([
    ['int', 1.5],
    ['int', '5'],
    ['int', NaN],
    ['string', 5],
    ['bool', 0],
    ['list<int>', [1]],
    ['option<int>', null],
    ['a', () => 1],
    ['a', { x: 1 }],
    ['exn', some('x')],
    ['option<string>', some(() => 1)],
    ['option<string>', some(1)],
    ['option<int>', makeData(OK, [1])],
    ['option<option<int>>', some(some('x'))],
    ['result<int, string>', makeData(ERR, [1])],
    ['result<int, string>', makeData(OK, ['x'])],
    ['(int, string)', pair('x', 1)],
    ['(int, string)', pair(1)],
    ['(int, int)', some(1)],
    ['map<string, string>', PersistentMap.of(['a', 1])],
    ['map<string, string>', PersistentMap.of([1, 'a'])],
    ['list<(string, int)>', list([pair('a', 1), pair('b', 'c')])],
    ['list<list<int>>', list([list([1]), list(['x'])])],
    ['Thing', 7],
    ['Thing', 'x'],
    ['toString', {}],
    ['int ->', 1],
    // Nothing of that type went in.
    ['list<a>', list([1])],
    ['map<string, a>', PersistentMap.of(['x', 1])],
  ])('that are not of type %s raise HostError: %s', (type, x) => {
    expect(call(loaded(calling(type), { hosts: giving(x) }), 'main')).toMatch(/^HostError\("user::give gave a value/);
  });

  it('what a function throws is raised', () => {
    const hosts = (e: unknown): HostRegistry =>
      new HostRegistry().add('user', {
        give: () => {
          throw e;
        },
      });
    expect(call(loaded(calling('int'), { hosts: hosts(new TypeError('bad')) }), 'main')).toBe(
      'HostError("user::give: bad")',
    );
    const named = Object.assign(new Error('x'), { exception: 'OutOfRange' });
    expect(call(loaded(calling('int'), { hosts: hosts(named) }), 'main')).toBe('OutOfRange');
  });
});

describe('promises', () => {
  it('suspend the calling thread alone, and their rejections are raised', async () => {
    let settle: (x: unknown) => void = () => undefined;
    const hosts = new HostRegistry().add('user', { give: () => new Promise((resolve) => (settle = resolve)) });
    const m = calling('int', true).fun('other', [], (f) => f.string('went on').emit('ret'));
    const run = loaded(m, { hosts });
    const main = run.vm.spawn(run.module, 'main');
    const other = run.vm.spawn(run.module, 'other');
    const end = run.vm.runUntilIdle();
    expect([main.result, other.result]).toEqual([undefined, 'went on']);
    settle(7);
    expect((await end).exitCode).toBe(0);
    expect(main.result).toBe(7);
    const failing = new HostRegistry().add('user', { give: () => Promise.reject(new Error('gone')) });
    const second = loaded(calling('int', true), { hosts: failing });
    const t = second.vm.spawn(second.module, 'main');
    await second.vm.runUntilIdle();
    expect(show(t.result)).toBe('HostError("user::give: gone")');
  });

  it('of two VMs with one registry wake the right one', async () => {
    const waiting: ((x: number) => void)[] = [];
    const hosts = new HostRegistry().add('user', { give: () => new Promise((resolve) => waiting.push(resolve)) });
    const verified = calling('int', true).verified();
    const started = [1, 2].map(() => {
      const vm = new Vm({ hosts });
      const t = vm.spawn(vm.load(verified), 'main');
      return { t, end: vm.runUntilIdle() };
    });
    waiting[0]!(10);
    await started[0]!.end;
    expect(started.map((s) => s.t.result)).toEqual([10, undefined]);
    waiting[1]!(20);
    await started[1]!.end;
    expect(started[1]!.t.result).toBe(20);
  });

  it('of a killed thread answer nobody', async () => {
    let settle: (x: unknown) => void = () => undefined;
    const hosts = new HostRegistry().add('user', { give: () => new Promise((resolve) => (settle = resolve)) });
    const run = loaded(calling('int', true), { hosts });
    const t = run.vm.spawn(run.module, 'main');
    run.vm.runReady();
    run.vm.scheduler.kill(t);
    settle(1);
    await run.vm.runUntilIdle();
    expect(show(t.result)).toBe('Killed');
  });
});

describe('VMs', () => {
  it('share no module constants', () => {
    const m = new TestModule();
    const g = m.builder.global('counter', 'int');
    m.fun('init', [], (f) => f.int(1).emit('set_global', g), false).fun('main', [], (f) => {
      f.int(1).emit('global', g).emit('add').emit('set_global', g).emit('global', g).emit('ret');
    });
    m.builder.initialiser = 0;
    const verified = m.verified();
    const [a, b] = [new Vm(), new Vm()].map((vm) => ({ vm, module: vm.load(verified), output: [] }));
    expect([call(a!, 'main'), call(a!, 'main'), call(b!, 'main')]).toEqual(['2', '3', '2']);
  });
});
