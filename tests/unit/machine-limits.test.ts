/** What a machine may use in all: each limit halts the machine that goes beyond it, says why, and halts no other. */
import { describe, expect, it } from 'vitest';
import { compile, createVm, load, type ProgramEnd } from '../../index.js';
import type { Limits } from '../../runtime/scheduler/limits.js';

const PROGRAM = compile(`
session Idle()
  std::wait(1000000)
end

fun spin(n : int) -> int
  spin(n + 1)
end

fun hold(xs : list<int>) -> int
  hold([1, ..xs])
end

fun hoarder()
  hold([])
end

session Holder(xs : list<int>)
  std::wait(1000000)
  std::print(xs)
end

fun holders(n : int)
  spawn Holder([i for i in 1..1000])
  holders(n + 1)
end

fun many(n : int)
  spawn Idle()
  many(n + 1)
end

fun say(n : int)
  std::print("a line")
  say(n)
end

fun fine()
  std::print([n * n for n in 1..5])
end
`);

async function ended(entry: string, limits: Limits, args: number[] = []): Promise<ProgramEnd & { out: string }> {
  let out = '';
  const vm = createVm({ limits, environment: { write: (text) => void (out += text) } });
  const main = vm.spawn(load(vm, PROGRAM), entry, args);
  vm.scheduler.main = main;
  main.noticed = true;
  return { ...(await vm.runUntilIdle()), out };
}

describe('limits', () => {
  it.each([
    ['spin', { fuel: 100_000 }, 'used up its fuel', [0]],
    ['spin', { time: 30 }, 'used up its time', [0]],
    ['many', { threads: 500 }, 'has more threads than it may', [0]],
    ['many', { values: 100_000 }, 'used up its memory', [0]],
    ['holders', { values: 100_000 }, 'used up its memory', [0]],
    ['say', { bytes: 10_000 }, 'wrote more than it may', [0]],
  ] as const)('%s with %o', async (entry, limits, why, args) => {
    const { exceeded, exitCode, out } = await ended(entry, limits, [...args]);
    expect([exceeded, exitCode]).toEqual([why, 1]);
    expect(out.length).toBeLessThan(100_000);
  });

  it('of values are those of each thread as well, which gets HeapExhausted alone', async () => {
    const end = await ended('hoarder', { values: 50_000 });
    expect(end.exceeded).toBeUndefined();
    expect(end.failures.map((f) => f.message)).toEqual(['HeapExhausted']);
  });

  it('that are not reached change nothing', async () => {
    const limits = { fuel: 1e9, values: 1e6, bytes: 1000, threads: 10, messages: 10, time: 60_000 };
    expect(await ended('fine', limits)).toMatchObject({ exitCode: 0, out: '[1, 4, 9, 16, 25]\n' });
  });

  it('count what is done exactly', async () => {
    const vm = createVm({ limits: { fuel: 12_345 } });
    const t = vm.spawn(load(vm, PROGRAM), 'spin', [0]);
    vm.runReady();
    expect([vm.end().exceeded, t.reductions]).toEqual(['used up its fuel', 12_346]);
  });
});
