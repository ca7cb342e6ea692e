/**
 * What must not grow: the heap while threads exchange messages, and while threads come and go. Live memory after collection is
 * measured, before and after; the fit that the soak judges by is tried on series whose answer is known.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { growth, type Sample } from '../../bench/growth.js';
import { compile, createVm, load, type Vm } from '../../index.js';
import { generator } from '../../runtime/scheduler/strategy.js';
import { root } from '../support/compile.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function live(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** Live heap after the first tenth of the work and at its end. */
function between(vm: Vm, slices: number): { grown: number; done: number } {
  vm.scheduler.runReady(slices / 10);
  const before = live();
  vm.scheduler.runReady(slices);
  const after = live();
  return { grown: after - before, done: vm.scheduler.counters.slices };
}

const PAIRS = `
session Pinger(n, q)
  if n == 0
    q!Stop
  else
    q!Ping(n)
    on Pong(x) from q
      loop(x - 1, q)
    end
  end
end

session Ponger(p)
  on Ping(x) from p
    p!Pong(x)
    loop
  or Stop
    std::print("over")
  end
end

fun main()
  let p = spawn Pinger(1000000, q)
  and q = spawn Ponger(p)
end
`;

describe('live memory is bounded', () => {
  it('over 1,000,000 pairs of send and receive', () => {
    let out = '';
    const vm = createVm({ environment: { write: (s) => void (out += s) } });
    vm.spawnMain(load(vm, compile(PAIRS)));
    const { grown, done } = between(vm, 2_000_000);
    vm.runReady();
    expect(out).toBe('over\n');
    expect(done).toBeGreaterThan(1_000_000);
    // A message is 60 bytes and more: a hundredth of them kept would be seen.
    expect(grown).toBeLessThan(1_000_000);
  });

  it('while threads come and go in every way there is', () => {
    let rounds = 0;
    const text = readFileSync(path.join(root, 'bench/programs/soak.qz'), 'utf8');
    const vm = createVm({ virtualTime: true, environment: { write: () => void rounds++ } });
    vm.spawnMain(load(vm, compile(text)));
    while (rounds < 1500) round(vm);
    const [before, from] = [live(), rounds];
    while (rounds < from + 6000) round(vm);
    const grown = live() - before;
    expect(vm.scheduler.counters.spawned).toBeGreaterThan(100_000);
    expect(vm.scheduler.live).toBeLessThan(1000);
    // Less than 10 bytes for each of the threads made since: no object is that small.
    expect(grown).toBeLessThan(1_000_000);
  });

  it.each(['interpreter', 'auto'] as const)('when a thread with a long list has ended, %s', async (engine) => {
    const text =
      'fun main()\n  let xs = [n for n in 1..300000]\n  case xs when [x, ..] then std::print(x) else std::print(0) end\nend\n';
    let out = '';
    const vm = createVm({ engine, environment: { write: (s) => void (out += s) } });
    vm.spawnMain(load(vm, compile(text)));
    const before = live();
    await vm.runUntilIdle();
    expect(out).toBe('1\n');
    expect(live() - before).toBeLessThan(2_000_000);
  });

  it('also if threads fail and nobody notices: the first thousand are reported', () => {
    const text =
      'session Fails(n)\n  std::print(n / 0)\nend\n\nfun main()\n  for i in 1..3000\n    spawn Fails(i)\n  end\nend\n';
    const vm = createVm();
    vm.spawnMain(load(vm, compile(text)));
    vm.runReady();
    expect(vm.scheduler.counters.failed).toBe(3000);
    const { failures, exitCode } = vm.end();
    expect([failures.length, failures[0]?.thread, exitCode]).toEqual([1000, 2, 1]);
  });
});

/** Some slices, then some milliseconds: one thread or another is always ready, so time would stand still. */
function round(vm: Vm): void {
  vm.scheduler.runReady(500);
  vm.scheduler.virtualTime += 10;
  vm.scheduler.fireTimers();
}

const series = (heap: (i: number, random: () => number) => number): Sample[] => {
  const random = generator(7);
  return Array.from({ length: 60 }, (_, i) => ({ at: i * 5000, heap: heap(i, random), rounds: i }));
};

describe('the fit of the soak', () => {
  it('takes noise for noise', () => {
    for (const noise of [0, 1000, 3e6]) expect(growth(series((_, r) => 3e7 + noise * r())).grows).toBe(false);
  });
  it('takes what the host gains once for no leak', () => {
    expect(growth(series((i, r) => 3e7 + (i > 20 ? 100_000 : 0) + 1000 * r())).grows).toBe(false);
  });
  it('finds a leak, also below the noise of single samples', () => {
    expect(growth(series((i, r) => 3e7 + 20_000 * i + 1e5 * r())).grows).toBe(true);
    const { perHour } = growth(series((i) => 3e7 + 20_000 * i));
    expect(Math.round(perHour)).toBe(20_000 * 720);
  });
});
